"""What may befall several servers: each misfortune comes, lasts as long as it must, and is over when it returns.

Tests call them by name, the long run draws them by chance. ``on`` is told when a misfortune is at its worst.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

import psycopg

from tests.databases import bare
from tests.faults.redis_wire import Chances
from tests.faults.several import Several

Meanwhile = Callable[[], Awaitable[object]]
Fate = Callable[[Several, random.Random, Meanwhile], Awaitable[None]]
SWALLOWED_WITHIN = 20.0
ILL = Chances(lost=0.3, doubled=0.3, held_back=0.3)


async def killed(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """A process dies on the spot; its people go to the others; it comes back."""
    serving = dice.choice(several.processes).serving
    await asyncio.to_thread(serving.kill)
    await meanwhile()
    await asyncio.to_thread(serving.start)


async def stopped(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """A process is told to stop, as at an upgrade."""
    serving = dice.choice(several.processes).serving
    await asyncio.to_thread(serving.stop)
    await meanwhile()
    await asyncio.to_thread(serving.start)


async def database_crashed(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """PostgreSQL crashes and recovers."""
    await asyncio.to_thread(several.postgres.kill)
    await asyncio.to_thread(several.postgres.start)
    await meanwhile()


async def database_restarted(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """PostgreSQL is restarted in good order."""
    await asyncio.to_thread(several.postgres.restart)
    await meanwhile()


async def connections_ended(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """PostgreSQL ends every connection to the database."""

    def end() -> None:
        with psycopg.connect(bare(several.postgres.url), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (several.database_url.rpartition("/")[2],),
            )

    await asyncio.to_thread(end)
    await meanwhile()


async def connections_cut(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """The network between one process and its database breaks for a moment."""
    process = dice.choice(several.processes)
    await asyncio.to_thread(process.postgres.cut)
    await meanwhile()


async def answer_swallowed(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """A commit succeeds, and nobody hears of it."""
    swallowed: Future[None] = await asyncio.to_thread(dice.choice(several.processes).postgres.swallow_commit)
    waiting = asyncio.wrap_future(swallowed)
    async with asyncio.timeout(SWALLOWED_WITHIN):
        await meanwhile()
        while not waiting.done():
            # Everybody may have left this process before: people come and go until somebody writes here again.
            await meanwhile()


async def database_silent(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """One process hears nothing of its database, in the middle of whatever it did; then the network is back."""
    process = dice.choice(several.processes)
    await asyncio.to_thread(process.postgres.freeze)
    await meanwhile()
    await asyncio.to_thread(process.postgres.mend)


async def database_far(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """Everything one process asks of its database takes a while."""
    process = dice.choice(several.processes)
    await asyncio.to_thread(process.postgres.delay, dice.uniform(0.01, 0.1))
    await meanwhile()
    await asyncio.to_thread(process.postgres.mend)


async def redis_gone(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """Redis is stopped, and comes back later."""
    await asyncio.to_thread(several.redis.kill)
    await meanwhile()
    await asyncio.to_thread(several.redis.start)


async def redis_silent(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """One process hears nothing of Redis, and is not told so."""
    process = dice.choice(several.processes)
    await asyncio.to_thread(process.redis.freeze)
    await meanwhile()
    await asyncio.to_thread(process.redis.mend)


async def redis_ill(several: Several, dice: random.Random, meanwhile: Meanwhile) -> None:
    """Messages between processes are lost, doubled, and come out of order."""
    for process in several.processes:
        process.redis.chances = ILL
    await meanwhile()
    for process in several.processes:
        process.redis.chances = Chances()


FATES: tuple[Fate, ...] = (
    killed,
    stopped,
    database_crashed,
    database_restarted,
    connections_ended,
    connections_cut,
    answer_swallowed,
    database_silent,
    database_far,
    redis_gone,
    redis_silent,
    redis_ill,
)
