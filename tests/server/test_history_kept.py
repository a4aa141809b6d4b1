"""A story kept beside its log: it says what the whole log says, and a first look reads only what came after it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session

from sections.history import PAUSE_SECONDS, Event, Line, Moved, Story
from server import checkpoints
from server.database import Store
from server.history import kept, rows
from server.history.books import Histories
from server.history.tables import KeptStory
from server.history.telling import TimeLine, show, time_line
from server.log import MODE, SYSTEM, UPDATE, Entry, append_within, head
from server.rooms import make_document
from server.settings import Settings
from tests.databases import fresh_database
from tests.histories import edits
from tests.live_serving import make_plan

NOW = datetime(2026, 11, 22, 10, 42, 0, 123_456, tzinfo=UTC)
EVERY = 50


class Told:
    """A section with a history made by chance: people in turns and apart, pauses, moves of the plan."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.plan, people = store.write_sync(make_plan)
        self.document = store.write_sync(lambda db: make_document(db, self.plan, "B"))
        self._edits = edits(2**31, [people[role] for role in ("parent", "case_officer", "senco")])
        self._chance, self._at = random.Random(7), NOW

    def goes_on(self, count: int) -> None:
        self.store.write_sync(partial(self._write, count))

    def _write(self, count: int, db: Session) -> None:
        for _ in range(count):
            self._at += timedelta(seconds=self._chance.choice([-2, 0.000001, 1, 3, 29, 31, 299, 301]))
            if self._chance.random() < 0.03:
                entry = Entry(MODE, b'{"stage": "drafting", "mode": "open"}', SYSTEM)
            else:
                author, update = next(self._edits)
                entry = Entry(UPDATE, update, author)
            append_within(db, self.document, head(db, self.document), [entry], self._at)

    def whole(self) -> list[Event]:
        """The events, from nothing but the log."""
        return self.store.read(lambda db: kept.go_on(db, self.document, Story(kept.ALONE))).events

    def first_look(self) -> tuple[list[Event], TimeLine]:
        """What somebody sees who asks a server that has just been started."""
        histories = Histories(self.store, self.settings)

        def look(db: Session) -> tuple[list[Event], TimeLine]:
            show(db, histories, self.plan, "B", None)
            return histories.book(db, self.document).story.events, time_line(db, histories, self.plan, "B", None, 20)

        try:
            return self.store.read(look)
        finally:
            histories.close()

    def row(self) -> KeptStory | None:
        return self.store.read(lambda db: db.get(KeptStory, self.document))


@pytest.fixture(params=["embedded", "PostgreSQL"])
def told(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Told]:
    with nullcontext() if request.param == "embedded" else fresh_database() as url:
        settings = Settings(data_dir=tmp_path, database_url=url, checkpoint_every=100)
        store = Store.open(settings)
        yield Told(store, settings)
        store.close()


def test_whatever_is_kept_a_first_look_sees_what_the_whole_log_tells(told: Told) -> None:
    for count in (EVERY, 7, EVERY - 8, 2, 3 * EVERY, 1, 0):
        told.goes_on(count)
        kept.keep(told.store, told.document, EVERY)
        events, line = told.first_look()
        assert told.whole() == events
        told.store.write_sync(lambda db: db.delete(db.get(KeptStory, told.document)) if told.row() else None)
        assert (events, line) == told.first_look()
    assert any(isinstance(event, Moved) for event in events)
    assert 20 < len(events)


def test_a_first_look_reads_only_what_came_after_the_story_that_is_kept(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.goes_on(3 * EVERY)
    kept.keep(told.store, told.document, EVERY)
    told.goes_on(EVERY - 1)
    kept.keep(told.store, told.document, EVERY)  # not enough has come since
    read: list[int] = []
    lines = rows.lines

    def counted(db: Session, document: int, after: int) -> Iterator[list[Line]]:
        for portion in lines(db, document, after):
            read.extend(line.seq for line in portion)
            yield portion

    monkeypatch.setattr(rows, "lines", counted)
    told.first_look()
    assert list(range(3 * EVERY + 1, 4 * EVERY)) == read


@pytest.mark.parametrize("spoilt", [b"", b"{}", None, "other rules", "ahead of the log"])
def test_what_cannot_be_read_is_passed_over(
    told: Told, spoilt: bytes | str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.goes_on(2 * EVERY)
    kept.keep(told.store, told.document, EVERY)
    whole = told.whole()
    row = told.row()
    assert row is not None
    if spoilt == "other rules":
        monkeypatch.setattr(kept, "_FORM", [1, PAUSE_SECONDS + 1, 30.0])
    elif spoilt == "ahead of the log":
        row.seq += 1
    else:
        row.payload = row.payload[:-9] if spoilt is None else bytes(spoilt)  # type: ignore[arg-type]
    told.store.write_sync(lambda db: db.merge(row))
    assert whole == told.first_look()[0]
    assert told.store.read(lambda db: kept.differs(db, told.document)) is None


def test_nothing_is_kept_of_a_sides_layer(told: Told) -> None:
    layer = told.store.write_sync(lambda db: make_document(db, told.plan, "F@family#1"))
    told.document = layer
    told.goes_on(EVERY)
    kept.keep(told.store, layer, EVERY)
    assert told.row() is None


def test_the_process_that_builds_snapshots_keeps_the_story_too(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALONGSIDE_DATA_DIR", str(told.settings.data_dir))
    monkeypatch.setenv("ALONGSIDE_CHECKPOINT_EVERY", "100")
    if told.settings.database_url is not None:
        monkeypatch.setenv("ALONGSIDE_DATABASE_URL", told.settings.database_url)
    monkeypatch.setattr("os.nice", lambda by: by)
    monkeypatch.setattr(checkpoints, "set_up_logs", lambda level: None)
    told.goes_on(120)
    assert 0 == checkpoints.main([str(told.document)])
    row = told.row()
    assert row is not None
    assert 120 == row.seq
    assert told.whole() == told.first_look()[0]
