"""The history of a whole plan at a glance: who wrote last in each section, and where others wrote since one looked.

Some small queries for each section, however long its log. The page of a plan's history asks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from sections.catalogue import SECTIONS
from server.history import rows
from server.history.people import People, Who
from server.history.tables import SectionSeen
from server.history.telling import moment_words
from server.log import SYSTEM, UPDATE, document_id
from server.tables import LogEntry


@dataclass(frozen=True, slots=True)
class Latest:
    """One section: who wrote last and when, and whether others did since this person last looked."""

    label: str
    title: str
    who: Who | None
    at: datetime | None
    news: bool

    @property
    def when(self) -> str:
        """When that was, in words."""
        return "" if self.at is None else moment_words(self.at)


def overview(db: Session, plan_id: str, person_id: str) -> list[Latest]:
    """All sections, in the order of the plan."""
    people = People(db, plan_id)
    found = []
    for rule in SECTIONS:
        document = document_id(db, plan_id, rule.label)
        last = None if document is None else _last(db, document)
        seen = None if document is None else db.get(SectionSeen, (document, person_id))
        news = seen is not None and rows.others_wrote(db, seen.document_id, seen.seq, person_id, SYSTEM)
        who = None if last is None else people.then(*last)
        found.append(Latest(rule.label, rule.title, who, None if last is None else last[1], news))
    return found


def _last(db: Session, document: int) -> tuple[str, datetime] | None:
    query = select(col(LogEntry.author), col(LogEntry.at)).where(
        col(LogEntry.document_id) == document, col(LogEntry.kind) == UPDATE
    )
    row = db.execute(query.order_by(col(LogEntry.seq).desc()).limit(1)).first()
    return None if row is None else (row[0], row[1])
