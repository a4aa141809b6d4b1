"""What one connection is still owed: everything of one turn of the loop leaves in one write, and memory is bounded.

A slow reader is never skipped in silence: when too much waits, what others wrote is dropped, the section is marked
stale, and one fresh copy is sent once the reader has caught up. Connections and rooms may import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from server import live_metrics

HIGH_WATER = 64 * 1024
"""Bytes on their way to the other end beyond which it does not take what was written."""


class Parcel:
    """Messages that travel together, encoded once for all their receivers."""

    __slots__ = ("framed", "messages")

    def __init__(self, messages: Sequence[bytes], framed: bytes | None = None) -> None:
        self.messages = messages
        self.framed = b"".join([frame(message) for message in messages]) if framed is None else framed

    @classmethod
    def of(cls, message: bytes) -> Parcel:
        """A parcel of one message."""
        return cls((message,), frame(message))

    @classmethod
    def joined(cls, parcels: Sequence[Parcel]) -> Parcel:
        """One parcel with the messages of several, in order."""
        if len(parcels) == 1:
            return parcels[0]
        return cls(
            [message for parcel in parcels for message in parcel.messages],
            b"".join([parcel.framed for parcel in parcels]),
        )


def frame(message: bytes) -> bytes:
    """The message as one unmasked binary WebSocket frame (RFC 6455 §5.2)."""
    size = len(message)
    if size < 126:
        return bytes((0x82, size)) + message
    if size < 65536:
        return b"\x82\x7e" + size.to_bytes(2, "big") + message
    return b"\x82\x7f" + size.to_bytes(8, "big") + message


class Lane(Protocol):
    """One section on one connection: what of it may be dropped when the reader is slow."""

    stale: bool

    def refresh(self) -> None:
        """Sends the section afresh: the reader has caught up."""


class Sink(Protocol):
    """The way to the other end."""

    blocked: bool
    """True while the other end does not take what was written."""

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Hands everything over in one go."""

    def close(self, code: int, reason: str) -> None:
        """Says goodbye and closes."""

    def pause(self) -> None:
        """Stops reading."""

    def resume(self) -> None:
        """Reads again."""


class Tick:
    """Flushes every outbox that was given something in this turn of the loop, once, at its end."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[Outbox] = []

    def add(self, outbox: Outbox) -> None:
        """Marks an outbox; called once per turn by each."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(outbox)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for outbox in waiting:
            outbox.flush()


class Outbox:
    """The queue of one connection. ``overflowed`` is called when the reader is too slow to be kept."""

    __slots__ = (
        "_clock",
        "_dead",
        "_last_overflow",
        "_limit",
        "_marked",
        "_overflowed",
        "_parcels",
        "_sink",
        "_stale",
        "_tick",
        "_window",
        "size",
    )

    def __init__(
        self,
        sink: Sink,
        tick: Tick,
        *,
        limit: int,
        window: float,
        clock: Callable[[], float],
        overflowed: Callable[[], None],
    ) -> None:
        self._sink = sink
        self._tick = tick
        self._limit = limit
        self._window = window
        self._clock = clock
        self._overflowed = overflowed
        self._parcels: list[tuple[Parcel, Lane | None]] = []
        self._stale: dict[Lane, None] = {}
        self._marked = False
        self._last_overflow: float | None = None
        self._dead = False
        self.size = 0

    @property
    def blocked(self) -> bool:
        """The other end does not take what was written."""
        return self._sink.blocked

    def put(self, parcel: Parcel, lane: Lane | None = None) -> None:
        """Queues a parcel. With a ``lane`` it may be dropped for a slow reader, who is then owed a fresh copy."""
        if self._dead or (lane is not None and lane.stale):
            return
        self._parcels.append((parcel, lane))
        if self._sink.blocked:
            self.size += len(parcel.framed)
            if self.size > self._limit:
                self._overflow()
        elif not self._marked:
            self._marked = True
            self._tick.add(self)

    def flush(self) -> None:
        """Writes what waits, unless the reader is behind."""
        self._marked = False
        if self._sink.blocked:
            self.size = sum(len(parcel.framed) for parcel, _ in self._parcels)
            if self.size > self._limit:
                self._overflow()
            return
        if self._parcels:
            parcels, self._parcels = self._parcels, []
            self.size = 0
            self._sink.write([parcel for parcel, _ in parcels])

    def copy(self, parcel: Parcel, lane: Lane) -> None:
        """Writes a whole section at once, or owes it until the reader has caught up: never two of them in memory."""
        if self._sink.blocked:
            self.owe(lane)
            return
        self._parcels.append((parcel, None))
        self.flush()

    def owe(self, lane: Lane) -> None:
        """Marks a section to be sent afresh once the reader has caught up."""
        lane.stale = True
        self._stale[lane] = None

    def drained(self) -> None:
        """The reader has caught up: writes what waited, then the fresh copies that are owed, as long as it keeps up."""
        self.flush()
        while self._stale and not self._sink.blocked:
            lane = next(iter(self._stale))
            del self._stale[lane]
            lane.stale = False
            lane.refresh()

    def finish(self) -> None:
        """Writes the last words, slow reader or not; what others wrote is not among them if it had to wait."""
        self._marked = False
        last = [parcel for parcel, lane in self._parcels if lane is None or not self._sink.blocked]
        self.clear()
        if last:
            self._sink.write(last)

    def forget(self, lane: Lane) -> None:
        """Nothing more is owed to this lane."""
        self._stale.pop(lane, None)

    def clear(self) -> None:
        """Drops everything, now and from now on: the connection has ended."""
        self._dead = True
        self._parcels, self._stale, self.size = [], {}, 0

    def _overflow(self) -> None:
        live_metrics.OVERFLOWS.inc()
        now = self._clock()
        again = self._last_overflow is not None and now - self._last_overflow < self._window
        self._last_overflow = now
        kept: list[tuple[Parcel, Lane | None]] = []
        for parcel, lane in self._parcels:
            if lane is None:
                kept.append((parcel, None))
            elif not lane.stale:
                self.owe(lane)
        self._parcels = kept
        self.size = sum(len(parcel.framed) for parcel, _ in kept)
        if again or self.size > self._limit:
            self.clear()
            self._overflowed()
