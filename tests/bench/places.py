"""Where our server keeps its plans while it is measured: its own file, or PostgreSQL and Redis, one process or more.

Databases are lent by the machine's servers or by throw-away ones, as for the tests; each measurement gets a fresh one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import redis

from server.settings import Settings
from tests.bench.peers import DATA
from tests.databases import Databases, bare, databases, fresh_redis
from tests.own_servers import NotHere

STORE = DATA / "ours"
FIGURES = DATA / "figures"


class Place:
    """One way to keep plans. ``also`` are the processes that do a part of the server's work.

    ``apart``: people do not say which plan they come for, so that every section is shared by all processes.
    """

    def __init__(
        self,
        workers: int = 1,
        lender: Databases | None = None,
        redis_url: str | None = None,
        also: tuple[int, ...] = (),
        *,
        apart: bool = False,
    ) -> None:
        self.path = "/live" if apart else "/live?plan={plan}"
        self.workers = workers
        self.also = also
        self._lender = lender
        self._redis_url = redis_url
        self._url: str | None = None

    def fresh(self) -> None:
        """Nothing of an earlier measurement is left."""
        shutil.rmtree(DATA, ignore_errors=True)
        STORE.mkdir(parents=True)
        if self._lender is not None:
            if self._url is not None:
                self._lender.drop(self._url)
            self._url = self._lender.fresh()

    def environment(self) -> dict[str, str]:
        """What tells the server of it."""
        found = {"ALONGSIDE_DATA_DIR": str(STORE), "ALONGSIDE_METRICS_DIR": str(FIGURES)}
        if self._url is not None:
            found["ALONGSIDE_DATABASE_URL"] = self._url
        if self._redis_url is not None:
            found["ALONGSIDE_REDIS_URL"] = self._redis_url
        if self.workers > 1:
            found["ALONGSIDE_WORKERS"] = str(self.workers)
        return found

    def started(self) -> int:
        """How many of its processes have come so far that they tell figures."""
        return len(list(FIGURES.glob("*.sock")))

    def settings(self) -> Settings:
        """The same for this process, to fill the store."""
        return Settings(data_dir=STORE, database_url=self._url)

    def bytes(self) -> int:
        """How large the store is now."""
        if self._url is None:
            return sum(path.stat().st_size for path in STORE.glob("alongside.sqlite3*"))
        with psycopg.connect(bare(self._url), autocommit=True) as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(found[0]) if found else 0


@contextmanager
def council() -> Iterator[tuple[Databases, str, tuple[int, ...]] | None]:
    """A PostgreSQL and a Redis as a council has them, and their processes; None where there are none to be had."""
    with ExitStack() as stack:
        try:
            lender = stack.enter_context(databases())
            redis_url = stack.enter_context(fresh_redis())
        except NotHere as missing:
            print(f"Left out what needs them: {missing}", flush=True)
            yield None
            return
        yield lender, redis_url, tuple(_processes(lender, redis_url))


def _processes(lender: Databases, redis_url: str) -> Iterator[int]:
    url = lender.fresh(migrated=False)
    with psycopg.connect(bare(url)) as connection:
        backend = connection.info.backend_pid
        parent = _parent(backend)
        if parent is not None:
            yield parent
    lender.drop(url)
    with redis.Redis.from_url(url=redis_url) as client:
        number = int(client.info("server")["process_id"])
    if Path(f"/proc/{number}/comm").exists() and "redis" in Path(f"/proc/{number}/comm").read_text():
        yield number


def _parent(backend: int) -> int | None:
    try:
        line = Path(f"/proc/{backend}/stat").read_text()
    except OSError:
        return None  # on another machine
    return int(line.rpartition(")")[2].split()[1]) if "postgres" in line else None
