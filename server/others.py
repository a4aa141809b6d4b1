"""What the other processes on the same database do, taken up here: by hints at once, by looking within a second.

Hints may be lost, so nothing rests on them: heads of open documents, numbers of rights and of sign-ins are read from
the database every second, and an append meets them in its own transaction anyway (``log``). Only ``live`` imports it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import text
from sqlmodel import Session, col, select

from server.bus import Bus, Following, Grown, Here, Hint, LoneBus, RightsMoved, SignedOut, Standing, Told, WhoIsThere
from server.codes import Code, PlanError
from server.database import Store
from server.epoch import epoch
from server.layers import is_layer
from server.settings import Settings
from server.tables import Change, Document, StoreKey

if TYPE_CHECKING:
    from server.live import Live

log = structlog.get_logger("alongside.others")

LOOK_SECONDS = 1.0
ANNOUNCE_SECONDS = 8.0
"""How often this process says who is here; a few of these in a row may be lost before anybody fades."""
_ROSTER_SECONDS = 3 * ANNOUNCE_SECONDS
_AT_ONCE = 500

People = tuple[tuple[str, str, str, str], ...]
Looked = tuple[dict[int, int], dict[str, int], dict[str, int], int, str]
"""Heads by document, numbers of rights and of registers by plan, the number of people's changes, the store's epoch."""


def bus_for(store: Store, settings: Settings, node: str) -> Bus:
    """The way to other processes, as the settings say."""
    if store.embedded:
        return LoneBus(node)
    if settings.redis_url is None:
        return LoneBus(node, alone=False)
    from server.bus_redis import RedisBus

    return RedisBus(settings.redis_url, store.read(store_key), node)


def store_key(session: Session) -> str:
    """The database's own key, and what it is called now: a copy of it beside it is another database."""
    name = session.execute(text("SELECT current_database()")).scalar_one()
    return f"{session.get_one(StoreKey, 1).key}:{name}"


class Others:
    """Belongs to one ``Live``."""

    def __init__(self, live: Live, clock: Callable[[], float] | None = None) -> None:
        self._live = live
        self._clock = clock or live.monotonic
        self.answers: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]] = {"state": self._state}
        """What other processes may ask this one, by kind; whoever can answer enters it here."""
        self._soon = asyncio.Event()
        self._people_number: int | None = None
        self._registers: dict[str, int] = {}
        self._rosters: dict[tuple[str, str], tuple[float, People]] = {}
        self._said: dict[str, People] = {}
        self._company: dict[str, dict[str, float]] = {}
        """Other processes that have something of a plan open, and when they last said so."""
        self._announced_at = 0.0

    # By hints

    def heard(self, hint: Hint, node: str) -> None:
        """Takes up what another process says."""
        live = self._live
        if isinstance(hint, Following | Grown | Standing | WhoIsThere | Here):
            self._meet(hint.plan_id, node)
        if isinstance(hint, Grown):
            live.rooms.heard_of(hint.document_id, hint.seq, hint.at)
        elif isinstance(hint, Standing):
            room = live.rooms.by_document(hint.document_id)
            if room is not None:
                room.hear(bytes.fromhex(hint.payload), node)
        elif isinstance(hint, RightsMoved):
            if hint.plan_id in live.rooms.plans:
                live.spawn("read rights", live.read_rights(hint.plan_id))
        elif isinstance(hint, SignedOut):
            live.close_session(hint.session_id)
        elif isinstance(hint, Told):
            live.tell_here(hint.plan_id, hint.section, hint.what, hint.side)
        elif isinstance(hint, WhoIsThere):
            if live.rooms.of_plan(hint.plan_id):
                live.bus.publish(Following(hint.plan_id))
            self._announce_document(hint.document_id)
        elif isinstance(hint, Here):
            self._rosters[(hint.plan_id, node)] = (self._clock(), hint.people)

    def has_company(self, plan_id: str) -> bool:
        """Whether another process has something of this plan open: else nobody need be told."""
        return plan_id in self._company

    def _meet(self, plan_id: str, node: str) -> None:
        known = self._company.setdefault(plan_id, {})
        is_new = node not in known
        known[node] = self._clock()
        if is_new:  # it may have missed what happened before we knew of it
            live = self._live
            live.bus.publish(Following(plan_id))
            for room in live.rooms.of_plan(plan_id):
                live.rooms.tell_grown(room)
                self._announce_document(room.document_id)

    async def answer(self, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Answers another process's question."""
        how = self.answers.get(kind)
        return None if how is None else await how(body)

    async def _state(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"node": self._live.node, "pid": os.getpid(), "rooms": await self._live.state()}

    def people(self, plan_id: str) -> People:
        """Who is connected to other processes and has a section of this plan open."""
        now = self._clock()
        return tuple(
            person
            for (plan, _), (at, people) in self._rosters.items()
            if plan == plan_id and now - at <= _ROSTER_SECONDS
            for person in people
        )

    # By looking

    def look_soon(self, plan_id: str) -> None:
        """Hints may have been missed: asks who is there, and looks now."""
        live = self._live
        for room in live.rooms.of_plan(plan_id) if plan_id else live.rooms.all():
            live.rooms.ask_who_is_there(room)
        self._soon.set()

    async def watch(self) -> None:
        """Looks, and says who is here, until the server stops."""
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()
            try:
                await self.look()
                self.announce()
            except PlanError as trouble:
                log.warning("not_looked", error=type(trouble).__name__)
            except Exception:
                log.exception("look_failed")  # the border of a loop: the next look may go well

    async def look(self) -> None:
        """One look at all that matters to whoever is connected here."""
        live = self._live
        plans = list(live.rooms.plans)
        documents = [] if live.bus.alone else [room.document_id for room in live.rooms.all()]
        known = {plan: live.rooms.plans[plan].number for plan in plans}
        heads, rights, registers, people, now = await live.store.aread(lambda session: _look(session, plans, documents))
        if now != live.epoch:
            self._begin_again(now)
        live.rooms.heads_of(heads)
        if self._people_number is not None and people != self._people_number:
            await live.look_again()
        else:
            for plan, number in rights.items():
                if number != known[plan] and plan in live.rooms.plans and live.rooms.plans[plan].number == known[plan]:
                    await live.read_rights(plan)
        self._people_number = people
        self._look_at_registers(registers)

    def _begin_again(self, now: str) -> None:
        """The store was restored under us: nothing that was read from it before counts, here or on any page."""
        live = self._live
        log.critical("store_restored")
        live.epoch = now
        for connection in list(live.connections):
            connection.close(Code.BUSY)
        live.rooms.put_all_away()

    def _look_at_registers(self, registers: Mapping[str, int]) -> None:
        """Decisions taken elsewhere, while no hint of them comes."""
        live = self._live
        for plan, number in registers.items():
            before = self._registers.get(plan)
            if before is not None and before != number and not live.bus.well:
                layers = {room.stored for room in live.rooms.of_plan(plan) if is_layer(room.stored)}
                for section in sorted({name.partition("@")[0] for name in layers}):
                    live.tell_here(plan, section, "register")
        self._registers = dict(registers)

    # Saying who is here

    def announce(self) -> None:
        """Says who is here: at once where that changed, and every few seconds everything again."""
        live = self._live
        if live.bus.alone:
            return
        now = self._clock()
        again = now - self._announced_at >= ANNOUNCE_SECONDS
        if again:
            self._announced_at = now
            self._part()
            for plan in {room.name.partition("/")[0] for room in live.rooms.all()}:
                live.bus.publish(Following(plan))
            for room in live.rooms.all():
                self._announce_document(room.document_id)
                room.audience.fade()
            self._rosters = {key: one for key, one in self._rosters.items() if now - one[0] <= _ROSTER_SECONDS}
        for plan in {*live.rooms.plans, *self._said}:
            people = tuple((one.person_id, one.name, one.role, one.section) for one in live.present_here(plan))
            if people != self._said.get(plan, ()) or (again and people):
                live.bus.publish(Here(plan, people))
            if people:
                self._said[plan] = people
            else:
                self._said.pop(plan, None)

    def _part(self) -> None:
        """Forgets processes that have not spoken of a plan for a while."""
        late = self._clock() - _ROSTER_SECONDS
        for plan, known in list(self._company.items()):
            for node in [node for node, at in known.items() if at < late]:
                del known[node]
            if not known:
                del self._company[plan]

    def _announce_document(self, document: int) -> None:
        room = self._live.rooms.by_document(document)
        payload = None if room is None else room.audience.all_here()
        if room is not None and payload is not None:
            self._live.rooms.shown(room, payload)


def _look(session: Session, plans: list[str], documents: list[int]) -> Looked:
    heads: dict[int, int] = {}
    for start in range(0, len(documents), _AT_ONCE):
        some = documents[start : start + _AT_ONCE]
        found = session.exec(select(Document.id, Document.seq).where(col(Document.id).in_(some))).all()
        heads.update({number: seq for number, seq in found if number is not None})
    numbers: dict[str, dict[str, int]] = {"rights": {}, "register": {}, "people": {}}
    for start in range(0, len(plans) + 1, _AT_ONCE):
        some_plans = [*plans[start : start + _AT_ONCE], ""]
        columns = select(Change.kind, Change.plan_id, Change.number)
        for kind, plan, number in session.exec(columns.where(col(Change.plan_id).in_(some_plans))).all():
            numbers.setdefault(kind, {})[plan] = number
    return heads, numbers["rights"], numbers["register"], numbers["people"].get("", 0), epoch(session)
