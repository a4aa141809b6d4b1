"""When snapshots are built: soon, all that are due together, and the process for it is not started time and again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from server.settings import Settings
from server.snapshots_due import GATHER_SECONDS, SnapshotsDue


class Watched(SnapshotsDue):
    """Notes what would be built, and for how long it would wait before."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, self._wait)
        self.happened: list[float | list[int]] = []
        self.twice = asyncio.Event()

    async def _wait(self, seconds: float) -> None:
        self.happened.append(seconds)
        if len(self.happened) == 1:
            self.want(2)  # while it waits for more

    async def build(self, documents: Sequence[int]) -> None:
        self.happened.append(list(documents))
        if len(self.happened) == 2:
            self.want(3)
        else:
            self.twice.set()


async def test_what_comes_together_is_built_together_and_the_process_is_started_once_in_a_pause() -> None:
    due = Watched(Settings(snapshot_pause_seconds=30))
    due.want(1)
    keeping = asyncio.create_task(due.keep())
    await asyncio.wait_for(due.twice.wait(), 10)
    keeping.cancel()
    first, together, second, alone = due.happened
    assert (GATHER_SECONDS, [1, 2], [3]) == (first, together, alone)
    assert isinstance(second, float)
    assert 29 < second <= 30
