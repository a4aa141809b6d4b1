"""Time limits, from worked examples, and the words of the "Where we are" panel."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sections import clock
from sections.clock import deadline, deadlines, months_later, what_next, where_are_we
from sections.facts import PlanFacts
from sections.stages import STAGE_KEYS
from sections.words import day_in_words, listed
from tests.sections.test_catalogue import rows_of

REQUEST = date(2026, 1, 5)
SERVED = date(2026, 4, 27)
FINAL_DUE = date(2026, 5, 25)


def plan(stage: str, *, meeting: date | None = None, final: date | None = None) -> PlanFacts:
    return PlanFacts(stage, REQUEST, meeting, SERVED, final)


@pytest.mark.parametrize(
    ("key", "stage", "due"),
    [
        ("decide_to_assess", "gathering", date(2026, 2, 16)),
        ("no_plan", "gathering", date(2026, 4, 27)),
        ("draft_best_by", "drafting", date(2026, 4, 25)),
        ("final_plan", "drafting", FINAL_DUE),
        ("representations", "draft_served", date(2026, 5, 11)),
        ("first_review", "final", date(2027, 5, 24)),
    ],
)
def test_a_limit_falls_on_the_day_of_the_worked_example(key: str, stage: str, due: date) -> None:
    found = deadline(plan(stage, final=FINAL_DUE), key, REQUEST)
    assert found is not None
    assert due == found.due


def test_a_bank_holiday_does_not_move_a_date() -> None:
    found = deadline(plan("drafting"), "final_plan", REQUEST)
    assert found is not None
    assert "Due by 25 May 2026." == found.sentence


def test_christmas_and_the_turn_of_the_year_count() -> None:
    found = deadline(PlanFacts("gathering", date(2026, 12, 1)), "decide_to_assess", date(2026, 12, 1))
    assert found is not None
    assert date(2027, 1, 12) == found.due


def test_a_date_that_is_not_recorded_gives_no_limit() -> None:
    for stage in STAGE_KEYS:
        assert () == deadlines(PlanFacts(stage), REQUEST)


def test_going_back_to_drafting_ends_the_familys_fifteen_days_but_not_the_twenty_weeks() -> None:
    keys = {one.key for one in deadlines(plan("drafting"), SERVED)}
    assert "representations" not in keys
    assert "final_plan" in keys


@pytest.mark.parametrize(
    ("stage", "final", "today", "state", "sentence"),
    [
        ("drafting", None, FINAL_DUE, "coming", "Due by 25 May 2026."),
        ("drafting", None, date(2026, 5, 26), "overdue", "This was due by 25 May 2026. It is 1 day late."),
        ("finalising", FINAL_DUE, date(2026, 5, 28), "overdue", "This was due by 25 May 2026. It is 3 days late."),
        (
            "final",
            FINAL_DUE,
            date(2026, 7, 1),
            "met",
            "Done on 25 May 2026, in time. The time limit was 25 May 2026.",
        ),
        (
            "final",
            date(2026, 6, 1),
            date(2026, 7, 1),
            "late",
            "Done on 1 June 2026, 7 days late. The time limit was 25 May 2026.",
        ),
        ("final", None, date(2026, 7, 1), "passed", "The time limit was 25 May 2026."),
    ],
)
def test_the_twenty_weeks_are_reported_plainly(
    stage: str, final: date | None, today: date, state: str, sentence: str
) -> None:
    found = deadline(plan(stage, final=final), "final_plan", today)
    assert found is not None
    assert (state, sentence) == (found.state, found.sentence)


def test_a_limit_with_no_recorded_act_has_passed_and_is_not_called_late() -> None:
    found = deadline(plan("gathering"), "decide_to_assess", date(2026, 3, 1))
    assert found is not None
    assert "passed" == found.state


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 5, 25), 12, date(2027, 5, 25)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_month(day: date, months: int, expected: date) -> None:
    assert expected == months_later(day, months)


@pytest.mark.parametrize("stage", STAGE_KEYS)
@pytest.mark.parametrize("meeting", [None, -200, -60, 0, 1, 60])
def test_the_panel_reads_done_then_current_then_next_then_later(stage: str, meeting: int | None) -> None:
    today = date(2026, 5, 1)
    held = None if meeting is None else today + timedelta(days=meeting)
    steps = where_are_we(plan(stage, meeting=held, final=today), today)
    states = [step.state for step in steps]
    assert sorted(states, key=["done", "current", "next", "later"].index) == states
    assert (0 if stage == "final" else 1) == states.count("current")
    assert states.count("next") <= 1
    assert (held is not None) == ("meeting" in [step.key for step in steps])
    assert all(step.sentence.endswith(".") and "{" not in step.sentence for step in steps)


def test_the_panel_of_a_sent_draft() -> None:
    steps = where_are_we(plan("draft_served", meeting=date(2026, 5, 6)), date(2026, 5, 1))
    assert [
        ("request", "done", REQUEST),
        ("gathering", "done", None),
        ("drafting", "done", None),
        ("draft_served", "current", SERVED),
        ("meeting", "next", date(2026, 5, 6)),
        ("finalising", "later", None),
        ("final", "later", FINAL_DUE),
    ] == [(step.key, step.state, step.day) for step in steps]
    assert "11 May 2026, at least" in steps[3].sentence


def test_a_meeting_held_before_the_draft_stands_before_it() -> None:
    keys = [step.key for step in where_are_we(plan("finalising", meeting=date(2026, 3, 2)), SERVED)]
    assert keys.index("meeting") < keys.index("draft_served")


def test_the_last_step_says_when_the_twenty_weeks_end_and_how_late_it_is() -> None:
    in_time, late = (where_are_we(plan("finalising"), FINAL_DUE + timedelta(days=days))[-1] for days in (0, 2))
    assert in_time.sentence == "The council has until this day to send it."
    assert late.sentence == "This day has gone. The final plan is 2 days late."


def test_a_panel_without_a_request_date_says_so() -> None:
    steps = where_are_we(PlanFacts("drafting"), REQUEST)
    assert "not recorded" in steps[0].sentence
    assert "cannot be worked out" in steps[-1].sentence


@pytest.mark.parametrize(
    ("facts", "today", "said"),
    [
        (plan("gathering"), REQUEST, "The council starts the draft"),
        (plan("gathering", meeting=date(2026, 3, 2)), REQUEST, "The meeting is on 2 March 2026."),
        (plan("drafting"), REQUEST, "The final plan is due by 25 May 2026."),
        (plan("drafting"), date(2026, 6, 1), "The final plan was due by 25 May 2026. It is 7 days late."),
        (plan("draft_served"), date(2026, 5, 11), "until 11 May 2026, at least"),
        (plan("draft_served"), date(2026, 5, 11), "for a meeting with an officer"),
        (plan("draft_served"), date(2026, 5, 12), "15 days ended on 11 May 2026"),
        (PlanFacts("draft_served", REQUEST), REQUEST, "at least 15 days from the day"),
        (plan("finalising"), SERVED, "writes section I"),
        (plan("final", final=FINAL_DUE), FINAL_DUE, "review must be finished by 24 May 2027"),
        (plan("final"), FINAL_DUE, "mediation"),
        (PlanFacts("published"), REQUEST, "Ask the council"),
    ],
)
def test_what_happens_next_is_said_with_its_date(facts: PlanFacts, today: date, said: str) -> None:
    assert said in what_next(facts, today)


def test_a_stage_nobody_has_heard_of_has_no_panel() -> None:
    assert () == where_are_we(PlanFacts("published"), REQUEST)


def test_dates_and_lists_are_written_in_words() -> None:
    assert "5 January 2026" == day_in_words(REQUEST)
    assert ["", "a", "a and b", "a, b or c"] == [listed([]), listed(["a"]), listed(["a", "b"]), listed("abc", "or")]


def test_the_rules_say_from_when_they_hold() -> None:
    assert date(2014, 9, 1) == clock.EDITION.starts


def test_the_page_for_people_lists_every_time_limit() -> None:
    listed_keys = {row[1] for row in rows_of("The time limits")}
    shown = {one.key for stage in STAGE_KEYS for one in deadlines(plan(stage, final=SERVED), SERVED)}
    assert shown <= listed_keys
    assert len(shown) == 6
