"""The append-only log of every section: the only source of truth for text, and the record of who wrote what.

Entries of one instant share a transaction and one fsync (group commit). An entry is committed only on top of the very
entry it was judged against; otherwise its outcome is a ``Conflict``. Rows are never changed and never deleted.
Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Dialect, UpdateBase, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server import live_metrics
from server.database import Store, StoreFailed
from server.tables import Document, LogEntry

log = structlog.get_logger("alongside.log")

UPDATE = "update"
MODE = "mode"
SYSTEM = "system"
_READ_ROWS = 2000
_ASK_SECONDS = 5.0


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
    """Nothing was written: what came before, or somebody's rights, are not what they were. Judge again."""


Outcome = Saved | Conflict | StoreFailed

Follow = Callable[[Sequence[Row], int], bool]
"""Asked on the loop while the section stands still: entries of other processes, and the number of the plan's rights.

True when the queued entries may stand behind them as they are; then the asker has taken these entries.
"""


class Appended:
    """Entries for one section, judged against everything up to ``before``, by the rights of number ``rights``."""

    __slots__ = ("at", "before", "document_id", "done", "doomed", "entries", "follow", "heard", "rights")

    def __init__(
        self,
        document_id: int,
        before: int,
        done: Callable[[Outcome], None],
        rights: int | None = None,
        follow: Follow | None = None,
    ) -> None:
        self.document_id = document_id
        self.before = before
        self.entries: list[Entry] = []
        self.done = done
        self.rights = rights
        self.follow = follow
        self.at = datetime.now(UTC)
        self.heard = 0
        """How many failures in this section whoever queued it had heard of."""
        self.doomed = False
        """Queued before a failure was heard of: judged on top of what was not written."""

    @property
    def last(self) -> int:
        return self.before + len(self.entries)


_MOVE_HEAD = (
    update(Document)
    .where(col(Document.id) == bindparam("document"), col(Document.seq) == bindparam("before"))
    .values(seq=bindparam("last"))
)
_COLUMNS = ("document_id", "seq", "kind", "payload", "author", "at")
_INSERT = insert(LogEntry).values({name: bindparam(name) for name in _COLUMNS})


class _Statement:
    """A statement made once for one database, for a bare cursor."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None

    def values(self, **values: object) -> object:
        """The values as the driver wants them: in order, or by name."""
        return values if self._order is None else tuple([values[name] for name in self._order])


_HEADS = "SELECT id, seq FROM document WHERE id {} ORDER BY id"
_RIGHTS = (
    "SELECT document.id, change.number FROM document JOIN change ON change.plan_id = document.plan_id "
    "AND change.kind = 'rights' WHERE document.id {}"
)
_MOVE_ALL = (
    "UPDATE document SET seq = moved.last FROM unnest(%b::int[], %b::int[], %b::int[]) AS moved(id, before, last) "
    "WHERE document.id = moved.id AND document.seq = moved.before"
)
_INSERT_ALL = (
    "INSERT INTO log_entry (document_id, seq, kind, payload, author, at) "
    "SELECT * FROM unnest(%b::int[], %b::int[], %b::text[], %b::bytea[], %b::text[], %b::timestamptz[])"
)
"""All at once. PostgreSQL takes many statements sent together for one that goes on until their end has come: should we
stand still in the middle of them, no time limit of it would ever free the heads."""
_ROWS = "SELECT seq, kind, payload, author FROM log_entry WHERE document_id = {0} AND seq > {0} ORDER BY seq LIMIT {1}"


class _Writing:
    """Writes batches of appends through a cursor, the same way on every database.

    The heads of all sections concerned are locked first, in one order for everybody: from there to the commit nobody
    else appends to them. Rights are read after that, so an edit is written by the rights that stand before it.
    """

    def __init__(self, dialect: Dialect, ask: Callable[[Appended, Sequence[Row], int], bool]) -> None:
        self._ask = ask
        self.failures: Counter[int] = Counter()
        """How often something was not written, by document."""
        self._move = _Statement(_MOVE_HEAD, dialect)
        self._insert = _Statement(_INSERT, dialect)
        self._time = LogEntry.__table__.c.at.type.bind_processor(dialect)  # type: ignore[attr-defined]
        self._postgres = dialect.name == "postgresql"
        sign = "%s" if self._postgres else "?"
        these = "= ANY(%s)" if self._postgres else "IN (SELECT value FROM json_each(?))"
        self._heads = _HEADS.format(these) + (" FOR UPDATE" if self._postgres else "")
        self._rights = _RIGHTS.format(these)
        self._rows = _ROWS.format(sign, _READ_ROWS + 1)

    def __call__(self, cursor: Any, jobs: Sequence[Appended]) -> list[Outcome]:
        """A job that may not be written is left out, whole; the others are written."""
        documents = sorted({job.document_id for job in jobs})
        these = documents if self._postgres else json.dumps(documents)
        heads: dict[int, int] = dict(cursor.execute(self._heads, (these,)).fetchall())
        rights: dict[int, int] = dict(cursor.execute(self._rights, (these,)).fetchall())
        outcomes: list[Outcome] = []
        moves: dict[int, tuple[int, int]] = {}
        rows: list[tuple[int, int, str, bytes, str, Any]] = []
        failed: set[int] = set()
        for job in jobs:
            job.doomed = job.document_id in failed or job.heard != self.failures[job.document_id]
            head = None if job.doomed else heads.get(job.document_id)
            outcome = self._judged(cursor, job, head, rights.get(job.document_id, 0))
            if outcome == Conflict():
                failed.add(job.document_id)
            if outcome is None:
                outcome = Saved(job.last)
                moves[job.document_id] = (moves.get(job.document_id, (job.before, 0))[0], job.last)
                heads[job.document_id] = job.last
                at = job.at if self._time is None else self._time(job.at)
                for seq, (kind, payload, author) in enumerate(job.entries, job.before + 1):
                    rows.append((job.document_id, seq, kind, payload, author, at))
            outcomes.append(outcome)
        if rows and self._postgres:
            cursor.execute(_MOVE_ALL, [list(moves), *map(list, zip(*moves.values(), strict=True))])
            cursor.execute(_INSERT_ALL, [list(column) for column in zip(*rows, strict=True)])
        elif rows:
            moved = [self._move.values(document=key, before=before, last=last) for key, (before, last) in moves.items()]
            cursor.executemany(self._move.text, moved)
            cursor.executemany(
                self._insert.text, [self._insert.values(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]
            )
        return outcomes

    def _judged(self, cursor: Any, job: Appended, head: int | None, rights: int) -> Outcome | None:
        """What became of a job, if that is known before it is written."""
        if head == job.before and job.rights in (None, rights):
            return None
        if head is None or head < job.before:
            return Conflict()
        found = [
            Row(seq, kind, bytes(payload), author)
            for seq, kind, payload, author in cursor.execute(self._rows, (job.document_id, job.before)).fetchall()
        ]
        if [Entry(row.kind, row.payload, row.author) for row in found[: len(job.entries)]] == job.entries:
            return Saved(job.last)  # an earlier try was written after all, though the answer never came
        if len(found) != head - job.before or not self._ask(job, found, rights):
            return Conflict()  # where not all is found, it is too much, or this very batch writes it
        return None


class Log:
    """Appends for all sections of one server. Lives on one event loop; only its commits happen in another thread."""

    def __init__(self, store: Store, committed: Callable[[float, int], None] | None = None) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._tick: dict[int, Appended] = {}
        self._queued: dict[int, deque[Appended]] = {}
        self._committed = committed
        self._heard: Counter[int] = Counter()
        self._writing = _Writing(store.engine.dialect, self._ask)
        store.writer.batches(self._writing, self._delivered)

    def append(
        self,
        document_id: int,
        seq: int,
        entry: Entry,
        done: Callable[[Outcome], None],
        *,
        rights: int | None = None,
        follow: Follow | None = None,
    ) -> None:
        """Queues entry number ``seq``. ``done`` is called on the loop after the commit, once for a run of entries.

        ``rights``: the number of the plan's rights it was judged by. ``follow`` is asked when it comes too late.
        """
        waiting = self._tick.get(document_id)
        if waiting is None:
            if not self._tick:
                self._loop.call_soon(self.flush)
            waiting = self._wait(Appended(document_id, seq - 1, done, rights, follow))
        elif waiting.done is not done or seq != waiting.last + 1 or waiting.rights != rights:
            self.flush()
            self._loop.call_soon(self.flush)
            waiting = self._wait(Appended(document_id, seq - 1, done, rights, follow))
        waiting.entries.append(entry)

    def _wait(self, appended: Appended) -> Appended:
        appended.heard = self._heard[appended.document_id]
        self._tick[appended.document_id] = appended
        self._queued.setdefault(appended.document_id, deque()).append(appended)
        return appended

    def flush(self) -> None:
        """Hands what was queued in this turn of the loop to the writing thread."""
        if self._tick:
            waiting, self._tick = self._tick, {}
            for appended in waiting.values():
                self._store.writer.submit(appended)

    def _ask(self, job: Appended, rows: Sequence[Row], rights: int) -> bool:
        """In the writing thread, while the section stands still: may this entry come after those?"""
        if job.follow is None:
            return False
        answer: Future[bool] = Future()
        try:
            self._loop.call_soon_threadsafe(self._follow, job, rows, rights, answer)
            return answer.result(_ASK_SECONDS)
        except (RuntimeError, TimeoutError):
            answer.cancel()
            return False  # the loop has ended, or is so busy that others should not wait for it

    def _follow(self, job: Appended, rows: Sequence[Row], rights: int, answer: Future[bool]) -> None:
        if job.follow is None or not answer.set_running_or_notify_cancel():
            return
        try:
            stale = job.rights not in (None, rights)  # whoever wrote it may have lost that right
            fits = job.follow(() if stale else rows, rights) and not stale
        except Exception:
            log.exception("not_followed", document=job.document_id)
            fits = False
        if fits:
            for queued in self._queued.get(job.document_id, ()):
                queued.before += len(rows)
        answer.set_result(fits)

    def _delivered(self, jobs: Sequence[Appended], outcomes: Sequence[Outcome], seconds: float) -> None:
        self._writing.failures.update(_failed(jobs, outcomes))
        try:
            self._loop.call_soon_threadsafe(self._tell, jobs, outcomes, seconds)
        except RuntimeError:
            pass  # the loop has ended: nobody is left to be told

    def _tell(self, jobs: Sequence[Appended], outcomes: Sequence[Outcome], seconds: float) -> None:
        if self._committed is not None:
            self._committed(seconds, sum(len(job.entries) for job in jobs))
        for job, outcome in zip(jobs, outcomes, strict=True):
            self._forget(job)
            if isinstance(outcome, Conflict):
                live_metrics.CONFLICTS.inc()
            try:
                job.done(outcome)
            except Exception:
                log.exception("outcome_not_taken", document=job.document_id)
            self._heard.update(_failed((job,), (outcome,)))

    def _forget(self, job: Appended) -> None:
        queued = self._queued.get(job.document_id)
        if queued and queued[0] is job:
            queued.popleft()
        if not queued:
            self._queued.pop(job.document_id, None)


def _failed(jobs: Sequence[Appended], outcomes: Sequence[Outcome]) -> list[int]:
    """The documents in which something was not written, that nobody knew of when it was queued."""
    pairs = zip(jobs, outcomes, strict=True)
    return [job.document_id for job, outcome in pairs if not isinstance(outcome, Saved) and not job.doomed]


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
    """The number of the last committed entry; for whoever is about to write, it stays so until they have written."""
    query = select(col(Document.seq)).where(col(Document.id) == document)
    if session.connection().get_execution_options().get("writes", False):
        query = query.with_for_update()
    return int(session.execute(query).scalar_one())


def heads(session: Session, documents: Iterable[int]) -> dict[int, int]:
    """The same of several documents, locked in the order in which everybody locks them."""
    query = select(col(Document.id), col(Document.seq)).where(col(Document.id).in_(sorted(documents)))
    found = session.execute(query.order_by(col(Document.id)).with_for_update()).all()
    return {number: seq for number, seq in found if number is not None}


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
