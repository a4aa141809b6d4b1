"""Measurements as a summary (JSON) and as pages: medians with their range, ratios in one run, and how cost grows.

The pages are made from the summary alone, so that a table never says anything the numbers beside it do not.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

Result = dict[str, Any]
Summary = dict[str, Any]
Figure = list[float]
"""Median, lowest, highest, how often."""


class Column(NamedTuple):
    key: str
    title: str
    value: Callable[[Result], float]
    digits: int


def _all_joined(joined: Result) -> float:
    """Milliseconds until the last joiner held the whole text; ``KeyError`` when one of them never did."""
    if joined["synced"] < joined["of"]:
        raise KeyError("not all joined")
    return float(joined["last_ms"])


def _opened(result: Result) -> float:
    return float(result["rss_mb"]) - float(result["rss_before_mb"])


CPU = Column("cpu", "CPU µs / delivered edit", lambda r: r["cpu_us_per_delivered"], 1)
ALSO = Column("also", "of PostgreSQL and Redis, µs", lambda r: r["also_us_per_delivered"], 1)
P50 = Column("p50", "p50 ms", lambda r: r["lat_ms"]["p50"], 2)
P99 = Column("p99", "p99 ms", lambda r: r["lat_ms"]["p99"], 1)
DELIVERED = Column("delivered", "delivered %", lambda r: 100 * r["delivered"] / max(1, r["expected"]), 1)
CORE = Column("core", "of one core, %", lambda r: 100 * r["cpu_s"] / r["wall"], 1)
RATE = Column("rate", "delivered / s", lambda r: r["delivered_in_window"] / r["wall"], 0)
LIVE = (CPU, ALSO, P50, P99, DELIVERED)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "meeting": LIVE,
    "meetings": (*LIVE, Column("memory", "memory of the open sections, MB", _opened, 0)),
    "big-room": LIVE,
    "cold-join": (
        Column("one", "one joiner, cold, ms", lambda r: _all_joined(r["cold1"]), 0),
        Column("fifty", "last of 50, cold, ms", lambda r: _all_joined(r["cold50"]), 0),
    ),
    "killed": (
        Column("acked", "acknowledged", lambda r: r["acked"], 0),
        Column("lost", "acknowledged and lost", lambda r: r["lost_acked"], 0),
        Column("shown_lost", "shown to others and lost", lambda r: r["lost_delivered"], 0),
    ),
    "ceiling": (
        Column("rate", "delivered / s", lambda r: r["delivered_per_s"], 0),
        Column("cpu", "CPU µs / delivered edit", lambda r: r["cpu_us_per_delivered"], 2),
    ),
    "most-meetings": (Column("rooms", "meetings of 6 with p99 < 100 ms", lambda r: r["max_rooms"], 0),),
    "storage": (
        Column("row", "store, bytes / edit", lambda r: r["log_bytes_per_edit"], 0),
        Column("payload", "of these people's own, bytes / edit", lambda r: r["payload_bytes_per_edit"], 1),
    ),
    "sections": (RATE, CORE, CPU, P50, P99, Column("memory", "memory of the open sections, MB", _opened, 1)),
    "people": (RATE, CORE, CPU, P50, P99, DELIVERED, Column("memory", "memory, MB", _opened, 1)),
    "history": (
        Column("one", "opened by one, ms", lambda r: _all_joined(r["one"]), 0),
        Column("many", "last of 20, ms", lambda r: _all_joined(r["many"]), 0),
        Column("stall", "longest stall of the loop, ms", lambda r: r["stall_ms"], 0),
        Column("memory", "memory while open, MB", lambda r: r["open_mb"], 1),
        Column("snapshot", "snapshot, kB", lambda r: r["snapshot_kb"], 0),
        Column("built", "snapshot built in, s", lambda r: r["snapshot_s"], 1),
    ),
}
TITLES = {
    "meeting": "W1. A meeting: 12 people, 6 edits/s each, with carets",
    "meetings": "W2. 100 meetings of 6, 2 edits/s each",
    "big-room": "W3. A room of 200, 20 typing 5 edits/s",
    "cold-join": "W4. Joining a section with 100,000 edits of history, server just started",
    "killed": "W5. kill -9 while 12 people type, everybody gone",
    "ceiling": "W6. The ceiling: 50 in one section, 10 typing as fast as answers come",
    "storage": "The log of 10,000 edits, one by one, with its indexes",
    "most-meetings": "The most meetings of 6",
    "sections": "Open sections, two people in each, each typing once a second",
    "people": "People in one section, up to 20 of them typing 3 edits/s",
    "history": "Edits in the history of a section, snapshot built, server just started",
}
GROWTH = {"sections": "sections", "people": "people", "history": "edits"}

OURS = "Alongside"
ON_POSTGRES = "Alongside, PostgreSQL + Redis"
TWO = "Alongside, PostgreSQL + Redis, 2 processes"
APART = "Alongside, PostgreSQL + Redis, 2 processes, every section shared"
NO_GATE, LATE_DISK = "Alongside without the gate", "Alongside, shown before it is on disk"
NO_STAMP, NOTHING = "Alongside without stamped presence", "Alongside without all three"
WITHOUT = {NO_GATE: "gate", LATE_DISK: "durable", NO_STAMP: "stamp", NOTHING: "gate,durable,stamp"}
MEMORY_PEER, HOCUSPOCUS = "y-websocket", "Hocuspocus + SQLite"
DURABLE_PEERS = ("y-websocket + LevelDB", HOCUSPOCUS, "pycrdt-websocket + SQLite")
PEERS = (MEMORY_PEER, "Hocuspocus", *DURABLE_PEERS)


ONE = (ON_POSTGRES,)


class Goal(NamedTuple):
    """A ratio of ours to the best of others, in the same round; ``most`` says whether the goal is an upper bound."""

    title: str
    work: str
    column: str
    ours: str
    others: tuple[str, ...]
    goal: float
    most: bool = True


GOALS = (
    Goal("W1 CPU, to y-websocket in memory", "meeting", "cpu", OURS, (MEMORY_PEER,), 0.75),
    Goal("W1 CPU, to the best durable peer", "meeting", "cpu", OURS, DURABLE_PEERS, 0.5),
    Goal("W2 CPU, to y-websocket in memory", "meetings", "cpu", OURS, (MEMORY_PEER,), 0.75),
    Goal("W2 CPU, to Hocuspocus + SQLite", "meetings", "cpu", OURS, (HOCUSPOCUS,), 0.45),
    Goal("W2 memory of 100 open sections, to y-websocket", "meetings", "memory", OURS, (MEMORY_PEER,), 1.0),
    Goal("W2max, to y-websocket in memory", "most-meetings", "rooms", OURS, (MEMORY_PEER,), 2.0, most=False),
    Goal("W2max, to Hocuspocus + SQLite", "most-meetings", "rooms", OURS, (HOCUSPOCUS,), 4.5, most=False),
    Goal("W3 CPU, to the best peer", "big-room", "cpu", OURS, PEERS, 0.5),
    Goal("W4 last of 50, to Hocuspocus + SQLite", "cold-join", "fifty", OURS, (HOCUSPOCUS,), 0.2),
    Goal("W6 delivered, to the best peer", "ceiling", "rate", OURS, PEERS, 2.0, most=False),
    Goal("W1 CPU, PostgreSQL + Redis to SQLite", "meeting", "cpu", ON_POSTGRES, (OURS,), 1.3),
    Goal("W1 p50, PostgreSQL + Redis to SQLite", "meeting", "p50", ON_POSTGRES, (OURS,), 1.3),
    Goal("W2 CPU, PostgreSQL + Redis to SQLite", "meetings", "cpu", ON_POSTGRES, (OURS,), 1.3),
    Goal("W3 CPU, PostgreSQL + Redis to SQLite", "big-room", "cpu", ON_POSTGRES, (OURS,), 1.3),
    Goal("W4 last of 50, PostgreSQL + Redis to SQLite", "cold-join", "fifty", ON_POSTGRES, (OURS,), 1.3),
    Goal("W2 CPU, two processes to one (1.11 is 1.8 times as much on two cores)", "meetings", "cpu", TWO, ONE, 1.11),
    Goal("W3 CPU, two processes to one", "big-room", "cpu", TWO, ONE, 1.11),
    *(
        Goal(f"{work} CPU, {other[11:]}, to all promises kept", key, "cpu", other, (OURS,), 1.0)
        for work, key in (("W1", "meeting"), ("W2", "meetings"), ("W3", "big-room"))
        for other in WITHOUT
    ),
)


def summarise(path: Path, about: dict[str, Any]) -> Summary:
    """What was measured, in figures."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    found: dict[str, dict[str, dict[str, Figure]]] = defaultdict(lambda: defaultdict(dict))
    rounds: dict[tuple[str, str, str, int], float] = {}
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for record in records:
        who = record["server"] if record.get("size") is None else f"{record['size']}"
        for column in COLUMNS[record["work"]]:
            try:
                value = float(column.value(record["result"]))
            except (KeyError, TypeError):
                continue
            values[record["work"], who, column.key].append(value)
            rounds[record["work"], who, column.key, record["run"]] = value
    for (work, who, key), figures in values.items():
        found[work][who][key] = _figure(figures)
    return {"about": about, "tables": found, "ratios": dict(_ratios(rounds))}


def _figure(values: list[float]) -> Figure:
    return [round(one, 4) for one in (statistics.median(values), min(values), max(values))] + [len(values)]


def _ratios(rounds: dict[tuple[str, str, str, int], float]) -> Iterable[tuple[str, Figure]]:
    for goal in GOALS:
        best = min if goal.most else max
        found = []
        for (work, who, key, run), value in rounds.items():
            if (work, who, key) != (goal.work, goal.ours, goal.column):
                continue
            others = [rounds[one] for other in goal.others if (one := (work, other, key, run)) in rounds]
            if others and best(others) > 0:
                found.append(value / best(others))
        if found:
            yield goal.title, _figure(found)


def _cell(figure: Figure | None, digits: int) -> str:
    if figure is None:
        return "–"
    middle, low, high, times = figure
    return f"{middle:.{digits}f}" if times == 1 else f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def table(summary: Summary, work: str) -> list[str]:
    """One table, or nothing where nothing was measured."""
    rows: dict[str, dict[str, Figure]] = summary["tables"].get(work, {})
    if not rows:
        return []
    columns = [column for column in COLUMNS[work] if any(column.key in row for row in rows.values())]
    if all(row.get("also", [0])[0] == 0 for row in rows.values()):
        columns = [column for column in columns if column.key != "also"]
    often = [int(figure[3]) for row in rows.values() for figure in row.values()]
    times = f"{min(often)} to {max(often)}" if min(often) < max(often) else f"{max(often)}"
    names = sorted(rows, key=int) if work in GROWTH else list(rows)
    shown = [f"{int(name):,}" if work in GROWTH else name for name in names]
    return [
        "",
        f"**{TITLES[work]}** ({'one run' if times == '1' else f'median of {times}, range'})",
        "",
        f"| {GROWTH.get(work, 'server')} | " + " | ".join(column.title for column in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
        *(
            f"| {title} | " + " | ".join(_cell(rows[name].get(one.key), one.digits) for one in columns) + " |"
            for title, name in zip(shown, names, strict=True)
        ),
    ]


def goals(summary: Summary) -> list[str]:
    """Ratios beside what was hoped for."""
    found: dict[str, Figure] = summary["ratios"]
    wanted = [goal for goal in GOALS if goal.title in found and goal.ours not in WITHOUT]
    if not wanted:
        return []
    lines = ["", "**Ratios, round by round in the same run**", "", "| | ratio | goal | |", "|---|---|---|---|"]
    for goal in wanted:
        met = found[goal.title][0] <= goal.goal if goal.most else found[goal.title][0] >= goal.goal
        sign = "≤" if goal.most else "≥"
        lines.append(
            f"| {goal.title} | {_cell(found[goal.title], 2)} | {sign} {goal.goal:g} | {'met' if met else 'missed'} |"
        )
    return lines


def promises(summary: Summary) -> list[str]:
    """What each promise costs: one less, to all of them kept."""
    found: dict[str, Figure] = summary["ratios"]
    lines = []
    for other in WITHOUT:
        cells = [_cell(found.get(f"{work} CPU, {other[11:]}, to all promises kept"), 2) for work in ("W1", "W2", "W3")]
        rows = [summary["tables"].get(work, {}).get(other, {}) for work in ("meeting", "meetings", "big-room")]
        if any(rows):
            times = [_cell(row.get("p50"), 2) for row in rows]
            lines.append(f"| {other} | " + " | ".join([*cells, *times]) + " |")
    if not lines:
        return []
    ours = [summary["tables"].get(work, {}).get(OURS, {}) for work in ("meeting", "meetings", "big-room")]
    kept = [_cell(row.get("p50"), 2) for row in ours]
    return [
        "",
        "**What each promise costs: CPU with it switched off, to all promises kept**",
        "",
        "| | W1 | W2 | W3 | W1 p50 ms | W2 p50 ms | W3 p50 ms |",
        "|---|---|---|---|---|---|---|",
        f"| {OURS} | 1 | 1 | 1 | " + " | ".join(kept) + " |",
        *lines,
    ]


def markdown(summary: Summary) -> str:
    """All tables."""
    lines: list[str] = []
    kept = without_experiments(summary)
    for work in COLUMNS:
        if work not in GROWTH:
            lines += table(kept, work)
    lines += goals(summary) + promises(summary)
    for work in GROWTH:
        lines += table(summary, work)
    return "\n".join(lines).lstrip("\n")


def without_experiments(summary: Summary) -> Summary:
    """The tables without the servers that keep fewer promises."""
    tables: dict[str, dict[str, Any]] = summary["tables"]
    kept = {work: {name: row for name, row in rows.items() if name not in WITHOUT} for work, rows in tables.items()}
    return {**summary, "tables": kept}
