"""A results file as Markdown: medians with their range, and the ratio to the peer each goal names."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

Result = dict[str, Any]
Column = tuple[str, Callable[[Result], float], int]


def _all_joined(joined: Result) -> float:
    """Milliseconds until the last joiner held the whole text; ``KeyError`` when one of them never did."""
    if joined["synced"] < joined["of"]:
        raise KeyError("not all joined")
    return float(joined["last_ms"])


COLUMNS: dict[str, list[Column]] = {
    "meeting": [
        ("CPU µs / delivered edit", lambda r: r["cpu_us_per_delivered"], 1),
        ("p50 ms", lambda r: r["lat_ms"]["p50"], 2),
        ("p99 ms", lambda r: r["lat_ms"]["p99"], 1),
        ("delivered %", lambda r: 100 * r["delivered"] / max(1, r["expected"]), 1),
    ],
    "cold-join": [
        ("one joiner, cold, ms", lambda r: _all_joined(r["cold1"]), 0),
        ("last of 50, cold, ms", lambda r: _all_joined(r["cold50"]), 0),
    ],
    "killed": [
        ("acknowledged", lambda r: r["acked"], 0),
        ("acknowledged and lost", lambda r: r["lost_acked"], 0),
        ("shown to others and lost", lambda r: r["lost_delivered"], 0),
    ],
    "most-meetings": [("meetings of 6 with p99 < 100 ms", lambda r: r["max_rooms"], 0)],
}
COLUMNS["big-room"] = COLUMNS["meeting"]
COLUMNS["meetings"] = [
    *COLUMNS["meeting"],
    ("memory of 100 open sections, MB", lambda r: r["rss_mb"] - r["rss_before_mb"], 0),
]

TITLES = {
    "meeting": "A meeting: 12 people, 6 edits/s each, with carets",
    "meetings": "100 meetings of 6, 2 edits/s each",
    "big-room": "A room of 200, 20 typing 5 edits/s",
    "cold-join": "Joining a section with 100,000 edits of history, server just started",
    "killed": "kill -9 while 12 people type, everybody gone",
    "most-meetings": "The most meetings one process carries",
}


def read(path: Path) -> dict[tuple[str, str], list[Result]]:
    results: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for line in path.read_text().splitlines():
        record = json.loads(line)
        results[record["work"], record["server"]].append(record["result"])
    return results


def _cell(results: list[Result], value: Callable[[Result], float], digits: int) -> str:
    figures = []
    for result in results:
        try:
            figures.append(value(result))
        except (KeyError, TypeError):
            continue
    if not figures:
        return "–"
    middle = f"{statistics.median(figures):.{digits}f}"
    return middle if len(figures) == 1 else f"{middle} ({min(figures):.{digits}f}–{max(figures):.{digits}f})"


def markdown(path: Path) -> str:
    results = read(path)
    lines: list[str] = []
    for work, columns in COLUMNS.items():
        servers = [server for (which, server) in results if which == work]
        if not servers:
            continue
        runs = max(len(results[work, server]) for server in servers)
        lines += ["", f"**{TITLES[work]}** (median of {runs}, range)", ""]
        lines += [
            "| server | " + " | ".join(title for title, _, _ in columns) + " |",
            "|---" * (len(columns) + 1) + "|",
        ]
        lines += [
            f"| {server} | "
            + " | ".join(_cell(results[work, server], value, digits) for _, value, digits in columns)
            + " |"
            for server in servers
        ]
    return "\n".join(lines)
