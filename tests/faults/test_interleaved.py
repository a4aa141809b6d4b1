"""Two acts on two processes, in every order their steps with the database can take: one answer everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from pycrdt import Doc

from crdt import frames
from server.log import MODE, UPDATE, Row, document_id, rows_after
from tests.databases import fresh_database
from tests.faults.audit import hash_of, nothing_after_a_lock, one_owner_each, replay
from tests.faults.postgres_wire import PostgresWire
from tests.faults.turns import Act, all_orders, take_turns
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until

LOCK, RIGHTS, WRITE, COMMIT = "FOR UPDATE", "change.number", "INSERT INTO log_entry", "COMMIT"


@dataclass
class Pair:
    """Two processes, and their ways to one database."""

    url: str
    servers: tuple[LiveServer, LiveServer]
    wires: tuple[PostgresWire, PostgresWire]

    @property
    def plan(self) -> str:
        return self.servers[0].plan

    async def enter(self, place: int, role: str, client_id: int | None = None) -> Section:
        """Somebody opens section B on one of them, with a page of its own."""
        server = self.servers[place]
        client = await server.client()
        name = server.name("B")
        section = client.sections[name] = Section(client, name, Doc(client_id=client_id) if client_id else None)
        await client.send(frames.token(name, role))
        await client.send(frames.sync_step1(name, section.doc.get_state()))
        await client.until(lambda: section.synced)
        return section

    def leave(self, *sections: Section) -> None:
        """These people go."""
        for section in sections:
            section.client.vanish()

    def log(self) -> list[Row]:
        """All entries of section B."""
        return self.servers[0].store.read(lambda db: list(rows_after(db, document_id(db, self.plan, "B") or 0, 0)))

    async def one_text(self, *readers: Section) -> str:
        """Waits until every reader has what the log says; the text."""
        expected = await self.servers[0].store.aread(lambda db: replay(db, self.plan, "B").hash())
        for reader in readers:
            await reader.client.until(lambda reader=reader: hash_of(reader) == expected)
        return readers[0].text


@pytest.fixture
async def pair(tmp_path: Path, redis_url: str) -> AsyncIterator[Pair]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database())
        wires = (stack.enter_context(PostgresWire(url)), stack.enter_context(PostgresWire(url)))
        settings = {"redis_url": redis_url, "database_busy_seconds": 15.0, "updates_burst": 10_000, "syncs_burst": 1000}
        async with (
            live_server(tmp_path / "a", database_url=wires[0].url, **settings) as one,
            live_server(tmp_path / "b", beside=one, database_url=wires[1].url, **settings) as two,
        ):
            yield Pair(url, (one, two), wires)


async def answered(section: Section) -> str:
    """What became of what was sent: saved, or the refusal."""
    await section.client.until(lambda: len(section.answers) >= section.sent or section.closed is not None, 30)
    return str(section.refused["code"]) if section.closed is not None and section.refused else "saved"


@pytest.mark.timeout(240)
async def test_a_lock_and_an_edit_have_one_order_whatever_the_steps(pair: Pair) -> None:
    one, two = pair.servers
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    found: Counter[str] = Counter()
    for number, order in enumerate(all_orders(4, 3)):
        await until(lambda: all(server.live.rooms.plans[pair.plan].facts.stage == "drafting" for server in (one, two)))
        writer = await pair.enter(0, "parent")
        update = writer.paragraph(f"word{number}.")
        edit = Act(pair.wires[0], (LOCK, RIGHTS, WRITE, COMMIT))
        await writer.send(update)
        edit.begin(asyncio.create_task(answered(writer)))
        move = Act(pair.wires[1], (LOCK, WRITE, COMMIT))
        move.begin(asyncio.create_task(two.set_stage("draft_served")))
        await take_turns(pair.url, order, edit, move)
        assert edit.done is not None
        outcome = str(edit.done.result())
        found[outcome] += 1
        text = await pair.one_text(*readers)
        assert (f"word{number}." in text) is (outcome == "saved"), order
        assert [row.kind for row in pair.log()[-2:]][-1] == MODE, order
        pair.leave(writer)
        await two.set_stage("drafting")
    nothing_after_a_lock(one.store, pair.plan)
    assert {"saved", "locked"} == set(found)


@pytest.mark.timeout(240)
async def test_one_client_id_is_never_granted_twice_whatever_the_steps(pair: Pair) -> None:
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    for number, order in enumerate(all_orders(3, 3)):
        acts: list[Act] = []
        writers = [await pair.enter(place, role, 7_000_000 + number) for place, role in enumerate(("parent", "senco"))]
        for place, (role, writer) in enumerate(zip(("parent", "senco"), writers, strict=True)):
            act = Act(pair.wires[place], (LOCK, WRITE, COMMIT))
            await writer.send(writer.paragraph(f"{role}{number}."))
            act.begin(asyncio.create_task(answered(writer)))
            acts.append(act)
        await take_turns(pair.url, order, *acts)
        for writer in writers:  # what the loser sent first may pass for something known; the next word cannot
            if writer.closed is None:
                await writer.send(writer.typed("More."))
        outcomes = [await answered(writer) for writer in writers]
        assert sorted(outcomes) == ["not-yours", "saved"], order
        text = await pair.one_text(*readers)
        assert [f"{role}{number}." in text for role in ("parent", "senco")] == [one == "saved" for one in outcomes]
        pair.leave(*writers)
    assert one_owner_each(pair.log())


@pytest.mark.timeout(240)
async def test_an_edit_sent_again_to_another_process_is_there_once_whatever_the_steps(pair: Pair) -> None:
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    for number, order in enumerate(all_orders(3, 3)):
        page = await pair.enter(0, "parent")
        update = page.paragraph(f"once{number}.")
        again = await pair.enter(1, "parent")
        acts: list[Act] = []
        for place, writer in enumerate((page, again)):
            act = Act(pair.wires[place], (LOCK, WRITE, COMMIT))
            await writer.send(update)
            act.begin(asyncio.create_task(answered(writer)))
            acts.append(act)
        await take_turns(pair.url, order, *acts)
        assert [act.done.result() for act in acts if act.done is not None] == ["saved", "saved"], order
        assert (await pair.one_text(*readers)).count(f"once{number}.") == 1
        assert sum(row.payload == update for row in pair.log() if row.kind == UPDATE) == 1
        pair.leave(page, again)
