"""The sections in memory: opened from the log when somebody comes, put away when nobody is left.

It does for rooms what waits: reading, rebuilding, asking for snapshots. Every task it starts belongs to the task group
it was given. ``live`` and connections may import it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import structlog
from sqlmodel import Session

from server import live_metrics, tracing
from server.bus import Bus, Grown, Standing, WhoIsThere
from server.catching_up import CatchingUp
from server.codes import Code, PlanError
from server.database import Store, StoreFailed
from server.layers import is_layer, schema_of, stored_name
from server.log import Log, document_id, rows_after
from server.logged import Logged
from server.replay import Content, limits_of
from server.room import Room
from server.seat import Seat
from server.settings import Settings
from server.snapshots import load
from server.snapshots_due import SnapshotsDue
from server.standing import PlanState, read_plan
from server.tables import Document, Plan
from server.together import Together

log = structlog.get_logger("alongside.rooms")

_RETRY_SECONDS = 1.0
_MOST_PLANS = 20
"""As many plans are read in one go."""


class Spawn(Protocol):
    """Starts a task in the server's task group."""

    def __call__(self, name: str, work: Coroutine[Any, Any, None]) -> None: ...


class UnknownDocument(PlanError):
    """There is no such plan or section, or not any more."""

    code = Code.UNKNOWN_DOCUMENT


class Rooms:
    """All open rooms, by plan and section; and the state of every plan that has one."""

    def __init__(
        self, store: Store, settings: Settings, log_: Log, bus: Bus, spawn: Spawn, clock: Callable[[], float]
    ) -> None:
        self.plans: dict[str, PlanState] = {}
        self._store = store
        self._settings = settings
        self._limits = limits_of(settings)
        self._log = log_
        self._bus = bus
        self._spawn = spawn
        self._clock = clock
        self._rooms: dict[tuple[str, str], Room] = {}
        self._opening: dict[tuple[str, str], asyncio.Future[Room]] = {}
        self.layer_grown: Callable[[Logged], None] = lambda room: None
        """Told of every layer whose log has grown; ``live`` sets it."""
        self.has_company: Callable[[str], bool] = lambda plan_id: False
        """Whether another process has something of this plan open; ``live`` sets it."""
        self.settle: Callable[[PlanState], None] = lambda plan: None
        """Decides everybody's rights anew; ``live`` sets it."""
        self._by_document: dict[int, Room] = {}
        self._by_plan: dict[str, dict[str, Room]] = {}
        self._catching_up = CatchingUp(store, spawn)
        self._plan_reads: Together[str, PlanState | None] = Together(store, _plans, _MOST_PLANS)
        self._reads = 0
        self._read_at: dict[str, int] = {}
        self._snapshot_at: dict[int, int] = {}
        self._told_at: dict[int, float] = {}
        """When what a room has not got yet was written, as the first hint said; for figures."""
        self._empty_since: dict[tuple[str, str], float] = {}
        self.snapshots = SnapshotsDue(settings)

    # Opening

    def find(self, plan_id: str, section: str) -> Room | None:
        """The room of a document, by its name within the plan, if it is in memory."""
        plan = self.plans.get(plan_id)
        name = section if plan is None else stored_name(section, plan.appeal)
        return None if name is None else self._rooms.get((plan_id, name))

    def of_plan(self, plan_id: str) -> list[Room]:
        """The open rooms of one plan."""
        return list(self._by_plan.get(plan_id, {}).values())

    def all(self) -> list[Room]:
        """Every open room."""
        return list(self._rooms.values())

    async def open(self, plan_id: str, section: str) -> Room:
        """A document's room, from memory or from its log. ``UnknownDocument`` or ``StoreFailed`` when it cannot be."""
        appeal = (await self.plan(plan_id)).appeal if is_layer(section) else None
        name = stored_name(section, appeal)
        if name is None:
            raise UnknownDocument(section)
        key = (plan_id, name)
        while True:
            room = self._rooms.get(key)
            if room is not None:
                self._empty_since.pop(key, None)
                return room
            opening = self._opening.get(key)
            if opening is None:
                break
            await asyncio.wait((opening,))
        opening = self._opening[key] = asyncio.get_running_loop().create_future()
        try:
            with tracing.span(tracing.LOAD):
                room = await self._load(plan_id, section, name)
            self._rooms[key] = self._by_document[room.document_id] = room
            self._by_plan.setdefault(plan_id, {})[name] = room
            self._empty_since[key] = self._clock()
            self._bus.follow(plan_id)
            self.ask_who_is_there(room)
            live_metrics.ROOMS.inc()
            return room
        finally:
            del self._opening[key]
            opening.cancel()

    async def _load(self, plan_id: str, section: str, name: str) -> Room:
        found = await self._store.aread(lambda session: _find(session, plan_id, name))
        if found is None:
            made = await self._store.write(lambda session: make_document(session, plan_id, name))
            found = made, *await self._store.aread(lambda session: _read(session, made, name))
        document, content, snapshot = found
        self._snapshot_at[document] = snapshot
        return Room(f"{plan_id}/{section}", document, content, self._log, self._limits, self, stored=name)

    async def plan(self, plan_id: str) -> PlanState:
        """The plan's stage and people, as committed; read once, then kept until ``plan_changed``."""
        known = self.plans.get(plan_id)
        if known is not None:
            return known
        return await self.read_plan(plan_id)

    async def read_plan(self, plan_id: str) -> PlanState:
        """Reads the plan's stage and people again."""
        while True:
            self._reads += 1
            ticket = self._reads
            state = await self._plan_reads.ask(plan_id)
            if state is None:
                raise UnknownDocument(plan_id)
            if self._read_at.get(plan_id, 0) < ticket:
                self._read_at[plan_id] = ticket
                self.plans[plan_id] = state
                return state
            # A read that began after ours has come back before it: what we read may be older.
            known = self.plans.get(plan_id)
            if known is not None:
                return known

    def forget_plan(self, plan_id: str) -> None:
        """Drops the state of a plan with no open room; it is read again when somebody comes."""
        if not self.of_plan(plan_id):
            self.plans.pop(plan_id, None)

    # What rooms ask for

    def rebuild(self, room: Logged) -> None:
        """Reads a room's content again, for as long as it takes."""
        self._spawn("rebuild", self._rebuild(room))

    async def _rebuild(self, room: Logged) -> None:
        while True:
            try:
                if room.rights_moved:
                    plan = await self.read_plan(plan_of(room))
                    room.rights_moved = False
                    self.settle(plan)
                with tracing.root(tracing.REBUILD):
                    content, _ = await self._store.aread(lambda session: _read(session, room.document_id, room.stored))
            except Exception as trouble:  # noqa: BLE001 - the border of a loop: giving up would close the room for good
                detail = str(trouble) if isinstance(trouble, PlanError) else ""
                log.error("not_rebuilt", section=room.name, error=type(trouble).__name__, detail=detail)
                room.cannot_rebuild()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                live_metrics.REBUILT.inc()
                log.info("rebuilt", section=room.name, seq=content.seq)
                room.rebuilt(content)
                return

    def rights(self, room: Logged) -> int | None:
        """The number of the plan's rights, as they were read last."""
        plan = self.plans.get(plan_of(room))
        return None if plan is None else plan.number

    def settled(self, room: Logged, seat: Seat) -> None:
        """Decides by the plan as it was read last what somebody may do who has left, and is told of no change."""
        plan = self.plans.get(plan_of(room))
        if plan is not None:
            seat.standing.settle(plan)

    def shown(self, room: Logged, payload: bytes) -> None:
        """Somebody moved in the text: the people of other processes see it too."""
        plan_id = plan_of(room)
        if self.has_company(plan_id):
            self._bus.publish(Standing(plan_id, room.document_id, payload.hex()))

    def grown(self, room: Logged, *, elsewhere: bool = False) -> None:
        """A room's log has grown: others are told, and a snapshot is asked for when enough has come together."""
        told_at = self._told_at.pop(room.document_id, None) if elsewhere else None
        if told_at is not None:
            live_metrics.taken_up_after(time.time() - told_at)
        if not elsewhere and self.has_company(plan_of(room)):
            self.tell_grown(room)
        if room.behind > room.durable:
            self._catching_up.heard_of(room, room.behind)  # it was not free to take that when it was heard of
        if is_layer(room.stored):
            self.layer_grown(room)
        if room.durable - self._snapshot_at.get(room.document_id, 0) >= self._settings.snapshot_every:
            self._snapshot_at[room.document_id] = room.durable
            self.snapshots.want(room.document_id)

    # Other processes

    def ask_who_is_there(self, room: Logged) -> None:
        """Asks other processes who is in this section, and whether they have something of its plan open."""
        self._bus.publish(WhoIsThere(plan_of(room), room.document_id))

    def tell_grown(self, room: Logged) -> None:
        """Tells other processes how far this section's log is here."""
        self._bus.publish(Grown(plan_of(room), room.document_id, room.durable, time.time()))

    def by_document(self, document: int) -> Room | None:
        """The open room of a document."""
        return self._by_document.get(document)

    def heard_of(self, document: int, seq: int, at: float | None = None) -> None:
        """Another process wrote entries up to ``seq``, at ``at``; what this room has not got yet is read."""
        room = self._by_document.get(document)
        if room is None:
            return
        if at is not None and seq > room.durable:
            self._told_at.setdefault(document, at)
        self._catching_up.heard_of(room, seq)

    def may_look(self, room: Logged) -> bool:
        """Whether another process may have written in this room's section."""
        return not self._bus.alone

    def look(self, room: Logged) -> None:
        """Reads what other processes have written in a section that stands still."""
        self._spawn("look", self._look(room))

    async def _look(self, room: Logged) -> None:
        try:
            rows = await self._store.aread(lambda session: list(rows_after(session, room.document_id, room.durable)))
            if not room.order.pending and not room.caught_up([row for row in rows if row.seq > room.durable]):
                room.rights_moved = True
                room.read_again()
        except StoreFailed as trouble:
            log.warning("not_caught_up", section=room.name, error=type(trouble).__name__)
        finally:
            room.looked()

    def heads_of(self, found: Mapping[int, int]) -> None:
        """What the database says are the last entries of these documents."""
        for document, seq in found.items():
            self.heard_of(document, seq)

    # Putting away

    def put_away_idle(self) -> None:
        """Drops the rooms that nobody has had open for a while. Nothing is lost: what they hold is on disk."""
        now = self._clock()
        for key, room in list(self._rooms.items()):
            room.content.forget_copies()
            if room.audience.seats or not room.quiet:
                self._empty_since.pop(key, None)
                continue
            since = self._empty_since.setdefault(key, now)
            if now - since >= self._settings.room_idle_seconds:
                self._put_away(key, room)

    def put_all_away(self) -> None:
        """Drops every room with what it was about to write: the store is not the one it was read from."""
        for key, room in list(self._rooms.items()):
            room.start_afresh("the store was restored")
            self._put_away(key, room)

    def appeals(self) -> set[int]:
        """The appeals of which a layer, or a private draft, is open."""
        numbers = (room.stored.partition("#")[2] for room in self._rooms.values())
        return {int(number.partition(".")[0]) for number in numbers if number}

    def _put_away(self, key: tuple[str, str], room: Logged) -> None:
        del self._rooms[key]
        self._by_document.pop(room.document_id, None)
        of_plan = self._by_plan[key[0]]
        del of_plan[key[1]]
        if not of_plan:
            del self._by_plan[key[0]]
        self._told_at.pop(room.document_id, None)
        self._bus.unfollow(key[0])
        self._empty_since.pop(key, None)
        live_metrics.ROOMS.dec()
        if room.durable - self._snapshot_at.pop(room.document_id, 0) >= max(1, self._settings.snapshot_every // 10):
            self.snapshots.want(room.document_id)
        self.forget_plan(key[0])


def _plans(session: Session, plans: Sequence[str]) -> list[PlanState | None]:
    found = {plan_id: read_plan(session, plan_id) for plan_id in set(plans)}
    return [found[plan_id] for plan_id in plans]


def _find(session: Session, plan_id: str, name: str) -> tuple[int, Content, int] | None:
    document = document_id(session, plan_id, name)
    return None if document is None else (document, *_read(session, document, name))


def _read(session: Session, document: int, name: str) -> tuple[Content, int]:
    content = load(session, document, schema_of(name))
    content.prepare()
    return content, content.snapshot


def plan_of(room: Logged) -> str:
    """The plan a room belongs to."""
    return room.name.partition("/")[0]


def make_document(session: Session, plan_id: str, section: str) -> int:
    """The number of a document by its name in the store; made empty if it is not there yet."""
    found = document_id(session, plan_id, section)
    if found is not None:
        return found
    if session.get(Plan, plan_id) is None:
        raise UnknownDocument(plan_id)
    row = Document(plan_id=plan_id, section=section)
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 - the database has just given it
    return row.id
