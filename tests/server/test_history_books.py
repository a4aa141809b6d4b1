"""Reading histories: from any moment to any other, in bounded memory, and nobody keeps the others waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session

from crdt.compose import to_update
from crdt.sequence import Span
from server.database import Store
from server.history import places
from server.history.books import Histories, Moment, NoHistory, TooManyQuestions
from server.history.telling import hands, references, show
from server.log import SYSTEM, UPDATE, Entry, append_within
from server.settings import Settings
from server.snapshots import replayed
from server.tables import Document, Person, Plan
from tests.server.written import replace, wrote

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
PLAN, WHO = "b" * 32, "a" * 32
START = {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": "word 0"}]}]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Settings(data_dir=tmp_path))

    def write(db: Session) -> None:
        db.add(Person(id=WHO, email="a@example.org", name="A", created_at=NOW))
        db.flush()
        plan = {"stage": "drafting", "stage_since": NOW, "created_by": WHO, "created_at": NOW}
        db.add(Plan(id=PLAN, reference="41", child="S", **plan))
        db.flush()
        db.add(Document(id=1, plan_id=PLAN, section="B", seq=0))
        db.flush()
        append_within(db, 1, 0, [Entry(UPDATE, to_update(START, 5), SYSTEM)], NOW)

    store.write_sync(write)
    changes = [replace(f"word {number}", f"word {number + 1}") for number in range(12)]
    wrote(store, PLAN, "B", WHO, NOW + timedelta(hours=1), *changes, client=9)
    yield store
    store.close()


@pytest.mark.parametrize("kept", [0, 100, 10_000_000])
def test_every_moment_is_what_the_log_says_however_much_is_kept(
    store: Store, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.history.books._STEP", 3)
    histories = Histories(store, Settings(history_bytes=kept))
    for wanted in ([13], [4, 9], [1], [12, 3, 0], [13]):
        found = store.read(lambda db, wanted=wanted: histories.moments(db, 1, wanted))  # type: ignore[misc]
        for seq in wanted:
            expected = store.read(lambda db, seq=seq: replayed(db, 1, seq).tree())  # type: ignore[misc]
            assert expected == found[seq].tree
    assert sum(map(len, histories._states.values())) == histories._bytes <= kept
    histories.close()


@pytest.mark.parametrize("kept", [0, 1, 64])
def test_who_wrote_what_is_found_out_once_for_each_moment_and_said_alike(
    store: Store, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    with_past = places.with_past

    def counted(moment: Moment) -> tuple[list[places.Passage], list[Span]]:
        asked.append(moment.seq)
        return with_past(moment)

    monkeypatch.setattr(places, "with_past", counted)
    histories = Histories(store, Settings(history_moments=kept))

    def told(db: Session, seq: int) -> tuple[list[list[str]], list[str]]:
        shown = show(db, histories, PLAN, "B", seq)
        words = hands(db, histories, PLAN, "B", shown.moment)
        names = references(histories, shown.moment)
        assert words.keys() <= names.keys() == {id(node) for node in places.nodes(shown.moment.tree)}
        return [[f"{one.who.name}: {one.text}" for one in many] for many in words.values()], list(names.values())

    first = {seq: store.read(partial(told, seq=seq)) for seq in (13, 4, 1)}
    assert ["The service: word ", "A: 12"] == first[13][0][0]
    assert first == {seq: store.read(partial(told, seq=seq)) for seq in (13, 4, 1)}
    assert {0: 12, 1: 6, 64: 3}[kept] == len(asked)
    assert kept >= len(histories._known)
    histories.close()


async def test_one_person_and_all_together_wait_for_a_few_answers_at_a_time(store: Store) -> None:
    histories = Histories(store, Settings(history_waiting=5))
    go, begun = threading.Event(), threading.Event()

    def slow(_db: Session, _these: Histories) -> bool:
        begun.set()
        return go.wait(20)

    asked = [asyncio.ensure_future(histories.ask("a", slow)) for _ in range(4)]
    await asyncio.to_thread(begun.wait, 20)
    with pytest.raises(TooManyQuestions):
        await histories.ask("a", slow)
    asked.append(asyncio.ensure_future(histories.ask("b", slow)))
    await asyncio.sleep(0)
    with pytest.raises(NoHistory):
        await histories.ask("c", slow)
    go.set()
    assert [True] * 5 == await asyncio.gather(*asked)
    assert await histories.ask("a", lambda db, these: these.book(db, 1).story.seq) == 13
    histories.close()
