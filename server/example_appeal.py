"""Puts the second worked example into a store: a final plan, and an appeal on it that is half way through.

All in one transaction, so a store has the whole of it or nothing, before any server has the plan open. Its past is
written as it would have been: text before it was locked, section I last, every act at its time. Only the command line
and tests import this.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, select

from crdt.compose import to_update
from sections import example_appeal
from sections.catalogue import LABELS, BadRules
from sections.stages import FIRST_STAGE
from server.acts import Refused
from server.database import Store
from server.example import SEED_CLIENT, add_access, person_row
from server.example_acts import Player, Stage
from server.held import mode_entry
from server.log import SYSTEM, UPDATE, Entry, append_within
from server.redline.appeals import Opening, open_within
from server.rooms import make_document
from server.tables import AuditEvent, Plan, StageMove, appeals

_OPENED = time(9, tzinfo=UTC)
_WRITTEN_LAST = "I"  # a draft must not name a school or college (Children and Families Act 2014 s.38(5))
_TIME_FOR_I = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Step:
    """One move of the plan to its next stage: by whom, by the key of their role, and when."""

    to: str
    by: str
    at: datetime


def create(store: Store, today: date) -> bool:
    """Make the example, its days counted from ``today``; False when the store has it already."""
    if store.read(_has_example):
        return False
    story = example_appeal.load(today)
    return store.write_sync(lambda db: _create(db, story))


def _has_example(db: Session) -> bool:
    return db.exec(select(Plan.id).where(Plan.reference == example_appeal.reference())).first() is not None


def _create(db: Session, story: example_appeal.ExampleAppeal) -> bool:
    if _has_example(db):
        return False
    facts = story.facts
    now = datetime.now(UTC)
    people = {person.key: person_row(db, person, place, now) for place, person in enumerate(story.people)}
    by_role = {person.role: people[person.key] for person in story.people}
    officer, signed = by_role["case_officer"], by_role["signing_officer"]
    steps = tuple(_steps(facts))
    begun = _at(facts.request_received_on)
    plan = Plan(
        id=uuid.uuid4().hex,
        reference=facts.reference,
        child=facts.child,
        stage=steps[-1].to,
        stage_since=steps[-1].at,
        request_received_on=facts.request_received_on,
        meeting_on=facts.meeting_on,
        draft_served_on=facts.draft_served_on,
        finalised_on=facts.finalised_on,
        finalised_by=signed,
        is_example=True,
        created_by=officer,
        created_at=begun,
    )
    if plan.stage != facts.stage:
        raise BadRules(f"the example's plan is {facts.stage}, its moves end in {plan.stage}")
    db.flush()
    db.add(plan)
    db.flush()
    add_access(db, plan.id, story.people, people, officer, begun)
    origin = FIRST_STAGE
    for step in steps:
        db.add(StageMove(plan_id=plan.id, origin=origin, to=step.to, by=by_role[step.by], at=step.at))
        origin = step.to
    _write_sections(db, plan.id, story, steps)
    stage = Stage(db, _open(db, plan.id, story, people), people)
    speakers = [keys[0] for keys in story.appeal.speakers.values()]
    for act in story.acts:
        stage.do(act)
        if act.do == "file":  # what came after that is new to both sides
            for speaker in speakers:
                stage.look(act, speaker)
    db.add(AuditEvent(at=now, act="example-made", plan_id=plan.id, person_id=officer, detail={}))
    return True


def _steps(facts: example_appeal.Facts) -> Iterator[_Step]:
    yield _Step("drafting", "case_officer", _at(facts.meeting_on))
    yield _Step("draft_served", "case_officer", _at(facts.draft_served_on))
    yield _Step("finalising", "signing_officer", _at(facts.finalised_on - _TIME_FOR_I))
    yield _Step("final", "signing_officer", _at(facts.finalised_on))


def _at(day: date) -> datetime:
    return datetime.combine(day, _OPENED)


def _write_sections(db: Session, plan_id: str, story: example_appeal.ExampleAppeal, steps: tuple[_Step, ...]) -> None:
    """Each section's text once, while the section was open, and every move of the plan."""
    for place, label in enumerate(LABELS):
        document, seq = make_document(db, plan_id, label), 0
        open_in = "finalising" if label == _WRITTEN_LAST else "drafting"
        for step in steps:
            entries = [mode_entry(step.to, label)]
            if step.to == open_in:
                seed = to_update(story.sections[label], SEED_CLIENT + place)
                entries.append(Entry(UPDATE, seed, SYSTEM))
            append_within(db, document, seq, entries, step.at)
            seq += len(entries)


def _open(db: Session, plan_id: str, story: example_appeal.ExampleAppeal, people: Mapping[str, str]) -> appeals.Appeal:
    appeal = story.appeal
    opening = Opening(
        number=appeal.number,
        sections=appeal.disputed,
        sent_on=appeal.lodged_on,
        hearing_on=appeal.hearing_on,
        filing_on=appeal.filing_on,
        speakers=tuple(people[key] for keys in appeal.speakers.values() for key in keys),
    )
    opener = Player(people[appeal.speakers["authority"][0]])
    opened = open_within(db, opener, plan_id, opening, _at(appeal.opened_on))
    if isinstance(opened, Refused):
        raise BadRules(f"the example's appeal cannot be opened: {opened.sentence}")
    return opened
