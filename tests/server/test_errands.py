"""Errands go on when whoever asked has gone, and none that fails takes anything else with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.errands import Errands
from tests.live_serving import until


@pytest.fixture
async def errands() -> AsyncIterator[Errands]:
    found = Errands()
    await found.open()
    yield found
    await found.close()


async def test_work_goes_on_when_whoever_asked_for_it_has_gone(errands: Errands) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    asking = asyncio.create_task(errands.to_the_end("work", work()))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    await done.wait()


async def test_whoever_waits_gets_the_result_or_the_trouble(errands: Errands) -> None:
    async def answers() -> int:
        return 5

    async def fails() -> int:
        raise ValueError("a fault")

    assert 5 == await errands.to_the_end("answers", answers())
    with pytest.raises(ValueError, match="a fault"):
        await errands.to_the_end("fails", fails())


async def test_one_that_fails_takes_nothing_else_with_it(errands: Errands) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        raise RuntimeError("a fault")

    async def works() -> None:
        await go_on.wait()
        done.set()

    errands.spawn("works", works())
    errands.spawn("fails", fails())
    errands.keep_on("fails at once", fails())
    assert not errands.idle
    go_on.set()
    await done.wait()
    await until(lambda: errands.idle)


async def test_closing_stops_loops_at_once_and_lets_errands_come_to_their_end() -> None:
    errands = Errands()
    await errands.open()
    closing, stopped, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def loop() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def errand() -> None:
        closing.set()
        await stopped.wait()
        done.set()

    errands.keep_on("loop", loop())
    errands.spawn("errand", errand())
    await closing.wait()
    await errands.close()
    assert stopped.is_set()
    assert done.is_set()
