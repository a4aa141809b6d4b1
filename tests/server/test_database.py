"""The store: one order of writes, all or nothing, and never "saved" for what is not on disk."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from server.database import DATABASE_FILE, Store, StoreFailed, StoreInUse, server_address
from server.migrations import migrate
from server.settings import Settings
from server.tables import Person


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_busy_seconds=0.2)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()


def person(name: str) -> Person:
    return Person(id=name.rjust(32, "0"), email=f"{name}@example.org", name=name, created_at=datetime.now(UTC))


def names(session: Session) -> list[str]:
    return list(session.exec(select(Person.name).order_by(Person.name)).all())


def test_a_write_that_returned_is_there_after_opening_again(settings: Settings) -> None:
    store = Store.open(settings)
    store.write_sync(lambda session: session.add(person("a")))
    store.close()
    again = Store.open(settings)
    assert again.read(names) == ["a"]
    again.close()


def test_a_write_that_raised_left_nothing(store: Store) -> None:
    def half(session: Session) -> None:
        session.add(person("a"))
        session.flush()
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        store.write_sync(half)
    assert store.read(names) == []


def test_a_broken_rule_is_told_as_it_is_and_hurts_nobody_else(store: Store) -> None:
    store.write_sync(lambda session: session.add(person("a")))
    with pytest.raises(IntegrityError):
        store.write_sync(lambda session: session.add(person("a")))
    store.write_sync(lambda session: session.add(person("b")))
    assert store.read(names) == ["a", "b"]


async def test_writes_happen_in_the_order_they_were_asked_for(store: Store) -> None:
    order: list[int] = []
    await asyncio.gather(*(store.write(lambda session, number=number: order.append(number)) for number in range(50)))
    assert order == list(range(50))


def test_every_commit_is_synced_and_rules_between_tables_hold(store: Store) -> None:
    def pragmas(session: Session) -> list[object]:
        return [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert store.read(pragmas) == ["wal", 2, 1]
    assert store.write_sync(pragmas) == ["wal", 2, 1]


def test_a_second_server_on_the_same_store_is_refused_in_plain_words(settings: Settings, store: Store) -> None:
    store.hold({"port": 1234})
    other = Store.open(settings)
    with pytest.raises(StoreInUse, match="Another server already serves the store"):
        other.hold({"port": 1235})
    assert server_address(settings) == {"port": 1234}
    store.let_go()
    assert server_address(settings) is None
    other.hold({"port": 1235})
    other.close()
    assert server_address(settings) is None


def test_the_claim_on_a_store_ends_with_its_process(settings: Settings, store: Store) -> None:
    script = (
        "import os, sys; from pathlib import Path; from server.database import Store;"
        "from server.settings import Settings;"
        "s = Store.open(Settings(data_dir=Path(sys.argv[1]))); s.hold({'port': 1}); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(settings.data_dir)], check=False, timeout=30)
    assert done.returncode == -9
    store.hold({"port": 2})


def test_the_command_line_reads_and_writes_beside_a_server(settings: Settings, store: Store) -> None:
    store.hold({"port": 1})
    beside = Store.open(settings)
    beside.write_sync(lambda session: session.add(person("a")))
    store.write_sync(lambda session: session.add(person("b")))
    assert beside.read(names) == ["a", "b"]
    beside.close()


def test_a_locked_database_fails_the_write_and_the_next_one_works(settings: Settings, store: Store) -> None:
    other = Store.open(settings)
    blocker = other.engine.execution_options(writes=True).connect()
    transaction = blocker.begin()
    with pytest.raises(StoreFailed):
        store.write_sync(lambda session: session.add(person("a")))
    transaction.rollback()
    blocker.close()
    store.write_sync(lambda session: session.add(person("b")))
    assert store.read(names) == ["b"]
    other.close()


def fill_the_disk(store: Store) -> None:
    """From now on the database may not grow by a page."""
    with store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    store.write_sync(lambda session: session.execute(text(f"PRAGMA max_page_count={pages}")).scalar())


def test_a_full_disk_fails_the_write_and_leaves_nothing_of_it(store: Store) -> None:
    fill_the_disk(store)

    def much(session: Session) -> None:
        for number in range(400):
            session.add(person(f"p{number}"))

    with pytest.raises(StoreFailed):
        store.write_sync(much)
    assert store.read(names) == []


def test_a_removed_database_is_noticed_before_anything_is_called_saved(settings: Settings, store: Store) -> None:
    store.write_sync(lambda session: session.add(person("a")))
    kept = settings.data_dir / "kept"
    file = settings.data_dir / DATABASE_FILE
    file.rename(kept)
    with pytest.raises(StoreFailed):
        store.write_sync(lambda session: session.add(person("b")))
    kept.rename(file)
    store.write_sync(lambda session: session.add(person("c")))
    assert store.read(names) == ["a", "c"]


def test_a_replaced_database_is_never_written_to(settings: Settings, store: Store) -> None:
    file = settings.data_dir / DATABASE_FILE
    copy = settings.data_dir / "copy"
    copy.write_bytes(file.read_bytes())
    os.replace(copy, file)
    with pytest.raises(StoreFailed):
        store.write_sync(lambda session: session.add(person("a")))


def test_a_removed_journal_is_noticed(settings: Settings, store: Store) -> None:
    store.write_sync(lambda session: session.add(person("a")))
    (settings.data_dir / f"{DATABASE_FILE}-wal").unlink()
    with pytest.raises(StoreFailed):
        store.write_sync(lambda session: session.add(person("b")))


def test_reading_sees_one_moment_and_cannot_write(store: Store) -> None:
    with pytest.raises(StoreFailed):
        store.read(lambda session: session.execute(text("DELETE FROM person")))


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_a_store_from_a_newer_program_is_refused(settings: Settings) -> None:
    store = Store.open(settings)
    store.write_sync(lambda session: session.execute(text("UPDATE alembic_version SET version_num='9999'")))
    store.close()
    with pytest.raises(migrate.SchemaMismatch, match="newer"):
        Store.open(settings)


def test_a_file_that_is_no_database_is_refused_and_kept(settings: Settings) -> None:
    file = settings.data_dir / DATABASE_FILE
    file.write_bytes(b"somebody's notes" * 100)
    with pytest.raises(StoreFailed):
        Store.open(settings)
    assert file.read_bytes() == b"somebody's notes" * 100


def test_a_store_is_its_owners_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.open(Settings(data_dir=tmp_path / "data"))
        store.write_sync(lambda session: session.add(person("a")))
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert {DATABASE_FILE, f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"} <= set(modes)
    assert {0o600} == set(modes.values())
    assert 0o700 == (tmp_path / "data").stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("foo://x", "a kind of database that is not known"),
        ("no address", "cannot be read as an address"),
        ("postgresql+psycopg://name:s3cret@host:port/plans", "cannot be read as an address"),
        ("postgresql+psycopg2cffi://name:s3cret@host/plans", 'pip install "psycopg'),
    ],
)
def test_a_database_nobody_can_use_is_told_in_one_sentence_without_its_password(url: str, sentence: str) -> None:
    with pytest.raises(StoreFailed, match=re.escape(sentence)) as told:
        Store.open(Settings(database_url=url))
    assert "s3cret" not in str(told.value)


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="could not be opened: "):
        Store.open(Settings(data_dir=tmp_path / "file" / "data"))
