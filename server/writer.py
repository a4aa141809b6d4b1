"""The one thread that writes: jobs in the order they came, log entries of one instant in one transaction.

It must never call back into an event loop directly, and never let one job's failure touch another's result. Whoever
gets a result gets it after the commit. Only ``database`` and ``log`` may import it.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine, Transaction, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.codes import Code, PlanError

T = TypeVar("T")
log = structlog.get_logger("alongside.store")

BUSY_SECONDS = 0.003
GATHER_SECONDS = 0.002
"""When entries come this soon after a commit, the next one waits this long for company; a lone edit never waits."""

COMPANY = 16
"""So many entries are company enough: at the ceiling everybody else waits for the answer to them."""

AGAIN_SECONDS = 0.1
"""Between two tries to reach a database that went away."""

_ONE_AFTER_ANOTHER = 0x616C6F6E68
"""The advisory lock of every transaction but those of the log: on PostgreSQL, too, acts happen one after the other."""

BEGIN_WRITING = "BEGIN IMMEDIATE"
"""SQLite takes the write lock at once, so that a transaction never finds out half-way that it may not write."""


class StoreFailed(PlanError):
    """The store did not take or give what was asked; nothing of it was kept."""

    code = Code.NOT_SAVED


class Moved(Exception):
    """The database's files are not the ones we opened: what is written there would be lost."""


class Work(Generic[T]):
    """A job with a transaction of its own; ``future`` has what ``run`` returned, once that is on disk."""

    def __init__(self, run: Callable[[Connection], T]) -> None:
        self.run = run
        self.future: Future[T] = Future()


class Batchable(Protocol):
    """A job that shares its transaction with its neighbours of the same kind."""

    entries: Sequence[Any]
    """What it writes."""


class Batch(Protocol):
    """Writes jobs through a DBAPI cursor."""

    def at_once(self, cursor: Any, jobs: Sequence[Any]) -> Sequence[Any] | None:
        """By one statement that is its own transaction: an outcome for each; None when nothing was written."""

    def __call__(self, cursor: Any, jobs: Sequence[Any]) -> Sequence[Any]:
        """Inside a transaction it neither begins nor ends; an outcome for each."""


class Writer:
    """FIFO. ``batch`` writes neighbouring batchable jobs; it is given by whoever submits them."""

    def __init__(self, engine: Engine, file: Path | None, patience: float = 0.0) -> None:
        """``patience``: seconds for which a database that is reached over a network may be away."""
        self._engine = engine
        self._patience = patience
        self._away = False
        self._file = None if file is None else str(file)
        self._journal_file = f"{file}-wal"
        self._identity = _identity(self._file)
        self._connection: Connection | None = None
        self._journal: tuple[int, int] | None = None
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stopped = False
        self._committed_at = 0.0
        self.refusing = False
        """True from a batch that was not saved until one is."""
        self._batch: Batch | None = None
        self._delivered: Callable[[Sequence[Any], Sequence[Any], float], None] | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def batches(self, batch: Batch, delivered: Callable[[Sequence[Any], Sequence[Any], float], None]) -> None:
        """Says how batchable jobs are written, and who is told: jobs, their outcomes, seconds the commit took."""
        self._batch, self._delivered = batch, delivered

    def submit(self, job: Any) -> None:
        """Queues a job. Order of calls is order of commits."""
        if self._stopped:
            raise RuntimeError("the store is closed")
        self._queue.put(job)

    def stop(self) -> None:
        """Runs what is queued, then ends the thread."""
        if not self._stopped:
            self._stopped = True
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while True:
            jobs = [self._queue.get(), *self._queued()]
            busy = time.perf_counter() - self._committed_at < BUSY_SECONDS
            if busy and _entries(jobs) < COMPANY:
                time.sleep(GATHER_SECONDS)
                jobs += self._queued()
            batch: list[Any] = []
            for job in jobs:
                if job is not None and not isinstance(job, Work):
                    batch.append(job)
                    continue
                self._write_batch(batch)
                batch = []
                if job is None:
                    self._disconnect()
                    return
                self._write_one(job)
            self._write_batch(batch)

    def _queued(self) -> Iterator[Any]:
        """What waits now."""
        while True:
            try:
                yield self._queue.get_nowait()
            except queue.Empty:
                return

    def _write_one(self, job: Work[Any]) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            result = self._transaction(job.run)
        except Exception as trouble:  # noqa: BLE001 - the border of this thread: it belongs to the one who waits
            job.future.set_exception(as_store_failure(trouble))
        else:
            job.future.set_result(result)

    def _write_batch(self, jobs: list[Any]) -> None:
        batch = self._batch
        if not jobs or batch is None or self._delivered is None:
            return
        started = time.perf_counter()
        try:
            outcomes = self._patiently(lambda: self._in_short(batch, jobs))
        except Exception as trouble:  # noqa: BLE001 - the border of this thread: every waiter is told
            log.error("batch_not_saved", entries=len(jobs), error=type(trouble).__name__)
            outcomes = [StoreFailed("The store did not take this.")] * len(jobs)
            self.refusing = True
        else:
            self.refusing = False
        self._committed_at = time.perf_counter()
        self._delivered(jobs, outcomes, self._committed_at - started)

    def _patiently(self, work: Callable[[], T]) -> T:
        """Tries again while a database elsewhere is away or was in a tangle.

        Nothing is written twice: what a transaction finds there decides what it does.
        """
        until = time.monotonic() + (0.0 if self._away else self._patience)
        while True:
            try:
                done = work()
            except (self._engine.dialect.loaded_dbapi.OperationalError, OperationalError) as trouble:
                if self._file is not None or self._stopped or time.monotonic() >= until:
                    self._away = True  # what is queued behind this need not wait as long again
                    raise
                log.warning("store_away", error=type(trouble).__name__)
                time.sleep(AGAIN_SECONDS)
            else:
                self._away = False
                return done

    def _begun(self) -> tuple[Connection, Transaction]:
        """A transaction that has reached the database; behind it, acts of other processes wait."""
        try:
            connection = self._connect()
            transaction = connection.begin()
            if self._file is None:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AFTER_ANOTHER})"))
        except BaseException:
            self._disconnect()
            raise
        return connection, transaction

    def _transaction(self, run: Callable[[Connection], T]) -> T:
        connection, transaction = self._patiently(self._begun)
        try:
            with transaction:
                result = run(connection)
            self._check_files()
        except BaseException:
            self._disconnect()  # its state is not known for sure; the next job starts afresh
            raise
        return result

    def _in_short(self, batch: Batch, jobs: Sequence[Any]) -> Sequence[Any]:
        """A transaction on the bare connection: the ORM's share of a commit would cost three times the commit."""
        try:
            raw: Any = self._connect().connection.dbapi_connection
            cursor = raw.cursor()
            outcomes = None
            if self._file is not None:
                cursor.execute(BEGIN_WRITING)
            else:
                raw.autocommit = True
                outcomes = batch.at_once(cursor, jobs)
                raw.autocommit = False
            if outcomes is None:
                outcomes = batch(cursor, jobs)
                raw.commit()
            cursor.close()
            self._check_files()
        except BaseException:
            self._disconnect()
            raise
        return outcomes

    def _connect(self) -> Connection:
        """The connection of this thread. Its files are looked at before every transaction, and after it."""
        self._check_files()
        if self._connection is None:
            self._connection = self._engine.connect()
            if self._file is not None:
                with self._connection.begin():
                    pass
                self._journal = _identity(self._journal_file)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection, self._journal = self._connection, None, None
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except DBAPIError as trouble:
                log.warning("connection_not_closed", error=type(trouble).__name__)

    def _check_files(self) -> None:
        """SQLite goes on writing to files that were removed or replaced; nobody would ever find those words again."""
        if self._file is None:
            return
        moved = _identity(self._file) != self._identity
        if moved or (self._connection is not None and _identity(self._journal_file) != self._journal):
            raise Moved("the database file was moved, removed or replaced")


def _entries(jobs: Sequence[Any]) -> int:
    return sum(1 if job is None or isinstance(job, Work) else len(job.entries) for job in jobs)


def _identity(file: str | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def as_store_failure(trouble: Exception) -> Exception:
    """The database's own troubles become ``StoreFailed``; a broken rule or a bug stays what it is."""
    if isinstance(trouble, (IntegrityError, DataError, ProgrammingError)):
        return trouble
    if isinstance(trouble, (DBAPIError, PoolTimeout, Moved, OSError)):
        failed = StoreFailed(f"The store did not take this: {type(trouble).__name__}.")
        failed.__cause__ = trouble
        return failed
    return trouble
