"""Some processes on one database, some pages, and every step by chance or as a test says; a witness reads the log.

Whatever order the steps come in: the log is sound, what rooms hold is what it holds, what was called saved is in it,
and once all is well again every page shows its text.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
import structlog.testing
from sqlmodel import Session, select

from crdt.blocks import content_hash
from crdt.replica import Replica
from server import checkpoints
from server.bus import Hint
from server.replay import Content
from server.room import Room
from server.snapshots import replayed
from server.tables import Access, Document, Plan
from tests.live_serving import Clock, MadeUpTokens, make_plan
from tests.orders.pages import Page, clocks_of
from tests.orders.processes import MANY, Process, StepBus
from tests.orders.steps import StepStore, by_steps
from tests.orders.witness import Witness

USUAL = {"turn": 10, "commit": 6, "read": 3, "answer": 3, "hint": 3, "hear": 5, "write": 10}
OFTEN = ("come", "go", "again", "question")
SELDOM = ("twin", "rights", "stage", "snapshot", "time", "pause", "fault", "broken")
SURPRISES = frozenset(
    {
        "look_failed", "message_failed", "not_followed", "outcome_not_taken", "replica_broken", "room_failed",
        "snapshot_differs", "snapshot_unfit", "snapshot_unreadable",
    }
)  # fmt: skip
"""What the product writes down when something happened that it did not foresee."""
ROLES = ("parent", "case_officer", "senco")
MOST_HINTS = 40


class World:
    """``faults`` are what must never be; ``told`` is the story so far."""

    def __init__(self, stores: list[StepStore], dice: random.Random) -> None:
        self.dice = dice
        sections = dice.choice((("B",), ("B",), ("B", "E")))
        self.faults: list[str] = []
        self.told: list[str] = []
        self.hints: list[tuple[Process, Hint, str]] = []
        self.ill = 0.0
        """How often a transaction, or a read, goes wrong."""
        self.clock = Clock()
        self.tokens = MadeUpTokens(self.clock)
        self.plan, self.tokens.people = stores[0].write_sync(lambda session: make_plan(session))
        self.documents: dict[str, int] = {}
        self.processes: list[Process] = []
        self.witness = Witness(str(stores[0].engine.url.database), self.plan, self.faults)
        for number, store in enumerate(stores):
            bus = StepBus(f"node{number}", self._hear_of)
            self.processes.append(Process(store, bus, self, self.tokens, self.clock))
        for one in self.processes:
            one.begin()
        self.pages = [
            Page(dice, f"{self.plan}/{dice.choice(sections)}", ROLES[place % len(ROLES)], dice.getrandbits(31))
            for place in range(dice.randrange(2, 6))
        ]
        for page in self.pages:
            one = dice.choice(self.processes)
            page.come(one.live, one.loop)
        self.quiet()
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
        self.witness.committing(connection)

    def committed(self) -> None:
        self.witness.committed()

    def surprised(self, trouble: BaseException) -> None:
        self.faults.append(f"a batch failed by itself: {trouble!r}")

    # Steps

    def run(self, steps: int) -> None:
        """So many steps, of kinds as likely as chance has it; then all is well again, and everything is looked at."""
        dice = self.dice
        weights: dict[str, float] = dict(USUAL)
        if dice.random() < 0.5:
            weights = {kind: dice.choice((2, 5, 10, 20)) for kind in USUAL}
        weights |= {kind: dice.choice((0, 1, 2)) for kind in OFTEN}
        weights |= {kind: dice.choice((0, 0, 0.3)) for kind in SELDOM}
        self.ill = dice.choice((0.0, 0.02, 0.1, 0.3))
        with by_steps(self), structlog.testing.capture_logs() as said:
            for kind in dice.choices(list(weights), list(weights.values()), k=steps):
                self.step((kind,))
                if self.faults:
                    break
            else:
                self.settle()
                self.check()
            self.close()
        self.faults += [str(event) for event in said if event["event"] in SURPRISES]
        self.faults += [str(trouble) for one in self.processes for trouble in one.loop.troubles]

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

        async def act() -> None:
            await one.store.write(lambda session: set_access(session, person, ends=ends))
            await one.live.plan_changed(self.plan)

        one.do(act())

    def end_access(self, role: str) -> None:
        """Somebody's access has ended, and nobody has been told."""
        person = self.tokens.people[role]
        self.processes[-1].store.write_sync(lambda session: set_access(session, person, ends=True))

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
        for document in self.witness.documents():
            checkpoints.build(one.store, document, 5)

    def _fault(self, one: Process, page: Page) -> None:
        """Something in a room is not as it should be, while what it has queued is still on its way to the disk."""
        self._in_a_room(one, lambda room: room.start_afresh("a fault"))

    def _broken(self, one: Process, page: Page) -> None:
        """A room's replica is not to be trusted any more."""
        self._in_a_room(one, lambda room: room.rebuild_soon())

    def _in_a_room(self, one: Process, what: Callable[[Room], None]) -> None:
        room = self.dice.choice([*one.live.rooms.all(), None])
        if room is not None:
            one.loop.call_soon(lambda: None if room.order.held else what(room))

    # Looking

    def _look_at_rooms(self) -> None:
        """A room that stands where the log stood must hold what it held; it never stands further."""
        for number, one in enumerate(self.processes):
            for room in one.live.rooms.all():
                if not room.quiet or room.failed or room.order.held:
                    continue
                known = self.witness.clocks.get(room.document_id, [{}])
                if room.seq >= len(known):
                    self.faults.append(f"process {number}, {room.stored}: at {room.seq}, the log at {len(known) - 1}")
                elif room.content.ledger.clocks() != known[room.seq]:
                    self.faults.append(f"process {number}, {room.stored}: differs from the log at {room.seq}")

    def _hear_of(self, hint: Hint, bus: StepBus) -> None:
        self.hints += [(one, hint, bus.node) for one in self.processes if one.bus is not bus]

    def settle(self) -> None:
        """All is well again: everybody comes back, sends what was not answered, and hears everything."""
        self.ill = 0.0
        self.quiet()
        for role in ROLES:
            person = self.tokens.people[role]
            self.processes[0].store.write_sync(lambda session, person=person: set_access(session, person, ends=False))
        if any("stage" in told for told in self.told):
            self.move(self.processes[0], "drafting")
        for one in self.processes:
            one.run(one.live.look_again())
        self.quiet()
        for _ in range(12):
            for page in self.pages:
                if page.lost or not page.synced:
                    one = self.dice.choice(self.processes)
                    page.come(one.live, one.loop)
            self.quiet()
            for page in self.pages:
                page.hear()
                if page.pieces and not page.waiting:
                    page.send_again()
                while page.synced and page.questions:
                    page.answer()
            self.quiet()
            for page in self.pages:
                page.hear()
            if all(page.synced and not page.questions and not (page.honest and page.pieces) for page in self.pages):
                break
        self.hints.clear()
        for one in self.processes:
            one.run(one.live.others.look())
        self.quiet()
        for page in self.pages:
            page.hear()

    def quiet(self) -> None:
        """Everything under way comes to its end, and every hint arrives."""
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
        for document, content in self.witness.contents.items():
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
        content = self.witness.contents.get(number or 0, Content())
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

    @property
    def entries(self) -> int:
        """How many entries were written."""
        return sum(content.seq for content in self.witness.contents.values())

    @property
    def saved(self) -> int:
        """How many changes were called saved."""
        return sum(len(page.saved) for page in self.pages)

    def close(self) -> None:
        for one in self.processes:
            one.end()
        self.witness.close()


def set_access(session: Session, person: str, *, ends: bool) -> None:
    """Ends somebody's access, or lets it begin again."""
    access = session.exec(select(Access).where(Access.person_id == person)).one()
    access.ended_at = datetime.now(UTC) if ends else None
    session.add(access)
