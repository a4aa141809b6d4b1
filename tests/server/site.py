"""What tests of pages and API use: the application, its example plan, and people who have signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import Session, select

from server.database import Store
from server.tables import Access, AuditEvent, Person, Plan

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8000"
HTML = {"Accept": "text/html"}


@dataclass
class Site:
    """The running application and its example."""

    app: FastAPI
    plan_id: str
    people: dict[str, Person]  # by role
    access: dict[str, int]  # by role
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def store(self) -> Store:
        store: Store = self.app.state.store
        return store

    @property
    def home(self) -> str:
        return f"/plans/{self.plan_id}"

    @property
    def api(self) -> str:
        return f"/api/plans/{self.plan_id}"

    def visitor(self) -> httpx.AsyncClient:
        """A browser with nobody signed in."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=HTML)
        self.clients.append(client)
        return client

    def program(self, role: str) -> httpx.AsyncClient:
        """A program with this person's token: no cookie, so no form token is due."""
        return self.person(self.people[role])

    def person(self, person: Person) -> httpx.AsyncClient:
        """A program with somebody's token."""
        client = self.visitor()
        sessions = self.app.state.sessions
        begun = self.store.write_sync(lambda db: sessions.begin_in(db, person.id, "cli"))
        client.headers["Authorization"] = f"Bearer {begun.token}"
        return client

    async def browser(self, role: str) -> httpx.AsyncClient:
        """A browser signed in through the demo page."""
        client = self.visitor()
        token = form_token((await client.get("/sign-in")).text)
        sent = {"csrf": token, "person": self.people[role].id, "next": "/plans"}
        answer = await client.post("/sign-in/demo", data=sent, headers={"Origin": ORIGIN})
        assert answer.status_code == 303
        return client

    def stranger(self, *, staff: bool = False) -> httpx.AsyncClient:
        """Somebody who is on no plan."""

        def write(db: Session) -> Person:
            person = Person(id="ab" * 16, email="stranger@example.org", name="Stranger", is_staff=staff, created_at=NOW)
            db.add(person)
            return person

        return self.person(self.store.write_sync(write))

    def stage(self, stage: str, **facts: Any) -> None:
        """Puts the plan into a stage directly; for tests that are not about moving it."""

        def write(db: Session) -> None:
            plan = db.get_one(Plan, self.plan_id)
            for name, value in ({"stage": stage} | facts).items():
                setattr(plan, name, value)
            db.add(plan)

        self.store.write_sync(write)

    def plan(self) -> Plan:
        return self.store.read(lambda db: db.get_one(Plan, self.plan_id))

    def acts(self) -> list[tuple[str, dict[str, Any]]]:
        """What has been audited on the plan, in order."""

        def read(db: Session) -> list[tuple[str, dict[str, Any]]]:
            query = select(AuditEvent).where(AuditEvent.plan_id == self.plan_id).order_by(AuditEvent.id)  # type: ignore[arg-type]
            return [(one.act, one.detail) for one in db.exec(query)]

        return self.store.read(read)

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Every statement the store is asked meanwhile."""
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                said.append(statement)

        event.listen(self.store.engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(self.store.engine, "before_cursor_execute", note)


def read_site(app: FastAPI) -> Site:
    """The site as the example made it."""

    def read(db: Session) -> Site:
        plan = db.exec(select(Plan).where(Plan.is_example)).one()
        rows = db.exec(select(Access, Person).where(Access.plan_id == plan.id, Person.id == Access.person_id)).all()
        people = {access.role: person for access, person in rows}
        return Site(app, plan.id, people, {access.role: access.id or 0 for access, _ in rows})

    store: Store = app.state.store
    return store.read(read)


def form_token(page: str) -> str:
    """The form token in a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)
