"""What every command of ``alongside`` starts with: which store, opened how, and trouble told in one sentence.

Only the ``cli`` files import this. Trouble goes to standard error with exit code 2; standard output has the answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crdt.replica import ReplicaBroken
from server.auth.keys import WeakSecret
from server.codes import PlanError
from server.database import Store, store_file
from server.settings import PREFIX, Settings, unknown_names

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
        give_up(f"{'; '.join(sorted({_fault(found) for found in wrong.errors()}))}. docs/settings.md lists them all.")
    return settings.model_copy(update={**({} if data is None else {"data_dir": data}), **more})


def warn_of_unknown_settings() -> None:
    """One line about variables that look like settings and are none. They change nothing, so nothing stops."""
    unknown = unknown_names(os.environ)
    if unknown:
        typer.echo(f"Not a setting, so it changes nothing: {', '.join(unknown)}. See docs/settings.md.", err=True)


def _fault(found: ErrorDetails) -> str:
    """What is wrong with one setting; never its value, which may be a secret."""
    name = PREFIX + str(found["loc"][0]).upper()
    limits = found.get("ctx", {})
    match found["type"]:
        case "greater_than_equal":
            return f"{name} must be at least {limits['ge']:g}"
        case "greater_than":
            return f"{name} must be more than {limits['gt']:g}"
        case "less_than_equal":
            return f"{name} must be at most {limits['le']:g}"
        case "literal_error":
            return f"{name} must be one of {limits['expected']}"
    return f"The value of {name} cannot be used"


@contextmanager
def opened(settings: Settings, *, must_exist: bool = True) -> Iterator[Store]:
    """The store, closed again afterwards. A server may have it open at the same time."""
    with plainly():
        file = store_file(settings)
        if must_exist and file is not None and not file.is_file():
            give_up(f"There is no store in {file.parent}. Make one with: alongside demo --data {file.parent}")
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
    except WeakSecret as weak:
        give_up(str(weak))
    except OSError as trouble:
        give_up(f"{trouble.filename or 'The store'} could not be read or written: {trouble.strerror or 'no reason'}.")
