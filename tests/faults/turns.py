"""Two processes whose every step with the database is taken when a test says so: all ways two acts can interleave.

Each process has a wire to PostgreSQL that stops it before the statements that matter. A turn lets one of them go on,
until it stands at its next stop, waits for a lock the other holds, or is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import combinations

import psycopg

from tests.databases import bare
from tests.faults.postgres_wire import PostgresWire, Stop

LOOK_EVERY = 0.005
PATIENCE = 20.0


def all_orders(first: int, second: int) -> Iterator[str]:
    """Every order of so many turns of A and so many of B."""
    for places in combinations(range(first + second), first):
        yield "".join("A" if place in places else "B" for place in range(first + second))


class Act:
    """One thing a process does, step by step."""

    def __init__(self, wire: PostgresWire, words: Sequence[str]) -> None:
        self._wire = wire
        self._stops: list[Stop] = [wire.stop_at(word) for word in words]
        self.done: asyncio.Task[object] | None = None

    def begin(self, task: asyncio.Task[object]) -> None:
        """The act is under way."""
        self.done = task

    async def turn(self, watch: psycopg.AsyncConnection) -> None:
        """Goes on from where it stands, if it can."""
        standing = next((stop for stop in self._stops if stop.here), None)
        if standing is not None:
            standing.go()
        await self.settle(watch)

    async def settle(self, watch: psycopg.AsyncConnection) -> None:
        """Waits until it stands at a stop, waits for a lock, or is done."""
        async with asyncio.timeout(PATIENCE):
            while not await self._stands(watch):  # noqa: ASYNC110 - PostgreSQL has no event for who waits for a lock
                await asyncio.sleep(LOOK_EVERY)

    async def _stands(self, watch: psycopg.AsyncConnection) -> bool:
        assert self.done is not None
        return self.done.done() or any(stop.here for stop in self._stops) or await self._waits(watch)

    async def _waits(self, watch: psycopg.AsyncConnection) -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'"
        row = await (await watch.execute(query, (self._wire.pids,))).fetchone()
        return bool(row and row[0])

    def let_go(self) -> None:
        """No more stops."""
        self._wire.forget_stops()
        for stop in self._stops:
            stop.go()


async def take_turns(url: str, order: str, one: Act, other: Act) -> None:
    """Both acts, begun already, in this order; then whatever is left of them."""
    async with await psycopg.AsyncConnection.connect(bare(url), autocommit=True) as watch:
        for act in (one, other):
            await act.settle(watch)
        for letter in order:
            await (one if letter == "A" else other).turn(watch)
    one.let_go()
    other.let_go()
    assert one.done is not None
    assert other.done is not None
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(one.done, other.done)
