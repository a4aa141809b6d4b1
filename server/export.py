"""A whole plan as plain values and as one HTML file: the form documented in docs/export.md.

Text is replayed from the log, so an export is what is durable, whether or not a server runs. The command line and the
API import it; whether somebody may have a plan is decided before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import Session, col, or_, select

from crdt.blocks import Tree, content_hash, document, is_empty, items
from crdt.schema import SCHEMA
from sections.catalogue import SECTIONS
from sections.rights import party_label, role_label
from sections.stages import stage
from server.documents.html import render
from server.log import document_id, rows_after
from server.pages import day_words, web_root
from server.replay import Content
from server.tables import Access, Person, Plan, Preference

FORMAT = "alongside-plan"
VERSION = 1


@dataclass(frozen=True, slots=True)
class SectionText:
    """One section as of entry ``seq`` of its log."""

    label: str
    title: str
    seq: int
    tree: Tree


@dataclass(frozen=True, slots=True)
class WholePlan:
    """Everything an export holds, read in one committed moment."""

    plan: Plan
    people: tuple[tuple[Access, Person], ...]
    preferences: tuple[Preference, ...]
    sections: tuple[SectionText, ...]


def find_plan(db: Session, wanted: str) -> Plan | None:
    """The plan with this id or reference."""
    return db.exec(select(Plan).where(or_(col(Plan.id) == wanted, col(Plan.reference) == wanted))).first()


def read_plan(db: Session, plan: Plan) -> WholePlan:
    """All of a plan. May raise what a replay raises: ``LogUnsound``, ``ReplicaBroken``."""
    people = db.exec(
        select(Access, Person)
        .join(Person, col(Person.id) == Access.person_id)
        .where(Access.plan_id == plan.id)
        .order_by(col(Access.id))
    ).all()
    wishes = db.exec(select(Preference).where(Preference.plan_id == plan.id).order_by(col(Preference.id))).all()
    return WholePlan(
        plan=plan,
        people=tuple((access, person) for access, person in people),
        preferences=tuple(wishes),
        sections=tuple(_section(db, plan.id, rule.label, rule.title) for rule in SECTIONS),
    )


def as_values(whole: WholePlan, now: datetime) -> dict[str, Any]:
    """The plan in the documented form, ready for ``json.dumps``."""
    plan = whole.plan
    return {
        "format": FORMAT,
        "version": VERSION,
        "schema": SCHEMA.version,
        "exported_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "plan": {
            "id": plan.id,
            "reference": plan.reference,
            "child": plan.child,
            "stage": plan.stage,
            "stage_since": plan.stage_since.isoformat(timespec="seconds"),
            "request_received_on": _day(plan.request_received_on),
            "meeting_on": _day(plan.meeting_on),
            "draft_served_on": _day(plan.draft_served_on),
            "finalised_on": _day(plan.finalised_on),
            "finalised_by": plan.finalised_by,
        },
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "email": person.email,
                "role": access.role,
                "party": access.party,
                "acts_for": access.acts_for,
                "expires_on": _day(access.expires_on),
                "ended_at": access.ended_at.isoformat(timespec="seconds") if access.ended_at else None,
            }
            for access, person in whole.people
        ],
        "preferences": [
            {"by": one.person_id, "wish": one.wish, "why": one.why, "at": one.at.isoformat(timespec="seconds")}
            for one in whole.preferences
        ],
        "sections": [_section_values(section) for section in whole.sections],
    }


def as_json(whole: WholePlan, now: datetime) -> str:
    """The documented form as text."""
    return json.dumps(as_values(whole, now), ensure_ascii=False, indent=2) + "\n"


def as_html(whole: WholePlan, now: datetime) -> str:
    """One file that needs nothing else: it can be read, printed and kept."""
    environment = Environment(
        loader=FileSystemLoader(web_root() / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day_words, "role": role_label, "party": party_label}
    lookup = {
        item.id: {"label": item.label(section.label), "kind": item.kind, "title": item.title}
        for section in whole.sections
        for item in items(section.tree)
    }
    return environment.get_template("export/plan.html").render(
        plan=whole.plan,
        stage=stage(whole.plan.stage).title,
        people=[pair for pair in whole.people if pair[0].ended_at is None],
        names={person.id: person.name for _, person in whole.people},
        preferences=whole.preferences,
        sections=[
            (section, "" if is_empty(section.tree) else render(section.tree, section.label, lookup, 3))
            for section in whole.sections
        ],
        now=now,
    )


def _section(db: Session, plan_id: str, label: str, title: str) -> SectionText:
    found = document_id(db, plan_id, label)
    if found is None:
        return SectionText(label, title, 0, document([]))
    content = Content()
    content.take(rows_after(db, found, 0))
    return SectionText(label, title, content.seq, content.tree())


def _section_values(section: SectionText) -> dict[str, Any]:
    return {
        "section": section.label,
        "title": section.title,
        "seq": section.seq,
        "content_hash": content_hash(section.tree),
        "empty": is_empty(section.tree),
        "items": [
            {
                "id": item.id,
                "label": item.label(section.label),
                "kind": item.kind,
                "title": item.title,
                "links": list(item.refs),
            }
            for item in items(section.tree)
        ],
        "content": section.tree,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
