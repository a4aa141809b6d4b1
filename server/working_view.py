"""Fills the pages of the working document from a section's state: the text in each view, counts, dates, what is next.

No query and no clock: what is read comes in as values, and the rules are asked through the person's standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast

from markupsafe import Markup

from crdt.schema import LAYER
from sections.addresses import Address
from sections.appeal import PageStatus, outcome, page_status
from sections.appeal_dates import appeal_dates
from sections.catalogue import SECTIONS, find
from sections.keys import DEFAULT
from sections.redline.records import Record
from sections.redline.views import Change, ViewName, view
from sections.redline.worded import places
from sections.rights import may_layer
from sections.tribunal_clock import countdown, working_days_between
from server.documents.changes_html import render_changes
from server.documents.redline_html import render
from server.layers import SIDES
from server.plan_access import Standing
from server.redline.answers import may_do, rights_of
from server.redline.appeals import facts_of
from server.redline.desk import Seen
from server.redline.state import SectionState
from server.redline.tables import Appeal as AppealRow
from server.redline.tables import WorkingVersion
from server.working_cards import SIDE_NAMES, cards
from server.working_pages.reading import Overview, SectionPage
from server.working_reads import Told
from server.working_values import (
    STATUS_NAMES,
    Appeal,
    Count,
    Deadline,
    SectionLine,
    Speaker,
    VersionLine,
    key_lines,
)
from server.working_versions import copies

_OPEN = ("proposed", "countered", "reopened")


def section_line(label: str, counts: tuple[Count, ...] = ()) -> SectionLine:
    """One section of the plan in a list."""
    rule = find(label)
    kind: Appeal = "recommendation" if outcome(label) == "recommendation" else "order"
    return SectionLine(label, "" if rule is None else rule.title, kind, counts)


def counts(state: SectionState) -> tuple[Count, ...]:
    """How many proposals of the section have each status."""
    found = [state.standing[key] for key in state.rows if key in state.known]
    return tuple(Count(status, found.count(status)) for status in STATUS_NAMES if status in found)


def filing(appeal: AppealRow, today: date) -> Deadline | None:
    """The last day to send the working document to the tribunal, and how long there is."""
    if appeal.filing_on is None:
        return None
    left = countdown(today, appeal.filing_on)
    return Deadline(left.due, left.sentence)


def hearing(appeal: AppealRow, today: date) -> Deadline | None:
    """The day of the hearing, and how long there is."""
    if appeal.hearing_on is None:
        return None
    left = working_days_between(today, appeal.hearing_on)
    if appeal.hearing_on < today:
        return Deadline(appeal.hearing_on, "This day has passed.")
    if appeal.hearing_on == today:
        return Deadline(appeal.hearing_on, "This is today.")
    return Deadline(appeal.hearing_on, f"{left} tribunal working {'day' if left == 1 else 'days'} left.")


def length(pages: int | None, appeal: AppealRow) -> PageStatus | None:
    """The length against the limit, in words; None while it is not counted."""
    return None if pages is None else page_status(pages, appeal.hearing_on)


def my_side(standing: Standing) -> str | None:
    """The side somebody belongs to in the appeal; None for everybody else."""
    return standing.access.party if standing.access.party in SIDES else None


def in_private(standing: Standing) -> bool:
    """Whether this person's own side drafts in private. What the other side does is that side's own affair."""
    return standing.appeal is not None and my_side(standing) in standing.appeal.private_turns


def overview(
    standing: Standing,
    states: Sequence[SectionState],
    told: Told,
    versions: Iterable[WorkingVersion],
    *,
    speaks: bool,
    pages: int | None = None,
) -> Overview:
    """The working document at a glance."""
    appeal = states[0].appeal
    disputed = {state.section for state in states}
    return Overview(
        plan=standing.plan,
        appeal_number=appeal.number,
        hearing=hearing(appeal, standing.today),
        filing=filing(appeal, standing.today),
        speakers=tuple(_speaker(told, side) for side in SIDES),
        pages=length(pages, appeal),
        sections=tuple(section_line(state.section, counts(state)) for state in states),
        others=tuple(section_line(rule.label) for rule in SECTIONS if rule.label not in disputed),
        versions=tuple(version_line(told, row, standing.plan.id) for row in versions),
        next_step=next_step([Seen(state, standing, speaks) for state in states]),
        dates=appeal_dates(facts_of(appeal), standing.today),
        downloads=copies(standing.plan.id, None),
        private=in_private(standing),
        may_freeze=standing.may("freeze_version").allowed,
        may_turn=my_side(standing) is not None and standing.may("take_turns").allowed,
        may_change=standing.may("edit_appeal").allowed,
        may_take_word=standing.may("take_word").allowed,
        may_close=standing.may("close_appeal").allowed,
    )


def version_line(told: Told, row: WorkingVersion, plan_id: str) -> VersionLine:
    """One frozen version in the table of versions."""
    found = told.names.get(row.by)
    by = "" if found is None else found.name
    return VersionLine(row.number, row.on, by, row.pages, row.hash, row.filed_on, copies(plan_id, row.number))


def _speaker(told: Told, side: str) -> Speaker:
    people = []
    for person in told.speakers.get(side, ()):
        named = told.names.get(person)
        people += (
            [f"{named.name}, {named.role[:1].lower()}{named.role[1:]}" if named.role else named.name] if named else []
        )
    return Speaker(SIDE_NAMES[side], tuple(people))


def next_step(seen: Sequence[Seen]) -> str:
    """What this person, or somebody else, does next."""
    rights = [(one, rights_of(one)) for one in seen]
    asked = [(one, key) for one, may in rights for key in _with_status(one, _OPEN) if may_do(one, key, may)["agree"]]
    own = sum(one.state.rows[key].side == one.side for one, key in asked)
    theirs = len(asked) - own
    panel = sum(
        may_do(one, key, may)["panel_decides"] for one, may in rights for key in _with_status(one, ("pending panel",))
    )
    known = sum(len(one.state.rows) for one in seen)
    waiting = sum(len(_with_status(one, _OPEN)) for one in seen)
    if seen and in_private(seen[0].standing):
        return "look at what your side drafted, and send it when it is ready."
    if panel:
        return f"say what the panel decided about {_proposals(panel)}."
    if theirs:
        said = f"say yes or no to {_proposals(theirs)} of the other side, or offer other wording."
        return f"{said} {_own(own)}".strip()
    if own:
        return f"say yes to your side’s own proposals. {_own(own)}"
    if not known:
        return "somebody proposes a change in a section that is in dispute."
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        return f"{_proposals(waiting)} {wait} for a yes or a no from the people who speak for each side."
    return "everything that was proposed has had its answer. Make a version, and send it to the tribunal in time."


def _own(number: int) -> str:
    if not number:
        return ""
    verb = "waits" if number == 1 else "wait"
    return f"{_proposals(number)} of your own side {verb} for your yes as well: proposing is not yet a yes."


def _proposals(number: int) -> str:
    return "1 proposal" if number == 1 else f"{number} proposals"


def _with_status(seen: Seen, statuses: tuple[str, ...]) -> list[str]:
    state = seen.state
    return [key for key in state.rows if key in state.known and state.standing[key] in statuses]


def text_of(seen: Seen, name: str, *, colour: bool) -> Markup:
    """The section's text in one of the six views; words of this person's own side are ``ours``."""
    state = seen.state
    shown = view(state.baseline, state.known, state.standing, cast(ViewName, name), seen.side or "family")
    where = places(state.baseline)
    return render(shown, state.known, state.standing, DEFAULT, state.numbers, places=where, colour=colour)


def changes_text(
    state: SectionState,
    found: Iterable[Change],
    before: Mapping[str, Record],
    after: Mapping[str, Record],
    *,
    there: str,
) -> Markup:
    """What became of each proposal between two readings, word by word. ``there`` is the page with the cards."""
    return render_changes(found, state.baseline, before, after, DEFAULT, state.numbers, there=there)


def section_page(
    seen: Seen, told: Told, text: Markup, *, name: str, colour: bool, pages: int | None = None
) -> SectionPage:
    """One section with its proposals, its key and what this person may do."""
    state, standing = seen.state, seen.standing
    line = section_line(state.section)
    disputed = () if standing.appeal is None else standing.appeal.sections
    return SectionPage(
        plan=standing.plan,
        label=state.section,
        title=line.title,
        appeal=line.appeal,
        version=f"Working document {told.version + 1} (draft)",
        text=text,
        view=name,
        cards=cards(seen, told),
        key=key_lines(DEFAULT),
        sections=tuple(section_line(label) for label in disputed),
        schema=LAYER.version,
        filing=filing(state.appeal, standing.today),
        pages=length(pages, state.appeal),
        colour=colour,
        private=in_private(standing),
        why_not=why_not(seen),
        may_look=seen.side is not None,
    )


def why_not(seen: Seen) -> str:
    """Why this person proposes nothing here; empty for who may."""
    standing = seen.standing
    address = Address(seen.state.section, seen.side or SIDES[0], in_private(standing))
    decision = may_layer(standing.actor, standing.facts, address, "write", today=standing.today)
    return "" if decision.allowed else decision.sentence
