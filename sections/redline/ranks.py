"""Ranks: strings that order wordings at one place, with room between any two (fractional indexing, base 62).

Pure; twin of ``static/src/redline/ranks.ts``. A rank never ends in ``0``, so there is always one before it.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FIRST = {"authority": "K", "family": "V", "tribunal": "f"}
"""Where a side's first wording at a place goes: written at once, the authority's stands before the family's."""


def first(side: str, record_id: str) -> str:
    """The rank of a wording where there is no other yet."""
    return FIRST[side] + tail(record_id)


def between(low: str, high: str, record_id: str) -> str:
    """A rank after ``low`` and before ``high`` (empty: no bound), its end drawn from the record's id.

    Where two ranks are equal there is nothing between them: then a rank just after both.
    """
    if high and low >= high:
        return low + tail(record_id)
    middle = _middle(low, high)
    longer = middle + tail(record_id)
    return longer if not high or longer < high else middle


def tail(record_id: str) -> str:
    """Three digits that follow from the id, so that two people who write at once seldom choose one rank."""
    value = 2166136261
    for character in record_id:
        value = ((value ^ ord(character)) * 16777619) & 0xFFFFFFFF
    return DIGITS[value % 62] + DIGITS[value // 62 % 62] + DIGITS[1 + value // 3844 % 61]


def _middle(low: str, high: str) -> str:
    """The shortest rank strictly between; ``low`` < ``high``."""
    found = ""
    place = 0
    while True:
        under = DIGITS.index(low[place]) if place < len(low) else 0
        over = DIGITS.index(high[place]) if high and place < len(high) else 62
        if over - under > 1:
            return found + DIGITS[(under + over) // 2]
        found += DIGITS[under]
        if over - under == 1:
            high = ""
        place += 1
