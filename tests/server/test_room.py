"""A room when the disk is slow, full, gone or somebody else's: nothing is called saved or shown that is not on disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from crdt.replica import Replica, ReplicaBroken
from server.database import DATABASE_FILE, Store
from server.log import Entry, Row, append_within, rows_after
from server.verify import verify
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, database_busy_seconds=0.2) as found:
        yield found


@asynccontextmanager
async def slow_disk(server: LiveServer) -> AsyncIterator[None]:
    """Within, no commit ends."""
    go, reached = threading.Event(), threading.Event()

    def wait(session: Session) -> None:
        reached.set()
        assert go.wait(20)

    blocking = asyncio.ensure_future(server.store.write(wait))
    await asyncio.to_thread(reached.wait, 5)
    try:
        yield
    finally:
        go.set()
        await blocking


@asynccontextmanager
async def full_disk(server: LiveServer) -> AsyncIterator[None]:
    """Within, the database may not grow."""

    def limit(pages: int) -> object:
        # Every connection has a limit of its own; the writing one is replaced after a failure, hence the listener.
        return lambda session: session.execute(text(f"PRAGMA max_page_count={pages}")).scalar()

    pages = server.store.read(lambda session: session.execute(text("PRAGMA page_count")).scalar_one())

    allowed = pages

    # It stays: taking a listener away while another thread connects breaks that connection.
    def at_connect(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={allowed}")  # type: ignore[attr-defined]

    event.listen(server.store.engine, "connect", at_connect)
    await server.store.write(limit(pages))  # type: ignore[arg-type]
    try:
        yield
    finally:
        allowed = 2**30
        await server.store.write(limit(allowed))  # type: ignore[arg-type]


def entries(server: LiveServer, section: str = "B") -> int:
    room = server.live.rooms.find(server.plan, section)
    assert room is not None
    return server.store.read(lambda session: len(list(rows_after(session, room.document_id, 0))))


def log_of(server: LiveServer, section: str = "B") -> list[Row]:
    room = server.live.rooms.find(server.plan, section)
    assert room is not None
    return server.store.read(lambda session: list(rows_after(session, room.document_id, 0)))


def clean(server: LiveServer) -> bool:
    return all(result.ok for result in verify(server.store, server.settings, live={}))


BIG = "Word. " * 4000


async def test_nothing_is_acknowledged_or_shown_before_the_commit(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    heard = other.received
    async with slow_disk(server):
        await mine.send(mine.paragraph("Not yet."))
        await until(lambda: server.live.rooms.find(server.plan, "B").seq == 1)  # type: ignore[union-attr]
        _, elsewhere = await server.enter_quietly("B", "senco")
        assert mine.answers == []
        assert other.received == heard
        assert not elsewhere.synced
    await mine.saved()
    await other.has("Not yet.")
    await elsewhere.has("Not yet.")


async def test_who_joins_during_a_commit_gets_the_text_once_it_is_on_disk_and_then_all_that_follows(
    server: LiveServer,
) -> None:
    _, mine = await server.enter("B", "parent")
    async with slow_disk(server):
        await mine.send(mine.paragraph("One."))
        _, late = await server.enter_quietly("B", "case_officer")
        await mine.send(mine.typed(" Two."))
        await mine.send(mine.typed(" Three."))
        assert not late.synced
    await late.has("One. Two. Three.")


async def test_an_edit_sent_again_is_acknowledged_only_when_the_first_is_on_disk(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    update = mine.paragraph("Twice.")
    _, again = await server.enter("B", "parent")
    async with slow_disk(server):
        await mine.send(update)
        await until(lambda: server.live.rooms.find(server.plan, "B").seq == 1)  # type: ignore[union-attr]
        await again.send(update)
        pong = await again.client.socket.ping()
        await pong
        assert again.answers == []
    await again.saved()
    assert entries(server) == 1


async def test_a_full_disk_is_told_to_the_writer_and_nobody_else_notices(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    reader_client, reader = await server.enter("B", "observer")
    await mine.write("Kept.")
    await reader.has("Kept.")
    async with full_disk(server):
        await mine.send(mine.paragraph(BIG))
        assert (await mine.is_refused())["code"] == "not-saved"
        assert mine.answers == [True, False]
        assert entries(server) == 1
    assert reader.closed is None
    _, again = await server.enter("B", "parent")
    assert again.text == "Kept."
    await again.write("Room again.")
    await reader.has("Room again.")
    assert reader.text == "Kept.\nRoom again."
    assert reader_client.close_code is None
    assert clean(server)


async def test_everything_queued_behind_a_failed_commit_is_not_saved_either(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    async with full_disk(server):
        async with slow_disk(server):
            await mine.send(mine.paragraph(BIG))
            await other.send(other.paragraph("Small."))
            await until(lambda: server.live.rooms.find(server.plan, "B").seq == 2)  # type: ignore[union-attr]
        assert (await mine.is_refused())["code"] == "not-saved"
        assert (await other.is_refused())["code"] == "not-saved"
    assert entries(server) == 0
    _, again = await server.enter("B", "case_officer")
    assert again.text == ""


async def test_a_database_that_vanishes_saves_nothing_and_recovers_when_it_is_back(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("Before.")
    file = server.settings.data_dir / DATABASE_FILE
    away = file.with_name("away")
    file.rename(away)
    await mine.send(mine.paragraph("Lost?"))
    assert (await mine.is_refused())["code"] == "not-saved"
    away.rename(file)
    async with asyncio.timeout(10):
        _, again = await server.enter("B", "parent")
    await again.write("After.")
    assert again.text == "Before.\nAfter."
    assert clean(server)


async def test_what_a_second_writer_wrote_comes_first_and_the_late_edit_is_saved_behind_it(
    server: LiveServer, tmp_path: Path
) -> None:
    _, mine = await server.enter("B", "parent")
    _, reader = await server.enter("B", "observer")
    await mine.write("Mine.")
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    other = Store.open(server.settings)
    foreign = Section(mine.client, mine.name)
    foreign.doc.apply_update(mine.doc.get_update())
    update = foreign.paragraph("Theirs.")
    other.write_sync(
        lambda session: append_within(
            session, room.document_id, 1, [Entry("update", update, server.tokens.people["senco"])]
        )
    )
    other.close()
    await mine.write("Late.")
    assert [row.author for row in log_of(server)] == [
        server.tokens.people[role] for role in ("parent", "senco", "parent")
    ]
    await reader.has("Theirs.")
    await reader.has("Late.")
    await mine.has("Theirs.")
    assert room.seq == room.durable == 3
    assert clean(server)


async def test_a_broken_replica_drops_its_sender_and_is_rebuilt_for_the_others(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    await mine.write("Good.")
    await other.has("Good.")
    apply = Replica.apply

    def panics(self: Replica, update: bytes) -> None:
        monkeypatch.setattr(Replica, "apply", apply)
        raise ReplicaBroken("a panic")

    monkeypatch.setattr(Replica, "apply", panics)
    await mine.send(mine.paragraph("Bad."))
    assert (await mine.is_refused())["code"] == "malformed"
    await other.write("Still good.")
    assert other.text == "Good.\nStill good."
    assert entries(server) == 2
    assert clean(server)


async def test_edits_on_their_way_to_the_disk_survive_a_broken_replica(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    apply = Replica.apply

    def panics(self: Replica, update: bytes) -> None:
        monkeypatch.setattr(Replica, "apply", apply)
        raise ReplicaBroken("a panic")

    async with slow_disk(server):
        await other.send(other.paragraph("On its way."))
        await until(lambda: server.live.rooms.find(server.plan, "B").seq == 1)  # type: ignore[union-attr]
        monkeypatch.setattr(Replica, "apply", panics)
        await mine.send(mine.paragraph("Bad."))
        await until(lambda: server.live.rooms.find(server.plan, "B").order.held)  # type: ignore[union-attr]
        await other.send(other.typed(" And on."))
    await other.saved()
    assert other.answers == [True, True]
    assert (await mine.is_refused())["code"] == "malformed"
    _, again = await server.enter("B", "senco")
    assert again.text == "On its way. And on."
    assert clean(server)
