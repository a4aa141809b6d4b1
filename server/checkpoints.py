"""Builds snapshots, in a process of its own, and keeps the right ones.

The next one is made from the newest and the entries after it; each time the log has doubled, from nothing but the log,
and what was there before is compared on the way. A snapshot counts once it was read back from the store and found
equal. The newest two are kept, and one every so many entries: from there any moment of a section is soon shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Update, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from crdt.ledger_bytes import to_bytes
from crdt.parts import pack
from crdt.replica import ReplicaBroken
from crdt.schema import Schema
from server.codes import PlanError
from server.database import Store
from server.history import kept as stories
from server.layers import schema_of
from server.log import head, rows_after
from server.logs import set_up_logs
from server.replay import LOG_LIMITS, NOTHING, Content
from server.settings import Settings
from server.snapshots import newest, unpacked, verified
from server.tables import Document, Snapshot

log = structlog.get_logger("alongside.snapshots")

CHECKPOINT_EVERY = 5000
_NEWEST = 2
_MOST_CHECKPOINTS = 64
"""A longer log has them at twice the distance, and so on: they may not outgrow the log itself."""

_PATIENCE = timedelta(minutes=5)
"""After this time whoever began a snapshot is taken to have died over it."""


def build(store: Store, document: int, every: int = CHECKPOINT_EVERY) -> int | None:
    """Writes a snapshot of the log as it is now, reads it back, and marks it verified if it is the same. Its seq.

    None: there is one already, somebody else is at it, or it did not come out the same.
    """
    schema = schema_of(store.read(lambda session: session.get_one(Document, document).section))
    seq, known = store.read(lambda session: (head(session, document), verified(session, document)))
    if not seq or (known and known[-1] == seq) or not claimed(store, document, seq):
        return None
    try:
        content = _replayed(store, document, schema, seq, known, every)
        built = _written(store, document, schema, content, ours=True)
    finally:
        store.write_sync(lambda session: _give_back(session, document, seq))
    if built:
        store.write_sync(lambda session: _prune(session, document, every))
    return seq if built else None


def _of(document: int) -> ColumnElement[bool]:
    return col(Snapshot.document_id) == document


def kept(seqs: Sequence[int], every: int) -> set[int]:
    """Which of these snapshots, in order, are kept: the newest, and the first of every so many entries."""
    found = set(seqs[-_NEWEST:])
    step = _step(seqs[-1] if seqs else 0, every)
    last = 0
    for seq in seqs:
        if seq // step > last:
            last = seq // step
            found.add(seq)
    return found


def _step(seq: int, every: int) -> int:
    """The distance of checkpoints in a log of this length."""
    while seq // every > _MOST_CHECKPOINTS:
        every *= 2
    return every


def _missing(seqs: Sequence[int], every: int, upto: int) -> list[int]:
    """Where checkpoints should be and none is."""
    step = _step(upto, every)
    there = {seq // step for seq in seqs}
    return [at for at in range(step, upto, step) if at // step not in there]


# Building


def _replayed(store: Store, document: int, schema: Schema, seq: int, known: Sequence[int], every: int) -> Content:
    """The section at this entry. On the way missing checkpoints are written, and those that are there are compared."""
    content = _continued(store, document, schema, seq, known)
    stops = {at for at in (*_missing(known, every, seq), *known) if at > content.seq}
    for stop in sorted(stops | {seq}):
        store.read(partial(_take, content, document, stop))
        if stop in known:
            _compare(store, document, schema, content)
        elif stop != seq:
            _written(store, document, schema, content, ours=False)
    return content


def _take(content: Content, document: int, upto: int, session: Session) -> None:
    content.take(rows_after(session, document, content.seq, upto))


def _continued(store: Store, document: int, schema: Schema, seq: int, known: Sequence[int]) -> Content:
    """Where to go on from: the newest snapshot, or nothing when the log has doubled since it was last replayed."""
    row = store.read(lambda session: newest(session, document, seq)) if known else None
    if row is not None and row.seq.bit_length() == seq.bit_length():
        content = unpacked(row, schema)
        if content is not None and content.hash() == row.content_hash and to_bytes(content.ledger) == row.ledger:
            return content
        log.critical("snapshot_unfit", document=document, seq=row.seq)
    return Content(schema)


def _compare(store: Store, document: int, schema: Schema, content: Content) -> None:
    """A snapshot that the log does not bear out is loaded no more."""
    seq = content.seq
    row = store.read(lambda session: session.get(Snapshot, (document, seq)))
    if row is None or _same(row, content, schema):
        return
    log.critical("snapshot_differs", document=document, seq=seq)
    store.write_sync(lambda session: session.execute(_this(document, seq).values(verified_at=None)))


def _written(store: Store, document: int, schema: Schema, content: Content, *, ours: bool) -> bool:
    """Writes a snapshot of this content, and marks it verified once it was read back and is the same."""
    seq = content.seq
    if not ours and not claimed(store, document, seq, beside=True):
        return False
    values = {
        "payload": pack(content.replica.diff(NOTHING), LOG_LIMITS),
        "ledger": to_bytes(content.ledger),
        "content_hash": content.hash(),
    }
    store.write_sync(lambda session: session.execute(_this(document, seq).values(**values)))
    row = store.read(lambda session: session.get(Snapshot, (document, seq)))
    if row is None or not _same(row, content, schema):
        log.critical("snapshot_differs", document=document, seq=seq)
        return False
    return store.write_sync(lambda session: _mark_verified(session, document, seq))


def _same(row: Snapshot, content: Content, schema: Schema) -> bool:
    again = unpacked(row, schema)
    return (
        again is not None
        and row.content_hash == content.hash() == again.hash()
        and row.ledger == to_bytes(content.ledger) == to_bytes(again.ledger)
    )


def _this(document: int, seq: int) -> Update:
    return update(Snapshot).where(_of(document), col(Snapshot.seq) == seq)


# Rows


def claimed(store: Store, document: int, seq: int, *, beside: bool = False) -> bool:
    """Says that a snapshot is being made here; False when somebody else is at it. ``beside``: it is we ourselves."""
    now = datetime.now(UTC)

    def claim(session: Session) -> bool:
        begun_by = select(col(Snapshot.seq), col(Snapshot.built_at)).where(
            _of(document), col(Snapshot.verified_at).is_(None)
        )
        for other, begun in session.execute(begun_by).all():
            if abs(now - begun) > _PATIENCE:
                session.execute(delete(Snapshot).where(_of(document), col(Snapshot.seq) == other))
            elif not beside:
                return False
        session.add(Snapshot(document_id=document, seq=seq, payload=b"", ledger=b"", content_hash="", built_at=now))
        return True

    try:
        return store.write_sync(claim)
    except IntegrityError:
        return False


def _mark_verified(session: Session, document: int, seq: int) -> bool:
    """The log must still be the log it was built from: a restored backup may have an entry of the same number."""
    if head(session, document) < seq:
        return False
    session.execute(_this(document, seq).values(verified_at=datetime.now(UTC)))
    return True


def _give_back(session: Session, document: int, seq: int) -> None:
    """Takes a claim away that came to nothing."""
    session.execute(
        delete(Snapshot).where(_of(document), col(Snapshot.seq) == seq, col(Snapshot.verified_at).is_(None))
    )


def _prune(session: Session, document: int, every: int) -> None:
    seqs = verified(session, document)
    gone = set(seqs) - kept(seqs, every)
    if gone:
        session.execute(delete(Snapshot).where(_of(document), col(Snapshot.seq).in_(gone)))


# The process


def main(documents: Iterable[str]) -> int:
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
                if build(store, int(document), settings.checkpoint_every) is not None:
                    stories.keep(store, int(document), settings.checkpoint_every)
            except (PlanError, ReplicaBroken) as trouble:
                failed = 1
                log.error("snapshot_not_built", document=int(document), error=type(trouble).__name__)
    finally:
        store.close()
    return failed
