"""What a server does before the first person comes: it opens the ways, and stands in nobody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import QueuePool
from sqlmodel import Session, func, select

from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store, StoreFailed
from server.rehearsal import rehearse
from server.settings import Settings
from server.tables import AuditEvent, Document, SignInSession


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Settings(data_dir=tmp_path))
    yield store
    store.close()


@pytest.fixture
def sessions(store: Store, tmp_path: Path) -> Sessions:
    settings = Settings(data_dir=tmp_path)
    return Sessions(store, settings, load_keys(settings))


async def test_every_readers_connection_is_open_before_anybody_comes(store: Store, sessions: Sessions) -> None:
    await rehearse(store, sessions)
    pool = store.engine.pool
    assert isinstance(pool, QueuePool)
    assert 4 == pool.checkedin()
    assert 0 == pool.checkedout()


async def test_it_leaves_nothing_behind(store: Store, sessions: Sessions) -> None:
    def rows(session: Session) -> list[int]:
        return [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (AuditEvent, Document, SignInSession)
        ]

    await rehearse(store, sessions)
    assert [0, 0, 0] == store.read(rows)


async def test_a_store_that_does_not_answer_then_keeps_no_server_from_starting(
    store: Store, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(fn: Callable[[Session], Any]) -> Any:
        raise StoreFailed("gone")

    monkeypatch.setattr(store, "read", gone)
    await rehearse(store, sessions)
