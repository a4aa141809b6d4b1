"""The log: numbers without gaps, one order, one transaction for many, never over somebody else's entry."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from server.database import Store, StoreFailed
from server.log import Conflict, Entry, HeadMoved, Log, Outcome, Row, Saved, append_within, head, rows_after
from server.settings import Settings
from server.tables import Change, Document, Plan
from tests.databases import fresh_database
from tests.live_serving import make_plan


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "SQLite":
        yield Settings(data_dir=tmp_path, database_busy_seconds=0.2)
        return
    with fresh_database() as url:
        yield Settings(data_dir=tmp_path, database_url=url)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    opened = Store.open(settings)
    await opened.write(documents)
    yield opened
    opened.close()


def documents(session: Session) -> None:
    plan, _ = make_plan(session)
    session.add(Document(id=1, plan_id=plan, section="B"))
    session.add(Document(id=2, plan_id=plan, section="C"))


def entry(payload: bytes = b"words") -> Entry:
    return Entry("update", payload, "somebody")


class Heard:
    """Collects outcomes; ``next`` waits for one."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[Outcome] = asyncio.Queue()

    def __call__(self, outcome: Outcome) -> None:
        self.outcomes.put_nowait(outcome)

    async def next(self) -> Outcome:
        async with asyncio.timeout(5):
            return await self.outcomes.get()


def rows(store: Store, document: int) -> list[Row]:
    return store.read(lambda session: list(rows_after(session, document, 0)))


async def test_entries_are_on_disk_in_order_when_they_are_called_saved(store: Store) -> None:
    log, heard = Log(store), Heard()
    for seq in (1, 2, 3):
        log.append(1, seq, entry(b"%d" % seq), heard)
    assert await heard.next() == Saved(3)
    assert [(row.seq, row.payload) for row in rows(store, 1)] == [(1, b"1"), (2, b"2"), (3, b"3")]
    assert store.read(lambda session: head(session, 1)) == 3


async def test_what_is_queued_while_a_commit_runs_shares_the_next_one(store: Store) -> None:
    commits: list[int] = []
    log = Log(store, lambda seconds, entries: commits.append(entries))
    heard, others = Heard(), Heard()
    for seq in range(1, 101):
        log.append(1, seq, entry(), heard)
        log.append(2, seq, entry(), others)
        log.flush()
    while await heard.next() != Saved(100):
        pass
    while await others.next() != Saved(100):
        pass
    assert sum(commits) == 200
    assert len(commits) < 20


async def test_an_entry_judged_against_an_old_state_is_a_conflict_and_is_not_written(
    store: Store, settings: Settings
) -> None:
    other = Store.open(settings)
    other.write_sync(lambda session: append_within(session, 1, 0, [entry(b"theirs")]))
    log, heard, neighbour = Log(store), Heard(), Heard()
    log.append(1, 1, entry(b"mine"), heard)
    log.append(2, 1, entry(b"elsewhere"), neighbour)
    assert await heard.next() == Conflict()
    assert await neighbour.next() == Saved(1)
    assert [row.payload for row in rows(store, 1)] == [b"theirs"]
    log.append(1, 2, entry(b"mine"), heard)
    assert await heard.next() == Saved(2)
    other.close()


async def test_what_was_judged_on_top_of_a_conflict_is_one_too_even_when_the_numbers_happen_to_fit(
    store: Store, settings: Settings
) -> None:
    other = Store.open(settings)
    other.write_sync(lambda session: append_within(session, 1, 0, [entry(b"theirs")]))
    log, heard, later = Log(store), Heard(), Heard()
    log.append(1, 1, entry(b"mine"), heard)
    log.append(1, 2, entry(b"on top of mine"), later)
    assert [await heard.next(), await later.next()] == [Conflict(), Conflict()]
    assert [row.payload for row in rows(store, 1)] == [b"theirs"]
    log.append(1, 2, entry(b"mine"), heard)
    log.append(1, 3, entry(b"on top of mine"), later)
    assert [await heard.next(), await later.next()] == [Saved(2), Saved(3)]
    other.close()


async def test_an_entry_that_came_too_late_stands_behind_the_others_when_its_room_says_so(
    store: Store, settings: Settings
) -> None:
    other = Store.open(settings)
    other.write_sync(lambda session: append_within(session, 1, 0, [entry(b"theirs"), entry(b"more")]))
    other.close()
    log, heard = Log(store), Heard()
    asked: list[tuple[list[bytes], int]] = []

    def follow(found: Sequence[Row], rights: int) -> bool:
        asked.append(([row.payload for row in found], rights))
        return True

    log.append(1, 1, entry(b"mine"), heard, follow=follow)
    log.flush()
    log.append(1, 2, entry(b"mine, too"), heard, follow=follow)
    assert await heard.next() == Saved(3)
    assert await heard.next() == Saved(4)
    assert [found for found, _ in asked] == [[b"theirs", b"more"]]
    assert [row.payload for row in rows(store, 1)] == [b"theirs", b"more", b"mine", b"mine, too"]


async def test_two_entries_for_one_place_in_one_commit_do_not_fail_it_for_everybody(store: Store) -> None:
    log, first, second, neighbour = Log(store), Heard(), Heard(), Heard()
    held = threading.Event()
    standing = asyncio.ensure_future(store.write(lambda session: held.wait(5)))
    await asyncio.sleep(0)
    log.append(1, 1, entry(b"mine"), first, follow=lambda rows, rights: True)
    log.append(1, 1, entry(b"mine, by a room of before"), second, follow=lambda rows, rights: True)
    log.append(2, 1, entry(b"elsewhere"), neighbour)
    log.flush()
    held.set()
    assert await standing
    assert [await first.next(), await second.next(), await neighbour.next()] == [Saved(1), Conflict(), Saved(1)]
    assert [row.payload for row in rows(store, 1)] == [b"mine"]


async def test_a_room_that_has_heard_of_other_rights_does_not_let_an_entry_of_before_pass(store: Store) -> None:
    log, heard = Log(store), Heard()
    asked: list[int] = []

    def follow(found: Sequence[Row], rights: int) -> bool:
        asked.append(rights)
        return True

    log.append(1, 1, entry(), heard, rights=-1, follow=follow)
    assert await heard.next() == Conflict()
    assert len(asked) == 1  # so that the room knows
    assert rows(store, 1) == []


async def test_an_entry_judged_by_rights_of_before_is_a_conflict(store: Store) -> None:
    def number(session: Session) -> int:
        plan = session.exec(select(Document.plan_id).where(Document.id == 1)).one()
        change = session.get(Change, (plan, "rights"))
        return 0 if change is None else change.number

    def move(session: Session) -> None:
        plan = session.get_one(Plan, session.exec(select(Document.plan_id).where(Document.id == 1)).one())
        plan.stage = "final"
        session.add(plan)

    before = store.read(number)
    await store.write(move)
    after = store.read(number)
    assert after > before
    log, heard = Log(store), Heard()
    log.append(1, 1, entry(), heard, rights=before)
    assert await heard.next() == Conflict()
    log.append(1, 1, entry(), heard, rights=after)
    assert await heard.next() == Saved(1)


async def test_an_entry_that_was_written_though_its_answer_got_lost_is_saved_once(
    store: Store, settings: Settings
) -> None:
    other = Store.open(settings)
    other.write_sync(lambda session: append_within(session, 1, 0, [entry(b"mine")]))
    other.close()
    log, heard = Log(store), Heard()
    log.append(1, 1, entry(b"mine"), heard)
    assert await heard.next() == Saved(1)
    assert len(rows(store, 1)) == 1


async def test_what_builds_on_a_lost_entry_is_a_conflict_too(store: Store) -> None:
    log, heard = Log(store), Heard()
    log.append(1, 2, entry(b"on nothing"), heard)
    log.append(1, 3, entry(b"on that"), heard)
    log.flush()
    log.append(1, 4, entry(b"and on that"), heard)
    assert [await heard.next(), await heard.next()] == [Conflict(), Conflict()]
    assert rows(store, 1) == []


async def test_entries_and_other_writes_have_one_order(store: Store) -> None:
    log, heard = Log(store), Heard()
    log.append(1, 1, entry(b"before"), heard)
    log.flush()
    seen = store.write(lambda session: head(session, 1))
    writing = asyncio.ensure_future(seen)
    await asyncio.sleep(0)
    log.append(1, 2, entry(b"after"), heard)
    assert await writing == 1
    assert await heard.next() == Saved(1)
    assert await heard.next() == Saved(2)


@pytest.mark.parametrize("settings", ["SQLite"], indirect=True)
async def test_a_full_disk_fails_every_entry_of_the_batch_and_writes_none(store: Store) -> None:
    log, heard, others = Log(store), Heard(), Heard()
    with store.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    await store.write(lambda session: session.execute(text(f"PRAGMA max_page_count={pages}")).scalar())
    log.append(1, 1, entry(b"small"), heard)
    log.append(2, 1, entry(bytes(100_000)), others)
    assert isinstance(await heard.next(), StoreFailed)
    assert isinstance(await others.next(), StoreFailed)
    assert rows(store, 1) == rows(store, 2) == []
    log.append(1, 1, entry(b"small"), heard)
    assert await heard.next() == Saved(1)


async def test_an_entry_within_a_larger_transaction_stands_or_falls_with_it(store: Store) -> None:
    def write(session: Session) -> None:
        append_within(session, 1, 0, [entry(b"first")])
        append_within(session, 2, 5, [entry(b"too late")])

    with pytest.raises(HeadMoved):
        await store.write(write)
    assert rows(store, 1) == []


async def test_a_long_log_is_read_in_portions_and_whole(store: Store) -> None:
    await store.write(lambda session: append_within(session, 1, 0, [entry(b"%d" % seq) for seq in range(1, 4501)]))
    found = store.read(lambda session: [row.seq for row in rows_after(session, 1, 10, 4400)])
    assert found == list(range(11, 4401))
