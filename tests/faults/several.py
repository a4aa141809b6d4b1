"""Several real server processes on one PostgreSQL and one Redis, each with a wire of its own to both.

Every process has a folder of its own, as on a machine of its own; they share the secret key and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session

from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.settings import Settings
from tests.databases import Databases
from tests.faults.postgres_wire import PostgresWire
from tests.faults.redis_wire import RedisWire
from tests.live_serving import make_plan
from tests.own_servers import OwnPostgres, OwnRedis, own_postgres, own_redis
from tests.ports import free_port
from tests.serving import Serving

ROLES = ("parent", "case_officer", "plan_writer", "senco")
SECRET = "a secret of the tests, shared by all processes of one installation"
ENOUGH = {
    "ALONGSIDE_LOG_LEVEL": "warning",
    "ALONGSIDE_SNAPSHOT_EVERY": "100000",
    "ALONGSIDE_DATABASE_BUSY_SECONDS": "2",
    "ALONGSIDE_SYNCS_PER_SECOND": "1000",
    "ALONGSIDE_SYNCS_BURST": "10000",
    "ALONGSIDE_UPDATES_PER_SECOND": "1000",
    "ALONGSIDE_UPDATES_BURST": "10000",
    "ALONGSIDE_SOCKETS_PER_PERSON": "200",
}
"""Limits that one person who comes back again and again would meet; and short waits."""


@dataclass(frozen=True)
class Made:
    """One plan, and a token for each of some people on it."""

    plan: str
    people: dict[str, str]
    tokens: dict[str, str]

    def name(self, section: str) -> str:
        return f"{self.plan}/{section}"


@dataclass
class Process:
    """One server, and its way to the others."""

    serving: Serving
    postgres: PostgresWire
    redis: RedisWire

    @property
    def live_url(self) -> str:
        return self.serving.live_url


@dataclass
class Several:
    """All of it. Tests break what they like, and mend it before they end."""

    postgres: OwnPostgres
    redis: OwnRedis
    database_url: str
    folder: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        """Where people connect."""
        return [process.live_url for process in self.processes]

    @property
    def settings(self) -> Settings:
        """Those of somebody at the command line: straight to the database, no wire between."""
        return Settings(
            data_dir=self.folder / "desk",
            database_url=self.database_url,
            redis_url=self.redis.url,
            secret_key=SECRET,
            database_busy_seconds=5,
        )

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store as the command line has it."""
        store = Store.open(self.settings)
        try:
            yield store
        finally:
            store.close()

    def make(self, stage: str = "drafting") -> Made:
        """A plan of the test's own."""
        with self.store() as store:
            sessions = Sessions(store, self.settings, load_keys(self.settings))

            def fill(session: Session) -> tuple[str, dict[str, str], dict[str, str]]:
                plan, people = make_plan(session, stage)
                session.flush()
                tokens = {role: sessions.begin_in(session, people[role], "cli").token for role in ROLES}
                return plan, people, tokens

            return Made(*store.write_sync(fill))

    def mend(self) -> None:
        """Everything runs and is connected."""
        for process in self.processes:
            process.postgres.mend()
            process.redis.mend()


@contextmanager
def several(folder: Path, count: int, seed: int = 0, **environment: str) -> Iterator[Several]:
    """So many processes, started one after the other; PostgreSQL and Redis are the tests' own."""
    with ExitStack() as stack:
        postgres, redis = stack.enter_context(own_postgres()), stack.enter_context(own_redis())
        found = Several(postgres, redis, Databases(postgres.url).fresh(), folder)
        for number in range(count):
            to_postgres = stack.enter_context(PostgresWire(found.database_url))
            to_redis = stack.enter_context(RedisWire(redis.url, seed + number))
            own = {
                "ALONGSIDE_DATABASE_URL": to_postgres.url,
                "ALONGSIDE_REDIS_URL": to_redis.url,
                "ALONGSIDE_SECRET_KEY": SECRET,
            }
            serving = Serving(
                data=folder / f"process-{number}" / "data",
                port=free_port(),
                environment=ENOUGH | own | environment,
                command="serve",
            )
            found.processes.append(Process(serving, to_postgres, to_redis))
        try:
            for process in found.processes:
                process.serving.start()
            yield found
        finally:
            for process in found.processes:
                process.serving.kill()
