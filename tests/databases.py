"""A real PostgreSQL and a real Redis for tests, in databases of their own that are dropped at the end.

Where servers run on this machine (or ``ALONGSIDE_TEST_POSTGRES_URL`` and ``ALONGSIDE_TEST_REDIS_URL`` name some) they
lend a database; else throw-away ones are started from the installed programs. Nobody restarts, stops or empties a
server that is lent: tests that must do so take ``own_postgres`` and ``own_redis`` of ``tests.own_servers``.
Safe for several test processes at once. Fixtures come from here through ``conftest``.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from server.migrations.migrate import upgrade_to_head
from tests.own_servers import NotHere, own_postgres, own_redis

POSTGRES = "ALONGSIDE_TEST_POSTGRES_URL"
REDIS = "ALONGSIDE_TEST_REDIS_URL"
USUAL_POSTGRES = ("postgresql+psycopg:///postgres", "postgresql+psycopg://127.0.0.1:5432/postgres")
USUAL_REDIS = "redis://127.0.0.1:6379"
PREFIX = "alongside_test_"
CLAIM, CLAIM_SECONDS = "alongside-test-claim", 3600
A_DAY = 86_400


class Databases:
    """Makes databases on one PostgreSQL server, quickly: copies of one whose tables are there already."""

    def __init__(self, maintenance: str) -> None:
        self._maintenance = make_url(maintenance)
        self._template: str | None = None
        self._made: set[str] = set()

    def fresh(self, *, migrated: bool = True) -> str:
        """The URL of a new database, with today's tables or with none."""
        if migrated and self._template is None:
            self._template = self._create("template0")
            _migrate(self._url(self._template))
        return self._url(self._create(self._template if migrated else "template0"))

    def drop(self, url: str) -> None:
        """Drops one of them, whoever is still connected."""
        self._drop(str(make_url(url).database))

    def drop_all(self) -> None:
        """Drops every one that was made here."""
        for name in list(self._made):
            self._drop(name)

    def drop_forgotten(self) -> None:
        """Drops what a run that was killed left behind a day ago or earlier."""
        with self._connection() as connection:
            names = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")]
        for name in names:
            made = name.removeprefix(PREFIX).partition("_")[0] if name.startswith(PREFIX) else ""
            if made.isdigit() and int(made) < time.time() - A_DAY:
                self._drop(name)

    def _url(self, name: str) -> str:
        return self._maintenance.set(database=name).render_as_string(hide_password=False)

    def _create(self, template: str | None) -> str:
        name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(5)}"
        with self._connection() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                    sql.Identifier(name), sql.Identifier(template or "template0")
                )
            )
        self._made.add(name)
        return name

    def _drop(self, name: str) -> None:
        with self._connection() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.discard(name)

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(bare(self._maintenance), autocommit=True, connect_timeout=5)


def bare(url: URL | str) -> str:
    """The same address as the driver itself and ``psql`` take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    engine = create_engine(url)
    try:
        upgrade_to_head(engine)
    finally:
        engine.dispose()  # a database that somebody is connected to cannot be copied


def lends(url: str) -> bool:
    """Whether somebody answers there who lets us make databases."""
    try:
        with psycopg.connect(bare(url), autocommit=True, connect_timeout=2) as connection:
            found = connection.execute("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
            return bool((found.fetchone() or (False,))[0])
    except psycopg.OperationalError:
        return False


@contextmanager
def databases() -> Iterator[Databases]:
    """The PostgreSQL server for these tests: named, running here, or thrown away afterwards."""
    named = os.environ.get(POSTGRES)
    lent = named or next((url for url in USUAL_POSTGRES if lends(url)), None)
    with ExitStack() as stack:
        found = Databases(lent or stack.enter_context(own_postgres()).url)
        if lent is not None:
            found.drop_forgotten()
        try:
            yield found
        finally:
            found.drop_all()


@contextmanager
def fresh_redis() -> Iterator[str]:
    """The URL of a Redis database nobody else uses."""
    named = os.environ.get(REDIS)
    if named:
        yield named
        return
    claimed = _claimed()
    if claimed is None:
        with own_redis() as server:
            yield server.url
        return
    client, url = claimed
    try:
        yield url
    finally:
        client.flushdb()
        client.close()


def _claimed() -> tuple[redis.Redis, str] | None:
    """An empty database of the Redis that runs here, marked as ours; a mark nobody takes away falls off by itself."""
    numbers = list(range(1, 16))
    random.shuffle(numbers)
    for number in numbers:
        url = f"{USUAL_REDIS}/{number}"
        client = redis.Redis.from_url(url, socket_connect_timeout=2)
        try:
            if client.dbsize() == 0 and client.set(CLAIM, str(os.getpid()), nx=True, ex=CLAIM_SECONDS):
                return client, url
        except redis.ResponseError:
            pass  # fewer databases than usual, or a password
        except redis.ConnectionError:
            client.close()
            return None
        client.close()
    return None


@cache
def _session_databases() -> tuple[ExitStack, Databases]:
    stack = ExitStack()
    return stack, stack.enter_context(databases())


@contextmanager
def fresh_database(*, migrated: bool = True) -> Iterator[str]:
    """A database of the test's own on the server of these tests; its URL. Dropped afterwards."""
    try:
        found = _session_databases()[1]
    except NotHere as missing:
        pytest.fail(str(missing), pytrace=False)
    url = found.fresh(migrated=migrated)
    try:
        yield url
    finally:
        found.drop(url)


@pytest.fixture(scope="session", autouse=True)
def databases_put_away() -> Iterator[None]:
    """At the end of the run: nothing of ours is left on the server."""
    yield
    if _session_databases.cache_info().currsize:
        _session_databases()[0].close()
        _session_databases.cache_clear()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database with today's tables, shared by all tests of this process: make plans of your own in it."""
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis database that only the tests of this process use."""
    try:
        with fresh_redis() as url:
            yield url
    except NotHere as missing:
        pytest.fail(str(missing), pytrace=False)
