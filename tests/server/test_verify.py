"""``verify`` finds every difference between the log and what was made from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from server.checkpoints import build
from server.history import kept
from server.verify import Result, ask_server, verify
from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        _, mine = await found.enter("B", "parent")
        for number in range(5):
            await mine.write(f"Line {number}.")
        await found.set_stage("finalising")
        room = found.live.rooms.find(found.plan, "B")
        assert room is not None
        await asyncio.to_thread(build, found.store, room.document_id)
        yield found


async def faults(server: LiveServer) -> list[str]:
    results = await asyncio.to_thread(verify, server.store, server.settings)
    return [result.line.partition(": ")[2] for result in results if not result.ok]


async def spoil(server: LiveServer, statement: str) -> None:
    def write(session: Session) -> None:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        session.execute(text(statement))

    await server.store.write(write)


async def test_a_sound_store_and_its_server_agree(server: LiveServer) -> None:
    results = await asyncio.to_thread(verify, server.store, server.settings)
    assert len(results) == 12
    assert all(result.ok for result in results)
    assert Result(ok=True, line=f"{server.name('B')}: the same, 6 entries") in results


async def test_it_asks_the_running_server_what_it_holds(server: LiveServer) -> None:
    found = await asyncio.to_thread(ask_server, server.settings)
    assert isinstance(found, dict)
    assert sorted(seq for seq, _ in found.values()) == [1] * 11 + [6]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM log_entry WHERE kind='update' AND seq=3", "entry 3 is missing"),
        ("DELETE FROM log_entry WHERE seq=6", "the log ends at entry 5"),
        ("UPDATE log_entry SET payload=x'0101' WHERE kind='update' AND seq=3", "does not fit"),
        ("UPDATE log_entry SET author='somebody else' WHERE kind='update' AND seq=3", "does not fit: not-yours"),
        ("UPDATE snapshot SET content_hash='0'", "the snapshot at entry 6 differs"),
        ("UPDATE snapshot SET payload=x'00'", "the snapshot at entry 6 differs"),
        ("UPDATE snapshot SET ledger=x'00'", "the snapshot at entry 6 differs"),
        ("UPDATE plan SET stage='drafting'", "the log says stage finalising, the plan says drafting"),
    ],
)
async def test_every_difference_is_found(server: LiveServer, statement: str, fault: str) -> None:
    await spoil(server, statement)
    assert fault in " ".join(await faults(server))


async def test_a_history_kept_beside_the_log_that_it_does_not_tell_is_found(server: LiveServer) -> None:
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    await asyncio.to_thread(kept.keep, server.store, room.document_id, 1)
    assert [] == await faults(server)
    await spoil(server, "UPDATE log_entry SET at='2026-01-01 10:00:00.000000' WHERE kind='update' AND seq=1")
    assert ["what is kept of its history at entry 6 differs from the log"] == await faults(server)


async def test_a_server_that_holds_something_else_is_found(server: LiveServer) -> None:
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    results = verify(server.store, server.settings, live={room.document_id: (6, "0" * 64)})
    assert [result.line.partition(": ")[2] for result in results if not result.ok] == [
        "the running server differs from the log at entry 6"
    ]
