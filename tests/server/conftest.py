"""The whole application on the worked example, and a client for each role."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import example
from server.app import create_app
from server.database import Store
from server.settings import Settings
from tests.server.site import Site, read_site


@pytest.fixture(scope="session")
def example_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the worked example, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("example-store")
    store = Store.open(Settings(data_dir=folder))
    assert example.create(store)
    store.close()
    return folder


@pytest.fixture
async def site(tmp_path: Path, example_store: Path) -> AsyncIterator[Site]:
    """The application, started; its lifespan runs in one task from start to stop, as under a server."""
    settings = Settings(data_dir=tmp_path / "data", demo=True)
    shutil.copytree(example_store, settings.data_dir)
    app = create_app(settings)
    started, stop = asyncio.Event(), asyncio.Event()

    async def life() -> None:
        async with app.router.lifespan_context(app):
            started.set()
            await stop.wait()

    task = asyncio.create_task(life())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    site = read_site(app)
    yield site
    await site.close()
    stop.set()
    await task
