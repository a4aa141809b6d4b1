"""Recording the order, checking what will be issued against it, and an appeal that has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from server.working_order import RECOMMENDED, OrderWords
from server.working_values import Answer, Appeal, Card, PlanName, ReadsAs, VersionLine


@dataclass(frozen=True, slots=True)
class ToOrder:
    """A proposal to record the order on. ``field`` names its radios; own words are ``field-part``, for each part.

    ``parts``: name and label of each wording the tribunal could put there; one is named ``wording``.
    """

    field: str
    card: Card
    original: str
    parts: tuple[tuple[str, str], ...] = (("wording", ""),)
    filled: bool = False
    """Whether the answer was filled in for the person to check."""


@dataclass(frozen=True, slots=True)
class OrderSection:
    """A section's proposals that are not agreed, and how many are. ``rest`` is the field that fills in what is open."""

    label: str
    title: str
    appeal: Appeal
    asked: tuple[ToOrder, ...]
    agreed: int
    exchanges: tuple[tuple[ToOrder, ...], ...] = ()
    """The same, with a wording and those that answer it side by side."""

    @property
    def rest(self) -> str:
        return f"rest-{self.label}"

    @property
    def filled(self) -> int:
        return sum(1 for one in self.asked if one.filled)

    @property
    def words(self) -> OrderWords:
        return RECOMMENDED if self.appeal == "recommendation" else OrderWords()


@dataclass(frozen=True, slots=True)
class Close:
    """close.html; fields ``how`` (order, consent, withdrawn), ``ordered_on``, and those of each ``ToOrder``."""

    plan: PlanName
    sections: tuple[OrderSection, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A passage in which the text to issue and the ordered text do not say the same."""

    place: str
    marked: Markup


@dataclass(frozen=True, slots=True)
class CloseCheck:
    """close_check.html"""

    plan: PlanName
    answers: tuple[Answer, ...]
    changes: tuple[ReadsAs, ...]
    """What the plan will say that it does not say now."""
    differences: tuple[Difference, ...]
    """Issued minus ordered: must be empty."""
    hash: str
    issue_by: date | None
    recommends: bool = False
    """Whether a section is in it that the tribunal can only recommend changes to."""
    blocked: tuple[str, ...] = ()
    """What stands in the way of issuing anything, one sentence each."""


@dataclass(frozen=True, slots=True)
class Closed:
    """closed.html"""

    plan: PlanName
    appeal_number: str
    closed_on: date
    how: str
    by: str
    issue_by: date | None
    versions: tuple[VersionLine, ...]
    hash: str = ""
    proof: tuple[str, ...] = ()
    """That the plan says what was ordered, in sentences."""
    holds: bool = True
    """Whether it does."""
    may_see_record: bool = False
