"""Opening an appeal on a final plan, and keeping its facts: dates, sections, and who speaks for each side.

Only sections in dispute open for proposals; the text itself stays as it was issued. Pages, API and the example use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session, col, select

from sections.appeal import APPEALABLE, appeal_number, check_appeal
from sections.facts import AppealFacts
from server.acts import Acting, Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code
from server.day import london
from server.layers import open_appeal
from server.plan_access import Standing, people_on
from server.redline.desk import NO_APPEAL, speakers
from server.redline.issued import issue_present
from server.redline.rows import appeal_row
from server.redline.tables import Appeal, Speaker

SPEAKING_ROLES: Mapping[str, tuple[str, ...]] = {
    "family": ("parent", "young_person", "advocate"),
    "authority": ("case_officer", "signing_officer"),
}
"""Whose yes can count for a side; which of them speak is said for each appeal."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The facts of an appeal as they were entered. ``speakers`` are ids of people on the plan."""

    number: str
    sections: tuple[str, ...]
    sent_on: date | None
    hearing_on: date | None
    filing_on: date | None
    speakers: tuple[str, ...]

    @property
    def facts(self) -> AppealFacts:
        """The same for the rules."""
        return AppealFacts(
            number=self.number,
            sections=self.sections,
            sent_on=self.sent_on,
            hearing_on=self.hearing_on,
            filing_on=self.filing_on,
        )


def facts_of(appeal: Appeal) -> AppealFacts:
    """What the rules need to know about an appeal."""
    return AppealFacts(
        number=appeal.number,
        sections=tuple(appeal.sections),
        sent_on=appeal.sent_on,
        hearing_on=appeal.hearing_on,
        filing_on=appeal.filing_on,
        ordered_on=appeal.order_on,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on the plan who could speak for a side."""

    person_id: str
    name: str
    role_title: str
    side: str


def candidates(db: Session, standing: Standing) -> list[Candidate]:
    """Everybody who could speak for a side now, the family first."""
    here = [one for one in people_on(db, standing.plan.id) if one.current(standing.today)]
    return [
        Candidate(one.person.id, one.person.name, one.role_title, side)
        for side, roles in SPEAKING_ROLES.items()
        for one in here
        if one.access.role in roles and one.access.party == side
    ]


def problem_of(db: Session, standing: Standing, opening: Opening) -> Refused | None:
    """What is wrong with the facts of an appeal, if anything: the first field to mend."""
    for problem in check_appeal(opening.facts, today=standing.today):
        return Refused(Code.MALFORMED, problem.sentence, problem.field)
    return _speaker_problem(candidates(db, standing), opening.speakers)


def _speaker_problem(known: Sequence[Candidate], chosen: Sequence[str]) -> Refused | None:
    sides = {one.person_id: one.side for one in known}
    if any(person not in sides for person in chosen):
        return Refused(Code.MALFORMED, "Select people who are on the plan.", "speakers")
    spoken = {sides[person] for person in chosen}
    if "family" not in spoken:
        return Refused(Code.MALFORMED, "Select who speaks for the family.", "speakers")
    if "authority" not in spoken:
        return Refused(Code.MALFORMED, "Select who speaks for the council.", "speakers")
    return None


async def start_appeal(office: Office, who: SignedIn, plan_id: str, opening: Opening) -> Appeal | Refused:
    """Opens an appeal on the final plan as it stands. The issued text is frozen as what proposals stand on."""
    done = await office.store.write(lambda db: open_within(db, who, plan_id, opening, datetime.now(UTC)))
    if isinstance(done, Appeal):
        await office.live.plan_changed(plan_id)
    return done


def open_within(db: Session, who: Acting, plan_id: str, opening: Opening, now: datetime) -> Appeal | Refused:
    """The same as part of a transaction."""
    allowed = allowed_to(db, who, plan_id, "open_appeal")
    if isinstance(allowed, Refused):
        return allowed
    if open_appeal(db, plan_id) is not None:
        return Refused(Code.LOCKED, "An appeal is already open on this plan. Close it before you open another.")
    if wrong := problem_of(db, allowed, opening):
        return wrong
    issued_on = allowed.plan.finalised_on or allowed.today
    version = issue_present(db, plan_id, allowed.plan.finalised_by or who.person_id, issued_on, now)
    assert version.id is not None  # noqa: S101 - it is in the database
    appeal = Appeal(
        plan_id=plan_id,
        number=appeal_number(opening.number) or opening.number,
        version_id=version.id,
        sections=[label for label in APPEALABLE if label in opening.sections],
        sent_on=opening.sent_on,
        hearing_on=opening.hearing_on,
        filing_on=opening.filing_on,
        opened_on=london(now).date(),
        opened_by=who.person_id,
        opened_at=now,
    )
    db.add(appeal)
    db.flush()
    assert appeal.id is not None  # noqa: S101 - the flush has given it one
    sides = {one.person_id: one.side for one in candidates(db, allowed)}
    for person in dict.fromkeys(opening.speakers):
        db.add(Speaker(appeal_id=appeal.id, person_id=person, side=sides[person], added_by=who.person_id, added_at=now))
    audit(db, "appeal-opened", who.person_id, plan_id, moment=now, appeal=appeal.id, sections=appeal.sections)
    return appeal


@dataclass(frozen=True, slots=True)
class Change:
    """New facts of an open appeal. Sections in dispute can be added, never taken out."""

    sections: tuple[str, ...]
    sent_on: date | None
    hearing_on: date | None
    filing_on: date | None
    speakers: tuple[str, ...]


async def change_appeal(office: Office, who: SignedIn, plan_id: str, change: Change) -> Appeal | Refused:
    """New dates, more sections, other people who speak. Who no longer speaks keeps what they confirmed before."""

    def write(db: Session) -> Appeal | Refused:
        allowed = allowed_to(db, who, plan_id, "edit_appeal")
        if isinstance(allowed, Refused):
            return allowed
        if allowed.appeal is None:
            return NO_APPEAL
        appeal = appeal_row(db, allowed.appeal.id)
        opening = Opening(
            appeal.number, change.sections, change.sent_on, change.hearing_on, change.filing_on, change.speakers
        )
        if wrong := problem_of(db, allowed, opening):
            return wrong
        if not set(appeal.sections) <= set(change.sections):
            return Refused(Code.MALFORMED, "A section already in dispute stays in dispute.", "sections")
        appeal.sections = [label for label in APPEALABLE if label in change.sections]
        appeal.sent_on, appeal.hearing_on, appeal.filing_on = change.sent_on, change.hearing_on, change.filing_on
        db.add(appeal)
        _set_speakers(db, allowed, who, change.speakers)
        audit(db, "appeal-changed", who.person_id, plan_id, appeal=appeal.id, sections=appeal.sections)
        return appeal

    done = await office.store.write(write)
    if isinstance(done, Appeal):
        await office.live.plan_changed(plan_id)
        for section in done.sections:
            office.live.tell(plan_id, section, "register")
    return done


def _set_speakers(db: Session, standing: Standing, who: SignedIn, wanted: Sequence[str]) -> None:
    assert standing.appeal is not None  # noqa: S101 - asked before
    now = datetime.now(UTC)
    known = {row.person_id: row for rows in speakers(db, standing.appeal.id).values() for row in rows}
    for person, row in known.items():
        if person not in wanted:
            row.ended_at = now
            db.add(row)
    sides = {one.person_id: one.side for one in candidates(db, standing)}
    for person in dict.fromkeys(wanted):
        if person not in known:
            db.add(
                Speaker(
                    appeal_id=standing.appeal.id,
                    person_id=person,
                    side=sides[person],
                    added_by=who.person_id,
                    added_at=now,
                )
            )


def past_appeals(db: Session, plan_id: str) -> list[Appeal]:
    """The appeals of a plan that are closed, the newest first."""
    return list(
        db.exec(
            select(Appeal)
            .where(Appeal.plan_id == plan_id, col(Appeal.closed_at).is_not(None))
            .order_by(col(Appeal.id).desc())
        )
    )
