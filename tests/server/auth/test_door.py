"""The door: forms only from our own pages, cookies that cannot be planted, programs by their own token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.routing import Route

from server.auth import PersonDep
from server.auth.dependencies import safe_next
from server.auth.sessions import Sessions
from server.database import Store, StoreFailed
from server.edge import Edge
from server.settings import Settings
from tests.server.auth.conftest import ORIGIN, Clock, FakeLive, browser_for, make_app
from tests.server.auth.pages import csrf_in

SECURE = "https://plans.example.org"


def with_change(app: FastAPI) -> FastAPI:
    """Adds a route that changes something and has no thought of forms' proof."""
    app.state.changes = []

    @app.post("/change")
    async def change(request: Request, person: PersonDep) -> dict[str, str]:
        form = await request.form()
        app.state.changes.append(person.person_id)
        return {"word": str(form.get("word", ""))}

    return app


@pytest.fixture
def app(settings: Settings, store: Store, clock: Clock) -> FastAPI:
    return with_change(make_app(settings, store, clock))


@pytest.fixture
async def mine(app: FastAPI, sessions: Sessions, leila: str) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in browser."""
    async with browser_for(app) as client:
        client.cookies.set("alongside_session", (await sessions.begin(leila, "email")).token, "127.0.0.1", "/")
        yield client


async def token_for(client: httpx.AsyncClient) -> str:
    found: str = (await client.get("/api/me")).json()["csrf"]
    return found


async def test_a_form_with_the_pages_token_is_taken_whole(app: FastAPI, mine: httpx.AsyncClient, leila: str) -> None:
    answer = await mine.post("/change", data={"word": "grüße & more", "csrf": await token_for(mine)})
    assert (answer.status_code, answer.json()) == (200, {"word": "grüße & more"})
    assert app.state.changes == [leila]


async def test_a_script_sends_the_token_in_a_header(mine: httpx.AsyncClient) -> None:
    answer = await mine.post("/api/live-token", headers={"X-CSRF-Token": await token_for(mine)}, json={})
    assert answer.status_code == 200
    assert answer.json()["token"].count(".") == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_without_a_token_nothing_changes(app: FastAPI, mine: httpx.AsyncClient, method: str) -> None:
    for path in ("/change", "/sign-out", "/api/session/keep", "/nowhere"):
        assert (await mine.request(method, path, data={"word": "x"})).status_code == 403
    assert app.state.changes == []


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "a\nb"])
async def test_a_wrong_token_changes_nothing(app: FastAPI, mine: httpx.AsyncClient, token: str) -> None:
    answer = await mine.post("/change", data={"csrf": token})
    assert answer.status_code == 403
    assert "This was not done" in answer.text
    assert app.state.changes == []


async def test_a_token_of_another_sign_in_changes_nothing(
    app: FastAPI, mine: httpx.AsyncClient, sessions: Sessions, leila: str
) -> None:
    async with browser_for(app) as other:
        other.cookies.set("alongside_session", (await sessions.begin(leila, "email")).token)
        assert (await mine.post("/change", data={"csrf": await token_for(other)})).status_code == 403


async def test_a_token_from_before_signing_in_is_worth_nothing_after(mine: httpx.AsyncClient, app: FastAPI) -> None:
    async with browser_for(app) as visitor:
        token = csrf_in(await visitor.get("/sign-in"))
    assert (await mine.post("/change", data={"csrf": token})).status_code == 403


async def test_two_tokens_in_one_form_are_none(mine: httpx.AsyncClient) -> None:
    token = await token_for(mine)
    answer = await mine.post(
        "/change",
        content=f"csrf={token}&csrf={token}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ORIGIN}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8001"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8000@evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://neighbour.example.org"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, 200),
    ],
)
async def test_where_a_form_comes_from_counts_even_with_the_right_token(
    mine: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    token = await token_for(mine)
    del mine.headers["origin"]
    assert (await mine.post("/change", data={"csrf": token}, headers=headers)).status_code == status


async def test_a_program_needs_no_form_proof_and_its_cookie_is_not_looked_at(
    app: FastAPI, mine: httpx.AsyncClient, sessions: Sessions, leila: str
) -> None:
    program = await sessions.begin(leila, "cli")
    answer = await mine.post("/change", headers={"Authorization": f"Bearer {program.token}", "Origin": "null"})
    assert answer.status_code == 200
    for bad in ("Bearer nonsense", "Bearer", "bearer " + mine.cookies["alongside_session"]):
        refused = await mine.post("/change", headers={"Authorization": bad, "Accept": "application/json"})
        assert refused.status_code == 401
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "signed-out"


async def test_a_live_token_is_no_key_to_the_api(mine: httpx.AsyncClient) -> None:
    token = (await mine.post("/api/live-token", headers={"X-CSRF-Token": await token_for(mine)})).json()["token"]
    mine.cookies.clear()
    answer = await mine.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_a_renewed_token_reaches_the_browser(mine: httpx.AsyncClient, clock: Clock) -> None:
    before = mine.cookies["alongside_session"]
    clock.forward(minutes=8)
    answer = await mine.get("/api/me")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert mine.cookies["alongside_session"] != before


async def test_a_cookie_that_counts_no_more_is_taken_away(mine: httpx.AsyncClient, clock: Clock) -> None:
    clock.forward(minutes=121)
    answer = await mine.get("/change", headers={"Accept": "text/html"})
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_an_old_token_signs_everybody_out_and_closes_live_connections(
    mine: httpx.AsyncClient, clock: Clock, app_live: FakeLive
) -> None:
    stolen = mine.cookies["alongside_session"]
    clock.forward(minutes=8)
    await mine.get("/api/me")
    await mine.get("/api/me")
    clock.forward(minutes=2)
    fresh = mine.cookies["alongside_session"]
    mine.cookies.set("alongside_session", stolen, domain="127.0.0.1", path="/")
    assert (await mine.get("/api/me")).status_code == 401
    assert len(app_live.ended) == 1
    mine.cookies.clear()
    mine.cookies.set("alongside_session", fresh)
    assert (await mine.get("/api/me")).status_code == 401


async def test_two_cookies_of_one_name_are_none(mine: httpx.AsyncClient) -> None:
    cookie = mine.cookies["alongside_session"]
    mine.cookies.clear()
    answer = await mine.get("/api/me", headers={"Cookie": f"alongside_session={cookie}; alongside_session={cookie}"})
    assert answer.status_code == 401


async def test_over_https_cookies_cannot_be_planted_by_a_neighbour(
    tmp_path: Path, store: Store, clock: Clock, leila: str
) -> None:
    app = with_change(make_app(Settings(data_dir=tmp_path / "data", public_url=SECURE), store, clock))
    begun = await app.state.sessions.begin(leila, "email")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SECURE) as client:
        page = await client.get("/sign-in", headers={"Accept": "text/html"})
        assert page.headers["set-cookie"].startswith("__Host-alongside_form=")
        assert "Secure" in page.headers["set-cookie"]
        assert "Domain" not in page.headers["set-cookie"]
        plain = await client.get("/api/me", headers={"Cookie": f"alongside_session={begun.token}"})
        assert plain.status_code == 401
        host = await client.get("/api/me", headers={"Cookie": f"__Host-alongside_session={begun.token}"})
        assert host.status_code == 200


async def test_a_person_who_is_signed_out_is_sent_to_sign_in_and_back(browser: httpx.AsyncClient, app: FastAPI) -> None:
    @app.get("/plans/abc")
    async def plan(person: PersonDep) -> dict[str, str]:
        return {}

    page = await browser.get("/plans/abc?x=1")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/plans/abc")
    api = await browser.get("/api/me")
    assert api.status_code == 401
    assert api.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aSet-Cookie:x=1\r\nSet-Cookie: y=2",
        "javascript:alert(1)",
        "/..//evil.example",
        "/a//evil.example",
        "/@evil.example",
        "http:evil.example",
        " /plans",
        "/sign-out",
        "/sign-in?next=/sign-in",
        "/plans\x00",
        "/plän",
        "/" + "a" * 400,
        "",
        None,
    ],
)
async def test_signing_in_never_leads_to_another_site(browser: httpx.AsyncClient, asked: str | None) -> None:
    assert safe_next(asked) == "/plans"


@pytest.mark.parametrize("asked", ["/plans/abc", "/plans/abc/sections/H1", "/plans/abc/people?show=all#top", "/"])
async def test_signing_in_leads_back_to_our_own_pages(asked: str) -> None:
    assert safe_next(asked) == asked


async def test_a_store_that_cannot_be_read_is_said_and_signs_nobody_out(
    mine: httpx.AsyncClient, store: Store, sessions: Sessions, leila: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await sessions.begin(leila, "cli")

    async def gone(_fn: object) -> None:
        raise StoreFailed("gone")

    monkeypatch.setattr(store, "aread", gone)
    page = await mine.get("/plans")
    assert page.status_code == 503
    assert "What was shown as saved is safe" in page.text
    assert "alongside_session" not in page.headers.get("set-cookie", "")
    api = await mine.get("/api/me", headers={"Authorization": f"Bearer {program.token}"})
    assert (api.status_code, api.json()["code"]) == (503, "busy")


async def test_a_form_that_is_too_big_is_refused_before_any_route(mine: httpx.AsyncClient, app: FastAPI) -> None:
    guarded = Edge(app, Settings(request_bytes=1000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url=ORIGIN) as client:
        client.cookies = mine.cookies
        csrf = await token_for(mine)
        answer = await client.post("/change", data={"csrf": csrf, "word": "x" * 1000}, headers={"Accept": "text/html"})
    assert answer.status_code == 413
    assert app.state.changes == []


async def test_one_person_cannot_change_things_without_end(
    tmp_path: Path, store: Store, clock: Clock, leila: str
) -> None:
    app = with_change(make_app(Settings(data_dir=tmp_path / "data", api_rate="3/minute"), store, clock))
    program = await app.state.sessions.begin(leila, "cli")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        client.headers["Authorization"] = f"Bearer {program.token}"
        client.headers["Accept"] = "application/json"
        statuses = [(await client.post("/change")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


async def test_signed_in_people_do_not_see_the_sign_in_pages(mine: httpx.AsyncClient) -> None:
    for path in ("/sign-in?next=/plans/abc", "/sign-in/email?next=/plans/abc"):
        answer = await mine.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/plans/abc")


async def test_signing_out_everywhere_asks_first_and_ends_all(
    app: FastAPI, mine: httpx.AsyncClient, sessions: Sessions, leila: str, app_live: FakeLive
) -> None:
    other = await sessions.begin(leila, "oidc")
    page = await mine.get("/sign-out/everywhere")
    assert "Sign out on all devices" in page.text
    out = await mine.post("/sign-out/everywhere", data={"csrf": csrf_in(page)})
    assert (out.status_code, out.headers["location"]) == (303, "/signed-out")
    assert other.session_id in app_live.ended
    assert len(app_live.ended) == 2
    assert "You are signed out" in (await mine.get("/signed-out")).text


def test_every_route_of_the_api_that_changes_something_asks_for_a_person() -> None:
    from server.routes import session

    unsafe = [route for route in session.router.routes if isinstance(route, Route) and "POST" in (route.methods or ())]
    assert {route.path for route in unsafe} == {"/api/live-token", "/api/session/keep"}
