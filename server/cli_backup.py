"""``alongside backup`` copies an embedded store while a server may be writing; ``restored`` tells a store it is one.

The copy is one committed moment, whole or not there at all, and is a store that every command can look into.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from server.cli_store import DataOption, give_up, opened, plainly, settings_from
from server.database import DATABASE_FILE, store_file
from server.epoch import renew

TargetArgument = Annotated[Path, typer.Argument(help="The new folder that the copy goes into.", show_default=False)]


def backup(target: TargetArgument, data: DataOption = None) -> None:
    """Copy an embedded store, while a server runs, to a new folder.

    Example: `alongside backup /backups/2026-11-26 --data /var/lib/alongside`

    The copy holds the whole store: plans, texts with their history, people, the record. The key that signs sessions is
    not in it. To look into it: `alongside verify --data /backups/2026-11-26`. For PostgreSQL use pg_dump;
    docs/operating.md says how.
    """
    with plainly():
        file = store_file(settings_from(data))
    if file is None:
        give_up("This store is in PostgreSQL. Back it up with pg_dump; docs/operating.md says how.")
    if not file.is_file():
        give_up(f"There is no store in {file.parent}.")
    if target.exists():
        give_up(f"{target} is there already. Name a folder that is not; a backup never writes over another.")
    draft = target.with_name(f".{target.name}.part")
    with plainly():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        try:
            _copy(file, draft / DATABASE_FILE)
            draft.rename(target)
        except sqlite3.Error as trouble:
            give_up(f"The store could not be copied: {trouble}. Nothing was left behind.")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    typer.echo(target)


def restored(data: DataOption = None) -> None:
    """Tell a store that it was put back from a backup. Run it after restoring, before serving.

    Example: `ALONGSIDE_DATABASE_URL=postgresql+psycopg://… alongside restored`

    Pages that are still open may hold words that are newer than the backup. From now on they take a fresh copy before
    they write, and keep aside, for the person, their words that the store does not have. Running it again, or
    without need, loses nothing. docs/operating.md has the whole order.
    """
    with opened(settings_from(data)) as store:
        store.write_sync(renew)
    typer.echo("Pages from before will take a fresh copy.")


def _copy(source: Path, copy: Path) -> None:
    """SQLite's own way: one committed moment, without holding up whoever writes."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as theirs,
        closing(sqlite3.connect(copy)) as ours,
    ):
        theirs.backup(ours)
        ours.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        _forget_its_life(ours)
        (said,) = ours.execute("PRAGMA quick_check").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    folder = os.open(copy.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _forget_its_life(copy: sqlite3.Connection) -> None:
    """Whoever serves the copy begins a life of its own (``epoch``); an older store gets one with its tables."""
    if copy.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'store'").fetchone():
        copy.execute("UPDATE store SET key = ''")
        copy.commit()
