"""The tribunal's own calendar: no weekend, bank holiday, 25 December to 1 January, nor any day in August counts.

Something due on a day that does not count is in time on the next one that does. Bank holidays of England are known
for 2015 to 2100. Pure: today comes in as an argument. The plan's own limits use another calendar: ``clock``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import holidays

from sections.words import day_in_words

FIRST_YEAR, LAST_YEAR = 2015, 2100
"""The years whose bank holidays are known; dates of an appeal outside them are refused where they are entered."""

SOURCE = "Tribunal Procedure (Upper Tribunal) Rules 2008, rule 12(3), as IPSEA explains it for appeals about plans"

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Countdown:
    """How long there is. ``due`` is the last day in time, ``working_days`` how many are left, that day included."""

    due: date
    working_days: int
    state: Literal["coming", "today", "passed"]
    sentence: str


def is_working_day(day: date) -> bool:
    """Whether the tribunal counts a day. Outside the known years a bank holiday is taken for any other day."""
    if day.weekday() >= _SATURDAY or day.month == 8:
        return False
    if (day.month, day.day) >= (12, 25) or (day.month, day.day) == (1, 1):
        return False
    return day not in _bank_holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself if it counts, otherwise the first one after it that does: the last day that is in time."""
    while not is_working_day(day):
        day += _DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """The working day so many on from a day, which is not counted itself; before it when ``count`` is negative."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days there are after ``start``, up to ``end`` and with it; negative if ``end`` is before."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=ahead)) for ahead in range(1, (end - start).days + 1))


def countdown(today: date, filing_on: date) -> Countdown:
    """How long there is to file the working document, in words."""
    due = next_working_day(filing_on)
    left = working_days_between(today, due)
    moved = (
        ""
        if due == filing_on
        else f" {day_in_words(filing_on)} is no working day for the tribunal, so the next one is in time."
    )
    if today > due:
        return Countdown(due, left, "passed", f"The day to file the working document was {day_in_words(due)}.{moved}")
    if today == due:
        said = f"The working document must be filed today, {day_in_words(due)}, by 5 pm."
        return Countdown(due, left, "today", said + moved)
    days = "1 tribunal working day" if left == 1 else f"{left} tribunal working days"
    said = f"{days} left to file the working document, by 5 pm on {day_in_words(due)}."
    return Countdown(due, left, "coming", said + moved)


@lru_cache(maxsize=LAST_YEAR - FIRST_YEAR + 1)
def _bank_holidays(year: int) -> frozenset[date]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return frozenset()
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
