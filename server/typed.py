"""What people and programs type, and what of it is kept: one rule for the pages' forms and for the API.

A line never breaks, and nothing in it can turn the reading direction of what stands beside it. Forms clean what
people paste; programs are told. Dates stay in years in which every time limit can be worked out. Pure; forms, API
bodies and acts use it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, Field

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100
EARLIEST = date(EARLIEST_YEAR, 1, 1)
LATEST = date(LATEST_YEAR, 12, 31)
LARGEST_ID = 2**63 - 1
"""The largest row number a database can hold or be asked for."""

_JOINERS = "\u200c\u200d"  # some scripts and many emoji cannot be written without them


def clean_text(text: str) -> str:
    """Some lines, as they are kept: other line ends become ``\\n``; control and direction characters are dropped."""
    text = "\n".join(text.splitlines())
    kept = [" " if one.isspace() and one not in "\n\t" else one for one in text]
    return "".join(one for one in kept if one in "\n\t" or one in _JOINERS or one.isprintable()).strip()


def clean_line(text: str) -> str:
    """One line, as it is kept: whatever would break it becomes a blank."""
    return " ".join(clean_text(text).split())


def usable_day(day: date | None) -> bool:
    """Whether a date can be one of a plan; none at all can."""
    return day is None or EARLIEST <= day <= LATEST


def _line(text: str) -> str:
    if not all(one in _JOINERS or one.isprintable() or category(one) == "Zs" for one in text):
        raise ValueError("a line may not hold line ends, control characters or direction marks")
    line = clean_line(text)
    if not line:
        raise ValueError("there is nothing to read in this line")
    return line


Line = Annotated[str, AfterValidator(_line)]
"""One line in a request body; never empty."""

Text = Annotated[str, AfterValidator(clean_text)]
"""Some lines in a request body; may be empty."""

Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
"""A date in a request body."""
