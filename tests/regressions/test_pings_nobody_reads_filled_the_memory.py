"""Pings cost nothing to send and were all answered: whoever never read the pongs filled the server's memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crdt import frames
from server.control_frames import BURST
from tests.live_serving import LiveServer, live_server, until
from tests.server.test_fast_sockets import HANDSHAKE, wire

PING = wire(0x89, bytes(125))
MOST = 64 * 1024 * 1024


@pytest.fixture(params=["fast", "plain"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, fast=request.param == "fast", control_frames_per_second=0.001) as found:
        yield found


async def opened(server: LiveServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Any]:
    """A connection nobody has signed in on, and the server's side of it."""
    before = set(server.protocols)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    (protocol,) = server.protocols - before
    return reader, writer, protocol


async def answers(reader: asyncio.StreamReader) -> tuple[int, int]:
    """How many pongs come until the connection is closed, and with which code it is."""
    pongs = 0
    async with asyncio.timeout(10):
        while True:
            first, size = await reader.readexactly(2)
            payload = await reader.readexactly(size)
            if first == 0x88:
                return pongs, int.from_bytes(payload[:2], "big")
            pongs += first == 0x8A


async def test_a_flood_nobody_reads_is_closed_after_few_bytes(server: LiveServer) -> None:
    _, writer, protocol = await opened(server)
    most = sent = 0
    try:
        async with asyncio.timeout(20):
            while sent < MOST and protocol in server.protocols:
                writer.write(PING * 100)
                await writer.drain()
                sent += len(PING) * 100
                most = max(most, protocol.transport.get_write_buffer_size())
    except ConnectionError:
        pass
    await until(lambda: not server.protocols)
    assert sent < MOST
    assert most <= BURST * 127 + 127
    writer.transport.abort()
    await server.enter("B", "parent")


async def test_a_flood_in_one_piece_is_closed_and_not_answered(server: LiveServer) -> None:
    reader, writer, _ = await opened(server)
    writer.write(PING * 1000)
    pongs, code = await answers(reader)
    assert code == 1008
    assert pongs <= BURST
    writer.transport.abort()


async def test_pings_within_the_allowance_are_all_answered(server: LiveServer) -> None:
    reader, writer, _ = await opened(server)
    writer.write(PING * BURST)
    for _ in range(BURST):
        assert await reader.readexactly(2) == bytes((0x8A, 125))
        await reader.readexactly(125)
    writer.write(PING)
    assert await answers(reader) == (0, 1008)
    writer.transport.abort()


@pytest.mark.parametrize("frame", [wire(0x8A, b"nobody asked"), wire(0x00, b""), wire(0x00, b"a")])
async def test_pongs_and_crumbs_of_messages_are_few_too(server: LiveServer, frame: bytes) -> None:
    reader, writer, _ = await opened(server)
    writer.write(wire(0x02, b"") + frame * (BURST + 1))
    assert (await answers(reader))[1] == 1008
    writer.transport.abort()


async def test_a_message_in_large_parts_is_no_flood(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    message = frames.sync_update(mine.name, mine.paragraph("In parts. " * 9000))
    mine.sent += 1
    parts = [message[start : start + 1024] for start in range(0, len(message), 1024)]
    assert len(parts) > BURST
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        client.socket.transport.write(wire((0x80 if last else 0) | (0 if place else 0x02), part))
    await mine.saved()


async def test_a_flood_after_signing_in_is_closed_as_well(server: LiveServer) -> None:
    client, _ = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    client.socket.transport.write(PING * (BURST + 1))
    assert await client.closed() == 1008
    await until(lambda: len(server.live.connections) == 1)
    await other.write("Nobody else is disturbed.")


async def test_whoever_does_not_read_is_sent_no_pongs(server: LiveServer) -> None:
    _, writer, protocol = await opened(server)
    protocol.pause_writing()
    allowance = protocol._control._left
    writer.write(PING * 10)
    await until(lambda: protocol._control._left < allowance - 9)
    assert protocol.transport.get_write_buffer_size() == 0
    assert protocol.conn.writes == []
    writer.transport.abort()
