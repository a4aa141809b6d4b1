"""Council sign-in against a real provider on a loopback port, and against one that lies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jose import jwt
from pydantic import SecretStr
from sqlmodel import select
from structlog.testing import capture_logs

from server.auth.provider import LARGEST_ANSWER
from server.database import Store
from server.settings import Settings
from server.tables import AuditEvent, Person
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, oidc_provider
from tests.server.auth.conftest import Clock, add_person, browser_for, make_app
from tests.server.auth.oidc_lies import LIES
from tests.serving import free_port

OFFICER = "dev.pellow@example.org"


@pytest.fixture
def provider(clock: Clock) -> Iterator[OidcProvider]:
    with oidc_provider(lambda: clock().timestamp()) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path, provider: OidcProvider) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
    )


@pytest.fixture
def officer(store: Store, clock: Clock) -> str:
    return add_person(store, clock, OFFICER, name="Dev Pellow", is_staff=True)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_for(app) as client:
        yield client


async def at_provider(address: str) -> str:
    """Goes to the provider, where the person agrees; the address it sends the browser back to."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(address)
    assert answer.status_code == 302
    return answer.headers["location"]


async def sign_in(browser: httpx.AsyncClient, change: Callable[[str], str] = lambda address: address) -> httpx.Response:
    away = await browser.get("/sign-in/council?next=/plans/abc")
    assert away.status_code == 303, away.text
    return await browser.get(change(await at_provider(away.headers["location"])))


async def who(browser: httpx.AsyncClient) -> str | None:
    answer = await browser.get("/api/me")
    found: str | None = answer.json().get("id") if answer.status_code == 200 else None
    return found


async def test_staff_sign_in_and_go_where_they_were_going(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str, store: Store
) -> None:
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/plans/abc")
    assert await who(browser) == officer
    assert provider.problems == []
    person = store.read(lambda db: db.get(Person, officer))
    assert person is not None
    assert person.oidc_subject is not None
    assert "alongside_council" not in browser.cookies


async def test_later_the_subject_counts_and_not_the_address(
    app: FastAPI, provider: OidcProvider, officer: str, store: Store
) -> None:
    async with browser_for(app) as first:
        await sign_in(first)
    provider.user |= {"email": "new.name@example.org", "email_verified": False}
    async with browser_for(app) as second:
        await sign_in(second)
        assert await who(second) == officer


async def test_an_address_tied_to_one_subject_does_not_open_to_another(
    app: FastAPI, provider: OidcProvider, officer: str
) -> None:
    async with browser_for(app) as first:
        await sign_in(first)
    provider.user |= {"sub": "somebody-else"}
    async with browser_for(app) as second:
        assert (await sign_in(second)).status_code == 403
        assert await who(second) is None


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_address_that_is_not_verified_opens_nothing(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str, verified: object
) -> None:
    provider.user["email_verified"] = verified
    assert (await sign_in(browser)).status_code == 403
    assert await who(browser) is None


async def test_entra_says_verified_in_its_own_way(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str
) -> None:
    provider.user |= {"email_verified": None, "xms_edov": True}
    await sign_in(browser)
    assert await who(browser) == officer


async def test_nobody_is_made_by_signing_in_and_the_page_says_whom_to_ask(
    browser: httpx.AsyncClient, store: Store
) -> None:
    answer = await sign_in(browser)
    assert answer.status_code == 403
    assert "Ask the person who runs this service" in answer.text
    assert store.read(lambda db: db.exec(select(Person)).all()) == []
    assert [event.act for event in store.read(lambda db: db.exec(select(AuditEvent)).all())] == [
        "council-sign-in-refused"
    ]


async def test_a_parent_does_not_come_in_by_the_staff_door(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    add_person(store, clock, OFFICER)
    assert (await sign_in(browser)).status_code == 403
    assert await who(browser) is None


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_with_one_lie_in_it_opens_nothing(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str, lie: str
) -> None:
    reason, spoiled = LIES[lie]
    for name, value in spoiled.items():
        setattr(provider, name, value)
    with capture_logs() as logs:
        answer = await sign_in(browser)
    assert answer.status_code == 403
    assert [event["reason"] for event in logs if event["event"] == "council-sign-in.refused"] == [reason]
    assert await who(browser) is None


async def test_a_token_signed_with_the_public_key_as_a_secret_opens_nothing(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str
) -> None:
    import base64
    import hashlib
    import hmac
    import json

    def confused(claims: dict[str, Any]) -> str:
        secret = json.dumps(provider.keys()["keys"][0]).encode()
        head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "key-1"}).encode()).rstrip(b"=")
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
        mark = base64.urlsafe_b64encode(hmac.new(secret, head + b"." + body, hashlib.sha256).digest()).rstrip(b"=")
        return b".".join((head, body, mark)).decode()

    provider.make_token = confused
    assert (await sign_in(browser)).status_code == 403
    assert await who(browser) is None


async def test_a_token_of_another_key_under_the_same_name_opens_nothing(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str
) -> None:
    other = OidcProvider()
    other.new_key("another")
    provider.make_token = lambda claims: jwt.encode(claims, other.pem, algorithm="RS256", headers={"kid": "key-1"})
    assert (await sign_in(browser)).status_code == 403
    assert await who(browser) is None


async def test_a_provider_may_change_its_key_and_its_kind(
    app: FastAPI, provider: OidcProvider, officer: str, clock: Clock
) -> None:
    async with browser_for(app) as first:
        await sign_in(first)
    provider.new_key("key-2", "ES256")
    clock.forward(minutes=2)
    async with browser_for(app) as second:
        await sign_in(second)
        assert await who(second) == officer
    assert provider.asked.count("/keys") == 2


async def test_made_up_key_names_do_not_make_us_ask_again_and_again(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str
) -> None:
    provider.header_more = {"kid": "key-9"}
    for _ in range(4):
        await sign_in(browser)
    assert provider.asked.count("/keys") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("state=", "state=x"),
        lambda address: address.split("&state=")[0],
        lambda address: address.replace("code=", "code=x"),
        lambda address: address + "&state=again",
        lambda address: address.split("&iss=")[0] + "&iss=https%3A%2F%2Fevil.example",
        lambda address: address.split("&iss=")[0],
        lambda address: address + "&error=access_denied",
    ],
)
async def test_an_answer_that_was_tampered_with_opens_nothing(
    browser: httpx.AsyncClient, officer: str, change: Callable[[str], str]
) -> None:
    assert (await sign_in(browser, change)).status_code == 403
    assert await who(browser) is None


async def test_an_answer_in_another_browser_opens_nothing(
    app: FastAPI, browser: httpx.AsyncClient, officer: str
) -> None:
    away = await browser.get("/sign-in/council")
    back = await at_provider(away.headers["location"])
    async with browser_for(app) as victim:
        assert (await victim.get(back)).status_code == 403
        await victim.get("/sign-in/council")  # even with a transaction of their own
        assert (await victim.get(back)).status_code == 403
        assert await who(victim) is None


async def test_an_answer_counts_once(app: FastAPI, browser: httpx.AsyncClient, officer: str) -> None:
    away = await browser.get("/sign-in/council")
    cookie = browser.cookies["alongside_council"]
    back = await at_provider(away.headers["location"])
    assert (await browser.get(back)).status_code == 303
    async with browser_for(app) as thief:
        thief.cookies.set("alongside_council", cookie)
        assert (await thief.get(back)).status_code == 403


async def test_an_answer_after_ten_minutes_is_too_late(browser: httpx.AsyncClient, officer: str, clock: Clock) -> None:
    away = await browser.get("/sign-in/council")
    back = await at_provider(away.headers["location"])
    clock.forward(minutes=10)
    assert (await browser.get(back)).status_code == 403


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"code_challenge_methods_supported": ["plain"]},
    ],
)
async def test_a_provider_whose_own_description_is_unsafe_is_not_used(
    browser: httpx.AsyncClient, provider: OidcProvider, more: dict[str, Any]
) -> None:
    provider.metadata_more = more
    answer = await browser.get("/sign-in/council")
    assert answer.status_code == 403
    assert "Try again" in answer.text


@pytest.mark.parametrize("issuer", ["http://evil.example", "ftp://127.0.0.1", "http://127.0.0.1.evil.example"])
async def test_plain_http_is_followed_on_this_machine_only(
    tmp_path: Path, store: Store, clock: Clock, issuer: str
) -> None:
    settings = Settings(data_dir=tmp_path / "data", oidc_issuer=issuer, oidc_client_id=CLIENT_ID)
    async with browser_for(make_app(settings, store, clock)) as browser:
        assert (await browser.get("/sign-in/council")).status_code == 403


async def test_without_a_provider_there_is_no_such_address(tmp_path: Path, store: Store, clock: Clock) -> None:
    async with browser_for(make_app(Settings(data_dir=tmp_path / "data"), store, clock)) as browser:
        assert (await browser.get("/sign-in/council")).status_code == 404
        assert "If you work for the council" not in (await browser.get("/sign-in")).text


BROKEN: dict[str, tuple[str, int, bytes]] = {
    "discovery-status-500": ("/.well-known/openid-configuration", 500, b"{}"),
    "discovery-status-302": ("/.well-known/openid-configuration", 302, b"{}"),
    "discovery-form": ("/.well-known/openid-configuration", 200, b"[1]"),
    "token-status-500": ("/token", 500, b"{}"),
    "token-status-302": ("/token", 302, b"{}"),
    "token-form": ("/token", 200, b"<html>"),
    "token-too-big": ("/token", 200, b'"' + b"x" * (LARGEST_ANSWER + 1) + b'"'),
    "no-id-token": ("/token", 200, b'{"access_token": "x"}'),
    "keys-form": ("/keys", 200, b'{"keys": 5}'),
    "unknown-key": ("/keys", 200, b'{"keys": []}'),
}


@pytest.mark.parametrize("reason", BROKEN)
async def test_a_provider_that_answers_badly_signs_nobody_in(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str, reason: str
) -> None:
    path, status, raw = BROKEN[reason]
    provider.spoiled[path] = (status, raw)
    with capture_logs() as logs:
        away = await browser.get("/sign-in/council")
        if away.status_code == 303:
            away = await browser.get(await at_provider(away.headers["location"]))
    assert away.status_code == 403
    assert [event["reason"] for event in logs if event["event"] == "council-sign-in.refused"] == [reason]
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize(
    "more",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"n": "AQAB"},
        {"n": None},
        {"kid": None},
    ],
)
async def test_a_published_key_that_is_not_a_strong_signing_key_is_not_used(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str, more: dict[str, Any]
) -> None:
    provider.keys_more = more
    assert (await sign_in(browser)).status_code == 403
    assert await who(browser) is None


async def test_a_provider_that_is_not_there_signs_nobody_in(tmp_path: Path, store: Store, clock: Clock) -> None:
    settings = Settings(
        data_dir=tmp_path / "data", oidc_issuer=f"http://127.0.0.1:{free_port()}", oidc_client_id=CLIENT_ID
    )
    async with browser_for(make_app(settings, store, clock)) as browser:
        answer = await browser.get("/sign-in/council")
    assert answer.status_code == 403
    assert "Try again" in answer.text


async def test_a_public_client_sends_no_secret(
    browser: httpx.AsyncClient, provider: OidcProvider, tmp_path: Path, store: Store, clock: Clock
) -> None:
    public = Settings(data_dir=tmp_path / "data", oidc_issuer=provider.issuer, oidc_client_id=CLIENT_ID)
    async with browser_for(make_app(public, store, clock)) as client:
        assert (await sign_in(client)).status_code == 403  # this provider wants the secret
    assert provider.asked.count("/token") == 1


async def test_a_secret_goes_in_the_form_when_the_provider_says_so(
    browser: httpx.AsyncClient, provider: OidcProvider, officer: str
) -> None:
    provider.metadata_more = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await sign_in(browser)
    assert await who(browser) == officer
