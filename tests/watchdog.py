"""Measures the longest time an event loop was without a turn because its own process was busy.

A heart beats on the loop. Of each gap between two beats that part counts in which this process was at work, in
whatever thread, while the loop's own thread either worked or waited for the interpreter: time for which the machine
ran somebody else's programs in its stead says nothing about ours.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from types import TracebackType

MOST = 0.05
"""Seconds: no step of the server's loop may take longer."""

_BEAT = 0.002


class Watchdog:
    """Watches the running loop, of whatever kind, while it is entered; ``longest`` is in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.beats = 0
        self._last = (0.0, 0.0)
        self._kept_waiting: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Watchdog:
        self._loop = asyncio.get_running_loop()
        try:
            self._kept_waiting = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        except OSError:
            pass  # not told here
        self._last = self._now()
        self._timer = self._loop.call_later(_BEAT, self._beat)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._measure()
        if self._kept_waiting is not None:
            os.close(self._kept_waiting)

    def _beat(self) -> None:
        self.beats += 1
        self._measure()
        self._timer = self._loop.call_later(_BEAT, self._beat)

    def _measure(self) -> None:
        before, self._last = self._last, self._now()
        self.longest = max(self.longest, min(now - then for now, then in zip(self._last, before, strict=True)))

    def _now(self) -> tuple[float, float]:
        """The clock without the time for which the machine kept this thread waiting, and the process's own time."""
        waited = 0 if self._kept_waiting is None else int(os.pread(self._kept_waiting, 100, 0).split()[1])
        return time.perf_counter() - waited / 1e9, time.process_time()
