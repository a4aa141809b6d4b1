"""Connections that never finished a request stayed for ever, and nothing counted how many there were."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from server.serve import raise_file_limit
from tests.live_serving import LiveServer, live_server, until

HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
)
REQUEST = b"GET /live/state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def connect(server: LiveServer, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
    writer.write(data)
    await writer.drain()
    return reader, writer


async def test_hundreds_of_unfinished_handshakes_do_not_stay(tmp_path: Path) -> None:
    async with live_server(tmp_path, header_seconds=1) as server:
        ends = [await connect(server, HANDSHAKE) for _ in range(400)]
        await until(lambda: not server.protocols)
        for _, writer in ends:
            writer.transport.abort()
        await server.enter("B", "parent")


@pytest.mark.parametrize("data", [b"", b"\r\n", b"G", REQUEST[:-2], REQUEST + b"\r\n", REQUEST + HANDSHAKE])
async def test_a_connection_without_a_whole_request_is_closed(tmp_path: Path, data: bytes) -> None:
    async with live_server(tmp_path, header_seconds=0.2) as server:
        reader, writer = await connect(server, data)
        async with asyncio.timeout(10):
            await reader.read()
        await until(lambda: not server.protocols)
        writer.transport.abort()


async def test_a_header_that_comes_by_the_byte_has_no_more_time(tmp_path: Path) -> None:
    async with live_server(tmp_path, header_seconds=0.3) as server:
        _, writer = await connect(server, b"GET / HTTP/1.1\r\nX-1: ")
        (protocol,) = server.protocols

        def trickle() -> bool:
            if not writer.transport.is_closing():
                writer.write(b"a")
            return not server.protocols

        await until(trickle)
        assert protocol.cycle is None
        writer.transport.abort()


async def test_a_finished_handshake_has_all_the_time_it_wants(tmp_path: Path) -> None:
    async with live_server(tmp_path, header_seconds=0.2) as server:
        _, quiet = await server.enter("B", "parent")
        reader, writer = await connect(server, b"")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.transport.abort()
        await quiet.write("Still here.")


async def test_more_connections_than_the_server_takes_are_closed_as_they_come(tmp_path: Path) -> None:
    async with live_server(tmp_path, connections_total=3) as server:
        _, mine = await server.enter("B", "parent")
        idle = [await connect(server, b"") for _ in range(2)]
        await until(lambda: len(server.protocols) == 3)
        for _ in range(20):
            try:
                reader, writer = await connect(server, REQUEST)
                assert await reader.read() == b""
            except ConnectionError:
                continue
            writer.transport.abort()
        await mine.write("Whoever is in stays in.")
        for _, writer in idle:
            writer.transport.abort()
        await until(lambda: len(server.protocols) == 1)
        reader, writer = await connect(server, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await reader.read()).startswith(b"HTTP/1.1 404 ")
        writer.transport.abort()


@pytest.mark.parametrize(
    "odd",
    [
        HANDSHAKE + b"X-1: " + b"a" * 10_000 + b"\r\n\r\n",
        HANDSHAKE + b"".join(b"X-%d: a\r\n" % number for number in range(200)) + b"\r\n",
        HANDSHAKE.replace(b"/live", b"/live\xff") + b"\r\n",
        HANDSHAKE + b"Transfer-Encoding: chunked\r\n\r\n",
        REQUEST + HANDSHAKE + b"\r\n",
    ],
    ids=["a long line", "many headers", "an odd address", "a body", "before its turn"],
)
async def test_a_handshake_the_library_cannot_read_is_answered_and_leaves_nothing(tmp_path: Path, odd: bytes) -> None:
    async with live_server(tmp_path) as server:
        reader, writer = await connect(server, odd)
        async with asyncio.timeout(10):
            assert (await reader.read()).startswith(b"HTTP/1.1 4")
        writer.transport.abort()
        await until(lambda: not server.protocols)


def test_the_server_may_open_as_many_files_as_the_system_lets_it() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1000), hard))
        assert raise_file_limit() >= 1000
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
