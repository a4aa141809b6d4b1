"""One server process whose every step is chosen: the product's live documents on a stepped loop, store and bus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from server.bus import Hint
from server.live import Live
from server.settings import Settings
from tests.live_serving import Clock, MadeUpTokens
from tests.orders.steps import Fates, StepLoop, StepStore

MANY = 10_000_000


def settings_for(folder: Path) -> Settings:
    """No limit of pace: time stands still here."""
    return Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder}/shared.sqlite3",
        updates_burst=MANY,
        syncs_burst=MANY,
        bytes_burst=MANY,
        sockets_per_person=MANY,
        malformed_limit=MANY,
        pending_updates=MANY,
        snapshot_every=MANY,
        room_idle_seconds=1,
    )


class StepBus:
    """Hints go to ``publish``, which brings them when it likes, twice, or never."""

    alone = False
    well = True

    def __init__(self, node: str, publish: Callable[[Hint, StepBus], None]) -> None:
        self.node = node
        self.heard: Callable[[Hint, str], None] = lambda hint, node: None
        self._publish = publish

    async def start(self, heard: Callable[[Hint, str], None], answer: Any, came_back: Any) -> None:
        self.heard = heard

    async def stop(self) -> None:
        """Nobody speaks any more."""

    def publish(self, hint: Hint) -> None:
        self._publish(hint, self)

    def follow(self, plan_id: str) -> None:
        """Every hint comes anyway."""

    def unfollow(self, plan_id: str) -> None:
        """Every hint comes anyway."""

    async def ask(self, node: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        return None


class Process:
    """One server."""

    def __init__(self, store: StepStore, bus: StepBus, fates: Fates, tokens: MadeUpTokens, clock: Clock) -> None:
        self.loop = StepLoop()
        self.store = store
        self.bus = bus
        store.writer.fates = fates
        store.writer.loop = self.loop
        self.live = Live(store, store.settings, tokens, bus=bus, clock=clock, monotonic=lambda: self.loop.now)

    def begin(self) -> None:
        """Starts, undisturbed."""
        self.run(self.live.__aenter__())

    def end(self) -> None:
        """Stops, undisturbed."""
        self.run(self.live.__aexit__(None, None, None))

    def do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something that is asked of this process; what becomes of it is its own affair."""
        return self.loop.create_task(_border(work))

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """The same, and everything it needs, at once."""
        task = self.loop.create_task(work)
        for _ in range(10_000):
            if task.done():
                task.result()
                return
            if not self.step_all():
                self.loop.tick()
        raise AssertionError("it never ended")

    def step_all(self) -> bool:
        """Everything there is to do, but for time; False if there was nothing."""
        busy = False
        while self.step_but_writing() or self.store.writer.waits:
            self.store.writer.step(MANY)
            busy = True
        return busy

    def step_but_writing(self) -> bool:
        """All that waits for its turn, and one round of reads with their answers; False if there was nothing."""
        busy = bool(self.loop.ready)
        self.loop.drain()
        return self.answer_all() or busy

    def answer_all(self) -> bool:
        """Makes every read that was asked for, and answers it."""
        readings, self.loop.readings = self.loop.readings, []
        for reading in readings:
            if not reading.made:
                reading.make(fails=False)
            reading.answer()
        return bool(readings)


async def _border(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001, S110 - acts may fail in a world like this: that is the point of it
        pass
