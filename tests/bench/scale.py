"""What the largest council and the country would need, on paper: assumptions, and what was measured.

Nothing is measured here. Every number on the page is one of ``ASSUMED``, a figure of the summary, or made of both.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace

from tests.bench.report import ON_POSTGRES, OURS, Summary

COUNCIL_PLANS, COUNTRY_PLANS, COUNTRY_MEETINGS = 20_635, 720_000, 250_000
HOUR = 3600
PAGE = Path(__file__).with_name("scale_page.md")


@dataclass(frozen=True)
class Assumed:
    """How people work. None of it was measured; change one and see what follows."""

    days: int = 190
    """School days in a year: meetings are in term time."""
    meeting_hours: float = 5.5
    """Hours of a day in which meetings are held."""
    meeting_length: float = 1.5
    peak: float = 4.0
    """The busiest hour of the year to the mean: transfer deadlines of 15 February and 31 March."""
    people: int = 8
    typing: float = 3.0
    """Of these, typing at one moment of a busy minute."""
    keys: float = 3.0
    """Edits a second of one who types."""
    pauses: float = 0.33
    """Part of a meeting in which anybody types at that pace."""
    alone_hours: float = 6.0
    """Hours a year somebody writes in one plan outside meetings."""
    alone_keys: float = 0.5
    """Edits a second then, pauses included."""
    alone_peak: float = 3.0
    work_hours: float = 7.0
    watching: int = 2
    """Others who have such a plan open meanwhile."""
    busy: float = 0.4
    """How much of a core may be in use in the busiest hour, so that a lost process and a burst find room."""
    cost: float = 1.0
    """How many times the measured CPU an edit costs: other machines, TLS, real networks."""


ASSUMED = Assumed()


@dataclass(frozen=True)
class Cost:
    """What one thing costs, as measured."""

    meeting_us: float
    """CPU of the server for an edit delivered in a meeting, and of the database and Redis beside it."""
    meeting_also_us: float
    alone_us: float
    section_mb: float
    person_mb: float
    edit_bytes: float
    """Memory of an open section, for each edit in its history."""
    row_bytes: float
    snapshot_kb: float
    usual: int = 100_000
    base_mb: float = 150.0
    where: str = ON_POSTGRES


@dataclass(frozen=True)
class Need:
    """What follows for so many plans."""

    plans: int
    meetings: float
    mean_meetings: float
    peak_meetings: float
    peak_writers: float
    connections: float
    sections: float
    edits: float
    """A second, in the busiest hour."""
    deliveries: float
    cores: float
    also_cores: float
    provisioned: int
    memory_gb: float
    plan_edits: float
    plan_mb: float
    store_gb: float


def cost(summary: Summary) -> Cost:
    """The measured costs; on SQLite where PostgreSQL was not measured, which the page then says."""
    tables = summary["tables"]
    where = ON_POSTGRES if ON_POSTGRES in tables["meetings"] else OURS
    meeting = tables["meetings"][where]
    sections, people, history = (tables.get(name, {}) for name in ("sections", "people", "history"))

    def slope(rows: dict[str, dict[str, list[float]]], key: str, over: str = "") -> float:
        """How much more of one for one more size, or of the other figure, from the smallest to the largest."""
        sizes = sorted(rows, key=int)
        low, high = rows[sizes[0]], rows[sizes[-1]]
        more = high[over][0] - low[over][0] if over else int(sizes[-1]) - int(sizes[0])
        return max(0.0, high[key][0] - low[key][0]) / max(1.0, more)

    usual = min(history, key=lambda size: abs(int(size) - 100_000))
    return Cost(
        meeting_us=meeting["cpu"][0],
        meeting_also_us=meeting.get("also", [0.0])[0],
        alone_us=slope(sections, "core", "rate") * 10_000,
        section_mb=slope(sections, "memory"),
        person_mb=slope(people, "memory"),
        edit_bytes=slope(history, "memory") * 1024**2,
        row_bytes=tables["storage"][where]["row"][0],
        snapshot_kb=history[usual]["snapshot"][0],
        usual=int(usual),
        where=where,
    )


def need(plans: int, spent: Cost, assumed: Assumed = ASSUMED) -> Need:
    """The estimate."""
    meetings = COUNTRY_MEETINGS * plans / COUNTRY_PLANS
    mean = meetings * assumed.meeting_length / (assumed.days * assumed.meeting_hours)
    peak = mean * assumed.peak
    writers = plans * assumed.alone_hours / (assumed.days * assumed.work_hours) * assumed.alone_peak
    in_meeting = assumed.typing * assumed.keys
    shown = in_meeting * (assumed.people - 1)
    alone_shown = assumed.alone_keys * assumed.watching
    connections = peak * assumed.people + writers * (1 + assumed.watching)
    sections = peak + writers
    us = assumed.cost * (peak * shown * spent.meeting_us + writers * alone_shown * spent.alone_us)
    also = assumed.cost * (peak * shown + writers * alone_shown) * spent.meeting_also_us
    cores, also_cores = us / 1e6, also / 1e6
    processes = max(2, math.ceil(cores / assumed.busy))
    edits = (
        meetings / plans * assumed.meeting_length * HOUR * in_meeting * assumed.pauses
        + assumed.alone_hours * HOUR * assumed.alone_keys
    )
    section_mb = spent.section_mb + edits * spent.edit_bytes / 1024**2
    memory = processes * spent.base_mb + sections * section_mb + connections * spent.person_mb
    plan_mb = (edits * spent.row_bytes + 2 * 1024 * spent.snapshot_kb) / 1e6
    return Need(
        plans,
        meetings,
        mean,
        peak,
        writers,
        connections,
        sections,
        peak * in_meeting + writers * assumed.alone_keys,
        peak * shown + writers * alone_shown,
        cores,
        also_cores,
        processes,
        memory / 1024,
        edits,
        plan_mb,
        plan_mb * plans / 1000,
    )


def n(value: float) -> str:
    """A number as people say it: three figures, no more."""
    if isinstance(value, int):
        return f"{value:,}"
    if value >= 100:
        digits = max(0, len(str(int(value))) - 3)
        return f"{round(value, -digits):,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


_ROWS = (
    ("Meetings a year", "meetings", ""),
    ("Meetings at once, mean", "mean_meetings", ""),
    ("Meetings at once, busiest hour", "peak_meetings", ""),
    ("People writing outside meetings, busiest hour", "peak_writers", ""),
    ("Live connections", "connections", ""),
    ("Open sections", "sections", ""),
    ("Edits to the log, a second", "edits", ""),
    ("Edits delivered, a second", "deliveries", ""),
    ("Cores the server uses", "cores", ""),
    ("Cores PostgreSQL and Redis use beside it", "also_cores", ""),
    ("Server processes to run, one core each", "provisioned", ""),
    ("Memory of the server's processes", "memory_gb", " GB"),
    ("Edits of one plan in a year", "plan_edits", ""),
    ("Store for one plan and year", "plan_mb", " MB"),
    ("Store for a year", "store_gb", " GB"),
)


def _table(titles: list[str], needs: list[Need]) -> list[str]:
    lines = ["| | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for title, name, unit in _ROWS:
        lines.append(f"| {title} | " + " | ".join(f"{n(getattr(one, name))}{unit}" for one in needs) + " |")
    return lines


def _what_if(spent: Cost) -> list[str]:
    cases = (
        ("as assumed", ASSUMED),
        ("16 people in each meeting", replace(ASSUMED, people=16)),
        ("everybody in a meeting types", replace(ASSUMED, typing=float(ASSUMED.people))),
        ("the busiest hour is 8 times the mean", replace(ASSUMED, peak=8.0, alone_peak=6.0)),
        ("people write alone four times as long", replace(ASSUMED, alone_hours=4 * ASSUMED.alone_hours)),
        ("an edit costs three times what was measured", replace(ASSUMED, cost=3.0)),
        (
            "all of these together",
            Assumed(people=16, typing=16.0, peak=8.0, alone_peak=6.0, alone_hours=24.0, cost=3.0),
        ),
    )
    lines = [
        "| | council: cores used | council: store for a year | country: cores used | country: store for a year |",
        "|---|---|---|---|---|",
    ]
    for title, assumed in cases:
        council, country = (need(plans, spent, assumed) for plans in (COUNCIL_PLANS, COUNTRY_PLANS))
        cells = (council.cores, council.store_gb, country.cores, country.store_gb)
        units = ("", " GB", "", " GB")
        lines.append(f"| {title} | " + " | ".join(n(one) + unit for one, unit in zip(cells, units, strict=True)) + " |")
    return lines


def _said(facts: Cost | Need) -> SimpleNamespace:
    """Its numbers as people say them."""
    said = {name: n(value) if isinstance(value, float) else value for name, value in asdict(facts).items()}
    return SimpleNamespace(**said)


def estimate(summary: Summary, described: str) -> str:
    """The page."""
    spent = cost(summary)
    council, country = need(COUNCIL_PLANS, spent), need(COUNTRY_PLANS, spent)
    titles = [f"largest council ({COUNCIL_PLANS:,} plans)", f"England ({COUNTRY_PLANS:,} plans)"]
    return PAGE.read_text(encoding="utf-8").format(
        described=described,
        council_plans=f"{COUNCIL_PLANS:,}",
        country_plans=f"{COUNTRY_PLANS:,}",
        country_meetings=f"{COUNTRY_MEETINGS:,}",
        council_processes="two processes, for restarts and failures rather than for load"
        if council.provisioned == 2
        else f"{council.provisioned} processes",
        country_links=n(country.provisioned * 6),
        council=_said(council),
        country=_said(country),
        spent=_said(spent),
        usual=f"{spent.usual:,}",
        a=ASSUMED,
        on_sqlite="" if spent.where == ON_POSTGRES else " PostgreSQL was not measured in this run: these are SQLite's.",
        table="\n".join(_table(titles, [council, country])),
        what_if="\n".join(_what_if(spent)),
    )
