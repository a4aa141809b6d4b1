"""What every command of ``alongside`` starts with: which store, opened how, and trouble told in one sentence.

Only the ``cli`` files import this. Trouble goes to standard error with exit code 2; standard output has the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from crdt.replica import ReplicaBroken
from server.codes import PlanError
from server.database import Store
from server.settings import Settings

TROUBLE = 2

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of the embedded store. Otherwise ALONGSIDE_DATA_DIR, or demo-data in this folder. "
        "ALONGSIDE_DATABASE_URL names another database.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def give_up(sentence: str) -> NoReturn:
    """Say what is wrong in one plain sentence, and end."""
    typer.echo(sentence, err=True)
    raise typer.Exit(TROUBLE)


def settings_from(data: Path | None, **more: Any) -> Settings:
    """The settings of the environment, with what the command line says on top."""
    try:
        settings = Settings()
    except ValidationError as wrong:
        names = ", ".join(sorted({f"ALONGSIDE_{str(found['loc'][0]).upper()}" for found in wrong.errors()}))
        give_up(f"The value of {names} cannot be used. docs/settings.md says what it may be.")
    return settings.model_copy(update={**({} if data is None else {"data_dir": data}), **more})


@contextmanager
def opened(settings: Settings, *, must_exist: bool = True) -> Iterator[Store]:
    """The store, closed again afterwards. A server may have it open at the same time."""
    if must_exist and settings.database_url is None and not settings.data_dir.is_dir():
        give_up(f"There is no store in {settings.data_dir}. Make one with: alongside demo --data {settings.data_dir}")
    with plainly():
        store = Store.open(settings)
    try:
        with plainly():
            yield store
    finally:
        store.close()


@contextmanager
def plainly() -> Iterator[None]:
    """Tell trouble with the store or the secret in its own one sentence."""
    try:
        yield
    except PlanError as trouble:
        give_up(str(trouble) or trouble.refusal.sentence)
    except ReplicaBroken:
        give_up("The text of a section could not be read back from its log. Run: alongside verify")
    except PermissionError as trouble:
        give_up(f"This may not be read or written: {trouble.filename}")
