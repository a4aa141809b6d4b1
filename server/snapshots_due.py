"""Which sections are due for a snapshot, and the process that builds them.

Starting that process costs more than building a snapshot, and nobody waits for one while a section is in memory: so
it is started now and then, and builds all that have come together. Its crash costs nothing. ``live`` keeps it going.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from server import live_metrics, tracing
from server.settings import Settings

GATHER_SECONDS = 2.0
"""What becomes due this soon after the first is built with it."""

Pause = Callable[[float], Awaitable[None]]


class SnapshotsDue:
    """``pause`` waits for so many seconds."""

    def __init__(self, settings: Settings, pause: Pause = asyncio.sleep) -> None:
        self._settings = settings
        self._pause = pause
        self._due: dict[int, None] = {}
        self._some = asyncio.Event()

    def want(self, document: int) -> None:
        """A snapshot of this document is due."""
        self._due[document] = None
        self._some.set()

    async def keep(self) -> None:
        """Builds what is due, for ever."""
        loop = asyncio.get_running_loop()
        not_before = loop.time()
        while True:
            await self._some.wait()
            await self._pause(max(GATHER_SECONDS, not_before - loop.time()))
            not_before = loop.time() + self._settings.snapshot_pause_seconds
            self._some.clear()
            due, self._due = list(self._due), {}
            await self.build(due)

    async def build(self, documents: Sequence[int]) -> None:
        """Builds these in a process of its own, one after the other."""
        environment = os.environ | {
            "ALONGSIDE_DATA_DIR": str(self._settings.data_dir),
            "ALONGSIDE_CHECKPOINT_EVERY": str(self._settings.checkpoint_every),
            "ALONGSIDE_DATABASE_BUSY_SECONDS": str(self._settings.database_busy_seconds),
        }
        if self._settings.database_url is not None:
            environment["ALONGSIDE_DATABASE_URL"] = self._settings.database_url
        command = (sys.executable, "-m", "server.snapshots", *map(str, documents))
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            with tracing.root(tracing.SNAPSHOTS, documents=len(documents)):
                failed = await process.wait() != 0
            live_metrics.built(time.perf_counter() - started, well=not failed)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
