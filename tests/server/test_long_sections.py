"""A section with a long history opens soon, and nobody in another room waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crdt.replica import Replica
from tests.long_serving import first_answer, somebody_typing, with_history
from tests.watchdog import MOST, Watchdog

SIZES = [20_000, pytest.param(260_000, marks=[pytest.mark.full_size, pytest.mark.timeout(600)])]
OPEN_SECONDS = 0.3
"""Of the process's own time, from the question to the whole text, at full size."""


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("after", [0, 400])
async def test_opening_a_long_section_stalls_no_other_room(tmp_path: Path, count: int, after: int) -> None:
    async with with_history(tmp_path, count, after=after) as server:
        _, other = await server.enter("A", "case_officer")
        await other.write("Here we are.")
        async with somebody_typing(other):
            began = time.process_time()
            with Watchdog() as dog:
                text = await first_answer(server, "B")
            took = time.process_time() - began
        assert dog.longest < MOST, f"{dog.longest:.3f} s without a turn"
        assert took < OPEN_SECONDS, f"{took:.3f} s"
        whole, room = Replica(), server.live.rooms.find(server.plan, "B")
        whole.apply(text)
        assert room is not None
        assert whole.tree() == room.content.tree()


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[list[str]]:
    """Which methods of the replica are called on this thread."""
    called: list[str] = []
    mine = threading.get_ident()
    with monkeypatch.context() as patch:
        for name in names:
            original = getattr(Replica, name)

            def counted(self: Replica, *args: object, _name: str = name, _original: object = original) -> object:
                if threading.get_ident() == mine:
                    called.append(_name)
                return _original(self, *args)  # type: ignore[operator]

            patch.setattr(Replica, name, counted)
        yield called


async def test_what_comes_first_was_made_away_from_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with with_history(tmp_path, 12_000, after=100) as server:
        with counting(monkeypatch, "tree", "diff", "full_update", "apply", "apply_many") as called:
            await first_answer(server, "B")
            await server.live.tree(server.plan, "B")
            room = server.live.rooms.find(server.plan, "B")
            assert room is not None
            assert room.content.hashed
            assert called == []


async def test_a_letter_in_a_long_section_is_no_work_on_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with with_history(tmp_path, 12_000) as server:
        _, mine = await server.enter("B", "parent")
        _, other = await server.enter("B", "case_officer")
        with counting(monkeypatch, "tree", "diff", "full_update", "state_vector") as called:
            for _ in range(5):
                await mine.send(mine.typed("a"))
                await mine.saved()
            await other.client.until(lambda: other.text == mine.text)
            server.live.sweep()
            assert called == []


# The watchdog itself


async def test_a_step_that_takes_long_is_seen() -> None:
    with Watchdog() as dog:
        await asyncio.sleep(0)
        end = time.process_time() + 0.06
        while time.process_time() < end:
            pass
    assert dog.longest >= MOST


async def test_a_thread_that_lets_nobody_else_have_a_turn_is_seen() -> None:
    """As the engine does: nobody else runs while it takes something up."""
    with Watchdog() as dog:
        await asyncio.to_thread(sum, range(20_000_000))
    assert dog.longest >= MOST


async def test_waiting_is_no_stall() -> None:
    with Watchdog() as dog:
        await asyncio.to_thread(threading.Event().wait, 0.08)
    assert dog.longest < MOST
