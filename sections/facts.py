"""What the rules need to know about one plan, one person on it and its appeal, as plain frozen values.

The server fills these from its tables; nothing here reads a table, a clock or a file. Anybody may import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Actor:
    """One person's standing on one plan. ``expires_on`` is the last day of access, that day included."""

    role: str
    party: str
    ended: bool = False
    expires_on: date | None = None
    acts_for: str | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The stage of a plan and its dates. ``finalised_on`` is the day of the last finalising act.

    While an appeal is open over a final plan, ``disputed`` are the sections in dispute and ``private_turns`` the
    sides that draft in private now.
    """

    stage: str
    request_received_on: date | None = None
    meeting_on: date | None = None
    draft_served_on: date | None = None
    finalised_on: date | None = None
    disputed: tuple[str, ...] = ()
    private_turns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """An appeal about a plan: the tribunal's number, the sections appealed, and its dates as far as they are known.

    ``sent_on`` is the day the tribunal sent the appeal to the council; ``filing_on`` the day the directions name for
    the working document; ``ordered_on`` the date of the order.
    """

    number: str
    sections: tuple[str, ...]
    sent_on: date | None = None
    filing_on: date | None = None
    hearing_on: date | None = None
    ordered_on: date | None = None
