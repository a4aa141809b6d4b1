"""Snapshots: a section's state at one entry, so that opening it need not replay its whole history.

``checkpoints`` builds them, in a process of its own (``python -m server.snapshots``): its crash costs nothing. Only one
that was read back and found equal is ever loaded, and none is believed over the log. A long one is taken up in parts,
by one thread at a time, so that the event loop gets its turn every few milliseconds.
"""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager, nullcontext

import structlog
from sqlalchemy import select
from sqlmodel import Session, col

from crdt.ledger_bytes import from_bytes
from crdt.parts import Parts, unpack
from crdt.replica import Replica, ReplicaBroken
from crdt.schema import SCHEMA, Schema
from crdt.update import read_state_vector
from crdt.wire import Malformed
from server.log import rows_after
from server.replay import Content, LogUnsound
from server.tables import Snapshot

log = structlog.get_logger("alongside.snapshots")

_TURN = threading.Lock()
"""Held while a long one is taken up: several at once would each have their few milliseconds before the loop has one."""


def newest(session: Session, document: int, upto: int | None = None) -> Snapshot | None:
    """The newest verified snapshot; or the nearest to entry ``upto`` that does not lie behind it."""
    query = select(Snapshot).where(col(Snapshot.document_id) == document, col(Snapshot.verified_at).is_not(None))
    if upto is not None:
        query = query.where(col(Snapshot.seq) <= upto)
    return session.execute(query.order_by(col(Snapshot.seq).desc()).limit(1)).scalar_one_or_none()


def verified(session: Session, document: int) -> list[int]:
    """The entries of which there is a verified snapshot, in order."""
    query = select(col(Snapshot.seq)).where(
        col(Snapshot.document_id) == document, col(Snapshot.verified_at).is_not(None)
    )
    return list(session.execute(query.order_by(col(Snapshot.seq))).scalars())


def unpacked(row: Snapshot, schema: Schema = SCHEMA) -> Content | None:
    """The content of a snapshot; None when it cannot be read, or its text and its ledger disagree."""
    parts = unpack(row.payload)
    if isinstance(parts, Malformed):
        return None
    with _turn(parts):
        ledger = from_bytes(row.ledger, schema)
        replica = None if isinstance(ledger, Malformed) else _taken_up(parts, schema)
    if replica is None or isinstance(ledger, Malformed):
        return None
    try:
        holds = read_state_vector(replica.state_vector())
    except ReplicaBroken:
        return None
    if holds != ledger.clocks():
        return None
    return Content(schema, replica=replica, ledger=ledger, seq=row.seq, whole=parts.whole)


def _turn(parts: Parts) -> AbstractContextManager[object]:
    return _TURN if len(parts) > 1 else nullcontext()


def _taken_up(parts: Parts, schema: Schema) -> Replica | None:
    replica = Replica(schema)
    try:
        replica.apply_many(parts.each())
    except ReplicaBroken:
        return None
    return replica


def load(session: Session, document: int, schema: Schema = SCHEMA, upto: int | None = None) -> Content:
    """A document as it is on disk, or was at entry ``upto``: a snapshot that can be read, then what came after it."""
    row = newest(session, document, upto)
    content = None if row is None else unpacked(row, schema)
    if content is not None:
        try:
            content.take(rows_after(session, document, content.seq, upto))
        except LogUnsound as trouble:
            log.error("snapshot_unfit", document=document, seq=content.seq, error=type(trouble).__name__)
        else:
            return content
    elif row is not None:
        log.error("snapshot_unreadable", document=document, seq=row.seq)
    content = Content(schema)
    content.take(rows_after(session, document, 0, upto))
    return content


def replayed(session: Session, document: int, upto: int | None = None, schema: Schema = SCHEMA) -> Content:
    """A section from nothing but its log."""
    content = Content(schema)
    content.take(rows_after(session, document, 0, upto))
    return content


if __name__ == "__main__":
    from server.checkpoints import main

    sys.exit(main(sys.argv[1:]))
