"""Sign-in by e-mail, through the pages: the code, the link, and everything an attacker would try."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from server.auth.codes import Codes, Right, Wrong, normal_address, normal_code
from server.auth.limits import Limits
from server.database import Store
from server.settings import Settings
from server.tables import AuditEvent, SignInCode
from tests.server.auth.conftest import Clock, add_person, browser_for
from tests.server.auth.pages import csrf_in

KNOWN = "leila@example.org"
UNKNOWN = "nobody@example.org"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", sign_in_rate_per_client="5/15minutes")


@pytest.fixture
def codes(app: FastAPI) -> Codes:
    found: Codes = app.state.codes
    return found


async def ask(browser: httpx.AsyncClient, address: str, **more: str) -> httpx.Response:
    page = await browser.get("/sign-in/email")
    return await browser.post("/sign-in/email", data={"csrf": csrf_in(page), "email": address, **more})


async def messages(app: FastAPI, settings: Settings) -> list[str]:
    await app.state.mail.idle()
    return kept(settings)


def kept(settings: Settings) -> list[str]:
    """What is in the outbox folder."""
    found = []
    for path in sorted(Path(settings.data_dir / "outbox").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found.append(str(message["To"]) + "\n" + message.get_content())
    return found


def code_in(message: str) -> str:
    found = re.search(r"Your code is (\d{3}) (\d{3})", message)
    assert found is not None
    return found[1] + found[2]


async def enter(browser: httpx.AsyncClient, where: str, code: str) -> httpx.Response:
    page = await browser.get(where)
    return await browser.post(where.partition("?")[0], data={"csrf": csrf_in(page), "code": code})


async def test_a_code_from_the_message_signs_in_once(
    app: FastAPI, browser: httpx.AsyncClient, settings: Settings, leila: str
) -> None:
    asked = await ask(browser, " Leila@Example.org ", next="/plans/abc")
    assert asked.status_code == 303
    (message,) = await messages(app, settings)
    assert message.startswith(KNOWN)
    code = code_in(message)
    page = await browser.get(asked.headers["location"])
    assert 'autocomplete="one-time-code"' in page.text
    assert 'inputmode="numeric"' in page.text
    answer = await browser.post(
        asked.headers["location"].partition("?")[0],
        data={"csrf": csrf_in(page), "code": f" {code[:3]}-{code[3:]} ", "next": "/plans/abc"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/plans/abc")
    assert (await browser.get("/api/me")).json()["id"] == leila
    async with browser_for(app) as other:
        again = await enter(other, asked.headers["location"], code)
        assert "This code does not work any more" in again.text
        assert (await other.get("/api/me")).status_code == 401


async def test_the_link_fills_the_code_in_and_signs_nobody_in_by_itself(
    app: FastAPI, browser: httpx.AsyncClient, settings: Settings, leila: str
) -> None:
    await ask(browser, KNOWN)
    (message,) = await messages(app, settings)
    link = re.search(r"http://127\.0\.0\.1:8000(/sign-in/code/\S+)", message)
    assert link is not None
    async with browser_for(app) as phone:
        for _ in range(3):  # a mail scanner opens it again and again
            page = await phone.get(link[1])
            assert (await phone.get("/api/me")).status_code == 401
        assert f'value="{code_in(message)}"' in page.text
        answer = await phone.post(link[1].partition("?")[0], data={"csrf": csrf_in(page), "code": code_in(message)})
        assert answer.status_code == 303
        assert (await phone.get("/api/me")).json()["id"] == leila


async def test_a_known_and_an_unknown_address_get_the_same_answers(
    app: FastAPI, settings: Settings, store: Store, leila: str
) -> None:
    app.state.limits = Limits(Settings(), app.state.keys)
    seen = []
    for address in (KNOWN, UNKNOWN):
        async with browser_for(app) as browser:
            asked = await ask(browser, address)
            where = asked.headers["location"]
            page = await browser.get(where)
            wrong = [await enter(browser, where, "000000") for _ in range(5)]
            over = await browser.get(where)
            code_id = re.search(r"[0-9a-f]{32}", where)
            assert code_id is not None
            seen.append(
                [
                    (answer.status_code, re.sub(r"[0-9a-f]{32,64}", "#", answer.text))
                    for answer in (asked, page, *wrong, over)
                ]
            )
    assert seen[0] == seen[1]
    assert len(await messages(app, settings)) == 1
    assert len(store.read(lambda db: db.exec(select(SignInCode)).all())) == 2


async def test_both_kinds_of_address_cost_the_same_statements(
    app: FastAPI, codes: Codes, store: Store, leila: str
) -> None:
    from sqlalchemy import event

    counts: list[list[str]] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        counts[-1].append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        for address in (KNOWN, UNKNOWN):
            counts.append([])
            await codes.ask(address)
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


async def test_a_code_dies_after_five_wrong_tries_even_for_the_right_one(codes: Codes, leila: str) -> None:
    asked = await codes.ask(KNOWN)
    wrong = f"{(int(asked.code) + 1) % 10**6:06}"
    verdicts = [await codes.check(asked.code_id, wrong) for _ in range(5)]
    assert verdicts == [Wrong("wrong")] * 4 + [Wrong("over")]
    assert await codes.check(asked.code_id, asked.code) == Wrong("over")


async def test_tries_at_once_do_not_get_around_the_limit(codes: Codes, leila: str, store: Store) -> None:
    import asyncio

    asked = await codes.ask(KNOWN)
    tries = [f"{(int(asked.code) + step) % 10**6:06}" for step in range(1, 40)] + [asked.code]
    verdicts = await asyncio.gather(*(codes.check(asked.code_id, one) for one in tries))
    assert not any(isinstance(verdict, Right) for verdict in verdicts)
    row = store.read(lambda db: db.get(SignInCode, asked.code_id))
    assert row is not None
    assert row.attempts == 5


async def test_a_code_is_over_after_fifteen_minutes(codes: Codes, leila: str, clock: Clock) -> None:
    asked = await codes.ask(KNOWN)
    clock.forward(minutes=15)
    assert await codes.check(asked.code_id, asked.code) == Wrong("over")


async def test_a_code_of_one_message_does_not_open_another(codes: Codes, leila: str) -> None:
    first, second = await codes.ask(KNOWN), await codes.ask(KNOWN)
    if first.code != second.code:
        assert await codes.check(second.code_id, first.code) == Wrong("wrong")
    assert await codes.check(first.code_id, first.code) == Right(leila)


async def test_the_right_code_for_an_address_nobody_has_is_wrong(codes: Codes) -> None:
    asked = await codes.ask(UNKNOWN)
    assert not asked.deliver
    assert await codes.check(asked.code_id, asked.code) == Wrong("wrong")


async def test_somebody_switched_off_gets_no_code(codes: Codes, store: Store, clock: Clock) -> None:
    add_person(store, clock, "gone@example.org", disabled_at=clock())
    asked = await codes.ask("gone@example.org")
    assert not asked.deliver
    assert await codes.check(asked.code_id, asked.code) == Wrong("wrong")


async def test_codes_are_not_in_the_store(codes: Codes, store: Store, leila: str) -> None:
    asked = await codes.ask(KNOWN)
    row = store.read(lambda db: db.get(SignInCode, asked.code_id))
    assert row is not None
    assert asked.code not in row.code_hash
    assert len(row.code_hash) == 64


async def test_old_codes_are_swept(codes: Codes, store: Store, leila: str, clock: Clock) -> None:
    await codes.ask(KNOWN)
    clock.forward(days=1, seconds=1)
    await codes.ask(KNOWN)
    assert len(store.read(lambda db: db.exec(select(SignInCode)).all())) == 1


async def test_failed_and_right_codes_are_audited_without_the_address(codes: Codes, store: Store, leila: str) -> None:
    asked = await codes.ask(KNOWN)
    await codes.check(asked.code_id, "000000" if asked.code != "000000" else "000001")
    events = store.read(lambda db: db.exec(select(AuditEvent).order_by(AuditEvent.id)).all())
    assert [event.act for event in events] == ["code-asked", "code-refused"]
    assert KNOWN not in repr([event.detail for event in events])


@pytest.mark.parametrize("address", [KNOWN, UNKNOWN])
async def test_the_sixth_code_for_one_address_has_to_wait(
    app: FastAPI, browser: httpx.AsyncClient, settings: Settings, leila: str, address: str
) -> None:
    app.state.limits = Limits(Settings(), app.state.keys)
    answers = [await ask(browser, address) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "wait 15 minutes" in answers[-1].text


async def test_one_network_cannot_try_for_ever(browser: httpx.AsyncClient) -> None:
    answers = [await ask(browser, f"a{number}@example.org") for number in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]


async def test_wrong_tries_count_for_the_network_and_right_ones_do_not(app: FastAPI, codes: Codes, leila: str) -> None:
    for _ in range(8):
        asked = await codes.ask(KNOWN)
        async with browser_for(app) as browser:
            assert (await enter(browser, f"/sign-in/code/{asked.code_id}", asked.code)).status_code == 303
    statuses = []
    for _ in range(3):
        asked = await codes.ask(KNOWN)
        wrong = f"{(int(asked.code) + 1) % 10**6:06}"
        async with browser_for(app) as browser:
            statuses += [(await enter(browser, f"/sign-in/code/{asked.code_id}", wrong)).status_code for _ in range(2)]
    assert statuses == [422] * 5 + [429]


async def test_what_is_no_address_is_said_at_the_field(browser: httpx.AsyncClient) -> None:
    answer = await ask(browser, "not an address")
    assert answer.status_code == 422
    assert "Type your e-mail address, like name@example.com" in answer.text
    assert 'value="not an address"' in answer.text


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        (" 123 456\n", "123456"),
        ("123-456", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("12345", None),
        ("1234567", None),
        ("12345a", None),
        ("", None),
        ("²²²²²²", None),
    ],
)
def test_six_digits_are_read_however_they_are_typed(typed: str, read: str | None) -> None:
    assert normal_code(typed) == read


@pytest.mark.parametrize("typed", ["a@b\nBcc: c@d.org", "a@example.org, b@example.org", "", "a" * 300 + "@example.org"])
def test_an_address_cannot_smuggle_a_second_one(typed: str) -> None:
    assert normal_address(typed) is None
