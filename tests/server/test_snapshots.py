"""Snapshots save time and are never believed over the log."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert
from sqlalchemy import update as sql_update
from sqlmodel import Session, col, select

from crdt.parts import Parts, pack, unpack
from server import checkpoints
from server.checkpoints import build, claimed, kept
from server.database import Store
from server.history.books import Histories
from server.log import Row, rows_after
from server.replay import LogUnsound
from server.rooms import make_document
from server.snapshots import load, newest, replayed, unpacked, verified
from server.tables import Document, LogEntry, Snapshot
from server.verify import verify
from tests import histories
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, snapshot_every=10_000) as found:
        yield found


async def written(server: LiveServer, words: int) -> int:
    """A section with so many entries; its document."""
    _, mine = await server.enter("B", "parent")
    await mine.write("Start.")
    for number in range(words - 1):
        await mine.send(mine.typed(f" {number}"))
    await mine.saved()
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    return room.document_id


def change(server: LiveServer, **values: object) -> None:
    server.store.write_sync(lambda session: session.execute(sql_update(Snapshot).values(**values)))


async def test_a_snapshot_holds_what_the_log_says(server: LiveServer) -> None:
    document = await written(server, 20)
    assert await asyncio.to_thread(build, server.store, document) == 20
    row = server.store.read(lambda session: newest(session, document))
    assert row is not None
    content = unpacked(row)
    assert content is not None
    assert content.hash() == server.store.read(lambda session: replayed(session, document)).hash()


async def test_a_section_opens_from_a_snapshot_and_the_entries_after_it(server: LiveServer) -> None:
    document = await written(server, 10)
    await asyncio.to_thread(build, server.store, document)
    await written(server, 5)
    whole = server.store.read(lambda session: replayed(session, document))
    quick = server.store.read(lambda session: load(session, document))
    assert (quick.seq, quick.hash()) == (whole.seq, whole.hash())
    assert quick.ledger.clocks() == whole.ledger.clocks()


async def test_building_twice_at_one_entry_does_nothing(server: LiveServer) -> None:
    document = await written(server, 3)
    assert await asyncio.to_thread(build, server.store, document) == 3
    assert await asyncio.to_thread(build, server.store, document) is None


async def test_only_the_newest_two_are_kept(server: LiveServer) -> None:
    for _ in range(4):
        document = await written(server, 3)
        await asyncio.to_thread(build, server.store, document)
    found = server.store.read(lambda session: session.exec(select(Snapshot.seq).order_by(col(Snapshot.seq))).all())
    assert list(found) == [9, 12]


@pytest.mark.parametrize("column", ["payload", "ledger"])
async def test_a_poisoned_snapshot_is_passed_over_and_the_log_is_read(server: LiveServer, column: str) -> None:
    document = await written(server, 8)
    expected = server.store.read(lambda session: replayed(session, document)).hash()
    await asyncio.to_thread(build, server.store, document)
    await asyncio.to_thread(change, server, **{column: b"\x01\x01\x05\x00\x44poison"})
    found = server.store.read(lambda session: load(session, document))
    assert (found.seq, found.hash()) == (8, expected)


async def test_a_snapshot_that_was_not_verified_is_not_loaded(server: LiveServer) -> None:
    document = await written(server, 4)
    await asyncio.to_thread(build, server.store, document)
    await asyncio.to_thread(change, server, verified_at=None)
    assert server.store.read(lambda session: newest(session, document)) is None


async def test_one_that_reads_back_differently_is_never_verified(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await written(server, 4)
    monkeypatch.setattr(checkpoints, "unpacked", lambda row, schema: None)
    assert await asyncio.to_thread(build, server.store, document) is None
    assert server.store.read(lambda session: newest(session, document)) is None


async def test_the_server_has_one_made_in_a_process_of_its_own(tmp_path: Path) -> None:
    async with live_server(tmp_path, snapshot_every=5) as server:
        document = await written(server, 6)

        def made(session: Session) -> bool:
            return newest(session, document) is not None

        await until(lambda: server.store.read(made), patience=30)
        assert all(result.ok for result in verify(server.store, server.settings, live={}))


async def test_the_process_tells_when_it_could_not(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.snapshots",
        "1",
        env={"ALONGSIDE_DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/x"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 1


# Long ones

LONG = 1300


async def long_section(server: LiveServer, count: int = LONG) -> int:
    """A section in which several people have written so much."""
    people = [server.tokens.people[role] for role in ("parent", "case_officer", "senco")]

    def made(session: Session) -> int:
        return make_document(session, server.plan, "B")

    document = await server.store.write(made)
    await asyncio.to_thread(histories.write, server.store, document, count, people)
    return document


def stored(server: LiveServer, document: int) -> list[int]:
    return server.store.read(lambda session: verified(session, document))


def cut_back(server: LiveServer, document: int, seq: int) -> None:
    """The log as it was at an entry."""

    def cut(session: Session) -> None:
        session.execute(delete(LogEntry).where(col(LogEntry.document_id) == document, col(LogEntry.seq) > seq))
        session.execute(sql_update(Document).where(col(Document.id) == document).values(seq=seq))

    server.store.write_sync(cut)


def rows(server: LiveServer, document: int, after: int) -> list[dict[str, Any]]:
    query = select(LogEntry).where(LogEntry.document_id == document, LogEntry.seq > after)
    return [row.model_dump() for row in server.store.read(lambda session: session.exec(query).all())]


async def in_two_goes(server: LiveServer, first: int, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """A snapshot at one entry, then one at the end; the document, and how many entries the second one read."""
    document = await long_section(server, count)
    rest = rows(server, document, first)
    cut_back(server, document, first)
    assert await asyncio.to_thread(build, server.store, document) == first

    def put(session: Session) -> None:
        session.connection().execute(insert(LogEntry), rest)
        session.execute(sql_update(Document).where(col(Document.id) == document).values(seq=count))

    server.store.write_sync(put)
    read = 0

    def counted(*args: Any) -> Iterator[Row]:
        nonlocal read
        for row in rows_after(*args):
            read += 1
            yield row

    monkeypatch.setattr(checkpoints, "rows_after", counted)
    assert await asyncio.to_thread(build, server.store, document) == count
    return document, read


async def test_the_next_is_made_from_the_one_before_and_says_what_the_log_says(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, read = await in_two_goes(server, 1100, LONG, monkeypatch)
    assert read == LONG - 1100
    assert stored(server, document) == [1100, LONG]
    assert all(result.ok for result in verify(server.store, server.settings, live={}))


async def test_a_log_that_has_doubled_is_replayed_from_nothing(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, read = await in_two_goes(server, 600, LONG, monkeypatch)
    assert read == LONG


async def test_a_snapshot_that_the_log_does_not_bear_out_is_found_on_the_way(
    server: LiveServer,
) -> None:
    document = await long_section(server, 600)
    await asyncio.to_thread(build, server.store, document)
    await asyncio.to_thread(change, server, content_hash="f" * 64)
    server.store.write_sync(
        lambda session: session.execute(
            sql_update(Snapshot).values(seq=500)  # and the number is not even right
        )
    )
    assert await asyncio.to_thread(build, server.store, document) == 600
    assert stored(server, document) == [600]
    assert all(result.ok for result in verify(server.store, server.settings, live={}))


async def test_checkpoints_stay_and_a_past_moment_opens_from_the_nearest(server: LiveServer) -> None:
    document = await long_section(server)
    assert await asyncio.to_thread(build, server.store, document, 300) == LONG
    assert stored(server, document) == [300, 600, 900, 1200, LONG]
    past = server.store.read(lambda session: load(session, document, upto=1000))
    assert past.snapshot == 900
    assert past.hash() == server.store.read(lambda session: replayed(session, document, 1000)).hash()


async def test_a_long_one_is_stored_in_parts_and_serves_whoever_looks_back(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "pack", partial(pack, structs=100, size=1000))
    document = await long_section(server, 4200)
    assert await asyncio.to_thread(build, server.store, document) == 4200
    row = server.store.read(lambda session: newest(session, document))
    assert row is not None
    parts = unpack(row.payload)
    assert isinstance(parts, Parts)
    assert len(parts) > 5
    expected = server.store.read(lambda session: replayed(session, document)).tree()
    content = unpacked(row)
    assert content is not None
    assert content.tree() == expected
    past = Histories(server.store, server.settings)
    assert server.store.read(lambda session: past.moments(session, document, [4200]))[4200].tree == expected
    past.close()


@pytest.mark.parametrize(
    ("seqs", "staying"),
    [
        ([], []),
        ([7], [7]),
        ([500, 1000, 1500], [1000, 1500]),
        ([4500, 5000, 5500, 9500, 10_100, 10_600, 11_100], [5000, 10_100, 10_600, 11_100]),
        ([*range(5000, 640_001, 5000)], [*range(10_000, 640_001, 10_000), 635_000]),
    ],
)
def test_the_newest_two_are_kept_and_one_every_so_many_entries(seqs: list[int], staying: list[int]) -> None:
    assert kept(seqs, 5000) == set(staying)


@pytest.fixture(params=["sqlite", "postgresql"])
async def two_stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[LiveServer, Store]]:
    """A server, and another process's way to its store."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    async with live_server(tmp_path, snapshot_every=10_000, database_url=url) as found:
        other = await asyncio.to_thread(Store.open, found.settings)
        try:
            yield found, other
        finally:
            await asyncio.to_thread(other.close)


async def test_of_two_who_build_at_once_one_steps_aside(two_stores: tuple[LiveServer, Store]) -> None:
    server, other = two_stores
    people = [server.tokens.people["parent"], server.tokens.people["senco"]]
    document = await server.store.write(lambda session: make_document(session, server.plan, "C"))
    history = histories.Histories(server.store, document, people)
    for count in (1100, 100, 100):
        await asyncio.to_thread(history.go_on, count)
        built = await asyncio.gather(*(asyncio.to_thread(build, store, document) for store in (server.store, other)))
        assert {seq for seq in built if seq is not None} == {stored(server, document)[-1]}
        assert len([seq for seq in built if seq is not None]) == 1
    assert stored(server, document) == [1200, 1300]
    quick = other.read(lambda session: load(session, document))
    assert (quick.snapshot, quick.hash()) == (1300, other.read(lambda session: replayed(session, document)).hash())


async def test_a_snapshot_whose_maker_died_is_made_again(server: LiveServer) -> None:
    document = await long_section(server, 50)
    assert claimed(server.store, document, 50)
    assert await asyncio.to_thread(build, server.store, document) is None
    await asyncio.to_thread(change, server, built_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert await asyncio.to_thread(build, server.store, document) == 50


async def test_one_that_came_to_nothing_leaves_nothing_behind(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise LogUnsound(1, "made up")

    document = await long_section(server, 5)
    monkeypatch.setattr(checkpoints, "_replayed", broken)
    with pytest.raises(LogUnsound):
        await asyncio.to_thread(build, server.store, document)
    assert server.store.read(lambda session: session.exec(select(Snapshot.seq)).all()) == []
