"""``python -m tests.crash.idle --count 5000``: so many people with a section open, doing nothing, cost little.

Starts a real server and reports memory per connection, the time a word still takes to reach somebody, and, once the
server is told to stop, how long it takes to say goodbye to all of them and how many were told to come back elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path

import psutil

from crdt import frames
from tests.crash.store import ROLES, Made, make
from tests.live_client import LiveClient
from tests.serving import Serving, serving

BINARY, CLOSE, PING, PONG = 0x82, 0x88, 0x89, 0x8A
SERVICE_RESTART = 1012


class Idler(asyncio.Protocol):
    """A WebSocket client of a few lines: signs in to one section, then only counts what comes."""

    def __init__(self, made: Made, host: str, token: str, arrived: asyncio.Semaphore) -> None:
        self.bytes = 0
        self.goodbye: int | None = None
        self.gone = asyncio.Event()
        self._rest = bytearray()
        self._made = made
        self._host = host
        self._token = token
        self._arrived = arrived

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(
            f"GET /live HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.bytes:
            name = self._made.name("B")
            for message in (frames.token(name, self._token), frames.sync_step1(name, b"\0")):
                self.transport.write(masked(message))
            self._arrived.release()
            data = data.partition(b"\r\n\r\n")[2]
        self.bytes += 1 + len(data)
        self._rest += data
        while len(self._rest) >= 2:
            size, at = self._rest[1], 2
            if size > 125:
                at += 2 if size == 126 else 8
                size = int.from_bytes(self._rest[2:at], "big")
            if len(self._rest) < at + size:
                return
            body = bytes(self._rest[at : at + size])
            if self._rest[0] == PING:
                self.transport.write(masked(body, PONG))
            elif self._rest[0] == CLOSE:
                self.goodbye = int.from_bytes(body[:2], "big")
                self.transport.write(masked(body, CLOSE))
            del self._rest[: at + size]

    def connection_lost(self, _: Exception | None) -> None:
        self.gone.set()


def masked(message: bytes, kind: int = BINARY) -> bytes:
    """The message as a client's WebSocket frame, masked with zeros."""
    size = len(message)
    head = bytes((kind, 0x80 | size)) if size < 126 else bytes((kind, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + bytes(4) + message


async def idle(server: Serving, made: Made, count: int) -> dict[str, float]:
    """Opens the connections, then times a word from one writer to one reader."""
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    loop = asyncio.get_running_loop()
    writer = await LiveClient.connect(server.live_url)
    mine = await writer.open(made.name("B"), made.tokens["parent"])
    await mine.write("Before.")
    before = process.memory_info().rss
    arrived = asyncio.Semaphore(0)
    idlers: list[Idler] = []
    for number in range(count):
        token = made.tokens[ROLES[number % len(ROLES)]]
        _, idler = await loop.create_connection(
            lambda token=token: Idler(made, f"127.0.0.1:{server.port}", token, arrived),  # type: ignore[misc]
            "127.0.0.1",
            server.port,
        )
        idlers.append(idler)
        if number % 100 == 99:
            for _ in range(100):
                await arrived.acquire()
    reader = await LiveClient.connect(server.live_url)
    theirs = await reader.open(made.name("B"), made.tokens["case_officer"])
    after = process.memory_info().rss
    slowest = 0.0
    for number in range(10):
        started = time.perf_counter()
        await mine.send(mine.typed(f" word{number}"))
        await theirs.has(f"word{number}")
        slowest = max(slowest, time.perf_counter() - started)
    quiet = process.cpu_times()
    await asyncio.sleep(2)
    busy = process.cpu_times()
    open_now = sum(not idler.transport.is_closing() for idler in idlers)
    await writer.close()
    await reader.close()
    told = time.perf_counter()
    process.terminate()
    for idler in idlers:
        await idler.gone.wait()
    left = time.perf_counter() - told
    return {
        "goodbyes": sum(idler.goodbye == SERVICE_RESTART for idler in idlers),
        "goodbyes_s": left,
        "connections": open_now,
        "kib_each": (after - before) / 1024 / max(1, count),
        "slowest_word_ms": slowest * 1000,
        "idle_cpu": (busy.user + busy.system - quiet.user - quiet.system) / 2,
    }


def run(folder: Path, count: int) -> dict[str, float]:
    """The whole thing on a fresh store."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * count + 200)), hard))
    made = make(folder / "store")
    one_person = ("SOCKETS_PER_PERSON", "SYNCS_BURST", "UPDATES_BURST")
    limits = {f"ALONGSIDE_{name}": str(3 * count + 50) for name in one_person} | {"ALONGSIDE_LOG_LEVEL": "error"}
    with serving(made.settings.data_dir, command="serve", **limits) as server:
        return asyncio.run(idle(server, made, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    with tempfile.TemporaryDirectory(prefix="alongside-idle-") as folder:
        print(json.dumps(run(Path(folder), parser.parse_args().count)))


if __name__ == "__main__":
    main()
