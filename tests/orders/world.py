"""Some processes on one database, some pages, and every step by chance or as a test says. The log is always watched.

A witness reads each commit as it is made: whatever order the steps come in, every entry must fit on those before it,
every clock must come once, nobody may have written who might not, and what rooms hold must be what the log holds.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from crdt.blocks import content_hash
from crdt.replica import Replica
from server import checkpoints
from server.bus import Hint
from server.live import Live
from server.log import UPDATE, Row
from server.replay import Content, LogUnsound
from server.room import Room
from server.settings import Settings
from server.snapshots import replayed
from server.tables import Access, Document, Plan
from tests.live_serving import Clock, MadeUpTokens, make_plan
from tests.orders.pages import Page, clocks_of
from tests.orders.steps import StepLoop, StepStore

ROLES = ("parent", "case_officer", "senco")
MANY = 10_000_000
MOST_HINTS = 40


def settings_for(folder: Any) -> Settings:
    """No limit of pace: time stands still here."""
    return Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder}/shared.sqlite3",
        updates_burst=MANY,
        syncs_burst=MANY,
        bytes_burst=MANY,
        sockets_per_person=MANY,
        malformed_limit=MANY,
        pending_updates=MANY,
        snapshot_every=MANY,
        room_idle_seconds=1,
    )


class StepBus:
    """Hints go to the world, which brings them when it likes, twice, or never."""

    alone = False
    well = True

    def __init__(self, world: World, node: str) -> None:
        self.node = node
        self.heard: Callable[[Hint, str], None] = lambda hint, node: None
        self._world = world

    async def start(self, heard: Callable[[Hint, str], None], answer: Any, came_back: Any) -> None:
        self.heard = heard

    async def stop(self) -> None:
        """Nobody speaks any more."""

    def publish(self, hint: Hint) -> None:
        self._world.hints += [(one, hint, self.node) for one in self._world.processes if one.bus is not self]

    def follow(self, plan_id: str) -> None:
        """Every hint comes anyway."""

    def unfollow(self, plan_id: str) -> None:
        """Every hint comes anyway."""

    async def ask(self, node: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        return None


class Process:
    """One server."""

    def __init__(self, world: World, store: StepStore, number: int) -> None:
        self.loop = StepLoop()
        self.store = store
        self.bus = StepBus(world, f"node{number}")
        store.writer.fates = world
        store.writer.loop = self.loop
        self.live = Live(
            store, store.settings, world.tokens, bus=self.bus, clock=world.clock, monotonic=lambda: self.loop.now
        )

    def begin(self) -> None:
        """Starts, undisturbed."""
        self.run(self.live.__aenter__())

    def end(self) -> None:
        """Stops, undisturbed."""
        self.run(self.live.__aexit__(None, None, None))

    def do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something that is asked of this process; what becomes of it is its own affair."""
        task = self.loop.create_task(_border(work))
        return task

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """The same, and everything it needs, at once."""
        task = self.loop.create_task(work)
        for _ in range(10_000):
            if task.done():
                task.result()
                return
            if not self.step_all():
                self.loop.tick()
        raise AssertionError("it never ended")

    def step_all(self) -> bool:
        """Everything there is to do, but for time; False if there was nothing."""
        busy = False
        while True:
            some = self.loop.turn()
            while self.loop.turn():
                pass
            for reading in self.loop.readings:
                if not reading.made:
                    reading.make(fails=False)
                reading.answer()
                some = True
            self.loop.readings.clear()
            if self.store.writer.waits:
                self.store.writer.step(MANY)
                some = True
            if not some:
                return busy
            busy = True


async def _border(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001, S110 - acts may fail in a world like this: that is the point of it
        pass


class World:
    """``faults`` are what must never be; ``told`` is the story so far."""

    def __init__(self, stores: list[StepStore], dice: random.Random, sections: tuple[str, ...] = ("B", "E")) -> None:
        self.dice = dice
        self.faults: list[str] = []
        self.told: list[str] = []
        self.hints: list[tuple[Process, Hint, str]] = []
        self.ill = 0.0
        """How often a transaction, or a read, goes wrong."""
        self.clock = Clock()
        self.tokens = MadeUpTokens(self.clock)
        self._witness: dict[int, Content] = {}
        self._clocks: dict[int, list[dict[int, int]]] = {}
        self.plan, self.tokens.people = stores[0].write_sync(lambda session: make_plan(session))
        self.documents: dict[str, int] = {}
        self.processes: list[Process] = []
        self._watching = sqlite3.connect(str(stores[0].engine.url.database), isolation_level=None)
        for number, store in enumerate(stores):
            self.processes.append(Process(self, store, number))
        for one in self.processes:
            one.begin()
        self.pages = [
            Page(dice, f"{self.plan}/{dice.choice(sections)}", ROLES[place % len(ROLES)], dice.getrandbits(31))
            for place in range(dice.randrange(2, 6))
        ]
        for page in self.pages:
            one = dice.choice(self.processes)
            page.come(one.live, one.loop)
        self._quiet()
        for page in self.pages:
            page.hear()

    # What becomes of transactions

    def draw(self) -> str:
        if self.dice.random() >= self.ill:
            return "well"
        return self.dice.choice(("away", "undone", "unheard"))

    def meanwhile(self) -> None:
        for _ in range(self.dice.randrange(4)):
            self.step(("turn", "hear", "write", "read", "answer", "hint", "again", "question"))

    def committing(self, connection: sqlite3.Connection) -> None:
        """Nobody writes who may not, by what is committed before."""
        numbers = self._documents(connection)
        for document in numbers:
            seen = self._witness[document].seq if document in self._witness else 0
            late = connection.execute(
                "SELECT seq FROM log_entry WHERE document_id = ? AND seq > ? AND kind = 'update' AND author NOT IN "
                "(SELECT person_id FROM access WHERE plan_id = ? AND ended_at IS NULL)",
                (document, seen, self.plan),
            ).fetchall()
            if late:
                self.faults.append(f"document {document}: entry {late[0][0]} by somebody who may not write")

    def committed(self) -> None:
        """The witness takes what was written, entry by entry."""
        connection = self._watching
        for document, head in self._documents(connection).items():
            content = self._witness.setdefault(document, Content())
            clocks = self._clocks.setdefault(document, [{}])
            rows = connection.execute(
                "SELECT seq, kind, payload, author FROM log_entry WHERE document_id = ? AND seq > ? ORDER BY seq",
                (document, content.seq),
            ).fetchall()
            for seq, kind, payload, author in rows:
                try:
                    content.take((Row(seq, kind, bytes(payload), author),))
                except LogUnsound as unsound:
                    self.faults.append(f"document {document}: {unsound}")
                    return
                if kind == UPDATE:
                    self._once(document, seq, bytes(payload), clocks[-1])
                clocks.append(content.ledger.clocks())
            if head != content.seq:
                self.faults.append(f"document {document}: the head says {head}, the log ends at {content.seq}")

    def _once(self, document: int, seq: int, payload: bytes, before: dict[int, int]) -> None:
        """What an entry brings goes on exactly where its clients stood."""
        for client, stretches in clocks_of(payload)[0].items():
            at = before.get(client, 0)
            for start, end in stretches:
                if start != at:
                    self.faults.append(f"document {document}: entry {seq} brings clock {start} of {client} at {at}")
                at = end

    def _documents(self, connection: sqlite3.Connection) -> dict[int, int]:
        return dict(connection.execute("SELECT id, seq FROM document WHERE plan_id = ?", (self.plan,)).fetchall())

    # Steps

    def step(self, kinds: tuple[str, ...]) -> None:
        """One step of one of these kinds, if there is anything to do of it."""
        kind = self.dice.choice(kinds)
        one = self.dice.choice(self.processes)
        page = self.dice.choice(self.pages)
        self.told.append(f"{kind} {self.processes.index(one)} {self.pages.index(page)}")
        getattr(self, f"_{kind}")(one, page)
        self._look_at_rooms()

    def _turn(self, one: Process, page: Page) -> None:
        for _ in range(self.dice.choice((1, 3, 10, 40))):
            one.loop.turn()

    def _commit(self, one: Process, page: Page) -> None:
        one.store.writer.step(self.dice.choice((1, 2, MANY)))

    def _read(self, one: Process, page: Page) -> None:
        waiting = [reading for reading in one.loop.readings if not reading.made]
        if waiting:
            self.dice.choice(waiting).make(fails=self.draw() != "well")

    def _answer(self, one: Process, page: Page) -> None:
        made = [reading for reading in one.loop.readings if reading.made]
        if made:
            reading = self.dice.choice(made)
            one.loop.readings.remove(reading)
            reading.answer()

    def _hint(self, one: Process, page: Page) -> None:
        if not self.hints:
            return
        place = self.dice.randrange(len(self.hints))
        to, hint, node = self.hints[place] if self.dice.random() < 0.1 else self.hints.pop(place)
        to.loop.call_soon(to.bus.heard, hint, node)
        while len(self.hints) > MOST_HINTS:
            self.hints.pop(self.dice.randrange(len(self.hints)))

    def _time(self, one: Process, page: Page) -> None:
        one.loop.tick()

    def _pause(self, one: Process, page: Page) -> None:
        """Long enough for a section that nobody has open to leave memory."""
        one.loop.now += 2
        one.loop.call_soon(one.live.sweep)

    def _come(self, one: Process, page: Page) -> None:
        page.come(one.live, one.loop)

    def _go(self, one: Process, page: Page) -> None:
        page.go()

    def _hear(self, one: Process, page: Page) -> None:
        page.hear(self.dice.randrange(1, 20))

    def _write(self, one: Process, page: Page) -> None:
        if page.synced:
            page.write(self.dice.randrange(1, 5))
        elif page.lost:
            page.come(one.live, one.loop)

    def _again(self, one: Process, page: Page) -> None:
        page.send_again()

    def _question(self, one: Process, page: Page) -> None:
        page.answer()

    def _twin(self, one: Process, page: Page) -> None:
        if page.honest and sum(not other.honest for other in self.pages) < 2 and page.synced:
            ghost = Page(self.dice, page.name, self.dice.choice(ROLES), self.dice.getrandbits(31), honest=False)
            other = ghost.twin()
            other.role = self.dice.choice(ROLES)
            self.pages += [ghost, other]

    def _rights(self, one: Process, page: Page) -> None:
        """Somebody's access ends, or begins again."""
        person = self.tokens.people[self.dice.choice(ROLES)]
        ends = self.dice.random() < 0.5

        def write(session: Session) -> None:
            access = session.exec(select(Access).where(Access.person_id == person)).one()
            access.ended_at = datetime.now(UTC) if ends else None
            session.add(access)

        async def act() -> None:
            await one.store.write(write)
            await one.live.plan_changed(self.plan)

        one.do(act())

    def _stage(self, one: Process, page: Page) -> None:
        self.move(one, self.dice.choice(("draft_served", "drafting")))

    def move(self, one: Process, stage: str) -> asyncio.Task[Any]:
        """The plan goes to another stage, as one process does it."""

        def write(session: Session) -> None:
            plan = session.get_one(Plan, self.plan)
            plan.stage = stage
            session.add(plan)

        return one.do(one.live.move_stage(self.plan, write, stage))

    def _snapshot(self, one: Process, page: Page) -> None:
        for document in self._documents(self._watching):
            checkpoints.build(one.store, document, 5)

    # Looking

    def _look_at_rooms(self) -> None:
        """A room that stands where the log stood must hold what it held; it never stands further."""
        for number, one in enumerate(self.processes):
            for room in one.live.rooms.all():
                if not room.quiet or room.failed or room.order.held:
                    continue
                known = self._clocks.get(room.document_id, [{}])
                if room.seq >= len(known):
                    self.faults.append(f"process {number}, {room.stored}: at {room.seq}, the log at {len(known) - 1}")
                elif room.content.ledger.clocks() != known[room.seq]:
                    self.faults.append(f"process {number}, {room.stored}: differs from the log at {room.seq}")

    def settle(self) -> None:
        """All is well again: everybody comes back, sends what was not answered, and hears everything."""
        self.ill = 0.0
        self._quiet()
        for role in ROLES:
            person = self.tokens.people[role]
            self.processes[0].store.write_sync(lambda session, person=person: _restore(session, person))
        if any("stage" in told for told in self.told):
            self.move(self.processes[0], "drafting")
        for one in self.processes:
            one.run(one.live.look_again())
        self._quiet()
        for _ in range(12):
            for page in self.pages:
                if page.lost or not page.synced:
                    one = self.dice.choice(self.processes)
                    page.come(one.live, one.loop)
            self._quiet()
            for page in self.pages:
                page.hear()
                if page.pieces and not page.waiting:
                    page.send_again()
                while page.synced and page.questions:
                    page.answer()
            self._quiet()
            for page in self.pages:
                page.hear()
            if all(page.synced and not page.questions and not (page.honest and page.pieces) for page in self.pages):
                break
        self.hints.clear()
        for one in self.processes:
            one.run(one.live.others.look())
        self._quiet()
        for page in self.pages:
            page.hear()

    def _quiet(self) -> None:
        for _ in range(200):
            busy = False
            for one in self.processes:
                busy = one.step_all() or busy
            if self.hints:
                to, hint, node = self.hints.pop(0)
                to.loop.call_soon(to.bus.heard, hint, node)
                busy = True
            if not busy and not any(one.loop.tick() for one in self.processes if self._waits(one)):
                return

    def _waits(self, one: Process) -> bool:
        return any(room.order.held or room.failed or room.order.pending for room in one.live.rooms.all())

    def check(self) -> None:
        """The end: all of it."""
        self.committed()
        self._look_at_rooms()
        for document, content in self._witness.items():
            expected = content.hash()
            again = self.processes[0].store.read(lambda session, number=document: replayed(session, number))
            if again.hash() != expected or again.seq != content.seq:
                self.faults.append(f"document {document}: the log gives another text when it is read again")
            for number, one in enumerate(self.processes):
                room = one.live.rooms.by_document(document)
                if room is not None:
                    self._same(number, room, content)
        for place, page in enumerate(self.pages):
            if page.honest:
                self._books(place, page)

    def _same(self, number: int, room: Room, content: Content) -> None:
        if not room.quiet or room.failed:
            self.faults.append(f"process {number}, {room.stored}: never came to rest")
        elif room.seq != content.seq or room.content.hash() != content.hash():
            self.faults.append(f"process {number}, {room.stored}: holds another text than the log")

    def _books(self, place: int, page: Page) -> None:
        section = page.name.partition("/")[2]
        number = self.processes[0].store.read(
            lambda session: session.exec(
                select(Document.id).where(Document.plan_id == self.plan, Document.section == section)
            ).one()
        )
        content = self._witness.get(number or 0, Content())
        clocks = content.ledger.clocks()
        for update in page.saved:
            brings, gone = clocks_of(update)
            lost = [client for client, stretches in brings.items() if clocks.get(client, 0) < stretches[-1][1]]
            lost += [
                client
                for client, stretches in gone.items()
                if not all(content.ledger.clients[client].is_gone(*stretch) for stretch in stretches)
            ]
            if lost:
                self.faults.append(f"page {place}: called saved and lost")
        if page.pieces:
            self.faults.append(f"page {place}: {len(page.pieces)} never answered, {page.refusals}")
        replica = Replica()
        replica.apply(page.doc.get_update())
        if content_hash(replica.tree()) != content.hash():
            self.faults.append(f"page {place}: shows another text than the log")

    def close(self) -> None:
        for one in self.processes:
            one.end()
        self._watching.close()


def _restore(session: Session, person: str) -> None:
    access = session.exec(select(Access).where(Access.person_id == person)).one()
    access.ended_at = None
    session.add(access)
