"""How long the event loop kept everybody waiting: a heartbeat that measures by how much each beat came late.

While the loop runs one step, no message is read and none is answered. The largest delay is that of the last half to
whole minute, and not since the last scrape, so that two who scrape do not take it from each other. ``app`` starts it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from prometheus_client import Gauge, Histogram

from server.metrics import REGISTRY

BEAT_SECONDS = 0.1
HALF_SECONDS = 30.0

DELAY = Histogram(
    "alongside_loop_delay_seconds",
    "By how much a heartbeat of the event loop, ten in a second, came late.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
LARGEST = Gauge(
    "alongside_loop_stall_seconds",
    "The longest the event loop came late in the last half to whole minute.",
    registry=REGISTRY,
)


class Heartbeat:
    """Beats on the running loop from ``start`` to ``stop``. ``clock`` is exact where the loop's own is not."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._due = self._half_ends = 0.0
        self._now = self._before = 0.0
        """The largest delay of this half minute, and of the one before."""
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begins, and answers for the figure from now on."""
        now = self._clock()
        self._half_ends = now + HALF_SECONDS
        self._again(now)
        LARGEST.set_function(self.largest)

    def stop(self) -> None:
        """Ends; nothing is late any more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
            LARGEST.set_function(lambda: 0.0)

    def largest(self) -> float:
        """The longest delay of late, that of a beat which is due and has not come yet among them."""
        overdue = self._clock() - self._due if self._next is not None else 0.0
        return max(self._now, self._before, overdue)

    def beat(self) -> None:
        """One beat: takes down how late it is, and sets the next."""
        now = self._clock()
        late = max(0.0, now - self._due)
        DELAY.observe(late)
        if now >= self._half_ends:
            self._before, self._now = self._now, 0.0
            self._half_ends = now + HALF_SECONDS
        self._now = max(self._now, late)
        self._again(now)

    def _again(self, now: float) -> None:
        self._due = now + BEAT_SECONDS
        self._next = asyncio.get_running_loop().call_later(BEAT_SECONDS, self.beat)
