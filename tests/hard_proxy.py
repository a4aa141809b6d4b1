"""A reverse proxy of the kind hospitals and schools have: it lets HTTP through and does this or that to WebSockets.

It runs in a thread of its own, so that browsers and other programs can go through it. Only on this machine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from tests.serving import free_port


class Manner(Enum):
    """What becomes of a WebSocket handshake."""

    ALLOWS = "lets it through"
    REFUSES = "answers 403"
    HANGS = "never answers"
    MUTE = "lets the handshake through, and then nothing"


class HardProxy:
    """``manner`` may change at any time; it holds for connections made from then on."""

    def __init__(self, upstream: int, manner: Manner, *, buffers: bool = False) -> None:
        self.port = free_port()
        self.manner = manner
        self.handshakes = 0
        self._upstream = upstream
        self._buffers = buffers
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hard proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def start(self, upstream: int | None = None) -> None:
        self._upstream = upstream or self._upstream
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self._started.set()
        await self._stopped.wait()
        server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._carry_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # either end went away
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _carry_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_socket = b"\r\nupgrade: websocket" in head.lower()
        self.handshakes += is_socket
        if is_socket and self.manner is Manner.REFUSES:
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            return
        if is_socket and self.manner is Manner.HANGS:
            await reader.read()
            return
        up, down = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._writers.add(down)
        try:
            down.write(head if is_socket else _alone(head))
            if self._buffers and not is_socket:
                await self._whole(head, reader, writer, up, down)
                return
            if is_socket and self.manner is Manner.MUTE:
                writer.write(await up.readuntil(b"\r\n\r\n"))
                await reader.read()
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(_pipe(reader, down))
                group.create_task(_pipe(up, writer))
        finally:
            self._writers.discard(down)
            down.close()

    async def _whole(
        self,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up: asyncio.StreamReader,
        down: asyncio.StreamWriter,
    ) -> None:
        """Hands on the answer when all of it is here."""
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        down.write(await reader.readexactly(length))
        writer.write(await up.read())
        await writer.drain()


def _alone(head: bytes) -> bytes:
    """The request as the only one on its connection: Node would send a handshake where an answer has just come."""
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join((first, b"connection: close", *kept))


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(64 * 1024):
            target.write(data)
            await target.drain()
    except OSError:
        pass  # either end went away
    finally:
        target.close()


@contextmanager
def hard_proxy(upstream: int, manner: Manner, *, buffers: bool = False) -> Iterator[HardProxy]:
    proxy = HardProxy(upstream, manner, buffers=buffers)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
