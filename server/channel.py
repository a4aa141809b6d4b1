"""One page's way over HTTP where WebSockets are blocked: numbered requests up, numbered answers down, and in them the
frames of the page's live connections, one line each.

What a page sends is delivered exactly once and in order; what it is sent stays in memory until the page has said that
it came. A line is a connection's sink like any socket: rooms, rights, gate and paces know nothing of it. ``polling``
finds the channel; it runs on the event loop and does no I/O.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from server import live_metrics
from server.codes import Code, refusal
from server.outbox import HIGH_WATER, Parcel, Sink
from server.settings import Settings

if TYPE_CHECKING:
    from server.connection import Connection

HEAD = struct.Struct(">BHI")
"""What stands before every record: its mark, its line and its length."""
_CLOSE_CODE = struct.Struct(">H")
_RESTART = 1012


class Mark(IntEnum):
    """What a record is."""

    FRAME = 0
    CLOSE = 1
    OPEN = 2


class Record(NamedTuple):
    mark: int
    line: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with; ``number`` is that of the request up, or of what goes down."""

    status: int
    number: int = 0
    body: bytes = b""


GONE = Answer(410)
"""There is no such channel (any more): the page opens another one."""
OUT_OF_STEP = Answer(409)
"""Something went missing: the channel has ended."""
UNREADABLE = Answer(400)


class Opener(Protocol):
    """What a channel needs of the server."""

    settings: Settings

    def connect(self, sink: Sink) -> Connection | None:
        """A new connection; None when there are too many."""


def record(mark: Mark, line: int, body: bytes = b"") -> bytes:
    """One record as it travels."""
    return HEAD.pack(mark, line, len(body)) + body


def closing(line: int, code: int, reason: str) -> bytes:
    """The last record of a line."""
    return record(Mark.CLOSE, line, _CLOSE_CODE.pack(code) + reason.encode())


def records(body: bytes, most: int) -> list[Record] | None:
    """The records in a body; None when it does not consist of whole ones, or of more than ``most``."""
    found: list[Record] = []
    at, size = 0, len(body)
    while at < size:
        start = at + HEAD.size
        if start > size or len(found) >= most:
            return None
        mark, line, length = HEAD.unpack_from(body, at)
        at = start + length
        if at > size or mark not in (Mark.FRAME, Mark.CLOSE, Mark.OPEN):
            return None
        found.append(Record(mark, line, body[start:at]))
    return found


class Line:
    """One live connection of a page: the sink of its ``connection``."""

    def __init__(self, channel: Channel, number: int) -> None:
        self.blocked = False
        self.number = number
        self.held = 0
        """Bytes written and not known to have come."""
        self.connection: Connection
        self._channel = channel

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Adds messages to the next answer."""
        for parcel in parcels:
            for message in parcel.messages:
                self._channel.put(record(Mark.FRAME, self.number, message), self)
        self.blocked = self.held > HIGH_WATER

    def close(self, code: int, reason: str) -> None:
        """Says goodbye as the last record of this line."""
        self._channel.put(closing(self.number, code, reason), None)
        self._channel.forget(self)

    def pause(self) -> None:
        """What has come and is not delivered waits; the request that brought it is not answered."""

    def resume(self) -> None:
        """Delivers what waited."""
        asyncio.get_running_loop().call_soon(self._channel.deliver)

    def came(self, size: int) -> None:
        """The page has so many bytes more."""
        self.held -= size
        if self.blocked and self.held <= HIGH_WATER // 2:
            self.blocked = False
            if not self.connection.finished.is_set():
                self.connection.outbox.drained()


class Channel:
    """``ended`` is called once, when nothing more can come of it."""

    def __init__(self, server: Opener, ended: Callable[[], None]) -> None:
        self._server = server
        self._settings = server.settings
        self._ended = ended
        self.over = False
        self._lines: dict[int, Line] = {}
        self._newest = 0
        self._up = 0
        self._arrived: deque[Record] = deque()
        """What the last request up brought and no connection has taken yet."""
        self._taken = asyncio.Event()
        self._down = 0
        self._sent: list[tuple[bytes, Line | None]] = []
        """The last answer down, until the page says that it came."""
        self._repeats = 0
        self._waiting: list[tuple[bytes, Line | None]] = []
        self._asking: asyncio.Future[None] | None = None
        """The request that waits for something to go down."""
        self._absence: asyncio.TimerHandle | None = None
        self._expect()

    @property
    def lines(self) -> int:
        """How many live connections go this way."""
        return len(self._lines)

    # Up

    async def up(self, number: int, body: bytes, hold: float) -> Answer:
        """Takes what the page sends, once. 202: it came, but waits for its turn; ask again with the same number."""
        if number == self._up + 1 and not self._arrived:
            found = records(body, self._settings.poll_records)
            if found is None:
                self.end()
                return UNREADABLE
            self._up = number
            self._arrived.extend(found)
            self._taken.clear()
            self.deliver()
        elif number > self._up:
            self.end()
            return OUT_OF_STEP
        elif number < self._up:
            return Answer(204, number)  # it was repeated, and the first one had come after all
        try:
            async with asyncio.timeout(hold):
                await self._taken.wait()
        except TimeoutError:
            return Answer(202, number)
        return Answer(204, number)

    def deliver(self) -> None:
        """Hands records to their connections, in order, until one of them has to rest."""
        while self._arrived:
            mark, number, body = self._arrived[0]
            line = self._lines.get(number)
            if line is not None and line.connection.paused:
                return
            self._arrived.popleft()
            if mark == Mark.OPEN:
                self._open(number)
            elif line is None:
                continue  # closed while this was on its way
            elif mark == Mark.CLOSE:
                self._hang_up(line)
            elif len(body) > self._settings.frame_bytes:
                line.connection.close(Code.TOO_BIG)
            else:
                line.connection.receive(body)
        self._taken.set()

    def _open(self, number: int) -> None:
        if number <= self._newest:
            self.end()
            return
        self._newest = number
        line = Line(self, number)
        full = len(self._lines) >= self._settings.sockets_per_person
        connection = None if full else self._server.connect(line)
        if connection is None:
            if len(self._waiting) > self._settings.poll_records:
                self.end()  # it does not read why
                return
            row = refusal(Code.TOO_MANY if full else Code.BUSY)
            self.put(closing(number, row.close or 1013, row.code.value), None)
            return
        line.connection = connection
        self._lines[number] = line
        live_metrics.POLLING.inc()

    # Down

    async def down(self, number: int, hold: float) -> Answer:
        """Everything that waits, at latest after ``hold`` seconds; ``number`` is that of the last answer that came."""
        if number > self._down:
            self.end()
            return OUT_OF_STEP
        if number < self._down - 1 or (number < self._down and not self._sent):
            return OUT_OF_STEP  # it was on its way for so long that the page has asked again since
        self._expect()
        if number == self._down:
            self._came()
        self._wake()  # whoever asked before has gone away
        if hold and not self._sent and not self._waiting and not self.over:
            await self._something(hold)
        if self._sent:
            self._repeats += 1
            if self._repeats > self._settings.poll_repeats:
                self.end()  # each copy may be large, and whoever asks for them need not read
        elif self._waiting:
            self._sent, self._waiting = self._waiting, []
            self._down += 1
            self._repeats = 0
        if self._sent:
            return Answer(200, self._down, b"".join([data for data, _ in self._sent]))
        return GONE if self.over else Answer(204, self._down)

    async def _something(self, hold: float) -> None:
        """Waits for something to go down, for the page to ask again, or for the time to be over."""
        asking = self._asking = asyncio.get_running_loop().create_future()
        self._stop_expecting()
        try:
            async with asyncio.timeout(hold):
                await asking
        except TimeoutError:
            pass
        finally:
            if self._asking is asking:
                self._asking = None
                self._expect()

    def _came(self) -> None:
        """The page has the last answer."""
        came, self._sent = self._sent, []
        sizes: dict[Line, int] = {}
        for data, line in came:
            if line is not None:
                sizes[line] = sizes.get(line, 0) + len(data)
        for line, size in sizes.items():
            line.came(size)
        if came and not self._lines and not self._waiting:
            self.end()

    def put(self, data: bytes, line: Line | None) -> None:
        """Adds a record to the next answer; bytes of ``line`` count until they have come."""
        if line is not None:
            line.held += len(data)
        self._waiting.append((data, line))
        self._wake()

    def _wake(self) -> None:
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(None)

    # The end

    def forget(self, line: Line) -> None:
        """The line has ended."""
        if self._lines.pop(line.number, None) is not None:
            live_metrics.POLLING.dec()
            if self._arrived:  # what it did not take need not wait any longer
                asyncio.get_running_loop().call_soon(self.deliver)

    def _hang_up(self, line: Line) -> None:
        self.forget(line)
        line.connection.gone()
        if not self._lines:
            self.end()

    def restart(self) -> None:
        """The server is about to stop: the page is told to come back."""
        for line in list(self._lines.values()):
            line.connection.gone()
            line.close(_RESTART, "")
        self.deliver()

    def end(self) -> None:
        """The page has gone, or is out of step with us: so have its connections."""
        if self.over:
            return
        self.over = True
        self._stop_expecting()
        for line in list(self._lines.values()):
            self.forget(line)
            line.connection.gone()
        self._arrived.clear()
        self._sent, self._waiting = [], []
        self._taken.set()
        self._wake()
        self._ended()

    def _expect(self) -> None:
        """A page that does not ask for so long has gone."""
        self._stop_expecting()
        if not self.over:
            loop = asyncio.get_running_loop()
            self._absence = loop.call_later(self._settings.poll_lost_seconds, self.end)

    def _stop_expecting(self) -> None:
        if self._absence is not None:
            self._absence.cancel()
            self._absence = None
