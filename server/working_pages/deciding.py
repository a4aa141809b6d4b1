"""What a side says about proposals: yes or no to them, why, on what evidence, and what it sends of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sections.words import listed
from server.working_values import Card, PlanName, ReadsAs, SectionChanges

AskAct = Literal["agree", "disagree", "withdraw", "panel", "panel-approved", "panel-declined"]


@dataclass(frozen=True, slots=True)
class Confirming:
    """A side that has to confirm: who can, and who has (empty: nobody yet)."""

    side: str
    who: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class Decide:
    """decide.html: one thing, which may be several proposals made together."""

    plan: PlanName
    label: str
    act: AskAct
    cards: tuple[Card, ...]
    readings: tuple[ReadsAs, ...]
    confirming: tuple[Confirming, ...]
    next_step: str
    refused: str = ""
    """Why it cannot be done now; then there is no button."""

    @property
    def names(self) -> str:
        return listed([card.number for card in self.cards])


@dataclass(frozen=True, slots=True)
class ForOne:
    """evidence.html and reason.html"""

    plan: PlanName
    label: str
    card: Card


@dataclass(frozen=True, slots=True)
class TurnPage:
    """turn.html; ``to`` is what the button does."""

    plan: PlanName
    to: Literal["private", "send"]
    other: str
    """``the council`` or ``the family``."""
    sending: tuple[SectionChanges, ...] = ()
    """Exactly what the other side will see."""
