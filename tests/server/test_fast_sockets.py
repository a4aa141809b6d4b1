"""The fast way reads bytes itself: whatever comes, in whatever pieces, it does what the plain way does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crdt import frames
from tests.live_client import LiveClient
from tests.live_serving import LiveServer, live_server

HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CLOSE = 0x88
FRAME_BYTES = 256 * 1024


@pytest.fixture(params=["fast", "plain"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(
        tmp_path, fast=request.param == "fast", sockets_per_person=1000, frame_bytes=FRAME_BYTES
    ) as found:
        yield found


def wire(first: int, payload: bytes, mask: bytes = b"\x01\x02\x03\x04", *, masked: bool = True) -> bytes:
    """One WebSocket frame of a client, right or wrong."""
    size = len(payload)
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65536:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


async def raw(server: LiveServer, *pieces: bytes) -> int:
    """Opens a connection, sends these bytes, and waits for the code with which the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(10):
        while True:
            kind, size = await reader.readexactly(2)
            answer = await reader.readexactly(size)
            if kind == CLOSE:
                writer.transport.abort()
                return int.from_bytes(answer[:2], "big")


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ((wire(0x82, b"x", masked=False),), 1002),
        ((wire(0xC2, b"x"),), 1002),
        ((wire(0x83, b"x"),), 1002),
        ((wire(0x80, b"continues nothing"),), 1002),
        ((wire(0x02, b"part"), wire(0x82, b"another message within")), 1002),
        ((wire(0x89, bytes(126)),), 1002),
        ((wire(0x09, b"a ping in pieces"),), 1002),
        ((wire(0x81, b"text"),), 1003),
        ((wire(0x82, bytes(300_000))[:1000],), 1009),
        ((b"\x82\xff" + (2**62).to_bytes(8, "big"),), 1009),
        ((wire(0x02, bytes(200_000)), wire(0x00, bytes(100_000))), 1009),
        ((wire(0x88, (1000).to_bytes(2, "big")),), 1000),
        ((wire(0x82, b"\xff") * 3,), 4403),
        ((b"\x82",), -1),
    ],
    ids=[
        "not masked",
        "a reserved bit",
        "an unknown kind",
        "a part of nothing",
        "a message within a message",
        "a long ping",
        "a ping in pieces",
        "text",
        "too long",
        "far too long",
        "too long in pieces",
        "goodbye",
        "no frames",
        "half a frame",
    ],
)
async def test_what_breaks_the_rules_is_closed_with_the_right_code(
    server: LiveServer, pieces: tuple[bytes, ...], code: int
) -> None:
    if code == -1:
        _, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
        writer.write(HANDSHAKE + pieces[0])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    else:
        assert await raw(server, *pieces) == code
    _, mine = await server.enter("B", "parent")
    await mine.write("Nobody else is disturbed.")


async def test_a_ping_between_the_parts_of_a_message_is_answered(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    message = frames.sync_update(mine.name, mine.paragraph("In two parts."))
    mine.sent += 1
    transport = client.socket.transport
    transport.write(wire(0x02, message[:9]) + wire(0x89, b"there?") + wire(0x80, message[9:]))
    await mine.saved()


@pytest.mark.parametrize("seed", range(4))
async def test_noise_closes_only_the_connection_it_came_on(server: LiveServer, seed: int) -> None:
    chance = random.Random(seed)
    _, mine = await server.enter("B", "parent")

    async def noise() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
        writer.write(HANDSHAKE)
        name = server.name("B")
        for _ in range(chance.randrange(1, 12)):
            payload = chance.choice(
                [
                    chance.randbytes(chance.randrange(200)),
                    frames.token(name, "case_officer"),
                    frames.sync_step1(name, chance.choice([b"\0", chance.randbytes(9)])),
                    frames.sync_update(name, chance.randbytes(chance.randrange(60))),
                    frames.awareness(name, chance.randbytes(chance.randrange(60))),
                    frames.stateless(name, "[" * chance.randrange(3000)),
                    bytes((len(name),)) + name.encode() + chance.randbytes(chance.randrange(1, 30)),
                ]
            )
            first = chance.choice([0x82] * 8 + [chance.randrange(256)])
            data = wire(first, payload, chance.randbytes(4), masked=chance.random() > 0.03)
            cut = chance.randrange(len(data) + 1)
            writer.write(data[:cut])
            await asyncio.sleep(0)
            writer.write(data[cut:])
        try:
            async with asyncio.timeout(0.3):
                await reader.read()
        except (TimeoutError, ConnectionError):
            pass
        writer.transport.abort()

    for _ in range(5):
        await asyncio.gather(*(noise() for _ in range(10)))
    await mine.write("Still here.")
    _, again = await server.enter("B", "senco")
    assert "Still here." in again.text


async def test_a_burst_in_one_packet_is_taken_in_order_also_when_reading_pauses(tmp_path: Path) -> None:
    async with live_server(tmp_path, pending_updates=4, updates_burst=20, updates_per_second=400) as server:
        client, mine = await server.enter("B", "parent")
        await mine.write("0")
        burst = b"".join(wire(0x82, frames.sync_update(mine.name, mine.typed(f" {n}"))) for n in range(1, 60))
        mine.sent += 59
        client.socket.transport.write(burst)
        await mine.saved()
        reader: LiveClient = await server.client()
        theirs = await reader.open(mine.name, "senco")
        assert theirs.text == " ".join(str(n) for n in range(60))
