"""The log as a history reads it: with its times, in portions, and only what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from sections.history import Line
from server.log import MODE, UPDATE
from server.tables import LogEntry

_PORTION = 2000


class Entry(NamedTuple):
    """One entry with its time."""

    seq: int
    kind: str
    payload: bytes
    author: str
    at: datetime

    def line(self) -> Line:
        """The entry as the story wants it."""
        return Line(self.seq, self.author, self.at, stage_of(self))


_WANTED = (col(LogEntry.seq), col(LogEntry.kind), col(LogEntry.payload), col(LogEntry.author), col(LogEntry.at))


def entries(db: Session, document: int, after: int) -> Iterator[list[Entry]]:
    """All entries after this one, in order, in portions."""
    where = col(LogEntry.document_id) == document
    while True:
        query = select(*_WANTED).where(where, col(LogEntry.seq) > after).order_by(col(LogEntry.seq)).limit(_PORTION)
        found = db.execute(query).all()
        yield [Entry._make(row) for row in found]
        if len(found) < _PORTION:
            return
        after = found[-1][0]


def updates(db: Session, document: int, after: int, upto: int) -> Iterator[tuple[int, list[bytes]]]:
    """The updates of these entries in portions, each with the number of its last entry."""
    columns = (col(LogEntry.kind), col(LogEntry.payload))
    while after < upto:
        last = min(after + _PORTION, upto)
        query = select(*columns).where(
            col(LogEntry.document_id) == document, col(LogEntry.seq) > after, col(LogEntry.seq) <= last
        )
        rows = db.execute(query.order_by(col(LogEntry.seq))).all()
        yield last, [payload for kind, payload in rows if kind == UPDATE]
        after = last


def others_wrote(db: Session, document: int, after: int, me: str, system: str) -> bool:
    """Whether anybody but oneself wrote after this entry."""
    query = select(col(LogEntry.seq)).where(
        col(LogEntry.document_id) == document,
        col(LogEntry.seq) > after,
        col(LogEntry.kind) == UPDATE,
        col(LogEntry.author).not_in((me, system)),
    )
    return db.execute(query.limit(1)).first() is not None


def stage_of(entry: Entry) -> str:
    """The stage an entry says that the plan moved to; '' for any other entry."""
    if entry.kind != MODE:
        return ""
    try:
        told = json.loads(entry.payload)
    except ValueError:
        return ""
    return str(told.get("stage", "")) if isinstance(told, dict) else ""
