"""An event loop and a store that do one thing when they are told to, and nothing by themselves.

Everything else of a server process is the product's own code. What takes time in real life - a callback's turn, a
read of the database, its answer, a commit - is a step here, and whoever has the loop chooses the next one.
"""

from __future__ import annotations

import asyncio
import heapq
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import Context
from typing import Any, Protocol, TypeVar
from unittest import mock

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from server.database import Store, StoreFailed, _in_session, connect
from server.log import Row, rows_after
from server.logged import Logged
from server.settings import Settings
from server.writer import BEGIN_WRITING, Work, Writer

T = TypeVar("T")


class Reading:
    """A read of the database: first it is made, later its answer comes back."""

    def __init__(self, loop: StepLoop, work: Callable[[], Any]) -> None:
        self.future: asyncio.Future[Any] = loop.create_future()
        self.made = False
        self._work = work
        self._found: Any = None
        self._trouble: Exception | None = None

    def make(self, fails: bool) -> None:
        """Looks into the database as it is now."""
        self.made = True
        try:
            if fails:
                raise StoreFailed("The store did not answer.")
            self._found = self._work()
        except Exception as trouble:  # noqa: BLE001 - it belongs to whoever waits
            self._trouble = trouble

    def answer(self) -> None:
        """Whoever waits gets it."""
        if self.future.done():
            return
        if self._trouble is not None:
            self.future.set_exception(self._trouble)
        else:
            self.future.set_result(self._found)


class StepLoop(asyncio.AbstractEventLoop):
    """``asked`` is called when the writing thread asks something of the loop: True if the loop gets to it in time."""

    def __init__(self) -> None:
        self.ready: deque[asyncio.Handle] = deque()
        self.readings: list[Reading] = []
        self.now = 0.0
        self.troubles: list[dict[str, Any]] = []
        self.asked: Callable[[], bool] | None = None
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0

    # Steps

    def turn(self) -> bool:
        """Runs what has waited longest; False if nothing waits."""
        if not self.ready:
            return False
        handle = self.ready.popleft()
        if not handle.cancelled():
            before = asyncio._get_running_loop()
            asyncio._set_running_loop(self)
            try:
                handle._run()
            finally:
                asyncio._set_running_loop(before)
        return True

    def drain(self) -> None:
        """Runs everything that waits."""
        while self.turn():
            pass

    def tick(self) -> bool:
        """Time goes on until the next thing that waits for it."""
        while self._timers:
            when, _, handle = heapq.heappop(self._timers)
            if not handle.cancelled():
                self.now = max(self.now, when)
                self.ready.append(handle)
                return True
        return False

    # What asyncio asks

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = self.call_soon(callback, *args, context=context)
        if self.asked is not None and self.asked():
            while handle in self.ready:
                self.turn()
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def time(self) -> float:
        return self.now

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        reading = Reading(self, lambda: func(*args))
        self.readings.append(reading)
        return reading.future

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.troubles.append(context)


class Fates(Protocol):
    """Who says what becomes of a transaction, and what happens meanwhile."""

    def draw(self) -> str:
        """``well``, ``away`` (not begun), ``undone`` (lost before its end) or ``unheard`` (done, and nobody told)."""

    def meanwhile(self) -> None:
        """The writing thread waits: others go on."""

    def committing(self, connection: sqlite3.Connection) -> None:
        """This is about to be committed."""

    def committed(self) -> None:
        """It is."""

    def surprised(self, trouble: BaseException) -> None:
        """A batch failed by itself: two of its entries wanted one place, or worse."""


class StepWriter(Writer):
    """The product's writer without its thread: one ``step`` writes what has come together."""

    fates: Fates
    loop: StepLoop

    def _run(self) -> None:
        """The thread ends at once."""

    @property
    def waits(self) -> bool:
        """There is something to write."""
        return not self._queue.empty()

    def step(self, most: int) -> None:
        """Writes up to so many jobs, neighbours in one transaction, as the thread does."""
        jobs: list[Any] = []
        while len(jobs) < most and not self._queue.empty():
            jobs.append(self._queue.get_nowait())
        batch: list[Any] = []
        for job in jobs:
            if isinstance(job, Work):
                self._write_batch(batch)
                batch = []
                self._write_one(job)
            else:
                batch.append(job)
        self._write_batch(batch)

    def _in_short(self, batch: Any, jobs: Sequence[Any]) -> Sequence[Any]:
        fate = self.fates.draw()
        if fate == "away":
            raise sqlite3.OperationalError("away")
        with self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            cursor = raw.cursor()
            cursor.execute("PRAGMA query_only=OFF")
            cursor.execute(BEGIN_WRITING)
            try:
                self.loop.asked = self._is_heard
                try:
                    outcomes: Sequence[Any] = batch(cursor, jobs)
                finally:
                    self.loop.asked = None
                self.fates.committing(raw)
                if fate == "undone":
                    raise sqlite3.OperationalError("lost")
            except BaseException as trouble:
                cursor.execute("ROLLBACK")
                if not isinstance(trouble, sqlite3.OperationalError):
                    self.fates.surprised(trouble)
                raise
            cursor.execute("COMMIT")
        self.fates.committed()
        if fate == "unheard":
            raise sqlite3.OperationalError("lost")
        return outcomes

    def _is_heard(self) -> bool:
        self.fates.meanwhile()
        return self.fates.draw() == "well"

    def _transaction(self, run: Callable[[Connection], T]) -> T:
        fate = self.fates.draw()
        lost = OperationalError("", {}, Exception(fate))
        if fate == "away":
            raise lost
        with self._engine.connect() as connection, connection.begin():
            result = run(connection)
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            self.fates.committing(raw)
            if fate == "undone":
                raise lost
        self.fates.committed()
        if fate == "unheard":
            raise lost
        return result


class StepStore(Store):
    """A database that several processes share, like PostgreSQL; in a file, so that each has a look of its own."""

    writer: StepWriter

    def __init__(self, settings: Settings) -> None:
        super().__init__(connect(settings), settings, None)
        self.settings = settings
        self.writer.stop()
        self.writer = StepWriter(self.writer._engine, None, patience=0.25)

    def write_sync(self, fn: Callable[[Session], T]) -> T:
        """Writes at once and without any misfortune, as another process would."""
        with self.writer._engine.connect() as connection, connection.begin():
            return _in_session(connection, fn)


class _Time:
    """The writing thread's clock: while it sleeps, others go on."""

    def __init__(self, fates: Fates) -> None:
        self._fates = fates
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self._now += seconds
        self._fates.meanwhile()


def _late(fates: Fates) -> type[Future[bool]]:
    """An answer of the loop that may come just when the writing thread has given up waiting for it."""

    class Late(Future[bool]):
        def result(self, timeout: float | None = None) -> bool:
            if fates.draw() != "well":
                raise TimeoutError
            return super().result(timeout)

    return Late


@contextmanager
def by_steps(fates: Fates) -> Iterator[None]:
    """The product's code with no time in it, and without the one query that only PostgreSQL understands."""
    with (
        mock.patch("server.writer.time", _Time(fates)),
        mock.patch("server.log._ASK_SECONDS", 0),
        mock.patch("server.log.Future", _late(fates)),
        mock.patch("server.catching_up._read", _new_rows),
    ):
        yield


def _new_rows(session: Session, at: Mapping[Logged, tuple[int, int]]) -> dict[int, list[Row]]:
    return {room.document_id: list(rows_after(session, room.document_id, seq)) for room, (seq, _) in at.items()}
