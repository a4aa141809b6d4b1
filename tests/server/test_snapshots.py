"""Snapshots save time and are never believed over the log."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update as sql_update
from sqlmodel import Session, col, select

from server import snapshots
from server.snapshots import build, load, newest, replayed, unpacked
from server.tables import Snapshot
from server.verify import verify
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
    monkeypatch.setattr(snapshots, "unpacked", lambda row, schema: None)
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
