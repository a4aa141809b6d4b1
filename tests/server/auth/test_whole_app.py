"""Signing in on the whole application, over real sockets: every form is guarded, and signing out closes the pen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crdt import frames
from crdt.frames import Frame, Kind
from server import example
from server.app import ROUTERS, create_app
from server.auth.csrf import SAFE_METHODS
from server.database import Store
from server.settings import Settings
from tests.server.auth.conftest import browser_for
from tests.server.auth.pages import csrf_in
from tests.serving import Serving

OPEN_TO_ALL = {  # needs nobody signed in; everything else does
    "/sign-in/demo",
    "/sign-in/email",
    "/sign-in/code/{code_id}",
    "/sign-out",
}


def unsafe_routes() -> list[tuple[str, str]]:
    """Every route of the application that changes something."""
    found: list[tuple[str, str]] = []

    def walk(routes: list[Any]) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                found.extend((method, route.path) for method in sorted(route.methods - SAFE_METHODS))
            elif hasattr(route, "original_router"):  # a router within a router
                walk(route.original_router.routes)

    for router in ROUTERS:
        walk(router.routes)
    return found


@pytest.fixture(scope="module")
def example_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    store = Store.open(Settings(data_dir=folder))
    example.create(store)
    store.close()
    return folder


@pytest.fixture
async def whole(example_store: Path) -> AsyncIterator[FastAPI]:
    app = create_app(Settings(data_dir=example_store, demo=True))
    async with app.router.lifespan_context(app):
        yield app


async def sign_in(client: httpx.AsyncClient, name: str) -> None:
    page = await client.get("/sign-in")
    person = re.search(rf'value="([0-9a-f]{{32}})">\s*<h3[^>]*>[^<]*<span translate="no">{name}</span>', page.text)
    assert person is not None
    answer = await client.post("/sign-in/demo", data={"csrf": csrf_in(page), "person": person[1]})
    assert answer.status_code == 303


def test_there_are_routes_to_guard() -> None:
    assert len(unsafe_routes()) > 15
    assert {path for _, path in unsafe_routes()} >= OPEN_TO_ALL


async def test_no_route_that_changes_something_can_be_used_without_the_pages_token(whole: FastAPI) -> None:
    async with browser_for(whole) as client:
        await sign_in(client, "Dev Pellow")
        for method, path in unsafe_routes():
            address = re.sub(r"\{\w+\}", "a" * 32, path)
            answer = await client.request(method, address, data={"csrf": "0" * 64})
            assert (method, path, answer.status_code) == (method, path, 403)


async def test_no_route_that_changes_something_can_be_used_from_another_site(whole: FastAPI) -> None:
    async with browser_for(whole) as client:
        await sign_in(client, "Dev Pellow")
        token = csrf_in(await client.get("/plans"))
        for method, path in unsafe_routes():
            address = re.sub(r"\{\w+\}", "a" * 32, path)
            for headers in (
                {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
                {"Origin": "https://neighbour.example.org"},
                {"Origin": "null"},
            ):
                answer = await client.request(method, address, data={"csrf": token}, headers=headers)
                assert (method, path, answer.status_code) == (method, path, 403)


async def test_nothing_but_signing_in_and_out_works_for_somebody_signed_out(whole: FastAPI) -> None:
    async with browser_for(whole) as client:
        token = csrf_in(await client.get("/sign-in"))
        for method, path in unsafe_routes():
            if path in OPEN_TO_ALL:
                continue
            address = re.sub(r"\{\w+\}", "a" * 32, path)
            answer = await client.request(method, address, data={"csrf": token})
            if path.startswith("/api/"):
                assert (path, answer.status_code) == (path, 401)
            else:
                assert (path, answer.status_code) == (path, 303)
                assert answer.headers["location"].startswith("/sign-in?next=")


async def heard(socket: ClientConnection, kind: Kind) -> Frame:
    """The next frame of a kind, within a second."""
    async with asyncio.timeout(1):
        while True:
            data = await socket.recv()
            assert isinstance(data, bytes)
            frame = frames.decode(data)
            if isinstance(frame, Frame) and frame.kind is kind:
                return frame


async def comes_back(socket: ClientConnection, name: str, token: str) -> None:
    """Tries the old token again."""
    await socket.send(frames.token(name, token))
    await heard(socket, Kind.AUTH)


@pytest.mark.parametrize("way", ["/sign-out", "/sign-out/everywhere"])
async def test_signing_out_closes_the_live_connection_within_a_second(shared_example_server: Serving, way: str) -> None:
    url = shared_example_server.url
    async with httpx.AsyncClient(base_url=url, headers={"Accept": "text/html", "Origin": url}) as client:
        await sign_in(client, "Leila Tarran")
        plans = await client.get("/plans")
        plan = re.search(r"/plans/([0-9a-f]{32})", plans.text)
        assert plan is not None
        csrf = csrf_in(plans)
        token = (await client.post("/api/live-token", headers={"X-CSRF-Token": csrf})).json()["token"]
        name = f"{plan[1]}/A"
        async with connect(shared_example_server.live_url, origin=url) as socket:  # type: ignore[arg-type]
            await socket.send(frames.token(name, token))
            assert (await heard(socket, Kind.AUTH)).body == "read-write"
            answer = await client.post(way, data={"csrf": csrf})
            assert answer.status_code == 303
            await heard(socket, Kind.CLOSE)
            with pytest.raises(ConnectionClosed) as closed:
                await comes_back(socket, name, token)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401


async def test_the_browsers_cookie_is_no_live_token_once_signed_out(shared_example_server: Serving) -> None:
    url = shared_example_server.url
    async with httpx.AsyncClient(base_url=url, headers={"Accept": "text/html", "Origin": url}) as client:
        await sign_in(client, "Dev Pellow")
        cookie = client.cookies["alongside_session"]
        await client.post("/sign-out", data={"csrf": csrf_in(await client.get("/plans"))})
        again = await client.get("/api/me", headers={"Cookie": f"alongside_session={cookie}"})
        assert again.status_code == 401
