"""The demo's people: chosen with a form, only in demo mode, and only people of the example."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from markupsafe import escape

from sections import example
from sections import example_appeal as stories
from server import example_appeal
from server.database import Store
from server.settings import Settings
from server.tables import Access, Person, Plan
from tests.server.auth.conftest import Clock, add_person, browser_for, make_app
from tests.server.auth.pages import csrf_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", demo=True)


@pytest.fixture
def example_people(store: Store, clock: Clock) -> dict[str, str]:
    """A parent and a case officer on an example plan; their ids by role."""
    people = {person.role: person for person in example.load().people if person.role in ("parent", "case_officer")}
    ids = {role: uuid.uuid4().hex for role in people}
    plan_id = uuid.uuid4().hex

    def write(db: object) -> None:
        from sqlmodel import Session

        assert isinstance(db, Session)
        for role, person in people.items():
            db.add(Person(id=ids[role], email=person.email, name=person.name, created_at=clock()))
        db.flush()
        db.add(
            Plan(
                id=plan_id,
                reference="EX-1",
                child="S",
                stage="drafting",
                stage_since=clock(),
                is_example=True,
                created_by=ids["case_officer"],
                created_at=clock(),
            )
        )
        db.flush()
        for role, person in people.items():
            db.add(
                Access(
                    plan_id=plan_id,
                    person_id=ids[role],
                    role=role,
                    party=person.party,
                    invited_by=ids["case_officer"],
                    invited_at=clock(),
                )
            )

    store.write_sync(write)
    return ids


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_for(app) as client:
        yield client


async def test_the_page_lists_each_person_with_role_and_story(
    visitor: httpx.AsyncClient, example_people: dict[str, str]
) -> None:
    page = await visitor.get("/sign-in")
    assert page.status_code == 200
    for person in example.load().people:
        if person.role in example_people:
            assert f'Sign in as <span translate="no">{person.name}</span>' in page.text
            assert escape(person.story) in page.text


async def test_the_page_shows_the_people_of_the_appeal_once_and_what_to_try_there(
    visitor: httpx.AsyncClient, store: Store, example_people: dict[str, str]
) -> None:
    assert "To try an appeal" not in (await visitor.get("/sign-in")).text
    assert example_appeal.create(store, date(2026, 11, 4))
    page = await visitor.get("/sign-in")
    assert "To try an appeal" in page.text
    for person in stories.people():
        assert page.text.count(f'Sign in as <span translate="no">{person.name}</span>') == 1
        assert escape(person.story) in page.text
    together, opposite = page.text.split("To try an appeal")
    assert example.load().people[0].name in together
    assert "Nadia Fellmoor" not in together
    assert opposite.index("Nadia Fellmoor") < opposite.index("Leila Tarran")


async def test_choosing_a_person_signs_in(visitor: httpx.AsyncClient, example_people: dict[str, str]) -> None:
    page = await visitor.get("/sign-in")
    answer = await visitor.post(
        "/sign-in/demo", data={"csrf": csrf_in(page), "person": example_people["parent"], "next": "/plans"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/plans")
    me = await visitor.get("/api/me")
    assert example_people["parent"] == me.json()["id"]


async def test_somebody_outside_the_example_cannot_be_chosen(
    visitor: httpx.AsyncClient, example_people: dict[str, str], store: Store, clock: Clock
) -> None:
    real = add_person(store, clock, "real@example.org")
    page = await visitor.get("/sign-in")
    answer = await visitor.post("/sign-in/demo", data={"csrf": csrf_in(page), "person": real})
    assert answer.status_code == 404


async def test_there_is_no_such_address_without_demo_mode(
    tmp_path: Path, store: Store, clock: Clock, example_people: dict[str, str]
) -> None:
    app = make_app(Settings(data_dir=tmp_path / "data"), store, clock)
    async with browser_for(app) as client:
        page = await client.get("/sign-in")
        assert example.load().people[0].name not in page.text
        csrf = csrf_in(await client.get("/sign-in"))
        answer = await client.post("/sign-in/demo", data={"csrf": csrf, "person": example_people["parent"]})
    assert answer.status_code == 404


async def test_signing_out_ends_the_sign_in_and_takes_the_cookie_away(
    app: FastAPI, visitor: httpx.AsyncClient, example_people: dict[str, str]
) -> None:
    page = await visitor.get("/sign-in")
    await visitor.post("/sign-in/demo", data={"csrf": csrf_in(page), "person": example_people["parent"]})
    cookie = visitor.cookies["alongside_session"]
    csrf = (await visitor.get("/api/me")).json()["csrf"]
    out = await visitor.post("/sign-out", data={"csrf": csrf})
    assert (out.status_code, out.headers["location"]) == (303, "/signed-out")
    assert "alongside_session" not in visitor.cookies
    assert len(app.state.live.ended) == 1
    visitor.cookies.set("alongside_session", cookie)
    assert (await visitor.get("/api/me")).status_code == 401
