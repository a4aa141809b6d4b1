"""Misfortunes drawn by chance, round after round: some befall at once, people write all the while, then all is audited.

A round has a plan of its own. In some of them the plan is locked in the middle of it, and opened again.
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import fates
from tests.faults.audit import audit
from tests.faults.people import all_save, ask, people_at, writing_ends
from tests.faults.several import Several, several

TOLD_EVERY = 60.0
WRITERS = 6
AT_ONCE = 2
LOCKED = 0.2
"""The part of rounds in which a lock races the edits."""


@dataclass
class Score:
    """What the rounds came to."""

    rounds: int = 0
    saved: int = 0
    connections: int = 0
    busiest: tuple[int, str] = (0, "")
    """The most connections of one round, with what befell in it and how they ended."""
    locks: int = 0
    befell: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def well(self) -> bool:
        return self.rounds > 0 and not self.troubles

    @property
    def line(self) -> str:
        """All of it in a line."""
        minutes = (time.monotonic() - self.began) / 60
        return (
            f"{minutes:.1f} min: {self.rounds} rounds, {self.befell.total()} misfortunes of {len(self.befell)} kinds, "
            f"{self.locks} locks, {self.connections} connections "
            f"(most in a round: {self.busiest[0]}, {self.busiest[1]}), "
            f"{self.saved} words called saved, {len(self.troubles)} troubles"
        )


async def long_run(
    folder: Path, processes: int, seconds: float, seed: int, told: Callable[[Score], None] = lambda score: None
) -> Score:
    """Rounds until the time is over, at least one; the first trouble ends it, with its log kept in the score."""
    dice, score = random.Random(seed), Score()
    ends, tell_at = time.monotonic() + seconds, time.monotonic() + TOLD_EVERY
    with several(
        folder, processes, seed, ALONGSIDE_SNAPSHOT_EVERY="500", ALONGSIDE_SNAPSHOT_PAUSE_SECONDS="1"
    ) as servers:
        while not score.rounds or (time.monotonic() < ends and not score.troubles):
            try:
                await one_round(servers, dice, score)
            except (AssertionError, TimeoutError) as trouble:
                score.troubles.append(f"round {score.rounds + 1}: {''.join(traceback.format_exception(trouble))}")
                score.troubles += [process.serving.log()[-2000:] for process in servers.processes]
            score.rounds += 1
            if time.monotonic() >= tell_at:
                told(score)
                tell_at += TOLD_EVERY
    return score


async def one_round(servers: Several, dice: random.Random, score: Score) -> None:
    """Some misfortunes, one after the other, while people write; then everything is looked at."""
    made = servers.make()
    lock = dice.random() < LOCKED
    scribes = people_at(servers, made, WRITERS, seed=dice.randrange(2**31))
    async with writing_ends(servers, scribes):

        async def meanwhile() -> None:
            for scribe in scribes:
                if dice.random() < 0.3:
                    scribe.bounce()
            await all_save(dice.sample(scribes, WRITERS // 2), dice.randrange(2, 8))

        drawn = dice.sample(fates.FATES, AT_ONCE)
        for fate in drawn:
            score.befell[fate.__name__] += 1
            await fate(servers, dice, meanwhile)
        servers.mend()
        if lock:
            score.locks += 1
            moved = await ask(
                servers, dice.randrange(len(servers.processes)), made, "POST", "/stage", to="draft_served"
            )
            assert moved.status_code == 200, moved.text
            await asyncio.gather(*(scribe.has_ended() for scribe in scribes))
        else:
            await all_save(scribes, 2)
    assert {scribe.refused for scribe in scribes} == ({"locked"} if lock else {None})
    await audit(servers, made, scribes)
    score.saved += sum(len(scribe.acked) for scribe in scribes)
    connections = sum(scribe.connections for scribe in scribes)
    score.connections += connections
    if connections > score.busiest[0]:
        ends = sum((scribe.ends for scribe in scribes), Counter[str]())
        score.busiest = connections, f"{' and '.join(fate.__name__ for fate in drawn)}, ended {dict(ends)}"
