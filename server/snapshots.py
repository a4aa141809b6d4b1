"""Snapshots: a section's state at one entry, so that opening it need not replay its whole history.

They are built from the log, never from a live room, by a process of their own (``python -m server.snapshots``): its
crash costs nothing. Only one that was read back and found equal is ever loaded, and none is believed over the log.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import delete, select
from sqlmodel import Session, col

from crdt.ledger_bytes import from_bytes, to_bytes
from crdt.replica import Replica, ReplicaBroken
from crdt.schema import SCHEMA, Schema
from crdt.update import read_state_vector
from crdt.wire import Malformed
from server.codes import PlanError
from server.database import Store
from server.layers import schema_of
from server.log import head, rows_after
from server.logs import set_up_logs
from server.replay import Content, LogUnsound
from server.settings import Settings
from server.tables import Document, Snapshot

log = structlog.get_logger("alongside.snapshots")

_KEPT = 2
"""Snapshots kept of one section: the newest, and the one before it."""


def newest(session: Session, document: int, upto: int | None = None) -> Snapshot | None:
    """The newest verified snapshot."""
    query = select(Snapshot).where(col(Snapshot.document_id) == document, col(Snapshot.verified_at).is_not(None))
    if upto is not None:
        query = query.where(col(Snapshot.seq) <= upto)
    return session.execute(query.order_by(col(Snapshot.seq).desc()).limit(1)).scalar_one_or_none()


def unpacked(row: Snapshot, schema: Schema = SCHEMA) -> Content | None:
    """The content of a snapshot; None when it cannot be read, or its text and its ledger disagree."""
    ledger = from_bytes(row.ledger, schema)
    if isinstance(ledger, Malformed):
        return None
    replica = Replica(schema)
    try:
        replica.apply(row.payload)
        holds = read_state_vector(replica.state_vector())
    except ReplicaBroken:
        return None
    return Content(schema, replica=replica, ledger=ledger, seq=row.seq) if holds == ledger.clocks() else None


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


def build(store: Store, document: int) -> int | None:
    """Writes a snapshot of the log as it is now, reads it back, and marks it verified if it is the same. Its seq."""
    schema = schema_of(store.read(lambda session: session.get_one(Document, document).section))
    content = store.read(lambda session: replayed(session, document, schema=schema))
    seq = content.seq
    if not seq or store.read(lambda session: getattr(newest(session, document), "seq", None)) == seq:
        return None
    now = datetime.now(UTC)
    row = Snapshot(
        document_id=document,
        seq=seq,
        payload=content.replica.diff(b"\0"),
        ledger=to_bytes(content.ledger),
        content_hash=content.hash(),
        built_at=now,
    )
    expected = row.content_hash

    def write(session: Session) -> None:
        session.execute(delete(Snapshot).where(col(Snapshot.document_id) == document, col(Snapshot.seq) == seq))
        session.add(row)

    store.write_sync(write)
    found = store.read(lambda session: session.get(Snapshot, (document, seq)))
    again = None if found is None else unpacked(found, schema)
    if again is None or again.hash() != expected or to_bytes(again.ledger) != to_bytes(content.ledger):
        log.critical("snapshot_differs", document=document, seq=seq)
        return None
    store.write_sync(lambda session: _mark_verified(session, document, seq))
    return seq


def _mark_verified(session: Session, document: int, seq: int) -> None:
    """The log must still be the log it was built from: a restored backup may have an entry of the same number."""
    row = session.get(Snapshot, (document, seq))
    if row is None or head(session, document) < seq:
        return
    row.verified_at = datetime.now(UTC)
    session.add(row)
    session.flush()
    query = select(col(Snapshot.seq)).where(col(Snapshot.document_id) == document).order_by(col(Snapshot.seq).desc())
    kept = session.execute(query.limit(_KEPT)).scalars().all()
    session.execute(delete(Snapshot).where(col(Snapshot.document_id) == document, col(Snapshot.seq).not_in(kept)))


def main(documents: Sequence[str]) -> int:
    """Builds a snapshot of each document named by its number; settings come by environment."""
    os.nice(10)
    settings = Settings()
    set_up_logs(settings.log_level)
    failed = 0
    try:
        store = Store.open(settings)
    except PlanError as trouble:
        log.error("snapshots_not_built", error=str(trouble))
        return 1
    try:
        for document in documents:
            try:
                build(store, int(document))
            except (PlanError, ReplicaBroken) as trouble:
                failed = 1
                log.error("snapshot_not_built", document=int(document), error=type(trouble).__name__)
    finally:
        store.close()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
