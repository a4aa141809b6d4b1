"""Days in England: the day access expires on, and the day an act is dated with. What day it is, is asked here only.

Pure but for ``today``. Anything in ``server`` may import it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london(moment: datetime) -> datetime:
    """The moment on a clock in England."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(LONDON)


def today() -> date:
    """Today in England."""
    return datetime.now(LONDON).date()


def day_at(seconds: float) -> date:
    """The day in England at this moment, given in seconds since the epoch."""
    return datetime.fromtimestamp(seconds, LONDON).date()


def end_of(day: date) -> float:
    """When the day is over in England, in seconds since the epoch."""
    return datetime.combine(day + timedelta(days=1), time(), LONDON).timestamp()
