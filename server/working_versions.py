"""What the pages of frozen versions show: lines with the links to copies, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from sqlmodel import Session

from sections import catalogue, keys
from sections.rights import party_label
from server.documents.changes_html import render_changes
from server.plan_access import people_by_id
from server.redline.tables import WorkingVersion
from server.redline.versions import Frozen, FrozenSection, SectionChange, changes_between
from server.working_values import STATUS_NAMES, Link, SectionChanges, VersionLine


def copies(plan_id: str, number: int | None, past: int | None = None) -> tuple[Link, ...]:
    """Links to the copies of a version, or of the working document as it is now. ``past``: which closed appeal."""
    asked = "".join(f"&{name}={value}" for name, value in (("version", number), ("appeal", past)) if value is not None)
    base = f"/plans/{plan_id}/working/download?format="
    return (
        Link("Word", f"{base}docx{asked}"),
        Link("PDF", f"{base}pdf{asked}"),
        Link("Plain sentences (Word)", f"{base}docx{asked}&worded=1"),
    )


def version_lines(
    db: Session, plan_id: str, versions: Sequence[WorkingVersion], past: int | None = None
) -> tuple[VersionLine, ...]:
    """The lines of versions. Two queries, however many they are."""
    people = people_by_id(db, {one.by for one in versions})
    query = "" if past is None else f"?appeal={past}"
    return tuple(
        VersionLine(
            one.number,
            one.on,
            f"{people[one.by].name}, {party_label(one.side).lower()}",
            one.pages,
            one.hash,
            one.filed_on,
            copies(plan_id, one.number, past),
            f"/plans/{plan_id}/working/versions/{one.number}{query}",
        )
        for one in versions
    )


def changes_of(before: Frozen | None, after: Frozen, cards: str | None) -> tuple[SectionChanges, ...]:
    """What became of every proposal since the version before, section by section.

    ``cards`` is the address of the sections' pages, where the proposals are; None: nowhere any more.
    """
    old: Mapping[str, FrozenSection] = {} if before is None else before.sections
    return tuple(
        _section(old.get(one.label), after.sections[one.label], one, None if cards is None else f"{cards}/{one.label}")
        for one in changes_between(old, after.sections)
    )


def _section(
    before: FrozenSection | None, now: FrozenSection, found: SectionChange, there: str | None
) -> SectionChanges:
    rule = catalogue.find(found.label)
    known = {} if before is None else before.known
    html = render_changes(found.changes, now.baseline, known, now.known, keys.DEFAULT, now.numbers, there=there)
    rows = [
        Markup('<li class="govuk-body">{}: {} (before: {})</li>').format(
            now.numbers.get(key, key), STATUS_NAMES[status].lower(), STATUS_NAMES[was].lower()
        )
        for key, was, status in found.statuses
    ]
    statuses = Markup('<ul class="govuk-list govuk-list--bullet">{}</ul>').format(Markup("").join(rows)) if rows else ""
    return SectionChanges(found.label, "" if rule is None else rule.title, html + statuses)
