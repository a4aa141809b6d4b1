"""The store: one database, many readers, one writing thread.

It must never report a write that is not on disk, and never share a store between two servers. SQLite (WAL,
synchronous=FULL) is the embedded default; another database is another URL on the same path.
Anyone in ``server`` may import it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from server.codes import Code, PlanError
from server.migrations import migrate
from server.settings import Settings
from server.writer import BEGIN_WRITING, StoreFailed, Work, Writer, as_store_failure

__all__ = ["Store", "StoreFailed", "StoreInUse", "connect", "server_address", "store_file"]

T = TypeVar("T")

DATABASE_FILE = "alongside.sqlite3"
LOCK_FILE = "server.lock"
_READERS = 4
_HOW_TO_NAME_ONE = "Write it like postgresql+psycopg://NAME:PASSWORD@HOST/DATABASE; docs/settings.md says more."


class StoreInUse(PlanError):
    """Another server already serves this store."""

    code = Code.BUSY


class Store:
    """Reads run in parallel and see a committed moment; writes run one after the other, each all or nothing."""

    def __init__(self, engine: Engine, settings: Settings, file: Path | None) -> None:
        self._engine = engine
        self._file = file
        self._data_dir = settings.data_dir
        self._lock: int | None = None
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._reading = _reading(engine)
        self.writer = Writer(_writing(engine), file, settings.database_busy_seconds)

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """Opens the store, and brings an embedded one's tables up to date. Several processes may have it open."""
        file = store_file(settings)
        engine = connect(settings)
        try:
            if file is not None:
                _make_private(file, settings)
            migrate.bring_up_to_date(_writing(engine), upgrade=file is not None)
        except DBAPIError as trouble:
            engine.dispose()
            named = f"The store at {file} could not be opened." if file else "The database could not be reached."
            raise StoreFailed(named) from trouble
        except OSError as trouble:
            engine.dispose()
            raise StoreFailed(f"The store at {file} could not be opened: {trouble.strerror}.") from trouble
        except PlanError:
            engine.dispose()
            raise
        return cls(engine, settings, file)

    @property
    def embedded(self) -> bool:
        """Whether it is a file of this process's own; else other processes may serve the same plans."""
        return self._file is not None

    @property
    def engine(self) -> Engine:
        """For statements compiled for this database; queries go through ``read``."""
        return self._engine

    def hold(self, address: dict[str, Any]) -> None:
        """Claims the store for this server process, until it ends. ``address`` tells the command line where it is.

        Only an embedded store is one process's alone.
        """
        if self._file is None:
            return
        path = self._data_dir / LOCK_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            os.close(lock)
            raise StoreInUse(
                f"Another server already serves the store in {self._data_dir}. Stop it first, or choose another --data."
            ) from taken
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(address).encode(), 0)
        self._lock = lock

    def let_go(self) -> None:
        """Gives the claim of ``hold`` back."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def read(self, fn: Callable[[Session], T]) -> T:
        """Runs ``fn`` on one committed moment of the store. Waits: call it from a thread, not the event loop."""
        try:
            with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
                return fn(session)
        except (DBAPIError, PoolTimeout) as trouble:
            raise as_store_failure(trouble) from trouble

    async def aread(self, fn: Callable[[Session], T]) -> T:
        """``read``, from the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read, fn)

    async def connect_ahead(self) -> None:
        """Opens every reader's connection now, not at the first reads."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._connect_ahead)

    def _connect_ahead(self) -> None:
        try:
            with ExitStack() as opened:
                for _ in range(_READERS):
                    opened.enter_context(self._reading.connect())
        except (DBAPIError, PoolTimeout) as trouble:
            raise as_store_failure(trouble) from trouble

    async def write(self, fn: Callable[[Session], T]) -> T:
        """Runs ``fn`` in the writing thread as one transaction, in order with log entries. Returns after the commit."""
        return await asyncio.wrap_future(self._submit(fn).future)

    def write_sync(self, fn: Callable[[Session], T]) -> T:
        """``write``, for threads and the command line."""
        return self._submit(fn).future.result()

    def _submit(self, fn: Callable[[Session], T]) -> Work[T]:
        work: Work[T] = Work(lambda connection: _in_session(connection, fn))
        self.writer.submit(work)
        return work

    def close(self) -> None:
        """Waits for what was queued, then lets go of the database."""
        self.writer.stop()
        self._pool.shutdown(wait=True)
        self._engine.dispose()
        self.let_go()


def store_file(settings: Settings) -> Path | None:
    """The file an embedded store is in; None when another kind of database is named."""
    if settings.database_url is None:
        return settings.data_dir / DATABASE_FILE
    url = _named(settings.database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def connect(settings: Settings) -> Engine:
    """The way to the database. Nothing is opened yet; an address nobody can use is told in one sentence."""
    file = store_file(settings)
    url = _named(settings.database_url or f"sqlite:///{file}")
    try:
        return _engine(url, settings.database_busy_seconds)
    except NoSuchModuleError as unknown:
        raise StoreFailed(
            f"ALONGSIDE_DATABASE_URL names a kind of database that is not known here. {_HOW_TO_NAME_ONE}"
        ) from unknown
    except ImportError as missing:
        raise StoreFailed(
            "The driver that ALONGSIDE_DATABASE_URL asks for is not installed beside this program. For PostgreSQL "
            'write postgresql+psycopg://… and run: pip install "psycopg[binary]"'
        ) from missing


def _named(url: str) -> URL:
    try:
        found = make_url(url)
        found.get_backend_name()
    except (ArgumentError, ValueError) as wrong:  # never with its message: it holds the address and its password
        raise StoreFailed(f"ALONGSIDE_DATABASE_URL cannot be read as an address. {_HOW_TO_NAME_ONE}") from wrong
    return found


def _make_private(file: Path, settings: Settings) -> None:
    """A new store is its owner's only, whatever the umask; SQLite gives its journal the same mode."""
    if settings.database_url is None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not str(file).startswith((":", "file:")):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def server_address(settings: Settings) -> dict[str, Any] | None:
    """Where the server of this store listens, as it wrote it down itself; None when none is running."""
    try:
        lock = os.open(settings.data_dir / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        try:
            found = json.loads(os.pread(lock, 4096, 0))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
    finally:
        os.close(lock)
    return None


def _in_session(connection: Any, fn: Callable[[Session], T]) -> T:
    with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
        result = fn(session)
        session.flush()
        session.expunge_all()
        return result


def _of_postgres(busy_seconds: float) -> dict[str, Any]:
    """How long PostgreSQL waits for us, and we for it: a process that is cut off must not hold the others up."""
    seconds = max(1, round(busy_seconds))
    return {
        "connect_timeout": seconds,
        "keepalives_idle": seconds,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * seconds,
        "application_name": "alongside",
        "options": f"-c synchronous_commit=on -c lock_timeout={seconds}s -c timezone=UTC"
        f" -c idle_in_transaction_session_timeout={2 * seconds}s -c tcp_user_timeout={1000 * seconds}"
        f" -c tcp_keepalives_idle={seconds} -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3",
    }


def _reading(engine: Engine) -> Engine:
    """The same connections, but everything that one session reads is of one moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _writing(engine: Engine) -> Engine:
    """The same connections, but a transaction takes the write lock at its start, not at its first write."""
    return engine.execution_options(writes=True)


def _engine(url: URL, busy_seconds: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            connect_args=_of_postgres(busy_seconds),
            pool_pre_ping=True,
            pool_size=_READERS + 2,
            pool_timeout=max(1.0, busy_seconds),
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
        pool_size=_READERS + 2,
        hide_parameters=True,  # they hold text of plans, and errors are logged
    )

    @event.listens_for(engine, "connect")
    def at_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            f"journal_size_limit={64 * 1024 * 1024}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def at_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.exec_driver_sql(BEGIN_WRITING if writes else "BEGIN")

    return engine
