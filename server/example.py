"""Puts the worked example into an empty store: its people, its plan, who may do what, and the text of every section.

All in one transaction, so a store has the whole example or nothing of it. The text goes into the logs as one update by
``system`` each, before any server has the sections open; it is never written twice. The command line imports this,
and the second example takes from it what both need.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from crdt.blocks import is_empty
from crdt.compose import to_update
from sections import example
from server.database import Store
from server.log import SYSTEM, UPDATE, Entry, append_within
from server.tables import Access, AuditEvent, Document, Person, Plan, Preference

SEED_CLIENT = 0x5EED00  # client ids of the seeds, one a section; people's own are random 32-bit numbers


def create(store: Store) -> bool:
    """Make the example; False when the store has one already."""
    if store.read(_has_example):
        return False
    story = example.load()
    seeds = {
        label: to_update(tree, SEED_CLIENT + place)
        for place, (label, tree) in enumerate(story.sections.items())
        if not is_empty(tree)
    }
    return store.write_sync(lambda db: _create(db, story, seeds))


def _has_example(db: Session) -> bool:
    return db.exec(select(Plan.id).where(col(Plan.is_example).is_(True))).first() is not None


def _create(db: Session, story: example.ExamplePlan, seeds: dict[str, bytes]) -> bool:
    if _has_example(db):
        return False
    now = datetime.now(UTC)
    ids = {person.key: person_row(db, person, place, now) for place, person in enumerate(story.people)}
    officer = next(ids[person.key] for person in story.people if person.role == "case_officer")
    plan_id = uuid.uuid4().hex
    db.flush()
    db.add(
        Plan(
            id=plan_id,
            reference=story.facts.reference,
            child=story.facts.child,
            stage=story.facts.stage,
            stage_since=now,
            request_received_on=story.facts.request_received_on,
            meeting_on=story.facts.meeting_on,
            is_example=True,
            created_by=officer,
            created_at=now,
        )
    )
    db.flush()
    add_access(db, plan_id, story.people, ids, officer, now)
    wish = story.preference
    db.add(Preference(plan_id=plan_id, person_id=ids[wish.by], wish=wish.wish, why=wish.why.strip(), at=now))
    db.add(AuditEvent(at=now, act="example-made", plan_id=plan_id, person_id=officer, detail={}))
    _write_sections(db, plan_id, tuple(story.sections), seeds)
    return True


def person_row(db: Session, person: example.ExamplePerson, place: int, now: datetime) -> str:
    """The id of the person with this address; their row is made if there is none yet."""
    known = db.exec(select(Person).where(Person.email == person.email)).first()
    if known is not None:
        return known.id
    person_id = uuid.uuid4().hex
    db.add(
        Person(
            id=person_id, email=person.email, name=person.name, is_staff=person.is_staff, colour=place, created_at=now
        )
    )
    return person_id


def add_access(
    db: Session,
    plan_id: str,
    people: Iterable[example.ExamplePerson],
    ids: Mapping[str, str],
    officer: str,
    at: datetime,
) -> None:
    """Lets everybody of a story in, each with their role. ``ids``: of their rows, by the keys of the story."""
    for person in people:
        db.add(
            Access(
                plan_id=plan_id,
                person_id=ids[person.key],
                role=person.role,
                party=person.party,
                acts_for=ids[person.acts_for] if person.acts_for else None,
                expires_on=person.expires_on,
                invited_by=officer,
                invited_at=at,
            )
        )


def _write_sections(db: Session, plan_id: str, labels: tuple[str, ...], seeds: dict[str, bytes]) -> None:
    for label in labels:
        document = Document(plan_id=plan_id, section=label, seq=0)
        db.add(document)
        db.flush()
        assert document.id is not None  # noqa: S101  (the flush has given it one)
        if label in seeds:
            append_within(db, document.id, 0, [Entry(UPDATE, seeds[label], SYSTEM)])
