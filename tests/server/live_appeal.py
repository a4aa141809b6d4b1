"""A live server with an appeal open on its plan, real sockets included, and clients of the layers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlmodel import Session, select

from crdt.compose import replacing
from crdt.layers import write_layer
from crdt.ledger import Ledger
from server.acts import Office, Post, end_access
from server.auth.sessions import SignedIn
from server.auth.tokens import TokenUse
from server.day import today
from server.log import MODE, SYSTEM, UPDATE, Entry, append_within
from server.redline.issued import issue_present
from server.redline.tables import Appeal, AppealTurn, Speaker
from server.redline.turns import begin_turn, send_turn
from server.rooms import make_document
from server.tables import Access, Plan
from tests.live_client import LiveClient, Section
from tests.live_serving import PARTY, LiveServer, live_server

FINAL = Entry(MODE, b'{"stage": "final", "mode": "locked"}', SYSTEM)
DISPUTED = ("B", "F")
WORDS = "Ada has speech therapy once a week."
BLOCK = "jdx25finu3"
"""The id that the paragraph gets as a baseline."""
TEXT = {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": WORDS}]}]}


@dataclass
class LiveAppeal:
    """The server, and what people do there."""

    server: LiveServer
    office: Office
    clients: int = 40_000

    @property
    def today(self) -> date:
        return today()

    def person(self, role: str) -> SignedIn:
        ends = datetime.now(UTC) + timedelta(hours=1)
        return SignedIn(self.server.tokens.people[role], role, False, "demo", TokenUse.LIVE, ends, ends)

    async def enter(self, role: str, name: str) -> tuple[LiveClient, Section]:
        """A connection of this person with a document of the appeal open on it."""
        return await self.server.enter(name, role)

    async def denied(self, role: str, name: str) -> str | None:
        """The code with which this person is kept out; None when they are let in."""
        client = await self.server.client()
        found = await client.knock(self.server.name(name), role)
        await client.until(lambda: bool(found.scope or found.denied or client.close_code))
        await client.close()
        return found.denied

    def writing(self, section: Section, records: Mapping[str, Mapping[str, Any]]) -> bytes:
        """The update that makes this client's copy hold these records; applied there too."""
        self.clients += 1
        update = write_layer(section.doc.get_update(), records, self.clients)
        assert update is not None
        section.doc.apply_update(update)
        return update

    async def begin(self, role: str) -> None:
        assert isinstance(await begin_turn(self.office, self.person(role), self.server.plan), AppealTurn)

    async def send(self, role: str) -> int:
        sent = await send_turn(self.office, self.person(role), self.server.plan)
        assert isinstance(sent, int)
        return sent

    async def change(self, write: Any) -> None:
        """Changes rows behind the rooms, then lets everybody know, as the acts do."""
        await self.server.store.write(write)
        await self.server.live.plan_changed(self.server.plan)

    async def close(self) -> None:
        """The appeal is over."""

        def write(db: Session) -> None:
            appeal = db.exec(select(Appeal)).one()
            appeal.closed_at, appeal.outcome = datetime.now(UTC), "withdrawn"
            db.add(appeal)

        await self.change(write)

    async def end(self, role: str) -> None:
        """The case officer ends this person's access."""
        person = self.server.tokens.people[role]
        row = self.server.store.read(lambda db: db.exec(select(Access.id).where(Access.person_id == person)).one())
        ended = await end_access(self.office, self.person("case_officer"), self.server.plan, row or 0)
        assert isinstance(ended, Access)


def striking(wording: str = "twice a week") -> dict[str, Any]:
    """A replacement of words of the example."""
    return {"type": "text", "block": BLOCK, "from": 0, "to": 3, "at": 3, "rank": "V", "wording": wording}


@asynccontextmanager
async def live_appeal(folder: Path, **changes: Any) -> AsyncIterator[LiveAppeal]:
    """The server; the parent, the case officer and the signing officer speak."""
    async with live_server(folder, stage="final", **changes) as server:
        await server.store.write(lambda db: open_in(db, server.plan, server.tokens.people))
        await server.live.plan_changed(server.plan)
        yield LiveAppeal(server, Office(server.store, server.live, cast(Post, None), server.settings))


def open_in(db: Session, plan_id: str, people: Mapping[str, str]) -> None:
    """Opens an appeal on this final plan, with the same words in each section in dispute."""
    officer = people["case_officer"]
    for label in DISPUTED:
        update = replacing(TEXT, 5, Ledger())
        append_within(db, make_document(db, plan_id, label), 0, [Entry(UPDATE, update, officer), FINAL])
    version = issue_present(db, plan_id, officer, today())
    plan = db.get_one(Plan, plan_id)
    plan.finalised_on = today()
    db.add(plan)
    now = datetime.now(UTC)
    appeal = Appeal(
        plan_id=plan_id,
        number="EH123/26/00041",
        version_id=version.id or 0,
        sections=list(DISPUTED),
        opened_on=today(),
        opened_by=officer,
        opened_at=now,
    )
    db.add(appeal)
    db.flush()
    for role in ("parent", "case_officer", "signing_officer"):
        person = people[role]
        db.add(Speaker(appeal_id=appeal.id or 0, person_id=person, side=PARTY[role], added_by=officer, added_at=now))
