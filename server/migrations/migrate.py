"""Brings a store's tables up to date, and refuses a store that is newer than this program.

Opening an up-to-date store must stay cheap, so Alembic is only loaded when there is something to do.
``database`` and the command line may import it.
"""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text

from server.codes import Code, PlanError

HEAD = "0007"
"""The newest revision; a test holds it against the files in ``versions``."""


_MIGRATING = 0x616C6F6E67
"""The advisory lock of whoever migrates a PostgreSQL database; an embedded one is locked by its transaction."""


class SchemaMismatch(PlanError):
    """The store's tables do not fit this program."""

    code = Code.BUSY


def current(engine: Engine) -> str | None:
    """The revision the store is at; None when it has no tables yet."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return str(found) if found is not None else None


def bring_up_to_date(engine: Engine, *, upgrade: bool) -> None:
    """Makes or upgrades the tables when ``upgrade`` says so; otherwise says that a person must."""
    at = current(engine.execution_options(writes=False))
    if at == HEAD:
        return
    if at is not None and at > HEAD:
        raise SchemaMismatch(f"The store is newer ({at}) than this program ({HEAD}). Install the newer program.")
    if not upgrade:
        raise SchemaMismatch("The database's tables are not up to date. Run `alongside migrate` first.")
    upgrade_to_head(engine)


def upgrade_to_head(engine: Engine) -> None:
    """Runs every missing migration in one transaction; a second process doing the same waits and finds it done."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "server:migrations")
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
