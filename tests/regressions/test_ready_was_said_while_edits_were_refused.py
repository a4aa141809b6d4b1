"""/health/ready said 200 while no edit could be saved: it took the write lock, but wrote nothing."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from server.database import DATABASE_FILE, Store, StoreFailed
from server.routes.health import LOOK_AGAIN_SECONDS, PulseTaker
from server.settings import Settings
from server.tables import AuditEvent, Pulse
from tests.server.site import NOW


class Clock:
    """Seconds, as a test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Job:
    """An entry of a log, as far as the writer cares."""

    entries = ("one",)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Settings(data_dir=tmp_path))
    yield store
    store.close()


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_limit_on_the_size_of_files_is_noticed(store: Store, tmp_path: Path) -> None:
    def fill(db: Session) -> None:
        for _ in range(400):
            db.add(AuditEvent(at=NOW, act="signed-in", detail={"filling": "x" * 1000}))

    store.write_sync(fill)
    size = (tmp_path / f"{DATABASE_FILE}-wal").stat().st_size
    clock = Clock()
    taker = PulseTaker(store, clock)
    assert await taker.well()
    with files_no_larger_than(size):
        clock.now += LOOK_AGAIN_SECONDS
        assert not await taker.well()
    clock.now += LOOK_AGAIN_SECONDS
    assert await taker.well()


async def test_a_journal_that_was_renamed_is_noticed(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    taker = PulseTaker(store, clock)
    assert await taker.well()
    os.rename(tmp_path / f"{DATABASE_FILE}-wal", tmp_path / "elsewhere")
    clock.now += LOOK_AGAIN_SECONDS
    assert not await taker.well()


async def test_every_pulse_reaches_the_disk_and_many_questions_make_one(store: Store) -> None:
    clock = Clock()
    taker = PulseTaker(store, clock)

    def at(db: Session) -> Any:
        return db.get_one(Pulse, 1).at

    for _ in range(50):
        assert await taker.well()
    first = store.read(at)
    clock.now += LOOK_AGAIN_SECONDS
    assert await taker.well()
    assert store.read(at) > first
    second = store.read(at)
    clock.now += LOOK_AGAIN_SECONDS / 2
    assert await taker.well()
    assert store.read(at) == second


async def test_a_log_that_did_not_take_its_last_entry_is_not_ready_until_it_takes_one(store: Store) -> None:
    broken = True

    def write(_cursor: Any, jobs: Any) -> list[str]:
        if broken:
            raise StoreFailed("too large")
        return ["saved"] * len(jobs)

    store.writer.batches(write, lambda *_: None)
    taker = PulseTaker(store, Clock())
    assert await taker.well()
    store.writer.submit(Job())
    store.write_sync(lambda _db: None)  # jobs are done in order: the log's was done before this one
    assert not await taker.well()
    broken = False
    store.writer.submit(Job())
    store.write_sync(lambda _db: None)
    assert await taker.well()
