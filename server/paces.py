"""How fast one person may go, over all their connections, and for a while after the last of them has gone.

More sockets, or coming back, give nobody more. A connection that nobody has signed in on goes at a pace of its own.
Only ``live``, connections and seats may import it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from server import live_metrics
from server.rates import Bucket
from server.settings import Settings

_AUDIT_SECONDS = 60.0
_BACK_SECONDS = 60.0
"""Whoever comes this soon after leaving is counted as coming back."""


class Pace:
    """The buckets of one person; ``syncs`` is for what costs much to answer."""

    __slots__ = ("_audited", "bytes", "carets", "connections", "frames", "left_at", "syncs")

    def __init__(self, settings: Settings, now: float) -> None:
        self.connections = 0
        self.left_at = -math.inf
        self.frames = Bucket(settings.updates_per_second, settings.updates_burst, now)
        self.bytes = Bucket(settings.bytes_per_second, settings.bytes_burst, now)
        self.carets = Bucket(settings.awareness_per_second, 2 * settings.awareness_per_second, now)
        self.syncs = Bucket(settings.syncs_per_second, settings.syncs_burst, now)
        self._audited: float | None = None

    def may_audit(self, now: float) -> bool:
        """Whether to write down that they were closed for nonsense: once a minute is enough."""
        if self._audited is not None and now - self._audited < _AUDIT_SECONDS:
            return False
        self._audited = now
        return True

    def full_at(self, now: float) -> bool:
        """Whether forgetting it now gives nobody anything."""
        buckets = (self.frames, self.bytes, self.carets, self.syncs)
        return now - self.left_at >= _AUDIT_SECONDS and all(bucket.full(now) for bucket in buckets)


class Paces:
    """The pace of everybody who is connected or was a moment ago."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._people: dict[str, Pace] = {}

    def fresh(self) -> Pace:
        """For a connection nobody has signed in on yet."""
        return Pace(self._settings, self._clock())

    def join(self, person_id: str) -> Pace | None:
        """The person's pace, one more connection counted; None when they have as many as they may."""
        pace = self._people.get(person_id)
        if pace is None:
            pace = self._people[person_id] = self.fresh()
        if pace.connections >= self._settings.sockets_per_person:
            return None
        if self._clock() - pace.left_at < _BACK_SECONDS:
            live_metrics.RECONNECTS.inc()
        pace.connections += 1
        return pace

    def leave(self, pace: Pace) -> None:
        """One connection less."""
        pace.connections -= 1
        pace.left_at = self._clock()

    def forget_rested(self) -> None:
        """Lets go of people who left a while ago and owe nothing."""
        now = self._clock()
        for person_id, pace in list(self._people.items()):
            if not pace.connections and pace.full_at(now):
                del self._people[person_id]


class Turns:
    """What one seat has asked for that costs much, waiting for its person's turn; given back when the seat goes."""

    __slots__ = ("_clock", "_pace", "_waiting")

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace = pace
        self._clock = clock
        self._waiting: set[asyncio.TimerHandle] = set()

    def take(self, work: Callable[[], None]) -> None:
        """Does it now, or when it is this person's turn: slowed, never refused."""
        delay = self._pace.syncs.spend(1, self._clock())
        if delay <= 0:
            work()
            return

        def go() -> None:
            self._waiting.discard(handle)
            work()

        handle = asyncio.get_running_loop().call_later(delay, go)
        self._waiting.add(handle)

    def give_up(self) -> None:
        """The seat is gone: what it asked for is not wanted any more."""
        for handle in self._waiting:
            handle.cancel()
        self._pace.syncs.give_back(len(self._waiting))
        self._waiting.clear()
