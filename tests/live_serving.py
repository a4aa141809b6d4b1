"""A live server inside the test's own loop: the real store, rooms and sockets, with sign-in by made-up tokens.

Time stands still unless a test moves it. ``fast`` chooses between the two ways of carrying frames.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session

from server import relay, sockets
from server.auth.sessions import SignedIn
from server.auth.tokens import Refused, TokenUse
from server.channel import Channel
from server.database import Store
from server.live import Live
from server.polling import Polling
from server.serve import Server, configuration
from server.settings import Settings
from server.tables import Access, Person, Plan
from tests.live_client import LiveClient, Section
from tests.polled_client import Polled
from tests.serving import free_port

PARTY = {
    "parent": "family",
    "young_person": "family",
    "advocate": "family",
    "interpreter": "family",
    "case_officer": "authority",
    "plan_writer": "authority",
    "signing_officer": "authority",
    "panel_member": "authority",
    "senco": "professional",
    "educational_psychologist": "professional",
    "health": "professional",
    "social_care": "professional",
    "observer": "observer",
}


class Clock:
    """Seconds since the epoch, as a test says."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by).total_seconds()

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


class MadeUpTokens:
    """A token is a person's role here, or ``role:session``. Lives for an hour unless said otherwise."""

    def __init__(self, clock: Clock) -> None:
        self.people: dict[str, str] = {}
        self.minutes = 60.0
        self.gone: set[str] = set()
        self._clock = clock

    async def read_token(self, token: str) -> SignedIn | Refused:
        role, _, session = token.partition(":")
        person = self.people.get(role)
        session = session or role
        if person is None or session in self.gone:
            return Refused("signed-out", "unknown")
        ends = self._clock.moment + timedelta(minutes=self.minutes)
        return SignedIn(person, session, False, "demo", TokenUse.LIVE, ends, ends)

    async def over(self, session_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(self.gone.intersection(session_ids))


@dataclass
class LiveServer:
    store: Store
    live: Live
    settings: Settings
    tokens: MadeUpTokens
    clock: Clock
    plan: str
    polling: Polling
    protocols: set[Any] = field(default_factory=set)
    """uvicorn's side of every connection."""
    clients: list[LiveClient] = field(default_factory=list)
    pages: list[Polled] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.settings.port}/live"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def only_channel(self) -> Channel:
        """The server's side of the one page that goes over HTTP."""
        (channel,) = self.polling._channels.values()
        return channel

    def name(self, section: str) -> str:
        return f"{self.plan}/{section}"

    async def client(self, **options: Any) -> LiveClient:
        client = await LiveClient.connect(self.url, **options)
        self.clients.append(client)
        return client

    async def enter(self, section: str, role: str) -> tuple[LiveClient, Section]:
        """A new connection of the person with this role, and the section open on it."""
        client = await self.client()
        return client, await client.open(self.name(section), role)

    def page(self, *others: str, **headers: str) -> Polled:
        """A page that goes over HTTP and has asked for nothing yet; its requests go to the servers by turns."""
        page = Polled((self.web, *others), headers)
        self.pages.append(page)
        return page

    async def over_http(self) -> LiveClient:
        page = self.page()
        assert 200 == (await page.open()).status_code
        client = LiveClient(page)
        self.clients.append(client)
        return client

    async def enter_over_http(self, section: str, role: str) -> tuple[LiveClient, Section]:
        """The same as ``enter``, where WebSockets are blocked."""
        client = await self.over_http()
        return client, await client.open(self.name(section), role)

    async def enter_quietly(self, section: str, role: str) -> tuple[LiveClient, Section]:
        """The same, returning as soon as the server has let the person in; the text may still be on its way."""
        client = await self.client()
        found = await client.knock(self.name(section), role)
        await client.until(lambda: found.scope is not None)
        return client, found

    async def set_stage(self, stage: str) -> None:
        """Moves the plan to a stage, as the product does."""

        def write(session: Session) -> None:
            plan = session.get_one(Plan, self.plan)
            plan.stage = stage
            session.add(plan)

        await self.live.move_stage(self.plan, write, stage)


def make_plan(session: Session, stage: str = "drafting") -> tuple[str, dict[str, str]]:
    """A plan with one person for every role; the ids of both."""
    now = datetime.now(UTC)
    people = {role: uuid.uuid4().hex for role in PARTY}
    for role, person in people.items():
        session.add(Person(id=person, email=f"{person}@example.org", name=f"The {role}", created_at=now))
    session.flush()
    plan = uuid.uuid4().hex
    officer = people["case_officer"]
    session.add(
        Plan(id=plan, reference=plan[:8], child="Z", stage=stage, stage_since=now, created_by=officer, created_at=now)
    )
    session.flush()
    for role, person in people.items():
        acts_for = people["parent"] if role in ("advocate", "interpreter") else None
        session.add(
            Access(
                plan_id=plan,
                person_id=person,
                role=role,
                party=PARTY[role],
                acts_for=acts_for,
                invited_by=officer,
                invited_at=now,
            )
        )
    return plan, people


async def until(condition: Callable[[], bool], patience: float = 10.0) -> None:
    """Lets the loop run until the condition holds."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


@asynccontextmanager
async def live_server(
    data: Path, *, fast: bool = True, stage: str = "drafting", beside: LiveServer | None = None, **changes: Any
) -> AsyncIterator[LiveServer]:
    """A server on a free port, with one plan in this stage; or one more that serves the same plans as another."""
    port = free_port()
    if beside is not None:
        changes = {"database_url": beside.settings.database_url, "redis_url": beside.settings.redis_url} | changes
    given: dict[str, Any] = {"drain_seconds": 0.0, "fast_sockets": fast} | changes  # no proxy has to notice
    settings = Settings(data_dir=data, port=port, public_url=f"http://127.0.0.1:{port}", **given)
    clock = Clock()
    tokens = MadeUpTokens(clock)
    store = Store.open(settings)
    try:
        async with Live(store, settings, tokens, clock=clock) as live:
            if beside is None:
                plan, tokens.people = await store.write(lambda session: make_plan(session, stage))
            else:
                plan, tokens.people = beside.plan, beside.tokens.people
            app = FastAPI()
            app.state.live = live
            sockets.mount(app)
            relay.join(app.state.polling, live)
            config = configuration(app, settings)
            config.lifespan = "off"
            config.log_level = "warning"
            server = Server(config)
            serving = asyncio.create_task(server._serve(), name="uvicorn")
            while not server.started:
                assert not serving.done(), "the server did not start"
                await asyncio.sleep(0)
            surprises: list[dict[str, Any]] = []
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: surprises.append(context))
            found = LiveServer(
                store, live, settings, tokens, clock, plan, app.state.polling, server.server_state.connections
            )
            try:
                yield found
            finally:
                for client in found.clients:
                    client.vanish()
                if found.clients:
                    await asyncio.wait([client._reading for client in found.clients])
                for page in found.pages:
                    await page.http.aclose()
                server.should_exit = True
                await serving
                assert surprises == []
    finally:
        store.close()
