"""Somebody who does not read: memory stays bounded, nothing is skipped in silence, nobody else waits."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crdt import frames
from crdt.blocks import plain_text
from server.connection import Connection
from tests.live_client import LiveClient, Section
from tests.live_serving import LiveServer, live_server, until

LIMIT = 200_000
SMALL = 64 * 1024


@pytest.fixture(params=["fast", "plain"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, fast=request.param == "fast", outbox_bytes=LIMIT, bytes_per_second=10**8) as found:
        yield found


async def slow_reader(server: LiveServer) -> tuple[LiveClient, Section, Connection]:
    """A reader whose network holds little; and the server's side of it."""
    link = socket.create_connection(("127.0.0.1", server.settings.port))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    client = await server.client(sock=link)
    section = await client.open(server.name("B"), "observer")
    person = server.tokens.people["observer"]
    connection = next(one for one in server.live.connections if one.person_id == person)
    transport: Any = getattr(connection._sink, "transport", None)
    if transport is None:
        transport = _transport_of(server, link.getsockname())
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    return client, section, connection


def _transport_of(server: LiveServer, address: object) -> Any:
    found = [one for one in server.protocols if one.transport.get_extra_info("peername") == address]
    return found[0].transport


async def much(writer: Section, connection: Connection, times: int) -> int:
    """Writes a lot; the most that waited for the slow reader meanwhile."""
    most = 0
    for number in range(times):
        await writer.write(f"Line {number} " + "word " * 4000)
        most = max(most, connection.outbox.size)
    return most


async def test_what_waits_for_a_slow_reader_is_bounded_and_they_end_with_the_same_text(server: LiveServer) -> None:
    _, writer = await server.enter("B", "parent")
    client, reader, connection = await slow_reader(server)
    connection.outbox._window = 0.0  # the network may take a little in between: however often, here they may stay
    client.socket.transport.pause_reading()
    most = await much(writer, connection, 60)
    assert most <= LIMIT
    assert reader.text == ""
    client.socket.transport.resume_reading()
    await writer.write("The last line.")
    await reader.has("The last line.")
    await reader.has("Line 59")
    assert reader.text == writer.text
    assert client.close_code is None
    assert "Line 59" in plain_text(await server.live.tree(server.plan, "B"))


async def test_a_reader_too_slow_a_second_time_is_closed_and_may_come_back(server: LiveServer) -> None:
    _, writer = await server.enter("B", "parent")
    client, _, connection = await slow_reader(server)
    client.socket.transport.pause_reading()
    await much(writer, connection, 30)
    client.socket.transport.resume_reading()
    await until(lambda: not connection._sink.blocked)
    client.socket.transport.pause_reading()
    await much(writer, connection, 40)
    assert connection.finished.is_set()
    client.socket.transport.resume_reading()
    assert await client.closed() == 4408
    _, again = await server.enter("B", "observer")
    assert again.text == writer.text


async def test_others_do_not_wait_for_a_slow_reader(server: LiveServer) -> None:
    _, writer = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    client, _, connection = await slow_reader(server)
    client.socket.transport.pause_reading()
    async with asyncio.timeout(10):
        await much(writer, connection, 20)
        await other.has("Line 19")


async def test_someone_who_writes_but_never_reads_is_bounded_too(server: LiveServer) -> None:
    _, writer = await server.enter("B", "parent")
    client, reader, connection = await slow_reader(server)
    await much(writer, connection, 20)
    client.socket.transport.pause_reading()
    for _ in range(400):
        await client.send(frames.sync_step1(reader.name, b"\0"))
        assert connection.outbox.size <= LIMIT
    await writer.write("The last line.")
    client.socket.transport.resume_reading()
    await reader.has("The last line.")
