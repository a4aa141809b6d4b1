"""The dates of an appeal: when each thing is due, who does it, which law or guide says so, and how sure that is.

The rules are data in ``appeal.toml``. Weeks are calendar weeks; working days are the tribunal's. What its own letters
say goes before all of them. Pure: today comes in as an argument. Anybody may import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sections.appeal import ORDERED
from sections.catalogue import LABELS, BadRules, rules_file
from sections.facts import AppealFacts
from sections.tribunal_clock import add_working_days, next_working_day
from sections.words import day_in_words

Basis = Literal["source", "background"]
Who = Literal["family", "authority", "both"]


@dataclass(frozen=True, slots=True)
class AppealDate:
    """One date. ``usual``: what is usual, where the tribunal's letter may say otherwise.

    ``basis`` is ``background`` where the law was not read in a source: it must be checked before anybody relies on it.
    """

    key: str
    title: str
    due: date
    who: Who
    source: str
    basis: Basis
    usual: bool
    state: Literal["coming", "today", "passed"]
    sentence: str


def _checked(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    for row in rows:
        if row["runs_from"] not in AppealFacts.__slots__ or not set(row.get("for", [])) <= set(LABELS):
            raise BadRules(f"appeal.toml: the date {row['key']} runs from or is about something unknown")
    return tuple(rows)


_ROWS = _checked(rules_file("appeal.toml")["dates"])


def appeal_dates(appeal: AppealFacts, today: date) -> tuple[AppealDate, ...]:
    """Every date that can be worked out for an appeal, the earliest first; none for what is not known."""
    found = []
    for row in _ROWS:
        start: date | None = getattr(appeal, row["runs_from"])
        if start is None or not _applies(row, appeal):
            continue
        due = _due(row, start)
        if due is not None:
            found.append(_dated(row, due, today))
    return tuple(sorted(found, key=lambda one: one.due))


def appeal_date(appeal: AppealFacts, key: str, today: date) -> AppealDate | None:
    """One of the dates by its key, or None when it cannot be worked out."""
    return next((one for one in appeal_dates(appeal, today) if one.key == key), None)


def issue_by(appeal: AppealFacts) -> date | None:
    """The last day to issue the plan as ordered: five weeks from the order, two if it is about placement alone."""
    keys = ("order_contents", "order_placement")
    found = [
        _due(row, appeal.ordered_on)
        for row in _ROWS
        if row["key"] in keys and appeal.ordered_on and _applies(row, appeal)
    ]
    return found[0] if found else None


def _applies(row: dict[str, Any], appeal: AppealFacts) -> bool:
    if "unless" in row and getattr(appeal, row["unless"]) is not None:
        return False
    about = set(row.get("for", appeal.sections))
    if "for" in row and not about & set(appeal.sections):
        return False
    return not (row.get("only", False) and set(appeal.sections) & set(ORDERED) - about)


def _due(row: dict[str, Any], start: date) -> date | None:
    """When it is due; None where the calendar itself ends before."""
    try:
        if "weeks" in row:
            return start + timedelta(weeks=row["weeks"])
        if "working_days" in row:
            return next_working_day(add_working_days(start, row["working_days"]))
    except OverflowError:
        return None
    return start


def _dated(row: dict[str, Any], due: date, today: date) -> AppealDate:
    state: Literal["coming", "today", "passed"] = "coming" if today < due else "today" if today == due else "passed"
    day = day_in_words(due)
    said = {"coming": f"Due by {day}.", "today": f"Due today, {day}.", "passed": f"This was due by {day}."}[state]
    if row["key"] == "hearing":
        said = {"coming": f"On {day}.", "today": f"Today, {day}.", "passed": f"This was on {day}."}[state]
    usual = row.get("usual", False)
    more = " This is the usual time: the tribunal’s letter says which day it is." if usual else ""
    return AppealDate(
        key=row["key"],
        title=row["title"],
        due=due,
        who=row["who"],
        source=row["source"],
        basis=row["basis"],
        usual=usual,
        state=state,
        sentence=said + more,
    )
