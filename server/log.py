"""The append-only log of every section: the only source of truth for text, and the record of who wrote what.

Entries of one instant share a transaction and one fsync (group commit). An entry is committed only on top of the very
entry it was judged against; otherwise its outcome is a ``Conflict``. Rows are never changed and never deleted.
Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server import live_metrics
from server.batch import INSERT, MOVE_HEAD, READ_ROWS, Batch
from server.database import Store
from server.entries import MODE as MODE
from server.entries import SYSTEM as SYSTEM
from server.entries import UPDATE as UPDATE
from server.entries import Appended
from server.entries import Conflict as Conflict
from server.entries import Entry as Entry
from server.entries import Follow as Follow
from server.entries import Outcome as Outcome
from server.entries import Row as Row
from server.entries import Saved as Saved
from server.tables import Document, LogEntry

log = structlog.get_logger("alongside.log")

_ASK_SECONDS = 5.0


class Log:
    """Appends for all sections of one server. Lives on one event loop; only its commits happen in another thread."""

    def __init__(self, store: Store, committed: Callable[[float, int], None] | None = None) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._tick: dict[int, Appended] = {}
        self._queued: dict[int, deque[Appended]] = {}
        self._committed = committed
        self._heard: Counter[int] = Counter()
        self._batch = Batch(store.engine.dialect, self._ask)
        store.writer.batches(self._batch, self._delivered)

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
        self._batch.failures.update(_failed(jobs, outcomes))
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
    moved = connection.execute(MOVE_HEAD, {"document": document_id, "before": before, "last": before + len(entries)})
    if moved.rowcount != 1:
        raise HeadMoved
    at = datetime.now(UTC) if at is None else at
    rows = [
        {"document_id": document_id, "seq": seq, "kind": kind, "payload": payload, "author": author, "at": at}
        for seq, (kind, payload, author) in enumerate(entries, before + 1)
    ]
    try:
        connection.execute(INSERT, rows)
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
        found = session.execute(query.order_by(col(LogEntry.seq)).limit(READ_ROWS)).all()
        for row in found:
            yield Row(*row)
        if len(found) < READ_ROWS:
            return
        seq = found[-1][0]
