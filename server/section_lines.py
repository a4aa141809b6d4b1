"""The twelve sections as one person sees them now: status in words, the reason for a lock, who is in which.

Reads the live documents; decides nothing that ``sections`` does not decide. Pages and the API import this.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from crdt.blocks import Tree, is_empty
from sections import stages
from sections.catalogue import SECTIONS
from sections.facts import PlanFacts
from sections.rights import ROLES, role_label
from sections.stages import Mode
from sections.words import listed, mid_sentence
from server.live import Live
from server.plan_access import Standing

NOT_STARTED, IN_PROGRESS, LOCKED, READ_ONLY = "Not started", "In progress", "Locked", "Read only"
IN_DISPUTE = "In dispute"
COLOURS = {
    NOT_STARTED: "grey",
    IN_PROGRESS: "light-blue",
    LOCKED: "yellow",
    READ_ONLY: "",
    IN_DISPUTE: "purple",
}


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One section in a list. ``reason`` says why this person may not write it; empty when they may."""

    label: str
    title: str
    status: str
    mode: str
    may_write: bool
    reason: str
    empty: bool
    here: int

    @property
    def colour(self) -> str:
        return COLOURS[self.status]

    @property
    def locked(self) -> bool:
        return self.status == LOCKED


@dataclass(frozen=True, slots=True)
class Here:
    """One person who has a section open now."""

    name: str
    role: str
    sections: tuple[str, ...]

    @property
    def sentence(self) -> str:
        where = f"section {self.sections[0]}" if len(self.sections) == 1 else f"sections {listed(self.sections)}"
        return f"{self.name}, {mid_sentence(self.role)}, in {where}"


def who_is_here(live: Live, standing: Standing) -> list[Here]:
    """People with a section open, one line each, if this person may see them."""
    if not standing.may("see_presence").allowed:
        return []
    found: dict[str, Here] = {}
    for one in live.present(standing.plan.id):
        role = role_label(one.role) if one.role in ROLES else one.role
        known = found.get(one.person_id)
        sections = {*(known.sections if known else ()), one.section}
        ordered = tuple(rule.label for rule in SECTIONS if rule.label in sections)
        found[one.person_id] = Here(one.name, role, ordered)
    return sorted(found.values(), key=lambda here: here.name)


def here_summary(here: list[Here]) -> str:
    """``3 people are here now``, or that nobody is."""
    if not here:
        return "Nobody has a section open."
    return f"{len(here)} {'person is' if len(here) == 1 else 'people are'} here now."


def section_line(standing: Standing, label: str, *, empty: bool, here: int = 0) -> SectionLine:
    """One section for one person."""
    title = next(rule.title for rule in SECTIONS if rule.label == label)
    mode = stages.section_mode(standing.facts, label)
    decision = standing.may("write", label)
    if mode is Mode.REDLINE:
        status = IN_DISPUTE
    elif mode is not Mode.OPEN:
        status = LOCKED
    elif not decision.allowed:
        status = READ_ONLY
    else:
        status = NOT_STARTED if empty else IN_PROGRESS
    reason = "" if decision.allowed else stages.section_reason(standing.facts, label) or decision.sentence
    return SectionLine(label, title, status, mode.value, decision.allowed, reason, empty, here)


async def all_trees(live: Live, plan_id: str) -> dict[str, Tree]:
    """The present text of all sections."""
    trees = await asyncio.gather(*(live.tree(plan_id, rule.label) for rule in SECTIONS))
    return {rule.label: tree for rule, tree in zip(SECTIONS, trees, strict=True)}


async def section_lines(live: Live, standing: Standing) -> list[SectionLine]:
    """All sections for one person, in the order of the plan."""
    trees = await all_trees(live, standing.plan.id)
    here = who_is_here(live, standing)
    return [
        section_line(
            standing,
            rule.label,
            empty=is_empty(trees[rule.label]),
            here=sum(rule.label in one.sections for one in here),
        )
        for rule in SECTIONS
    ]


@dataclass(frozen=True, slots=True)
class LockReason:
    """Why some sections cannot be written, said once for all of them."""

    labels: tuple[str, ...]
    sentence: str

    @property
    def whom(self) -> str:
        return f"section {self.labels[0]} is" if len(self.labels) == 1 else f"sections {listed(self.labels)} are"


def reasons_in(stage: str, disputed: tuple[str, ...] = ()) -> list[LockReason]:
    """The different reasons for locks in a stage, each with the sections it holds for."""
    facts = PlanFacts(stage, disputed=disputed)
    grouped: dict[str, list[str]] = {}
    for rule in SECTIONS:
        if sentence := stages.section_reason(facts, rule.label):
            grouped.setdefault(sentence, []).append(rule.label)
    return [LockReason(tuple(labels), sentence) for sentence, labels in grouped.items()]
