"""The dispute schedule as a page shows it: from the rules' rows to the page's values. Pure, given the states."""

from __future__ import annotations

from collections.abc import Iterable

from sections import catalogue
from sections.appeal import outcome
from sections.redline.schedule import schedule
from server.redline.state import SectionState
from server.redline.versions import citations_of
from server.working_pages.versions import ScheduleRow, ScheduleSection


def schedule_sections(states: Iterable[SectionState]) -> tuple[ScheduleSection, ...]:
    """Every section with something that is not settled, in the order of the plan."""
    found = (_section(state) for state in states)
    return tuple(one for one in found if one.rows)


def _section(state: SectionState) -> ScheduleSection:
    rule = catalogue.find(state.section)
    citations = {key: citations_of(state, key) for key in state.known}
    rows = schedule(state.baseline, state.known, state.standing, state.numbers, citations)
    return ScheduleSection(
        state.section,
        "" if rule is None else rule.title,
        "recommendation" if outcome(state.section) == "recommendation" else "order",
        tuple(
            ScheduleRow(one.number, one.place, one.original, one.family, one.authority, one.evidence, one.status_words)
            for one in rows
        ),
    )
