"""A stretch of network that obeys: it stands between a server and its PostgreSQL or Redis, and cuts, freezes or delays.

It runs on a loop of its own in a thread of its own, so that whoever is at its ends may block. Loopback only.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy.engine import make_url

T = TypeVar("T")
PIECE = 65_536
USUAL = {"postgresql+psycopg": 5432, "redis": 6379}


class Connection:
    """One connection through the wire: two directions, and an end."""

    def __init__(self, wire: Wire, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.wire = wire
        self._ends = (near, far)

    def end(self) -> None:
        """Ends it on both sides at once, whatever was under way."""
        for end in self._ends:
            end.transport.abort()

    async def upwards(self, data: bytes, forward: Callable[[bytes], None]) -> None:
        """What the client says."""
        forward(data)

    async def downwards(self, data: bytes, forward: Callable[[bytes], None]) -> None:
        """What the server says."""
        forward(data)


class Wire:
    """Open it with ``with``; ``url`` is the server's address by way of it. Its orders hold when they return."""

    kind: type[Connection] = Connection

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self._refusing = False
        self._delay = 0.0
        self.opened = 0
        """Connections so far."""

    @property
    def url(self) -> str:
        """The server's address by way of this wire."""
        return self._target.set(host="127.0.0.1", port=self._port, query={}).render_as_string(hide_password=False)

    def __enter__(self) -> Wire:
        self._thread.start()
        self._server = self.ask(self._listen())
        self._port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ask(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # Orders

    def cut(self) -> None:
        """Ends every connection now; new ones are made as before."""
        self.tell(self._cut)

    def refuse(self) -> None:
        """Ends every connection and lets nobody make a new one, until ``mend``."""
        self.tell(self._refuse)

    def freeze(self) -> None:
        """Nothing gets through and nobody is told, as when a cable is pulled, until ``mend``."""
        self.tell(self.is_open.clear)

    def delay(self, seconds: float) -> None:
        """Everything takes so much longer, each way, until ``mend``."""
        self.tell(lambda: setattr(self, "_delay", seconds))

    def mend(self) -> None:
        """All is well again."""
        self.tell(self._mend)

    def tell(self, order: Callable[[], T]) -> T:
        """Does it on the wire's own loop, and waits for that."""

        async def obey() -> T:
            return order()

        return self.ask(obey())

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for work on the wire's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _cut(self) -> None:
        for connection in list(self._connections):
            connection.end()

    def _refuse(self) -> None:
        self._refusing = True
        self._cut()

    def _mend(self) -> None:
        self._refusing = False
        self._delay = 0.0
        self.is_open.set()

    # Carrying

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _close(self) -> None:
        self._server.close()
        self._cut()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        self.opened += 1
        connection = self.kind(self, writer, far_writer)
        self._connections.add(connection)
        ways = [
            asyncio.create_task(self._carry(reader, far_writer, connection.upwards)),
            asyncio.create_task(self._carry(far_reader, writer, connection.downwards)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the wire is put away
        finally:
            self._connections.discard(connection)
            connection.end()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = self._target.host
        if host is None and self._target.drivername != "redis":
            return await asyncio.open_unix_connection("/var/run/postgresql/.s.PGSQL.5432")
        return await asyncio.open_connection(host, self._target.port or USUAL[self._target.drivername])

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        through: Callable[[bytes, Callable[[bytes], None]], Coroutine[Any, Any, None]],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self.is_open.wait()
                await through(data, writer.write)
                await writer.drain()
