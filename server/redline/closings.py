"""Closing an appeal: the tribunal's order or a consent order is recorded, and the amended final plan follows from it.

Nobody types the text that is issued: it is the issued version with exactly what was agreed and ordered taken up. The
plan's own documents get it as one forward change in the same transaction. Pages and API use it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlmodel import Session

from crdt.blocks import content_hash
from crdt.compose import replacing
from sections.addresses import Address
from sections.redline import closing
from sections.redline.apply import Difference, differences
from sections.redline.baseline import Baseline, thaw
from sections.redline.closing import Closing, NotClosed, Ruling
from sections.redline.records import Record, to_value
from server.acts import Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code
from server.layers import SIDES
from server.log import MODE, UPDATE, Entry, append_within, document_id, head
from server.plan_access import Standing
from server.redline.decisions import refused_as
from server.redline.desk import NO_APPEAL
from server.redline.issued import issue, latest, sections_of, tree_now
from server.redline.registrar import Moved, RegisterBehind
from server.redline.rows import appeal_row, note
from server.redline.state import TRIES, Now, SectionState
from server.redline.tables import Appeal, IssuedVersion, TribunalWording
from server.redline.turns import new_client
from server.redline.versions import read_sections
from server.rooms import UnknownDocument
from server.snapshots import load

OUTCOMES = ("order", "consent", "withdrawn")
_LOCKED = b'{"mode": "locked"}'


@dataclass(frozen=True, slots=True)
class Said:
    """What the tribunal said of one proposal: ``ordered``, ``refused``, or ``words`` of its own by part."""

    ruling: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """How an appeal ended. ``rulings``: section -> key -> what was said; none are needed for a consent order."""

    outcome: str
    order_on: date | None
    rulings: Mapping[str, Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class SectionEnd:
    """One section as it would be issued, or what stands in the way."""

    state: SectionState
    result: Closing | NotClosed
    changed: tuple[Difference, ...]
    """What the amended plan says otherwise than the issued one."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands in the way."""
        return self.result.sentences(self.state.numbers) if isinstance(self.result, NotClosed) else ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The whole of it, as the check page shows it. ``shown`` is what the person confirms."""

    sections: tuple[SectionEnd, ...]
    shown: str

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(isinstance(one.result, Closing) for one in self.sections)


async def look_at_end(office: Office, who: SignedIn, plan_id: str, order: Order) -> Ending | Refused:
    """What would be issued by this order, for somebody who may close the appeal."""
    allowed = await office.store.aread(lambda db: allowed_to(db, who, plan_id, "close_appeal"))
    if isinstance(allowed, Refused):
        return allowed
    if wrong := _problem(allowed, order):
        return wrong
    return _ending(await read_sections(office, plan_id, allowed), order)


async def close_appeal(office: Office, who: SignedIn, plan_id: str, order: Order, shown: str) -> Appeal | Refused:
    """Closes the appeal as it was shown on the check page, and issues the amended final plan if there is one."""
    for now in TRIES:
        allowed = await office.store.aread(lambda db: allowed_to(db, who, plan_id, "close_appeal"))
        if isinstance(allowed, Refused):
            return allowed
        if wrong := _problem(allowed, order):
            return wrong
        assert allowed.appeal is not None  # noqa: S101 - _problem has asked
        ending = _ending(await read_sections(office, plan_id, allowed), order)
        if not ending.ready:
            return refused_as(Code.UNDECIDED)
        if ending.shown != shown:
            return refused_as(Code.NOT_CURRENT)
        names = [*allowed.appeal.sections]
        for section in allowed.appeal.sections:
            names += [str(Address(section, side)) for side in SIDES]
            names += [str(Address(section, side, True)) for side in allowed.appeal.turns]
        try:
            done = await office.live.rewrite(
                plan_id,
                names,
                lambda db, ending=ending, now=now: _close(db, who, plan_id, order, ending, now),  # type: ignore[misc]
            )
        except (Moved, UnknownDocument):  # a turn may have been sent meanwhile
            continue
        office.live.registrar.forget(allowed.appeal.id)
        await office.live.plan_changed(plan_id)
        return done
    raise RegisterBehind


def _problem(standing: Standing, order: Order) -> Refused | None:
    if standing.appeal is None:
        return NO_APPEAL
    if order.outcome not in OUTCOMES:
        return Refused(Code.MALFORMED, "Select how the appeal ended.", "outcome")
    if order.outcome != "withdrawn" and order.order_on is None:
        return Refused(Code.MALFORMED, "Enter the date of the order.", "order-day")
    if order.order_on is not None and order.order_on > standing.today:
        return Refused(Code.MALFORMED, "The date of the order must be today or in the past.", "order-day")
    return None


def _ending(states: Sequence[SectionState], order: Order) -> Ending:
    sections = tuple(_section_end(state, order) for state in states)
    value = [
        [order.outcome, str(order.order_on)],
        *(
            [one.state.section, one.result.issued.hash, sorted(one.result.outcomes.items())]
            for one in sections
            if isinstance(one.result, Closing)
        ),
    ]
    return Ending(sections, hashlib.sha256(json.dumps(value).encode()).hexdigest())


def _section_end(state: SectionState, order: Order) -> SectionEnd:
    if order.outcome == "withdrawn":
        kept = dict.fromkeys(state.known, "withdrawn")
        return SectionEnd(state, Closing(state.baseline, {}, kept), ())  # type: ignore[arg-type]
    rulings = rulings_of(state, order)
    if isinstance(rulings, NotClosed):
        return SectionEnd(state, rulings, ())
    result = closing.close(state.baseline, state.known, state.entries, rulings)
    changed = differences(state.baseline, result.issued) if isinstance(result, Closing) else ()
    return SectionEnd(state, result, changed)


def rulings_of(state: SectionState, order: Order) -> dict[str, Ruling] | NotClosed:
    """What was said of each proposal, for the rules; words of the tribunal's own become a record."""
    if order.outcome == "consent":
        return dict(closing.consent(state.baseline, state.known, state.entries))
    found: dict[str, Ruling] = {}
    unknown: list[str] = []
    for key, said in order.rulings.get(state.section, {}).items():
        record = state.known.get(key)
        if record is None:
            unknown.append(key)
        elif said.ruling == "ordered":
            found[key] = "ordered"
        elif said.ruling == "refused":
            found[key] = "refused"
        else:
            made = closing.own_words(state.baseline, record, f"t{state.rows[key].number}", said.words)
            if made is None:
                unknown.append(key)
            else:
                found[key] = made
    return NotClosed((), tuple(unknown)) if unknown else found


def _close(db: Session, who: SignedIn, plan_id: str, order: Order, ending: Ending, state_now: Now) -> Appeal | Refused:
    allowed = allowed_to(db, who, plan_id, "close_appeal")
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None or allowed.appeal.sections != tuple(one.state.section for one in ending.sections):
        raise Moved
    fresh = _ending([state_now(db, one.state) for one in ending.sections], order)
    if fresh.shown != ending.shown:
        return refused_as(Code.NOT_CURRENT)
    appeal = appeal_row(db, allowed.appeal.id)
    now = datetime.now(UTC)
    for one in fresh.sections:
        assert isinstance(one.result, Closing)  # noqa: S101 - it was ready, and is the same
        _record_outcomes(db, who, appeal, one.state, one.result, order, now)
        _lock_layers(db, plan_id, appeal, one.state.section)
    if order.outcome != "withdrawn" and any(one.changed for one in fresh.sections):
        version = _issue(db, who, allowed, appeal, fresh)
        appeal.issued_id = version.id
    appeal.outcome, appeal.order_on = order.outcome, order.order_on
    appeal.closed_on, appeal.closed_at, appeal.closed_by = allowed.today, now, who.person_id
    db.add(appeal)
    audit(db, "appeal-closed", who.person_id, plan_id, appeal=appeal.id, outcome=order.outcome)
    return appeal


def _record_outcomes(
    db: Session, who: SignedIn, appeal: Appeal, state: SectionState, result: Closing, order: Order, now: datetime
) -> None:
    rulings = rulings_of(state, order)
    for key, outcome in result.outcomes.items():
        row = state.rows.get(key)
        if row is None or outcome not in ("ordered", "refused"):
            continue
        row.ordered = outcome
        db.add(row)
        note(db, row, outcome, who.person_id, "tribunal", now)
    if isinstance(rulings, NotClosed):
        return
    for ruling in rulings.values():
        if not isinstance(ruling, str):
            _keep_words(db, who, appeal, state.section, ruling, now)


def _keep_words(db: Session, who: SignedIn, appeal: Appeal, section: str, record: Record, now: datetime) -> None:
    db.add(
        TribunalWording(
            appeal_id=appeal.id or 0,
            section=section,
            record_id=record.id,
            value=to_value(record),
            by=who.person_id,
            at=now,
        )
    )


def _lock_layers(db: Session, plan_id: str, appeal: Appeal, section: str) -> None:
    for side in SIDES:
        document = document_id(db, plan_id, f"{Address(section, side)}#{appeal.id}")
        if document is not None:
            append_within(db, document, head(db, document), [Entry(MODE, _LOCKED, "system")])


def _issue(db: Session, who: SignedIn, standing: Standing, appeal: Appeal, ending: Ending) -> IssuedVersion:
    """Writes the amended version, and the same words into the plan's own documents."""
    newest = latest(db, standing.plan.id)
    number = 1 if newest is None else newest.number + 1
    before = sections_of(db, appeal.version_id)
    changed: dict[str, Baseline] = {
        one.state.section: one.result.issued
        for one in ending.sections
        if isinstance(one.result, Closing) and one.changed
    }
    baselines = {label: replace(changed.get(label, text), version=number) for label, text in before.items()}
    version = issue(db, standing.plan.id, baselines, number, "amended", who.person_id, standing.today)
    for label in changed:
        document = document_id(db, standing.plan.id, label)
        assert document is not None  # noqa: S101 - a section with an issued text has a document
        content = load(db, document)
        update = replacing(thaw(baselines[label]), new_client(), content.ledger)
        append_within(db, document, content.seq, [Entry(UPDATE, update, who.person_id)])
    plan = standing.plan
    plan.finalised_on, plan.finalised_by = standing.today, who.person_id
    db.add(plan)
    return version


@dataclass(frozen=True, slots=True)
class Proof:
    """That what was issued is what was ordered, section by section: every tuple must be empty."""

    sections: Mapping[str, tuple[Difference, ...]]
    unlike_plan: tuple[str, ...]
    """Sections in which the plan's own text is not the issued one."""

    @property
    def holds(self) -> bool:
        """Whether the difference is empty."""
        return not self.unlike_plan and not any(self.sections.values())


def proof(db: Session, appeal: Appeal, states: Sequence[SectionState]) -> Proof:
    """Works out again, from the register and the layers alone, what had to be issued, and compares."""
    number = appeal.issued_id or appeal.version_id
    issued = sections_of(db, number)
    found: dict[str, tuple[Difference, ...]] = {}
    for state in states:
        rulings: dict[str, Ruling] = {}
        for key, row in state.rows.items():
            if row.ordered == "ordered":
                rulings[key] = "ordered"
            elif row.ordered == "refused":
                rulings[key] = "refused"
        done = None
        if appeal.outcome != "withdrawn":
            done = closing.close(state.baseline, state.known, state.entries, rulings)
        ordered = done.issued if isinstance(done, Closing) else state.baseline
        found[state.section] = closing.check(issued[state.section], ordered)
    newest = latest(db, appeal.plan_id)
    unlike = tuple(
        label
        for label, text in issued.items()
        if newest is not None and newest.id == number  # a later one says something else, and is proven itself
        if content_hash(thaw(text)) != content_hash(tree_now(db, appeal.plan_id, label))
    )
    return Proof(found, unlike)
