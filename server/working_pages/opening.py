"""Opening an appeal, and changing its dates, sections or people."""

from __future__ import annotations

from dataclasses import dataclass

from server.working_values import Answer, PlanName


@dataclass(frozen=True, slots=True)
class Tick:
    """A section that can be in dispute; ``hint`` says what the tribunal can do. ``fixed``: in dispute already."""

    label: str
    title: str
    hint: str
    ticked: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may speak for a side: ``Ruth Ellis, parent, for the family``."""

    id: str
    words: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """open.html; fields ``section-B``, ``appeal_number``, ``sent_on``, ``filing_on``, ``hearing_on``, ``speaks-<id>``.

    ``changing`` is the number of the appeal whose dates, sections or people are changed; empty when one is opened.
    """

    plan: PlanName
    sections: tuple[Tick, ...]
    people: tuple[Candidate, ...]
    changing: str = ""


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """open_check.html"""

    plan: PlanName
    answers: tuple[Answer, ...]
    will: tuple[str, ...]
    """What will happen, one sentence each."""
