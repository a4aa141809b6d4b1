"""What was measured on, and how busy it was meanwhile: without it a figure on the clock says nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.bench.peers import NODE


def about(*, rounds: int, quick: bool, began: float, load: float, lent: bool) -> dict[str, Any]:
    """Facts about the run and the machine; no name of it."""
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "rounds": rounds,
        "quick": quick,
        "minutes": round((time.time() - began) / 60),
        "cores": len(os.sched_getaffinity(0)),
        "processor": platform.machine(),
        "linux": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "node": _version([str(NODE), "--version"]),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }
    if lent:
        found["postgresql"] = _version(["psql", "--version"])
        found["redis"] = _version(["redis-server", "--version"])
    return found


def _version(command: list[str]) -> str:
    if shutil.which(command[0]) is None and not Path(command[0]).exists():
        return "unknown"
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    numbers = re.search(r"\d+(?:\.\d+)+", said)
    return numbers.group() if numbers else "unknown"
