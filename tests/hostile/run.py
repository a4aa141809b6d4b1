"""Starts the process that may die, and says how it ended."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ending:
    """How many updates got which verdict, how long the gate took, and what was tried last if the process died."""

    returncode: int
    counts: dict[str, int]
    ms_per_kib: float
    worst_ms_per_kib: float
    last: str
    stderr: str


def attack(count: int, seed: int, timeout: float, what: str = "prose") -> Ending:
    """Lets so many hostile updates loose on a live document (``prose`` or ``layer``) in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "last"
        done = subprocess.run(
            [sys.executable, "-m", "tests.hostile.child", str(seed), str(count), str(trace), what],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        last = trace.read_text().partition("\n")[0] if trace.exists() else ""
    told = json.loads(done.stdout) if done.returncode == 0 else {}
    return Ending(
        returncode=done.returncode,
        counts=told.get("counts", {}),
        ms_per_kib=told.get("ms_per_kib", 0.0),
        worst_ms_per_kib=told.get("worst_ms_per_kib", 0.0),
        last=last,
        stderr=done.stderr,
    )
