"""Dates and lists in plain English, the same on every machine whatever its locale. Pure. Anybody may import this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_in_words(day: date) -> str:
    """A date as people write it: ``5 January 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def mid_sentence(title: str) -> str:
    """A title as it stands within a sentence: ``case officer``; ``SENCO or setting`` keeps its capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def listed(things: Sequence[str], joiner: str = "and") -> str:
    """Things in a sentence: ``a, b and c``."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {joiner} {things[-1]}"
