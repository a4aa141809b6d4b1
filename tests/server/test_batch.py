"""Appends on PostgreSQL: one statement where all is as expected, one by one where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import update
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, col

from server.batch import Batch
from server.database import Store
from server.entries import Appended, Conflict, Entry, Row, Saved
from server.log import append_within, rows_after
from server.settings import Settings
from server.tables import Change, Document
from tests.databases import bare, fresh_database
from tests.live_serving import make_plan, until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"

RIGHTS = 3
"""The number of the plan's rights."""

SET_RIGHTS = update(Change).where(col(Change.kind) == "rights").values(number=RIGHTS)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with fresh_database() as found:
        store = Store.open(Settings(data_dir=tmp_path, database_url=found))
        store.write_sync(documents)
        store.write_sync(lambda session: session.connection().execute(SET_RIGHTS))
        yield found
        store.close()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Settings(data_dir=tmp_path, database_url=url))
    yield opened
    opened.close()


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(bare(url), autocommit=True) as opened:
        yield opened


def documents(session: Session) -> None:
    plan, _ = make_plan(session)
    session.add(Document(id=1, plan_id=plan, section="B"))
    session.add(Document(id=2, plan_id=plan, section="C"))


class Counting:
    """A cursor that counts what is asked through it."""

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor
        self.asked = 0

    def execute(self, *arguments: Any) -> Any:
        self.asked += 1
        return self._cursor.execute(*arguments)


def batch(ask: Callable[..., bool] = lambda *_: False) -> Batch:
    return Batch(postgresql.dialect(), ask)  # type: ignore[no-untyped-call]


def appended(document: int, before: int, *words: bytes, rights: int | None = None) -> Appended:
    made = Appended(document, before, lambda outcome: None, rights)
    made.entries += [Entry("update", word, "somebody") for word in words]
    return made


def words(store: Store, document: int) -> list[tuple[int, bytes]]:
    def read(session: Session) -> list[Row]:
        return list(rows_after(session, document, 0))

    return [(row.seq, bytes(row.payload)) for row in store.read(read)]


def test_a_batch_that_stands_where_it_expects_is_one_statement(
    store: Store, connection: psycopg.Connection[Any]
) -> None:
    cursor = Counting(connection.cursor())
    jobs = [appended(1, 0, b"a", b"b"), appended(2, 0, b"c"), appended(1, 2, b"d", rights=RIGHTS)]
    assert batch().at_once(cursor, jobs) == [Saved(2), Saved(1), Saved(3)]
    assert cursor.asked == 1
    assert words(store, 1) == [(1, b"a"), (2, b"b"), (3, b"d")]
    assert words(store, 2) == [(1, b"c")]


def test_where_one_section_has_moved_on_nothing_is_written_at_once_and_the_others_are_one_by_one(
    store: Store, connection: psycopg.Connection[Any]
) -> None:
    store.write_sync(lambda session: append_within(session, 1, 0, [Entry("update", b"theirs", "somebody else")]))
    jobs, writing = [appended(1, 0, b"mine"), appended(2, 0, b"elsewhere")], batch()
    with connection.cursor() as cursor:
        assert writing.at_once(cursor, jobs) is None
        assert words(store, 2) == []
        with connection.transaction():
            assert writing(cursor, jobs) == [Conflict(), Saved(1)]
    assert words(store, 1) == [(1, b"theirs")]
    assert words(store, 2) == [(1, b"elsewhere")]


@pytest.mark.parametrize(("judged_by", "written"), [(None, True), (0, False), (RIGHTS, True), (RIGHTS + 1, False)])
def test_a_batch_is_written_at_once_only_by_the_rights_that_stand(
    store: Store, connection: psycopg.Connection[Any], judged_by: int | None, written: bool
) -> None:
    done = batch().at_once(connection.cursor(), [appended(1, 0, b"a", rights=judged_by)])
    assert done == ([Saved(1)] if written else None)
    assert words(store, 1) == ([(1, b"a")] if written else [])


def test_a_batch_judged_by_two_states_of_rights_is_looked_at_one_by_one(connection: psycopg.Connection[Any]) -> None:
    jobs = [appended(1, 0, b"a", rights=0), appended(1, 1, b"b", rights=1)]
    assert batch().at_once(connection.cursor(), jobs) is None


def test_what_was_queued_before_a_failure_was_heard_of_is_looked_at_one_by_one(
    connection: psycopg.Connection[Any],
) -> None:
    writing = batch()
    writing.failures[1] += 1
    assert writing.at_once(connection.cursor(), [appended(1, 0, b"a")]) is None


async def test_rights_that_end_while_a_batch_waits_for_its_section_are_the_rights_it_is_written_by(
    url: str, store: Store, connection: psycopg.Connection[Any]
) -> None:
    with psycopg.connect(bare(url)) as ending, psycopg.connect(bare(url), autocommit=True) as watching:
        ending.execute("SELECT id FROM document WHERE id = 1 FOR UPDATE")
        ending.execute("UPDATE change SET number = number + 1 WHERE kind = 'rights'")
        writing = asyncio.create_task(
            asyncio.to_thread(batch().at_once, connection.cursor(), [appended(1, 0, b"too late", rights=RIGHTS)])
        )
        pid = connection.info.backend_pid
        await until(lambda: watching.execute(WAITING, (pid,)).fetchone() == (1,))
        ending.commit()
        assert await writing is None
    assert words(store, 1) == []
