"""One connection that sent a header without an end took gigabytes: nothing counted what came before a blank line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live_serving import LiveServer, live_server, until

LIMIT = 32 * 1024
PIECE = b"a" * 16 * 1024
MOST = 16 * 1024 * 1024
"""Far more than sockets and one reading hold, far less than what was taken."""
REQUEST = b"GET /live/state HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
)
CHUNKED = b"POST /live/state HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, header_bytes=LIMIT) as found:
        yield found


async def ask(server: LiveServer, data: bytes) -> bytes:
    """Everything the server says to this until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
    writer.write(data)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.transport.abort()
    return answer


@pytest.mark.parametrize(
    "start",
    [
        b"GET /",
        REQUEST + b"X-1: ",
        UPGRADE + b"X-1: ",
        REQUEST + b"\r\n" + REQUEST + b"X-1: ",
        CHUNKED + b"5\r\nhello\r\n0\r\nX-1: ",
        CHUNKED + b"5;",
    ],
    ids=["an address", "a header", "a handshake", "a second request", "a trailer", "a chunk's head"],
)
async def test_what_has_no_end_is_closed_after_few_bytes(server: LiveServer, start: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
    sent = len(start)
    writer.write(start)
    await until(lambda: len(server.protocols) == 1)
    try:
        async with asyncio.timeout(20):
            while sent < MOST:
                writer.write(PIECE)
                await writer.drain()
                sent += len(PIECE)
                assert all(one._held <= LIMIT or one._refused for one in server.protocols)
                if not server.protocols:
                    break
    except ConnectionError:
        pass
    assert sent < MOST
    await until(lambda: not server.protocols)
    writer.transport.abort()


@pytest.mark.parametrize("start", [REQUEST, UPGRADE], ids=["a request", "a handshake"])
async def test_the_refusal_says_what_is_wrong(server: LiveServer, start: bytes) -> None:
    whole = start + b"X-1: " + b"a" * LIMIT + b"\r\n\r\n"
    for data in (whole, whole[:-4]):
        answer = await ask(server, data)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert answer.endswith(
            b"The headers of this request are too long. Delete the cookies of this site and try again."
        )


async def test_many_headers_count_together(server: LiveServer) -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 900) for number in range(LIMIT // 900 + 1))
    assert (await ask(server, REQUEST + headers + b"\r\n")).startswith(b"HTTP/1.1 431 ")


async def test_long_headers_within_the_limit_and_what_follows_them_are_answered(server: LiveServer) -> None:
    long = REQUEST + b"X-1: " + b"a" * (LIMIT - 1000) + b"\r\n\r\n"
    answers = await ask(server, long * 4 + REQUEST + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 404 ") == 5


@pytest.mark.parametrize("chunk", [1, 7, 5000])
async def test_a_body_is_not_counted_however_it_comes(server: LiveServer, chunk: int) -> None:
    pieces = b"".join(b"%x\r\n%s\r\n" % (chunk, b"a" * chunk) for _ in range(100_000 // chunk))
    whole = b"POST /live/state HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100_000
    last = REQUEST + b"Connection: close\r\n\r\n"
    answers = await ask(server, CHUNKED + pieces + b"0\r\n\r\n" + whole + last)
    assert answers.count(b"HTTP/1.1 405 ") == 2
    assert answers.count(b"HTTP/1.1 404 ") == 1


async def test_thousands_of_requests_in_one_piece_do_not_wait_in_memory(server: LiveServer) -> None:
    answer = await ask(server, (REQUEST + b"\r\n") * 3000)
    assert answer.endswith(b"This request cannot be read.")
