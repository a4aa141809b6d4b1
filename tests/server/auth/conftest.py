"""A small application with the real store, pages and door, and a clock that tests move."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from server import auth
from server.auth.sessions import Sessions
from server.database import Store
from server.mail import Mail
from server.pages import Pages
from server.routes import session, sign_in
from server.settings import Settings
from server.tables import Person

ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Clock:
    """The time, as the test says."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class FakeLive:
    """Remembers which sign-ins' live connections were closed."""

    ended: list[str] = field(default_factory=list)

    async def session_ended(self, session_id: str) -> None:
        self.ended.append(session_id)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with tables and nothing in them, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("new-store")
    Store.open(Settings(data_dir=folder)).close()
    return folder


@pytest.fixture
def store(settings: Settings, new_store: Path) -> Iterator[Store]:
    shutil.copytree(new_store, settings.data_dir)
    store = Store.open(settings)
    yield store
    store.close()


def make_app(settings: Settings, store: Store, clock: Clock) -> FastAPI:
    app = FastAPI()
    app.state.settings = settings
    app.state.pages = Pages(settings)
    app.state.store = store
    app.state.live = FakeLive()
    auth.install(app)
    app.include_router(sign_in.router)
    app.include_router(session.router)
    auth.start(app, clock=clock)
    app.state.mail = Mail(settings)
    return app


@pytest.fixture
def app(settings: Settings, store: Store, clock: Clock) -> FastAPI:
    return make_app(settings, store, clock)


@pytest.fixture
def sessions(app: FastAPI) -> Sessions:
    found: Sessions = app.state.sessions
    return found


def browser_for(app: FastAPI, **more: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"Accept": "text/html", "Origin": ORIGIN}, **more
    )


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_for(app) as client:
        yield client


def add_person(store: Store, clock: Clock, email: str = "leila@example.org", **more: Any) -> str:
    person_id = uuid.uuid4().hex
    store.write_sync(
        lambda db: db.add(
            Person(id=person_id, email=email, name=more.pop("name", "Leila Tarran"), created_at=clock(), **more)
        )
    )
    return person_id


@pytest.fixture
def leila(store: Store, clock: Clock) -> str:
    return add_person(store, clock)


@pytest.fixture
def app_live(app: FastAPI) -> FakeLive:
    found: FakeLive = app.state.live
    return found
