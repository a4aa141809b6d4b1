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


@dataclass
class Score:
    """What the rounds came to."""

    rounds: int = 0
    saved: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def kill_rounds(data: Path, rounds: int, seed: int, told: Callable[[Score], None] = lambda score: None) -> Score:
    """Runs the rounds; every one ends with a look at all that was ever called saved."""
    chance = random.Random(seed)
    made = make(data / "store")
    server = Serving(
        data=made.settings.data_dir,
        port=free_port(),
        command="serve",
        environment={"ALONGSIDE_SNAPSHOT_EVERY": "60", "ALONGSIDE_LOG_LEVEL": "error"},
    )
    score = Score()
    saved: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for number in range(rounds):
        server.start()
        try:
            asyncio.run(_round(server, made, number, saved, chance.uniform(0.05, 0.6)))
        finally:
            server.kill()
        _look(made, saved, score)
        score.rounds += 1
        told(score)
    return score


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
    score.saved = sum(map(len, saved.values()))
    for section, words in saved.items():
        there = Counter(found.get(section, "").split())
        score.lost += [word for word in words if there[word] == 0]
        score.doubled += [word for word in words if there[word] > 1]
    assert score.lost == []
    assert score.doubled == []
