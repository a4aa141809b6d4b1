"""The append-only log of every section: the only source of truth for text, and the record of who wrote what.

Entries of one instant share a transaction and one fsync (group commit). An entry is committed only on top of the very
entry it was judged against; otherwise its outcome is a ``Conflict``. Rows are never changed and never deleted.
Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Dialect, UpdateBase, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server.database import Store, StoreFailed
from server.tables import Document, LogEntry

log = structlog.get_logger("alongside.log")

UPDATE = "update"
MODE = "mode"
SYSTEM = "system"
_READ_ROWS = 2000


class Entry(NamedTuple):
    kind: str
    payload: bytes
    author: str


class Row(NamedTuple):
    """One committed entry."""

    seq: int
    kind: str
    payload: bytes
    author: str


@dataclass(frozen=True, slots=True)
class Saved:
    """On disk up to and including ``last``."""

    last: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else appended first: nothing was written; read what is new, judge again, append again."""


Outcome = Saved | Conflict | StoreFailed


class Appended:
    """Entries for one section, judged against everything up to ``before``."""

    __slots__ = ("at", "before", "document_id", "done", "entries")

    def __init__(self, document_id: int, before: int, done: Callable[[Outcome], None]) -> None:
        self.document_id = document_id
        self.before = before
        self.entries: list[Entry] = []
        self.done = done
        self.at = datetime.now(UTC)


_MOVE_HEAD = (
    update(Document)
    .where(col(Document.id) == bindparam("document"), col(Document.seq) == bindparam("before"))
    .values(seq=bindparam("last"))
)
_INSERT = insert(LogEntry).values(
    {name: bindparam(name) for name in ("document_id", "seq", "kind", "payload", "author", "at")}
)


class _Statement:
    """A statement made once for one database, for a bare cursor."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None

    def values(self, **values: object) -> object:
        """The values as the driver wants them: in order, or by name."""
        return values if self._order is None else tuple([values[name] for name in self._order])


class _Writing:
    """Writes batches of appends through a cursor, the same way on every database."""

    def __init__(self, dialect: Dialect) -> None:
        self._move = _Statement(_MOVE_HEAD, dialect)
        self._insert = _Statement(_INSERT, dialect)
        self._time = LogEntry.__table__.c.at.type.bind_processor(dialect)  # type: ignore[attr-defined]

    def __call__(self, cursor: Any, jobs: Sequence[Appended]) -> list[Outcome]:
        """A job whose head has moved is left out, whole; the others are written."""
        outcomes: list[Outcome] = []
        rows: list[object] = []
        for job in jobs:
            last = job.before + len(job.entries)
            cursor.execute(self._move.text, self._move.values(document=job.document_id, before=job.before, last=last))
            if cursor.rowcount != 1:
                outcomes.append(Conflict())
                continue
            outcomes.append(Saved(last))
            at = job.at if self._time is None else self._time(job.at)
            for seq, (kind, payload, author) in enumerate(job.entries, job.before + 1):
                values = self._insert.values(
                    document_id=job.document_id, seq=seq, kind=kind, payload=payload, author=author, at=at
                )
                rows.append(values)
        if rows:
            cursor.executemany(self._insert.text, rows)
        return outcomes


class Log:
    """Appends for all sections of one server. Lives on one event loop; only its commits happen in another thread."""

    def __init__(self, store: Store, committed: Callable[[float, int], None] | None = None) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._tick: dict[int, Appended] = {}
        self._committed = committed
        store.writer.batches(_Writing(store.engine.dialect), self._delivered)

    def append(self, document_id: int, seq: int, entry: Entry, done: Callable[[Outcome], None]) -> None:
        """Queues entry number ``seq``. ``done`` is called on the loop after the commit, once for a run of entries."""
        waiting = self._tick.get(document_id)
        if waiting is None:
            if not self._tick:
                self._loop.call_soon(self.flush)
            waiting = self._tick[document_id] = Appended(document_id, seq - 1, done)
        elif waiting.done is not done or seq != waiting.before + len(waiting.entries) + 1:
            self.flush()
            self._loop.call_soon(self.flush)
            waiting = self._tick[document_id] = Appended(document_id, seq - 1, done)
        waiting.entries.append(entry)

    def flush(self) -> None:
        """Hands what was queued in this turn of the loop to the writing thread."""
        if self._tick:
            waiting, self._tick = self._tick, {}
            for appended in waiting.values():
                self._store.writer.submit(appended)

    def _delivered(self, jobs: Sequence[Appended], outcomes: Sequence[Outcome], seconds: float) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell, jobs, outcomes, seconds)
        except RuntimeError:
            pass  # the loop has ended: nobody is left to be told

    def _tell(self, jobs: Sequence[Appended], outcomes: Sequence[Outcome], seconds: float) -> None:
        if self._committed is not None:
            self._committed(seconds, sum(len(job.entries) for job in jobs))
        for job, outcome in zip(jobs, outcomes, strict=True):
            try:
                job.done(outcome)
            except Exception:
                log.exception("outcome_not_taken", document=job.document_id)


class HeadMoved(Exception):
    """An entry inside a larger transaction came too late; the whole transaction must go."""


def append_within(
    session: Session, document_id: int, before: int, entries: Sequence[Entry], at: datetime | None = None
) -> None:
    """Appends as part of somebody's transaction; raises ``HeadMoved`` when ``before`` is no longer the last entry.

    ``at``: when it was written, if that is not now.
    """
    connection = session.connection()
    moved = connection.execute(_MOVE_HEAD, {"document": document_id, "before": before, "last": before + len(entries)})
    if moved.rowcount != 1:
        raise HeadMoved
    at = datetime.now(UTC) if at is None else at
    rows = [
        {"document_id": document_id, "seq": seq, "kind": kind, "payload": payload, "author": author, "at": at}
        for seq, (kind, payload, author) in enumerate(entries, before + 1)
    ]
    try:
        connection.execute(_INSERT, rows)
    except IntegrityError as taken:
        raise HeadMoved from taken


def document_id(session: Session, plan_id: str, section: str) -> int | None:
    """The section's document, if it has one yet."""
    return session.execute(
        select(col(Document.id)).where(col(Document.plan_id) == plan_id, col(Document.section) == section)
    ).scalar_one_or_none()


def head(session: Session, document: int) -> int:
    """The number of the last committed entry."""
    return int(session.execute(select(col(Document.seq)).where(col(Document.id) == document)).scalar_one())


def rows_after(session: Session, document: int, seq: int, upto: int | None = None) -> Iterator[Row]:
    """Committed entries after ``seq``, in order, read in portions."""
    columns = (col(LogEntry.seq), col(LogEntry.kind), col(LogEntry.payload), col(LogEntry.author))
    while True:
        query = select(*columns).where(col(LogEntry.document_id) == document, col(LogEntry.seq) > seq)
        if upto is not None:
            query = query.where(col(LogEntry.seq) <= upto)
        found = session.execute(query.order_by(col(LogEntry.seq)).limit(_READ_ROWS)).all()
        for row in found:
            yield Row(*row)
        if len(found) < _READ_ROWS:
            return
        seq = found[-1][0]
