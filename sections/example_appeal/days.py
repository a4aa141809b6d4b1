"""The days of the second example, counted from the day it is made, so that it never grows old.

Nothing here reads a clock. Only this package uses it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from sections.words import day_in_words

_DAY = re.compile(r"\{(-?\d+)\}")
_SATURDAY, _SUNDAY = 5, 6


def working_day(today: date, days: int) -> date:
    """So many days after today; the Monday after where that is a weekend."""
    day = today + timedelta(days=days)
    return day + timedelta(days={_SATURDAY: 2, _SUNDAY: 1}.get(day.weekday(), 0))


def last_working_day(today: date, days: int) -> date:
    """So many days after today; the Friday before where that is a weekend, so that what was done is never ahead."""
    day = today + timedelta(days=days)
    return day - timedelta(days={_SATURDAY: 1, _SUNDAY: 2}.get(day.weekday(), 0))


def dated(text: str, today: date) -> str:
    """The text with every ``{-205}`` written as the day it stands for."""
    return _DAY.sub(lambda found: day_in_words(working_day(today, int(found[1]))), text)
