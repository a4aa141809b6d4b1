"""Two servers in the test's own loop on one database and one Redis, each with a wire of its own to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pycrdt import Doc

from crdt import frames
from server.log import Row, document_id, rows_after
from tests.databases import fresh_database
from tests.faults.audit import hash_of, replay
from tests.faults.postgres_wire import PostgresWire
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until


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


@asynccontextmanager
async def pair_of_servers(folder: Path, redis_url: str) -> AsyncIterator[Pair]:
    """The two, on a fresh database."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database())
        wires = (stack.enter_context(PostgresWire(url)), stack.enter_context(PostgresWire(url)))
        settings = {"redis_url": redis_url, "database_busy_seconds": 15.0, "updates_burst": 10_000, "syncs_burst": 1000}
        async with (
            live_server(folder / "a", database_url=wires[0].url, **settings) as one,
            live_server(folder / "b", beside=one, database_url=wires[1].url, **settings) as two,
        ):
            yield Pair(url, (one, two), wires)
            for server in (one, two):
                for client in server.clients:
                    client.vanish()
                await until(lambda server=server: not server.live.connections)


async def answered(section: Section) -> str:
    """What became of what was sent: saved, or the refusal."""
    await section.client.until(lambda: len(section.answers) >= section.sent or section.closed is not None, 30)
    return str(section.refused["code"]) if section.closed is not None and section.refused else "saved"
