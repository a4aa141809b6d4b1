"""Sections that are opened and left again leave nothing behind in memory."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from crdt.replica import Replica
from server.connection import Connection
from server.outbox import Parcel
from server.replay import Content
from server.room import Room
from server.rooms import make_document
from server.seat import Seat
from server.standing import Standing
from tests import histories
from tests.live_serving import LiveServer, live_server, until

SECTIONS = ("A", "B", "C", "D", "E")
EDITS = 300
KIB = 1024
MIB = 1024 * KIB

CYCLES = [(30, 150), pytest.param((100, 1000), marks=[pytest.mark.full_size, pytest.mark.timeout(900)])]
"""How often before it is measured, and how often then."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, snapshot_every=10**9, room_idle_seconds=0, syncs_burst=10**6) as found:
        for section in SECTIONS:
            document = await found.store.write(lambda session, name=section: make_document(session, found.plan, name))
            await asyncio.to_thread(histories.write, found.store, document, EDITS, [found.tokens.people["parent"]])
        yield found


async def opened_and_left(server: LiveServer, times: int) -> None:
    """Somebody comes, writes a letter, shows where they are, and goes; the section is put away."""
    for number in range(times):
        client, section = await server.enter(SECTIONS[number % len(SECTIONS)], "parent")
        await section.send(section.typed("a"))
        await section.saved()
        await client.close()
        server.clients.remove(client)
        await until(lambda: not server.live.connections)
        server.live.sweep()
        assert server.live.rooms.all() == []


def alive() -> Counter[str]:
    """What of a visit is still in memory. The last commit of a room may still name it, and what it holds."""
    gc.collect()
    kinds = (Room, Content, Replica, Seat, Standing, Connection, Parcel)
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))


def resident() -> int:
    """The database's own caches grow a little, as the logs do."""
    return int(psutil.Process().memory_info().rss)


@pytest.mark.parametrize("cycles", CYCLES)
async def test_opening_and_closing_leaves_memory_flat(server: LiveServer, cycles: tuple[int, int]) -> None:
    warm, count = cycles
    await opened_and_left(server, warm)
    before = resident()
    await opened_and_left(server, count)
    assert max(alive().values(), default=0) <= 1, alive()
    grown = resident() - before
    assert grown < 4 * MIB + 8 * KIB * count, f"{grown / count:.0f} bytes stay for each"
