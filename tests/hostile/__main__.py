"""`python -m tests.hostile --count 100000 --seed 1`: hostile updates against gate and engine, in a child process."""

from __future__ import annotations

import argparse
import sys

from tests.hostile.run import attack


def main() -> int:
    """Runs, prints, and says by its exit code whether the child survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--count", type=int, default=100_000, help="hostile updates to try")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tries the same updates")
    parser.add_argument("--what", choices=("prose", "layer"), default="prose", help="the kind of document attacked")
    arguments = parser.parse_args()
    ending = attack(arguments.count, arguments.seed, timeout=60 + arguments.count / 50, what=arguments.what)
    if ending.returncode != 0:
        sys.stdout.write(f"The child died ({ending.returncode}) on: {ending.last}\n{ending.stderr}\n")
        return 1
    for name, number in sorted(ending.counts.items(), key=lambda pair: -pair[1]):
        sys.stdout.write(f"{name:32} {number:9}\n")
    sys.stdout.write(f"gate: {ending.ms_per_kib:.3f} ms per KiB, at worst {ending.worst_ms_per_kib:.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
