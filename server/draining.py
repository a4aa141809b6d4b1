"""Leaving without losing anything: how a server that was told to stop sends everybody elsewhere.

From the first moment ``/health/ready`` says no. Where there is an elsewhere it goes on serving for a moment, so that
proxies can turn away. Then it takes no new connection, reads nothing more, answers all it has read, and ends each live
connection with "service restart": what was acknowledged stays, what was not is sent again to whoever answers next.
``serve`` runs it; ``health`` and ``live`` ask whether it has begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from server.connection import Connection
from server.database import store_file
from server.settings import Settings

log = structlog.get_logger("alongside.serve")

GOODBYES_PER_SECOND = 500
LONGEST_SPREAD_SECONDS = 5.0
"""Goodbyes are spread out, so that a thousand people do not come back in the same instant; but not for ever."""
ANSWER_SECONDS = 10.0
"""Time the store may take to answer what was read."""
LINGER_SECONDS = 1.0
"""Time the other ends have to read the goodbye and to answer it."""
_LOOK_SECONDS = 0.02


class Serving(Protocol):
    """What this needs of the live documents."""

    connections: set[Connection]
    leaving: bool

    def flush(self) -> None:
        """Hands what is queued to the writing thread."""


class Draining:
    """One server's leaving. ``hurried`` is told by whoever has others serve the same port already."""

    def __init__(self, settings: Settings) -> None:
        self.begun = False
        self.hurried = False
        self._pause = settings.drain_seconds if store_file(settings) is None else 0.0
        """An embedded store has no other server: waiting would only be waiting."""

    def begin(self) -> None:
        """Says no to whoever asks whether this server is ready. Only sets a flag: signal handlers may call it."""
        self.begun = True

    async def pause(self, enough: Callable[[], bool]) -> None:
        """Goes on serving while proxies notice, unless there is no reason to, or ``enough`` says that it is."""
        ends = asyncio.get_running_loop().time() + self._pause
        while not self.hurried and not enough() and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)

    async def send_away(self, live: Serving, enough: Callable[[], bool]) -> None:
        """Ends every live connection once all that was read from it has been answered."""
        live.leaving = True
        leaving = list(live.connections)
        if leaving:
            log.info("sending_away", connections=len(leaving))
        gap = min(1 / GOODBYES_PER_SECOND, LONGEST_SPREAD_SECONDS / max(1, len(leaving)))
        for connection in leaving:
            connection.go_elsewhere()
            await asyncio.sleep(0 if enough() else gap)
        live.flush()
        goodbyes = [asyncio.create_task(one.finished.wait(), name="goodbye") for one in leaving]
        if goodbyes:
            _, late = await asyncio.wait(goodbyes, timeout=0 if enough() else ANSWER_SECONDS)
            for task in late:
                task.cancel()
            if late:
                log.warning("left_without_an_answer", connections=len(late))


async def until_quiet(busy: Callable[[], bool], enough: Callable[[], bool]) -> None:
    """Waits a little for the last goodbyes to be answered: a socket closed before that may lose what is on the way."""
    ends = asyncio.get_running_loop().time() + LINGER_SECONDS
    while busy() and not enough() and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
