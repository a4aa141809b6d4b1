"""Waiting for an answer that comes by a callback: a future to resolve, and for how long to wait for it.

Whoever asks something of a room, or starts an errand and wants its result, uses this.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from server.database import StoreFailed

T = TypeVar("T")

PATIENCE_SECONDS = 10.0


def resolve(future: asyncio.Future[T], value: T) -> None:
    """Gives the answer to whoever still waits for it."""
    if not future.done():
        future.set_result(value)


async def patiently(outcome: asyncio.Future[T]) -> T:
    """The answer. ``StoreFailed`` when none comes: only a store that does not answer keeps a room waiting so long."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await outcome
    except TimeoutError as late:
        raise StoreFailed("The store does not answer.") from late
