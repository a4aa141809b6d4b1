"""What a server does beside answering: loops that run until it stops, and errands that end by themselves.

All of it belongs to one task group, and none that fails takes anything else with it. ``live`` opens and closes it, and
offers ``spawn`` to its parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import structlog

from server.waiting import PATIENCE_SECONDS, resolve

log = structlog.get_logger("alongside.live")
T = TypeVar("T")


class Errands:
    """Belongs to one ``Live``. Nothing can be started before ``open``."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._loops: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether no errand is under way."""
        return not self._errands

    async def open(self) -> None:
        """From now on work is taken."""
        await self._group.__aenter__()

    async def close(self) -> None:
        """Stops the loops at once; errands have a while to come to their end."""
        for task in self._loops:
            task.cancel()
        if self._errands:
            await asyncio.wait(self._errands, timeout=PATIENCE_SECONDS)
        for task in self._errands:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def keep_on(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Starts a loop."""
        self._loops.append(self._start(name, work))

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Starts an errand."""
        task = self._start(name, work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def to_the_end(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        """Work that goes on when whoever asked for it has gone: half of it would leave rooms standing still."""
        done: asyncio.Future[tuple[T | None, BaseException | None]] = asyncio.get_running_loop().create_future()

        async def errand() -> None:
            try:
                resolve(done, (await work, None))
            except BaseException as trouble:
                resolve(done, (None, trouble))
                if isinstance(trouble, asyncio.CancelledError):
                    raise

        self.spawn(name, errand())
        result, trouble = await asyncio.shield(done)
        if trouble is not None:
            raise trouble
        return cast(T, result)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._group.create_task(_bordered(name, work), name=name)


async def _bordered(name: str, work: Coroutine[Any, Any, None]) -> None:
    """The border of every task: one that fails is written down and takes nothing else with it."""
    try:
        await work
    except Exception:
        log.exception("task_failed", task=name)
