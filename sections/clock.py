"""Time limits worked out from a plan's dates, and the words of the "Where we are" panel.

The limits are data in ``clock.toml``. Pure: today comes in as an argument. Days are calendar days, holidays
included, as the regulations count them; tribunal working days are not here. Anybody may import this.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Any, Literal

from sections.catalogue import edition_of, rules_file
from sections.facts import PlanFacts
from sections.stages import STAGE_KEYS, last_day_for_family
from sections.words import day_in_words

DeadlineKind = Literal["limit", "minimum", "guide"]
DeadlineState = Literal["coming", "passed", "overdue", "met", "late"]
StepState = Literal["done", "current", "next", "later"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date. ``passed`` means that the day has gone and the plan does not say when the thing was done."""

    key: str
    title: str
    due: date
    source: str
    kind: DeadlineKind
    state: DeadlineState
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the "Where we are" panel."""

    key: str
    title: str
    state: StepState
    day: date | None
    sentence: str


_RULES = rules_file("clock.toml")
_NEXT: dict[str, str] = _RULES["next"]
_STEPS: dict[str, dict[str, str]] = {row["key"]: row for row in _RULES["steps"]}

EDITION = edition_of(_RULES)
_SERVED_STAGES = frozenset({"draft_served", "finalising", "final"})


def months_later(day: date, months: int) -> date:
    """The same date so many months on, or the last day of a shorter month. ``OverflowError`` past the last year."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > MAXYEAR:
        raise OverflowError("date value out of range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def served_on(plan: PlanFacts) -> date | None:
    """The day the present draft was served; None once a plan has gone back to drafting."""
    return plan.draft_served_on if plan.stage in _SERVED_STAGES else None


def final_on(plan: PlanFacts) -> date | None:
    """The day the plan was made final; None while finalising is only under way."""
    return plan.finalised_on if plan.stage == "final" else None


def _due(row: dict[str, Any], start: date) -> date | None:
    """When a limit ends; None where the calendar itself ends before."""
    try:
        if "months_from" in row:
            return months_later(start, row["months_from"]) - timedelta(days=1)
        if "days_from" in row:
            return start + timedelta(days=row["days_from"] - 1)
        return start + timedelta(weeks=row.get("weeks", 0), days=row.get("days", 0))
    except OverflowError:
        return None


def _family_until(served: date) -> date:
    try:
        return last_day_for_family(served)
    except OverflowError:
        return date.max


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _state(row: dict[str, Any], due: date, today: date, done: date | None) -> DeadlineState:
    if done is not None:
        return "met" if done <= due else "late"
    if today <= due:
        return "coming"
    return "overdue" if row.get("done_by") else "passed"


def deadlines(plan: PlanFacts, today: date) -> tuple[Deadline, ...]:
    """Every date that can be worked out for a plan as it stands; none for a date not recorded or beyond all years."""
    days = {"request": plan.request_received_on, "draft_served": served_on(plan), "final": final_on(plan)}
    found = []
    for row in _RULES["limits"]:
        start = days[row["runs_from"]]
        if start is None or plan.stage not in row.get("stages", STAGE_KEYS):
            continue
        due = _due(row, start)
        if due is None:
            continue
        done = days[row["done_by"]] if "done_by" in row else None
        state = _state(row, due, today, done)
        if state == "overdue" and plan.stage == "final":
            state = "passed"  # it is final, and nobody recorded the day
        words = _RULES["states"][row["kind"]][state].format(
            due=day_in_words(due),
            done=day_in_words(done) if done else "",
            late=_days(((done or today) - due).days),
        )
        found.append(Deadline(row["key"], row["title"], due, row["source"], row["kind"], state, words))
    return tuple(found)


def deadline(plan: PlanFacts, key: str, today: date) -> Deadline | None:
    """One of the plan's dates by its key, or None when it cannot be worked out."""
    return next((one for one in deadlines(plan, today) if one.key == key), None)


def _final_words(plan: PlanFacts, today: date) -> str:
    final = deadline(plan, "final_plan", today)
    if final is None:
        return _NEXT["no_dates"]
    key = "final_overdue" if final.state == "overdue" else "final_due"
    return _NEXT[key].format(due=day_in_words(final.due), late=_days((today - final.due).days))


def _meeting_is_ahead(plan: PlanFacts, today: date) -> bool:
    return plan.meeting_on is not None and plan.meeting_on >= today and plan.stage != "final"


def _order(plan: PlanFacts, today: date) -> list[str]:
    """The steps in order. Councils hold the meeting at different times: it stands where its date puts it."""
    keys = [key for key in _STEPS if key != "meeting"]
    if plan.meeting_on is None:
        return keys
    served = served_on(plan)
    if _meeting_is_ahead(plan, today):
        place = keys.index(plan.stage) + 1
    elif served is not None:
        # What is over stands before what goes on, also when the meeting fell within the family's 15 days.
        after = plan.meeting_on >= served and plan.stage != "draft_served"
        place = keys.index("draft_served") + (1 if after else 0)
    else:
        place = keys.index(plan.stage)
    return [*keys[:place], "meeting", *keys[place:]]


def where_are_we(plan: PlanFacts, today: date) -> tuple[Step, ...]:
    """The steps of a plan from request to final plan, each done, current, next or later.

    Exactly one step is current until the plan is final, and then all are done. A stage nobody has heard of gives
    no steps.
    """
    if plan.stage not in STAGE_KEYS:
        return ()
    at = STAGE_KEYS.index(plan.stage)
    served = served_on(plan)
    final = deadline(plan, "final_plan", today)
    finished = final_on(plan)
    days: dict[str, date | None] = {
        "request": plan.request_received_on,
        "meeting": plan.meeting_on,
        "draft_served": served,
        "final": finished if plan.stage == "final" else final.due if final else None,
    }
    fill = {
        "family_until": day_in_words(_family_until(served)) if served else "15 days after it was sent",
        "late": _days((today - final.due).days) if final else "",
    }
    steps: list[Step] = []
    next_is_taken = False
    for key in _order(plan, today):
        row = _STEPS[key]
        if key == "request":
            state: StepState = "done"
        elif key == "meeting":
            state = "later" if _meeting_is_ahead(plan, today) else "done"
        elif plan.stage == "final" or STAGE_KEYS.index(key) < at:
            state = "done"
        else:
            state = "current" if key == plan.stage else "later"
        if state == "later" and not next_is_taken:
            state, next_is_taken = "next", True
        words = row[_which_words(key, state, plan, final)]
        steps.append(Step(key, row["title"], state, days.get(key), words.format(**fill)))
    return tuple(steps)


def _which_words(key: str, state: StepState, plan: PlanFacts, final: Deadline | None) -> str:
    """Which of a step's sentences in ``clock.toml`` fits."""
    if plan.request_received_on is None and (key == "request" or (key == "final" and state != "done")):
        return "unknown"
    if key == "final" and state != "done" and final is not None and final.state == "overdue":
        return "overdue"
    return {"done": "done", "current": "now"}.get(state, "before")


def what_next(plan: PlanFacts, today: date) -> str:
    """What happens next and by when, in plain words."""
    if plan.stage not in STAGE_KEYS:
        return _NEXT["unknown"]
    if plan.stage == "final":
        review = deadline(plan, "first_review", today)
        more = [] if review is None else [_NEXT["review_due"].format(due=day_in_words(review.due))]
        return " ".join([_NEXT["final"], *more])
    said = []
    if _meeting_is_ahead(plan, today) and plan.meeting_on is not None:
        said.append(_NEXT["meeting"].format(meeting=day_in_words(plan.meeting_on)))
    if plan.stage == "draft_served":
        served = served_on(plan)
        if served is None:
            said.append(_NEXT["family_time_unknown"])
        else:
            last = _family_until(served)
            key = "family_time" if today <= last else "family_time_over"
            said.append(_NEXT[key].format(family_until=day_in_words(last)))
    elif plan.stage == "finalising" or not said:
        said.append(_NEXT[plan.stage])
    said.append(_final_words(plan, today))
    return " ".join(said)
