"""``python -m tests.crash --rounds 200``: as many kills as you like, and how much was saved and lost."""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from tests.crash.rounds import Score, kill_rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)

    def told(score: Score) -> None:
        if score.rounds % 10 == 0 or score.rounds == chosen.rounds:
            print(f"{score.rounds} kills, {score.saved} words called saved, {len(score.lost)} lost", flush=True)

    with tempfile.TemporaryDirectory(prefix="alongside-crash-") as folder:
        kill_rounds(Path(folder), chosen.rounds, chosen.seed, told)


if __name__ == "__main__":
    main()
