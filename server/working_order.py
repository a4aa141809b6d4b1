"""What the answers about a proposal are called when an order is recorded: ordered, or recommended and followed.

The tribunal orders changes to some sections and can only recommend them for others. Values only; the pages import it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderWords:
    """What the answers about a proposal are called: the tribunal orders, or it recommends and the council follows."""

    ordered: str = "Ordered, in exactly these words"
    refused: str = "Not ordered"
    own: str = "Ordered in the tribunal’s own words"


RECOMMENDED = OrderWords(
    "Recommended, and the council will follow it",
    "Not followed, or not recommended",
    "Recommended in the tribunal’s own words, and the council will follow it",
)
