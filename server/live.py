"""The live documents of one server: what routes and the command line may ask of them, and what keeps them going.

Text is read and written only through rooms; a change of stage is an entry in all twelve logs and in the plan's row,
in one transaction. ``app`` opens and closes it; routes use it through ``app.state.live``.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

from crdt import frames
from crdt.blocks import Tree
from server import live_metrics, texts, tracing
from server.auth.sessions import SignedIn
from server.auth.tokens import Refused
from server.bus import Bus, RightsMoved, SignedOut, Told
from server.codes import Code
from server.connection import Connection
from server.database import Store, StoreFailed
from server.ended import Ended
from server.epoch import begin, epoch
from server.errands import Errands
from server.held import move_stage, rewrite
from server.log import Log
from server.others import Others, bus_for
from server.outbox import Parcel, Sink, Tick
from server.paces import Paces
from server.present import Present, present_in
from server.redline.registrar import Registrar
from server.room import Room
from server.rooms import Rooms
from server.settings import Settings
from server.standing import Clock, PlanState
from server.tables import AuditEvent

T = TypeVar("T")

_SWEEP_SECONDS = 0.5
_ASK_AT_ONCE = 500


class Tokens(Protocol):
    """Who a token belongs to, and which sign-ins are over."""

    async def read_token(self, token: str) -> SignedIn | Refused:
        """Whose token this is."""

    async def over(self, session_ids: Iterable[str]) -> frozenset[str]:
        """Which of these sign-ins have ended."""


class Live:
    """Open it with ``async with``. ``tokens`` must be set before the first connection comes."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        tokens: Tokens | None = None,
        *,
        bus: Bus | None = None,
        clock: Clock = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.settings = settings
        self.tokens = tokens
        self.clock = clock
        self.monotonic = monotonic
        self.connections: set[Connection] = set()
        self.leaving = False
        """Nobody new is let in: this server is about to end."""
        self.word = secrets.token_hex(16)
        """Known to whoever may read the store's folder; opens ``/live/state``."""
        self.node = secrets.token_hex(4)
        """The name of this process among those that serve the same plans; new with every start."""
        self._bus = bus
        self.paces = Paces(settings, monotonic)
        self.looks = 0
        self._ended = Ended(settings, monotonic)
        self.errands = Errands()

    async def __aenter__(self) -> Live:
        self.store.hold({"host": self.settings.host, "port": self.settings.port, "word": self.word})
        self.epoch = await self.store.aread(epoch) or await self.store.write(begin)
        loop = asyncio.get_running_loop()
        self.tick = Tick(loop)
        self._log = Log(self.store, self._committed)
        live_metrics.UNACKNOWLEDGED.set_function(lambda: sum(one.waiting for one in self.connections))
        given = self._bus
        self.bus: Bus = (
            await asyncio.to_thread(bus_for, self.store, self.settings, self.node) if given is None else given
        )
        live_metrics.BUS.set_function(lambda: float(self.bus.well or self.settings.redis_url is None))
        self.rooms = Rooms(self.store, self.settings, self._log, self.bus, self.spawn, self.monotonic)
        self.rooms.settle = self.settle
        self.registrar = Registrar(self.store, self.spawn, lambda plan, section: self.tell(plan, section, "register"))
        self.rooms.layer_grown = self.registrar.grown
        self.others = Others(self)
        self.rooms.has_company = self.others.has_company
        await self.others.look()  # what changes from now on is noticed
        await self.errands.open()
        self.errands.keep_on("sweep", self._sweep())
        self.errands.keep_on("watch", self.others.watch())
        self.errands.keep_on("snapshots", self.rooms.snapshots.keep())
        await self.bus.start(self.others.heard, self.others.answer, self.others.look_soon)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in list(self.connections):
            connection.close(Code.BUSY)
        self._log.flush()
        await self.errands.close()
        await self.bus.stop()
        self.store.let_go()

    # What routes ask

    async def tree(self, plan_id: str, section: str) -> Tree:
        """The section's text as it is on disk. It is shared: never change it."""
        return await texts.tree_of(self.rooms, plan_id, section)

    async def seq(self, plan_id: str, section: str) -> int:
        """The number of the section's last entry on disk."""
        return (await self.rooms.open(plan_id, section)).durable

    async def items(self, plan_id: str) -> list[dict[str, Any]]:
        """All needs, outcomes and provisions of a plan, in order: id, section, label, kind, title, refs."""
        return await texts.items_of(self.rooms, plan_id)

    async def seed(
        self, plan_id: str, section: str, update: bytes, author: str, may: Callable[[Room], str] = lambda room: ""
    ) -> None:
        """Writes an update as ``author``; returns once it is on disk. ``NotWritten`` if it was refused.

        ``may`` is asked when the update's turn has come, as rights may have changed by then: a code refuses it.
        """
        await texts.seed(self.rooms, plan_id, section, update, author, may)

    def present(self, plan_id: str) -> list[Present]:
        """Who has a section of the plan open, of those who may be shown. Who drafts in private is shown to nobody."""
        return self.present_here(plan_id) + [Present(*one) for one in self.others.people(plan_id)]

    def present_here(self, plan_id: str) -> list[Present]:
        """Those of them who are connected to this process."""
        return present_in(self.rooms.of_plan(plan_id))

    async def plan_changed(self, plan_id: str) -> None:
        """Takes up a committed change of stage, people or rights, at once, for everyone connected."""
        self.tell_others(plan_id)
        await self.read_rights(plan_id)

    async def read_rights(self, plan_id: str) -> None:
        """Decides everybody's rights on a plan by what is committed now."""
        self.settle(await self.rooms.read_plan(plan_id))
        self.rooms.forget_plan(plan_id)

    def tell_others(self, plan_id: str) -> None:
        """Tells other processes that rights on this plan have changed."""
        self.bus.publish(RightsMoved(plan_id))

    async def session_ended(self, session_id: str) -> None:
        """Closes everything this sign-in has open, and lets it open nothing more; in every process."""
        self.bus.publish(SignedOut(session_id))
        self.close_session(session_id)

    def close_session(self, session_id: str) -> None:
        """The same in this process."""
        self._ended.note(session_id)
        for connection in list(self.connections):
            for seat in list(connection.seats.values()):
                if seat.standing.session_id == session_id:
                    seat.room.refuse(seat, Code.SIGNED_OUT, None, unanswered=False)

    async def rewrite(self, plan_id: str, names: Sequence[str], write: Callable[[Session], T]) -> T:
        """Runs ``write`` in one transaction while these documents take no edits; it may append to their logs."""
        return await self.errands.to_the_end("rewrite", rewrite(self, plan_id, names, write))

    def tell(self, plan_id: str, section: str, what: str, side: str = "") -> None:
        """Says to everyone (of one side) with a layer of this section open that something beside its text changed."""
        self.bus.publish(Told(plan_id, section, what, side))
        self.tell_here(plan_id, section, what, side)

    def tell_here(self, plan_id: str, section: str, what: str, side: str = "") -> None:
        """The same to those who are connected to this process."""
        for room in self.rooms.of_plan(plan_id):
            if room.stored.startswith(f"{section}@"):
                for seat in [one for one in room.audience.seats if side in ("", one.standing.party)]:
                    seat.send(Parcel.of(frames.stateless(room.name, json.dumps({"type": what}))))

    async def move_stage(self, plan_id: str, write: Callable[[Session], None], to_stage: str) -> None:
        """Runs ``write`` and notes the new mode in all twelve logs, in one transaction: whole or not at all."""
        await self.errands.to_the_end("move stage", move_stage(self, plan_id, write, to_stage))

    def flush(self) -> None:
        """Hands what is queued to the writing thread."""
        self._log.flush()

    async def read_plan_for_sure(self, plan_id: str) -> PlanState:
        """The plan after a committed change: until it is known, nobody may be judged by what was."""
        while True:
            try:
                return await self.rooms.read_plan(plan_id)
            except StoreFailed:
                await asyncio.sleep(_SWEEP_SECONDS)

    def settle(self, plan: PlanState) -> None:
        """Decides everybody's rights on this plan anew, and tells them."""
        for room in self.rooms.of_plan(plan.plan_id):
            for seat in list(room.audience.seats):
                standing = seat.standing
                was = (standing.facts.stage, standing.mode, standing.write)
                standing.settle(plan)
                if not standing.read.allowed:
                    room.refuse(seat, standing.read.code, standing.read.sentence, unanswered=False)
                    continue
                room.audience.restamp(seat)
                if was != (standing.facts.stage, standing.mode, standing.write):
                    seat.tell_plan()
            if not room.order.pending:
                room.audience.show(())

    async def state(self) -> list[dict[str, Any]]:
        """What every open room holds, for ``alongside verify``: document, number of the last entry, content hash."""
        return await texts.state_of(self.rooms)

    # What connections ask

    def connect(self, sink: Sink) -> Connection | None:
        """A new connection; None when there are too many, or the server is leaving."""
        if self.leaving or len(self.connections) >= self.settings.sockets_total:
            return None
        connection = Connection(self, sink)
        self.connections.add(connection)
        live_metrics.CONNECTIONS.inc()
        return connection

    async def read_token(self, token: str) -> SignedIn | Refused:
        """Whose token this is."""
        if self.tokens is None:
            return Refused(Code.SIGNED_OUT.value, "nobody can sign in yet")
        return await self.tokens.read_token(token)

    def is_over(self, session_id: str) -> bool:
        """Whether this sign-in has ended."""
        return session_id in self._ended

    def ended(self, connection: Connection) -> None:
        """The connection is gone."""
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        live_metrics.CONNECTIONS.dec()
        if connection.person_id is not None:
            self.paces.leave(connection.pace)

    def audit(self, act: str, person_id: str | None, plan_id: str | None, detail: dict[str, Any]) -> None:
        """Writes an audit event, in time."""
        event = AuditEvent(at=datetime.now(UTC), act=act, person_id=person_id, plan_id=plan_id, detail=detail)

        async def write() -> None:
            await self.store.write(lambda session: session.add(event))

        self.spawn("audit", write())

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Starts a task among the server's errands."""
        self.errands.spawn(name, work)

    # What keeps it going

    def _committed(self, seconds: float, entries: int) -> None:
        live_metrics.COMMIT_SECONDS.observe(seconds)
        tracing.took(tracing.COMMIT, seconds, entries=entries)

    async def _sweep(self) -> None:
        """Looks after time: tokens and access that run out, connections nobody signed in on, rooms nobody is in."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self.sweep()

    async def look_again(self) -> None:
        """Reads every connected person's standing and sign-in again."""
        self.looks += 1
        for plan_id in list(self.rooms.plans):
            await self.read_rights(plan_id)
        if self.tokens is None:
            return
        sessions = sorted({session for connection in self.connections for session in connection.sessions})
        for start in range(0, len(sessions), _ASK_AT_ONCE):
            for session_id in await self.tokens.over(sessions[start : start + _ASK_AT_ONCE]):
                self.close_session(session_id)

    def sweep(self) -> None:
        """One round of it."""
        now, moment = self.clock(), self.monotonic()
        for connection in list(self.connections):
            if connection.idle_arrival:
                if moment - connection.opened_at >= self.settings.unauthenticated_seconds:
                    connection.close(Code.SIGNED_OUT)
                continue
            for seat in list(connection.seats.values()):
                standing = seat.standing
                if now >= standing.until and not standing.fresh():
                    seat.room.refuse(seat, standing.read.code, standing.read.sentence, unanswered=False)
                elif now >= standing.ask_at and not seat.asked_for_token:
                    seat.ask_for_token()
        self.rooms.put_away_idle()
        self.registrar.put_away_idle(self.rooms.appeals(), moment, self.settings.room_idle_seconds)
        self.paces.forget_rested()
