"""The command line ``alongside``: run a server, look into a store, check it, take things out of it.

Every command can run beside a running server except a second server. Answers go to standard output, trouble to
standard error in one plain sentence with exit code 2.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from server import cli_backup, cli_people, cli_plan
from server.auth.keys import load_keys
from server.cli_store import DataOption, give_up, opened, plainly, settings_from, warn_of_unknown_settings
from server.database import connect, server_address, store_file
from server.settings import Settings
from server.workers import PRIVATE

ORDER = ("demo", "serve", "people", "plans", "token", "export", "verify", "backup", "restored", "migrate")

_ONE_PROCESS = (
    "An embedded store takes one server process, because its sections are open in that process only. "
    "Name a PostgreSQL database in ALONGSIDE_DATABASE_URL, or serve with one worker."
)
_NO_REDIS = (
    "Without ALONGSIDE_REDIS_URL the workers find each other's words by looking into the database, "
    "so people see each other's words up to a second later."
)


class InOrder(TyperGroup):
    """Shows the commands in the order in which people need them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(
    name="alongside",
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Families and councils write an EHC plan together, live.

To look around: `alongside demo`, then open the address it prints.

To run it for real: set `ALONGSIDE_PUBLIC_URL` and the mail server (docs/settings.md), then `alongside migrate`,
`alongside people add officer@council.example --name "A. Officer" --staff` and `alongside serve`.
""",
)
app.add_typer(cli_people.people, name="people")
app.command("plans")(cli_people.plans)
app.command("token")(cli_people.token)
app.command("export")(cli_plan.export)
app.command("verify")(cli_plan.verify)
app.command("backup")(cli_backup.backup)
app.command("restored")(cli_backup.restored)

HostOption = Annotated[
    str | None,
    typer.Option("--host", help="Address to listen on. Otherwise ALONGSIDE_HOST, or 127.0.0.1.", show_default=False),
]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65535, help="Port to listen on. Otherwise ALONGSIDE_PORT, or 8000.", show_default=False
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=64,
        help="Server processes that share the port, on PostgreSQL. Otherwise ALONGSIDE_WORKERS, or 1.",
        show_default=False,
    ),
]


@app.command()
def demo(data: DataOption = None, port: PortOption = None, host: HostOption = None) -> None:
    """Serve two example plans in which you can be anybody. Makes them the first time.

    Example: `alongside demo --data try-out --port 8123`

    One plan is a draft, the other is final, with an appeal on it. The people and the plans are made up. Do not put a
    real child's information into a demo: everybody who can open its address can sign in as anybody.
    """
    from server import example, example_appeal
    from server.day import today

    settings = _serving_settings(data, port, host, demo=True)
    _must_be_free(settings).close()
    started = time.monotonic()
    with opened(settings, must_exist=False) as store:
        load_keys(settings)
        made = [example.create(store), example_appeal.create(store, today())]
        if any(made):
            what = "example plans" if all(made) else "example plan"
            typer.echo(f"Made the {what} in {settings.data_dir} ({time.monotonic() - started:.1f} s).", err=True)
    _announce(settings, "The demo is at")
    _run(settings)


@app.command()
def serve(
    data: DataOption = None, port: PortOption = None, host: HostOption = None, workers: WorkersOption = None
) -> None:
    """Serve for real. Settings come from ALONGSIDE_ variables (docs/settings.md).

    Example: `ALONGSIDE_PUBLIC_URL=https://plans.council.example alongside serve --data /var/lib/alongside`

    Put a proxy with TLS in front, and name it in ALONGSIDE_TRUSTED_PROXIES.

    With `--workers 2` or more: SIGHUP restarts them one after the other, and nobody notices.
    """
    settings = _serving_settings(data, port, host, workers=workers)
    several = settings.workers > 1
    if several and store_file(settings) is not None:
        give_up(_ONE_PROCESS)
    if several and settings.redis_url is None:
        typer.echo(_NO_REDIS, err=True)
    bound = _must_be_free(settings)
    with opened(settings, must_exist=False):
        load_keys(settings)
    _announce(settings, "Serving at")
    if several:
        _run_workers(settings, bound)
    else:
        bound.close()
        _run(settings)


@app.command()
def migrate(data: DataOption = None) -> None:
    """Bring the database's tables up to date. Run it before starting a newer program on PostgreSQL.

    Example: `ALONGSIDE_DATABASE_URL=postgresql+psycopg://… alongside migrate`

    An embedded store does this by itself when it is opened. Running it again changes nothing.
    """
    from server.migrations import migrate as migrations

    settings = settings_from(data)
    if settings.database_url is None:
        with opened(settings, must_exist=False):
            pass
    else:
        with plainly():
            engine = connect(settings)
        try:
            with plainly():
                migrations.bring_up_to_date(engine, upgrade=True)
        except SQLAlchemyError as trouble:
            give_up(f"The database could not be reached or changed ({type(trouble).__name__}).")
        finally:
            engine.dispose()
    typer.echo(f"The tables are up to date (revision {migrations.HEAD}).")


def _serving_settings(
    data: Path | None, port: int | None, host: str | None, *, demo: bool | None = None, workers: int | None = None
) -> Settings:
    os.umask(PRIVATE)
    warn_of_unknown_settings()
    given = {"port": port, "host": host, "demo": demo, "workers": 1 if demo else workers}
    more = {name: value for name, value in given.items() if value is not None}
    settings = settings_from(data, **more)
    if demo and "ALONGSIDE_LOG_LEVEL" not in os.environ:
        settings = settings.model_copy(update={"log_level": "warning"})  # somebody is looking: let them see the address
    if "ALONGSIDE_PUBLIC_URL" not in os.environ:
        shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  (compared, not bound)
        settings = settings.model_copy(update={"public_url": f"http://{shown}:{settings.port}"})
    return settings


def _must_be_free(settings: Settings) -> socket.socket:
    """Say plainly that the store or the port is taken, before anything is started. The port, bound."""
    if store_file(settings) is not None and server_address(settings) is not None:
        give_up(
            f"Another server already serves the store in {settings.data_dir}. Stop it first, or choose another --data."
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError:
        bound.close()
        give_up(
            f"Port {settings.port} on {settings.host} cannot be used: another program may have it. "
            "Stop that, or choose another with --port."
        )
    return bound


def _announce(settings: Settings, words: str) -> None:
    typer.echo(
        f"\n    {words} {settings.public_url}\n    Stop it with Ctrl+C. What was shown as saved stays saved.\n",
        err=True,
    )


def _run(settings: Settings) -> None:
    from server.app import create_app
    from server.logs import set_up_logs
    from server.serve import run

    set_up_logs(settings.log_level)
    with plainly():
        run(create_app(settings), settings)


def _run_workers(settings: Settings, bound: socket.socket) -> None:
    from server import workers
    from server.logs import set_up_logs

    set_up_logs(settings.log_level)
    bound.setblocking(False)
    with plainly():
        raise typer.Exit(workers.run(bound, settings))


def main() -> None:
    """The entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()
