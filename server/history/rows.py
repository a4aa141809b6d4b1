"""The log as a history reads it: with its times, in portions, and only what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import case, select
from sqlmodel import Session, col

from sections.history import Line
from server.log import MODE, UPDATE
from server.tables import LogEntry

_PORTION = 2000


class Entry(NamedTuple):
    """One entry, without its time."""

    seq: int
    kind: str
    payload: bytes
    author: str


_WANTED = (col(LogEntry.seq), col(LogEntry.kind), col(LogEntry.payload), col(LogEntry.author))
_TOLD = case((col(LogEntry.kind) == MODE, col(LogEntry.payload)))
"""What an entry says of the plan; nothing for an edit, of which a story needs no content."""


def entries(db: Session, document: int, after: int) -> Iterator[list[Entry]]:
    """All entries after this one, in order, in portions."""
    for found in _portions(db, _WANTED, document, after):
        yield [Entry(*row) for row in found]


def lines(db: Session, document: int, after: int) -> Iterator[list[Line]]:
    """The same as a story wants them."""
    wanted = (col(LogEntry.seq), col(LogEntry.author), col(LogEntry.at), _TOLD)
    for found in _portions(db, wanted, document, after):
        yield [Line(seq, author, at, "" if told is None else stage_in(told)) for seq, author, at, told in found]


def _portions(db: Session, wanted: Sequence[Any], document: int, after: int) -> Iterator[Sequence[Any]]:
    """These columns, the number first, of all entries after this one."""
    where = col(LogEntry.document_id) == document
    while True:
        query = select(*wanted).where(where, col(LogEntry.seq) > after).order_by(col(LogEntry.seq)).limit(_PORTION)
        found = db.execute(query).all()
        yield found
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


def stage_in(payload: bytes) -> str:
    """The stage an entry of this content says that the plan moved to; '' where it says none."""
    try:
        told = json.loads(payload)
    except ValueError:
        return ""
    return str(told.get("stage", "")) if isinstance(told, dict) else ""
