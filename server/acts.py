"""What a person can do to a plan besides writing its text: the one place, for pages and API alike (stages: ``moves``).

Each act asks the rules inside the transaction that writes, with an audit row beside it, and then tells the live
documents. An act that may not be done is answered with ``Refused``, never raised. No name and no plan text is audited.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeVar

from sqlmodel import Session, select

from sections import stages
from sections.rights import check_standing, may_start_plan
from server.auth import SignedIn
from server.codes import Code, refusal
from server.database import Store
from server.day import today
from server.live import Live
from server.plan_access import Standing, find_standing, people_on
from server.settings import Settings
from server.tables import Access, AuditEvent, Person, Plan, Preference
from server.typed import EARLIEST_YEAR, LATEST_YEAR, usable_day

T = TypeVar("T")

STARTING_STAGES = ("gathering", "drafting")  # every later stage is a dated act of its own
INVITATION = "invitation"


class Acting(Protocol):
    """Who does something: all that an act's own transaction needs to know of somebody signed in."""

    @property
    def person_id(self) -> str: ...


class Post(Protocol):
    """What acts need of ``server.mail``."""

    def send(self, to: str, template: str, /, **context: Any) -> Awaitable[object]: ...


@dataclass(frozen=True, slots=True)
class Office:
    """What an act works with."""

    store: Store
    live: Live
    mail: Post
    settings: Settings


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an act was not done, and for whom to read it. ``field`` is the field to mend, where there is one."""

    code: str
    sentence: str
    field: str = ""

    @property
    def field_words(self) -> str:
        """The sentence as it stands at a field, where none has a full stop."""
        return self.sentence.rstrip(".")

    @property
    def status(self) -> int:
        """The HTTP status; a plan one is not on looks like one that does not exist."""
        if self.field:
            return 422
        return 404 if self.code == Code.NOT_ON_PLAN else refusal(self.code).status


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a plan that are typed in; the dates of legal acts are not among them."""

    reference: str
    child: str
    request_received_on: date | None = None
    meeting_on: date | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to invite, as what, and until when."""

    email: str
    name: str
    role: str
    party: str
    expires_on: date | None = None
    acts_for: str | None = None


NOT_ON_PLAN = Refused(
    Code.NOT_ON_PLAN,
    "There is no plan at this address, or you are not on it. Check the address, or ask the case officer.",
)


def audit(db: Session, act: str, who: str, plan_id: str, *, moment: datetime | None = None, **detail: Any) -> None:
    db.add(AuditEvent(at=moment or datetime.now(UTC), act=act, plan_id=plan_id, person_id=who, detail=detail))


def allowed_to(db: Session, who: Acting, plan_id: str, action: str, *, to: str | None = None) -> Standing | Refused:
    """The person's standing if the rules allow the action; asked with the rows the same transaction will change."""
    standing = find_standing(db, plan_id, who.person_id, today())
    if standing is None:
        return NOT_ON_PLAN
    decision = standing.may(action, to=to)
    return standing if decision.allowed else Refused(decision.code, decision.sentence)


def _taken(db: Session, reference: str, but: str = "") -> Refused | None:
    held = db.exec(select(Plan.id).where(Plan.reference == reference)).first()
    if held is None or held == but:
        return None
    return Refused(Code.MALFORMED, "Another plan has this reference. Choose a different one.", "reference")


def _unusable(*dates: tuple[date | None, str, str]) -> Refused | None:
    """The first date outside the years a plan can have: ``(date, what it is, its field)``."""
    for day, what, field in dates:
        if not usable_day(day):
            return Refused(Code.MALFORMED, f"{what} must be between {EARLIEST_YEAR} and {LATEST_YEAR}.", field)
    return None


def _wrong_dates(facts: Facts) -> Refused | None:
    return _unusable(
        (facts.request_received_on, "The day the request was received", "request-day"),
        (facts.meeting_on, "The day of the meeting", "meeting-day"),
    )


async def start_plan(office: Office, who: SignedIn, facts: Facts, stage: str = stages.FIRST_STAGE) -> Plan | Refused:
    """A new plan, with the officer who starts it on it."""
    decision = may_start_plan(is_staff=who.is_staff)
    if not decision.allowed:
        return Refused(decision.code, decision.sentence)
    if stage not in STARTING_STAGES:
        return Refused(Code.MALFORMED, "Select where the plan is now.", "stage")
    if wrong := _wrong_dates(facts):
        return wrong

    def write(db: Session) -> Plan | Refused:
        if taken := _taken(db, facts.reference):
            return taken
        now = datetime.now(UTC)
        plan = Plan(
            id=uuid.uuid4().hex,
            reference=facts.reference,
            child=facts.child,
            stage=stage,
            stage_since=now,
            request_received_on=facts.request_received_on,
            meeting_on=facts.meeting_on,
            created_by=who.person_id,
            created_at=now,
        )
        db.add(plan)
        db.flush()
        db.add(
            Access(
                plan_id=plan.id,
                person_id=who.person_id,
                role="case_officer",
                party="authority",
                invited_by=who.person_id,
                invited_at=now,
            )
        )
        audit(db, "plan-started", who.person_id, plan.id, stage=stage)
        return plan

    return await office.store.write(write)


async def edit_facts(office: Office, who: SignedIn, plan_id: str, facts: Facts) -> Plan | Refused:
    """The typed-in facts of a plan, all of them at once."""
    if wrong := _wrong_dates(facts):
        return wrong

    def write(db: Session) -> Plan | Refused:
        allowed = allowed_to(db, who, plan_id, "edit_facts")
        if isinstance(allowed, Refused):
            return allowed
        plan = allowed.plan
        if taken := _taken(db, facts.reference, plan.id):
            return taken
        changed = []
        for field in ("reference", "child", "request_received_on", "meeting_on"):
            if getattr(plan, field) != getattr(facts, field):
                setattr(plan, field, getattr(facts, field))
                changed.append(field)
        if changed:
            db.add(plan)
            audit(db, "facts-changed", who.person_id, plan.id, fields=changed)
        return plan

    done = await office.store.write(write)
    if isinstance(done, Plan):
        await office.live.plan_changed(plan_id)
    return done


async def invite(office: Office, who: SignedIn, plan_id: str, wanted: Invitation) -> Access | Refused:
    """Access for one person, and a message that says so. The message names neither the child nor the role."""
    wanted = replace(wanted, email=wanted.email.strip().lower())

    def write(db: Session) -> tuple[Access, str] | Refused:
        allowed = allowed_to(db, who, plan_id, "invite")
        if isinstance(allowed, Refused):
            return allowed
        if wrong := check_invitation(db, allowed, wanted):
            return wrong
        now = datetime.now(UTC)
        person = db.exec(select(Person).where(Person.email == wanted.email)).first()
        if person is None:
            person = Person(
                id=uuid.uuid4().hex, email=wanted.email, name=wanted.name, colour=uuid.uuid4().int % 64, created_at=now
            )
            db.add(person)
            db.flush()
        access = Access(
            plan_id=plan_id,
            person_id=person.id,
            role=wanted.role,
            party=wanted.party,
            acts_for=wanted.acts_for,
            expires_on=wanted.expires_on,
            invited_by=who.person_id,
            invited_at=now,
        )
        db.add(access)
        db.flush()
        expires = wanted.expires_on.isoformat() if wanted.expires_on else None
        audit(
            db,
            "invited",
            who.person_id,
            plan_id,
            access=access.id,
            person=person.id,
            role=wanted.role,
            party=wanted.party,
            expires_on=expires,
            acts_for=wanted.acts_for,
        )
        return access, allowed.plan.reference

    done = await office.store.write(write)
    if isinstance(done, Refused):
        return done
    access, reference = done
    await office.live.plan_changed(plan_id)
    await office.mail.send(
        wanted.email,
        INVITATION,
        name=wanted.name,
        reference=reference,
        address=f"{office.settings.public_url.rstrip('/')}/plans/{plan_id}",
        council=office.settings.council,
        expires_on=wanted.expires_on,
    )
    return access


def check_invitation(db: Session, standing: Standing, wanted: Invitation) -> Refused | None:
    """What is wrong with an invitation, if anything; also asked before the check-answers page."""
    fits = check_standing(wanted.role, wanted.party, wanted.acts_for)
    if not fits.allowed:
        return Refused(Code.MALFORMED, fits.sentence, "acts_for" if wanted.role == "advocate" else "role")
    if wrong := _unusable((wanted.expires_on, "The last day of access", "expires-day")):
        return wrong
    if wanted.expires_on is not None and wanted.expires_on < standing.today:
        return Refused(Code.MALFORMED, "The last day of access must be today or in the future.", "expires-day")
    here = [one for one in people_on(db, standing.plan.id) if one.current(standing.today)]
    if any(one.person.email == wanted.email for one in here):
        return Refused(
            Code.MALFORMED, "This person is already on the plan. End their access first to change their role.", "email"
        )
    if wanted.acts_for is None:
        return None
    families = {one.person.id for one in here if one.access.role in ("parent", "young_person")}
    if wanted.role != "advocate" or wanted.acts_for not in families:
        return Refused(Code.MALFORMED, "Select a parent or the young person on this plan.", "acts_for")
    return None


async def end_access(office: Office, who: SignedIn, plan_id: str, access_id: int) -> Access | Refused:
    """Takes one person's access away, and that of an advocate who acts for them; live connections close at once."""

    def write(db: Session) -> Access | Refused:
        allowed = allowed_to(db, who, plan_id, "end_access")
        if isinstance(allowed, Refused):
            return allowed
        access = db.get(Access, access_id)
        if access is None or access.plan_id != plan_id or access.ended_at is not None:
            return Refused(Code.MALFORMED, "This person’s access has already ended.")
        others = [one for one in people_on(db, plan_id) if one.access.id != access_id and one.current(allowed.today)]
        if not any(one.access.role in ("case_officer", "signing_officer") for one in others):
            return Refused(
                Code.NOT_ALLOWED, "Nobody would be left to look after this plan. Invite another case officer first."
            )
        # Nobody speaks for a person who is no longer there.
        for ended in (access, *(one.access for one in others if one.access.acts_for == access.person_id)):
            ended.ended_at = datetime.now(UTC)
            ended.ended_by = who.person_id
            db.add(ended)
            audit(db, "access-ended", who.person_id, plan_id, access=ended.id, person=ended.person_id)
        return access

    done = await office.store.write(write)
    if isinstance(done, Access):
        await office.live.plan_changed(plan_id)
    return done


async def state_preference(office: Office, who: SignedIn, plan_id: str, wish: str, why: str) -> Preference | Refused:
    """What the family would like, kept as said, apart from section I. Earlier statements stay."""

    def write(db: Session) -> Preference | Refused:
        allowed = allowed_to(db, who, plan_id, "state_preference")
        if isinstance(allowed, Refused):
            return allowed
        said = Preference(plan_id=plan_id, person_id=who.person_id, wish=wish, why=why, at=datetime.now(UTC))
        db.add(said)
        db.flush()
        audit(db, "preference-stated", who.person_id, plan_id, preference=said.id)
        return said

    return await office.store.write(write)
