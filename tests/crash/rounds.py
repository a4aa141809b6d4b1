"""Kill -9 under load, again and again on one store, with everybody gone: nothing that was called saved may be lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.store import ROLES, Made, make, texts
from tests.crash.writers import Writer
from tests.serving import Serving, free_port

SECTIONS = ("B", "E", "F")
WRITERS = 6
ON_ONE_STORE = 25
"""Rounds after which a fresh store is taken: looking at everything again grows with what is there."""


@dataclass
class Score:
    """What the rounds came to."""

    rounds: int = 0
    saved: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def kill_rounds(data: Path, rounds: int, seed: int, told: Callable[[Score], None] = lambda score: None) -> Score:
    """Runs the rounds, so many on each store; every one ends with a look at all that was ever called saved there."""
    chance = random.Random(seed)
    score = Score()
    for start in range(0, rounds, ON_ONE_STORE):
        numbers = range(start, min(rounds, start + ON_ONE_STORE))
        _on_one_store(make(data / f"store-{start}"), numbers, chance, score, told)
    return score


def _on_one_store(
    made: Made, numbers: range, chance: random.Random, score: Score, told: Callable[[Score], None]
) -> None:
    server = Serving(
        data=made.settings.data_dir,
        port=free_port(),
        command="serve",
        environment={
            "ALONGSIDE_SNAPSHOT_EVERY": "60",
            "ALONGSIDE_SNAPSHOT_PAUSE_SECONDS": "0",
            "ALONGSIDE_LOG_LEVEL": "error",
        },
    )
    saved: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for number in numbers:
        before = sum(map(len, saved.values()))
        server.start()
        try:
            asyncio.run(_round(server, made, number, saved, chance.uniform(0.05, 0.6)))
        finally:
            server.kill()
        _look(made, saved, score)
        score.rounds += 1
        score.saved += sum(map(len, saved.values())) - before
        told(score)


async def _round(server: Serving, made: Made, number: int, saved: dict[str, list[str]], life: float) -> None:
    writers = [
        Writer(
            server.live_url,
            made.name(SECTIONS[place % 3]),
            made.tokens[ROLES[place % len(ROLES)]],
            f"r{number}w{place}",
        )
        for place in range(WRITERS)
    ]
    typing = [asyncio.create_task(writer.type(pause=0.004), name="writer") for writer in writers]
    async with asyncio.timeout(30):
        await writers[0].begun.wait()
    await asyncio.sleep(life)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*typing)
    for writer in writers:
        await writer.leave()
        saved[writer.name.partition("/")[2]] += writer.saved


def _look(made: Made, saved: dict[str, list[str]], score: Score) -> None:
    found = texts(made)
    for section, words in saved.items():
        there = Counter(found.get(section, "").split())
        score.lost += [word for word in words if there[word] == 0]
        score.doubled += [word for word in words if there[word] > 1]
    assert score.lost == []
    assert score.doubled == []
