"""``python -m tests.faults --minutes 30``: three processes, people writing, one misfortune after the other by chance.

Bounded in time and in size, loopback only. A line a minute says how it stands, the last line what it came to.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.long_run import Score, long_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}, {chosen.processes} processes, {chosen.minutes:g} minutes", flush=True)

    def told(score: Score) -> None:
        print(score.line, flush=True)

    with tempfile.TemporaryDirectory(prefix="alongside-faults-") as folder:
        score = asyncio.run(long_run(Path(folder), chosen.processes, 60 * chosen.minutes, chosen.seed, told))
    print(f"{score.line}: {'all is well' if score.well else 'NOT WELL'}")
    for trouble in score.troubles:
        print(f"  {trouble}")
    sys.exit(0 if score.well else 1)


if __name__ == "__main__":
    main()
