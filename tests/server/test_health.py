"""Alive, ready, figures: true when they say so, and silent about people and plans."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from server.database import Store, StoreFailed
from server.metrics import SIGN_INS
from server.routes import health
from server.scrape import Workers
from server.settings import Settings

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Settings(data_dir=tmp_path))
    yield store
    store.close()


@pytest.fixture
async def client(store: Store, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.store, app.state.settings, app.state.workers = store, Settings(data_dir=tmp_path), Workers(None)
    app.include_router(health.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as found:
        yield found


async def test_a_well_server_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "alive"}
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok", "disk": "ok"})


async def test_a_server_that_cannot_write_is_not_ready(
    client: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_fn: object) -> None:
        raise StoreFailed("gone")

    monkeypatch.setattr(store, "write", gone)
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "failed")
    assert (await client.get("/health/live")).status_code == 200


@pytest.mark.parametrize("free", [0, health.LEAST_FREE_BYTES - 1])
async def test_a_nearly_full_disk_is_not_ready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1, 1, free))
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["disk"]) == (503, "failed")


async def test_a_data_folder_that_went_away_is_not_ready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_path: object) -> Usage:
        raise FileNotFoundError

    monkeypatch.setattr(shutil, "disk_usage", gone)
    assert (await client.get("/health/ready")).status_code == 503


async def test_figures_have_no_names(client: httpx.AsyncClient) -> None:
    SIGN_INS.labels(method="email", outcome="wrong").inc()
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'alongside_sign_ins_total{method="email",outcome="wrong"}' in answer.text
    assert "@" not in answer.text
