"""From a frozen version, or from the present state, to the values that Word, PDF and worded copies are made from.

One way for both, so that a copy of a version and a copy of now differ in their content only. Pure, given the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sections import catalogue, keys
from sections.appeal import outcome
from server.documents.working import DisputedSection, WorkingDocument
from server.layers import SIDES
from server.redline.state import SectionState
from server.redline.tables import Appeal, WorkingVersion
from server.redline.versions import FrozenSection, frozen_section, thawed
from server.tables import Plan


@dataclass(frozen=True, slots=True)
class Copy:
    """Which copy is wanted: of these sections (none named: all), in colour or in black."""

    council: str
    sections: Collection[str] = ()
    colour: bool = False


def of_version(plan: Plan, appeal: Appeal, version: WorkingVersion, copy: Copy) -> WorkingDocument:
    """A frozen version as it was, from its bytes. ValueError when they are not what their hash says."""
    sections = thawed(version).sections.values()
    return _working(plan, appeal, sections, copy, number=version.number, on=version.on, side=version.side)


def of_now(
    plan: Plan, appeal: Appeal, states: Iterable[SectionState], copy: Copy, *, on: date, side: str
) -> WorkingDocument:
    """The working document as it is now, taken by somebody of this side."""
    sections = [frozen_section(state) for state in states]
    return _working(plan, appeal, sections, copy, number=None, on=on, side=side)


def _working(
    plan: Plan,
    appeal: Appeal,
    sections: Iterable[FrozenSection],
    copy: Copy,
    *,
    number: int | None,
    on: date,
    side: str,
) -> WorkingDocument:
    return WorkingDocument(
        council=copy.council,
        reference=plan.reference,
        child=plan.child,
        appeal_number=appeal.number,
        version=number,
        on=on,
        party=side if side in SIDES else "authority",
        profile=keys.DEFAULT,
        colour=copy.colour,
        sections=tuple(_disputed(one) for one in sections if not copy.sections or one.label in copy.sections),
    )


def _disputed(section: FrozenSection) -> DisputedSection:
    rule = catalogue.find(section.label)
    return DisputedSection(
        label=section.label,
        title="" if rule is None else rule.title,
        appeal=outcome(section.label),
        baseline=section.baseline,
        known=section.known,
        standing=section.standing,
        numbers=section.numbers,
        citations=section.citations,
    )
