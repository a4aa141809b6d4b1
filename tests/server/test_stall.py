"""The heartbeat of the event loop: what it takes for a stall, and for how long it tells of it."""

from __future__ import annotations

import asyncio

import pytest

from server.metrics import exposition
from server.stall import BEAT_SECONDS, HALF_SECONDS, Heartbeat


class Hand:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def shown() -> float:
    (line,) = (line for line in exposition().decode().splitlines() if line.startswith("alongside_loop_stall_seconds "))
    return float(line.split()[1])


async def test_the_longest_stall_is_told_for_a_while_and_to_whoever_asks() -> None:
    clock = Hand()
    heart = Heartbeat(clock)
    heart.start()
    clock.now += BEAT_SECONDS + 0.7
    assert pytest.approx(0.7) == shown()  # the beat is due and has not come
    heart.beat()
    for _ in range(2):
        clock.now += BEAT_SECONDS + 0.01
        heart.beat()
        assert pytest.approx(0.7) == shown()
    clock.now += HALF_SECONDS
    heart.beat()
    heart.stop()
    assert 0.0 == shown()


async def test_it_is_forgotten_after_a_minute() -> None:
    clock = Hand()
    heart = Heartbeat(clock)
    heart.start()
    clock.now += BEAT_SECONDS + 0.7
    heart.beat()
    beats = 0
    while heart.largest() > 0.1:
        clock.now += BEAT_SECONDS
        heart.beat()
        beats += 1
    heart.stop()
    assert HALF_SECONDS <= beats * BEAT_SECONDS <= 2 * HALF_SECONDS + 1


async def test_a_step_that_holds_the_real_loop_is_seen() -> None:
    heart = Heartbeat()
    heart.start()
    loop = asyncio.get_running_loop()
    ends = loop.time() + BEAT_SECONDS + 0.06
    while loop.time() < ends:
        pass
    assert heart.largest() >= 0.05
    heart.stop()
