"""A meeting held while the family had its 15 days was shown as done after the step that was still going on."""

from __future__ import annotations

from datetime import date

from sections.clock import where_are_we
from sections.facts import PlanFacts


def test_what_is_over_stands_before_what_goes_on() -> None:
    served = date(2026, 3, 2)
    plan = PlanFacts(stage="draft_served", meeting_on=served, draft_served_on=served)
    states = [step.state for step in where_are_we(plan, date(2026, 3, 3))]
    assert sorted(states, key=["done", "current", "next", "later"].index) == states


def test_a_meeting_after_the_draft_stands_after_it_once_that_step_is_over() -> None:
    plan = PlanFacts(stage="finalising", meeting_on=date(2026, 3, 3), draft_served_on=date(2026, 3, 2))
    keys = [step.key for step in where_are_we(plan, date(2026, 3, 20))]
    assert keys.index("meeting") == keys.index("draft_served") + 1
