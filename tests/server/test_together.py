"""One read for many who ask at once: never older than the question, each their own answer, none lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import Session, select

from server import rooms
from server.database import Store, StoreFailed
from server.settings import Settings
from server.standing import PlanState, read_plan
from server.tables import Access, Change
from server.together import Together
from tests.live_serving import LiveServer, live_server, until

Question = str
Answer = tuple[str, int]


class Numbers:
    """A read of the number of something, that can be held after it has seen the store."""

    def __init__(self, store: Store, most: int = 100) -> None:
        self.asked: list[list[str]] = []
        self.trouble: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.seen = threading.Event()
        self.together: Together[Question, Answer] = Together(store, self._read, most)

    def _read(self, session: Session, questions: Sequence[str]) -> list[Answer]:
        self.asked.append(list(questions))
        if self.trouble is not None:
            raise self.trouble
        found = [(one, 0 if (row := session.get(Change, (one, "test"))) is None else row.number) for one in questions]
        self.seen.set()
        assert self.hold.wait(10)
        return found


def count(session: Session, name: str, number: int) -> None:
    session.merge(Change(plan_id=name, kind="test", number=number))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.open(Settings(data_dir=tmp_path))
    yield store
    store.close()


async def test_who_asks_in_the_same_moment_shares_one_read_and_has_an_own_answer(store: Store) -> None:
    numbers = Numbers(store)
    names = [f"p{number}" for number in range(50)]
    for number, name in enumerate(names):
        await store.write(lambda session, name=name, number=number: count(session, name, number))  # type: ignore[misc]
    found = await asyncio.gather(*(numbers.together.ask(name) for name in names))
    assert found == [(name, number) for number, name in enumerate(names)]
    assert numbers.asked == [names]


async def test_who_asks_while_a_read_is_under_way_is_not_answered_by_it(store: Store) -> None:
    numbers = Numbers(store)
    numbers.hold.clear()
    before = asyncio.ensure_future(numbers.together.ask("p"))
    await asyncio.to_thread(numbers.seen.wait)
    await store.write(lambda session: count(session, "p", 7))
    after = [asyncio.ensure_future(numbers.together.ask("p")) for _ in range(2)]
    await asyncio.sleep(0)
    numbers.hold.set()
    assert ("p", 0) == await before
    assert [("p", 7), ("p", 7)] == await asyncio.gather(*after)
    assert numbers.asked == [["p"], ["p", "p"]]


async def test_so_many_at_once_and_the_rest_after_them(store: Store) -> None:
    numbers = Numbers(store, most=2)
    names = ["a", "b", "c", "d", "e"]
    found = await asyncio.gather(*(numbers.together.ask(name) for name in names))
    assert found == [(name, 0) for name in names]
    assert numbers.asked == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_failure_is_told_to_all_who_asked_and_the_next_are_answered(store: Store) -> None:
    numbers = Numbers(store)
    numbers.trouble = StoreFailed("gone")
    found = await asyncio.gather(*(numbers.together.ask("p") for _ in range(3)), return_exceptions=True)
    assert [StoreFailed] * 3 == [type(one) for one in found]
    numbers.trouble = None
    assert ("p", 0) == await numbers.together.ask("p")


async def test_who_goes_away_takes_nobody_along(store: Store) -> None:
    numbers = Numbers(store)
    numbers.hold.clear()
    waiting = [asyncio.ensure_future(numbers.together.ask("p")) for _ in range(3)]
    await asyncio.to_thread(numbers.seen.wait)
    waiting[0].cancel()
    numbers.hold.set()
    assert [("p", 0), ("p", 0)] == await asyncio.gather(*waiting[1:])
    assert waiting[0].cancelled()


async def test_when_reading_ends_nobody_is_left_waiting(store: Store) -> None:
    numbers = Numbers(store, most=1)
    numbers.hold.clear()
    waiting = [asyncio.ensure_future(numbers.together.ask("p")) for _ in range(2)]
    await asyncio.to_thread(numbers.seen.wait)
    work = numbers.together._work
    assert work is not None
    work.cancel()
    found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
    numbers.hold.set()
    assert [asyncio.CancelledError] * 2 == [type(one) for one in found]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path / "live") as found:
        yield found


async def test_whose_access_ended_between_two_shared_reads_is_refused(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is changed as another process does it: nobody here is told."""
    seen, go_on = threading.Event(), threading.Event()

    def slow(session: Session, plan_id: str) -> PlanState | None:
        found = read_plan(session, plan_id)
        seen.set()
        assert go_on.wait(10)
        return found

    def end(session: Session) -> None:
        access = session.exec(select(Access).where(Access.person_id == server.tokens.people["senco"])).one()
        access.ended_at = server.clock.moment
        session.add(access)

    monkeypatch.setattr(rooms, "read_plan", slow)
    first = await server.client()
    stays = await first.knock(server.name("B"), "parent")
    await asyncio.to_thread(seen.wait)
    await server.store.write(end)
    second = await server.client()
    goes = await second.knock(server.name("B"), "senco")
    await until(lambda: len(server.live.rooms._plan_reads._waiting) == 1)
    go_on.set()
    await first.until(lambda: stays.scope is not None)
    await second.until(lambda: goes.denied is not None or goes.scope is not None)
    assert "not-on-plan" == goes.denied
    assert [one.person_id for one in server.live.present(server.plan)] == [server.tokens.people["parent"]]
