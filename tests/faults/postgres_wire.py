"""A wire that reads what is asked of PostgreSQL: it stops before a statement, or swallows the answer to a commit."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from tests.faults.wire import Connection, Wire

NOT_YET = (80877103, 80877104)
"""Requests to encrypt: the real beginning comes after them."""
KEY_DATA = b"K\0\0\0\x0c"
"""With what PostgreSQL says the number of its process, at the beginning."""
APPENDED = b"\0\1\0\0\0\1t"
"""The end of a row that is one column, which says true."""
PATIENCE = 20.0


class Stop:
    """Whoever sends this statement waits at it until ``go``."""

    def __init__(self, wire: PostgresWire, words: str) -> None:
        self.words = words
        self.reached: Future[None] = Future()
        self.released = asyncio.Event()
        self._wire = wire

    @property
    def here(self) -> bool:
        """Somebody stands there."""
        return self.reached.done() and not self.released.is_set()

    async def wait(self) -> None:
        """Waits until somebody stands there."""
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self.reached)), PATIENCE)

    def go(self) -> None:
        """Lets them go on."""
        self._wire.tell(self.released.set)


class _Statements(Connection):
    """Knows where messages begin and end, and which statement each is about."""

    wire: PostgresWire

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._rest = b""
        self._begun = self._known = False
        self._named: dict[bytes, str] = {}
        self._just_named: bytes | None = None
        self._swallowing: Future[None] | None = None

    async def upwards(self, data: bytes, forward: Callable[[bytes], None]) -> None:
        ready = b""
        for message, statement in self._messages(data):
            stop = self.wire.stop_for(statement) if statement else None
            if stop is not None:
                forward(ready)
                ready = b""
                stop.reached.set_result(None)
                await stop.released.wait()
                await self.wire.is_open.wait()
            if statement.startswith("COMMIT") or "append_if_next" in statement:
                self._swallowing = self.wire.take_swallow()
            ready += message
        forward(ready)

    async def downwards(self, data: bytes, forward: Callable[[bytes], None]) -> None:
        key = -1 if self._known else data.find(KEY_DATA)
        if key >= 0:
            self._known = True
            self.wire.pids.append(struct.unpack_from("!I", data, key + len(KEY_DATA))[0])
        if self._swallowing is None:
            forward(data)
        elif b"COMMIT\0" in data or APPENDED in data:  # it is done: nobody hears of it
            self._swallowing.set_result(None)
            self.end()
        else:
            self.wire.give_back(self._swallowing)
            self._swallowing = None
            forward(data)

    def _messages(self, data: bytes) -> Iterator[tuple[bytes, str]]:
        self._rest += data
        while True:
            head = 1 if self._begun else 0
            if len(self._rest) < head + 4:
                return
            size = head + struct.unpack_from("!I", self._rest, head)[0]
            if len(self._rest) < size:
                return
            message, self._rest = self._rest[:size], self._rest[size:]
            if not self._begun:
                self._begun = struct.unpack_from("!I", message, 4)[0] not in NOT_YET
                yield message, ""
            else:
                yield message, self._statement(message[:1], message[5:])

    def _statement(self, kind: bytes, body: bytes) -> str:
        if kind == b"Q":
            return body[:-1].decode(errors="replace")
        if kind == b"P":
            name, words = body.split(b"\0", 2)[:2]
            self._named[name] = words.decode(errors="replace")
            self._just_named = name
            return self._named[name]
        if kind == b"B":
            name = body.split(b"\0", 2)[1]
            just, self._just_named = self._just_named, None
            return "" if name == just else self._named.get(name, "")  # once for each statement, not for each message
        return ""


class PostgresWire(Wire):
    """``stop_at`` and ``swallow_commit`` are about the next statement of that kind, on whichever connection."""

    kind = _Statements

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._stops: list[Stop] = []
        self._swallows: list[Future[None]] = []
        self.pids: list[int] = []
        """PostgreSQL's processes at the other end, so far."""

    def __enter__(self) -> PostgresWire:
        super().__enter__()
        return self

    def stop_at(self, words: str) -> Stop:
        """The next statement with these words waits."""
        stop = Stop(self, words)
        self.tell(lambda: self._stops.append(stop))
        return stop

    def forget_stops(self) -> None:
        """Nobody waits any more who does not wait already."""
        self.tell(self._stops.clear)

    def swallow_commit(self) -> Future[None]:
        """The next commit succeeds, but its sender hears nothing and the connection ends. Done when that is so."""
        swallowed: Future[None] = Future()
        self.tell(lambda: self._swallows.append(swallowed))
        return swallowed

    def stop_for(self, statement: str) -> Stop | None:
        """On the wire's loop: the first stop that is meant, taken out."""
        for stop in self._stops:
            if stop.words in statement:
                self._stops.remove(stop)
                return stop
        return None

    def give_back(self, swallowed: Future[None]) -> None:
        """On the wire's loop: that was no commit after all; the next one is meant."""
        self._swallows.insert(0, swallowed)

    def take_swallow(self) -> Future[None] | None:
        """On the wire's loop: whether this commit's answer is to be swallowed."""
        return self._swallows.pop(0) if self._swallows else None
