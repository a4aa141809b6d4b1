"""One update and 240 questions behind it kept 240 copies of a section in memory, each made before it could be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crdt import frames
from crdt.replica import Replica
from server.order import Order
from tests.live_serving import LiveServer, live_server, until
from tests.server.test_room import slow_disk

QUESTION = b"\x01\x05\x01"
"""The state of somebody who has one letter of client 5."""


@pytest.fixture(params=["fast", "plain"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, fast=request.param == "fast") as found:
        yield found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The state vector of every answer that was made."""
    vectors: list[bytes] = []
    diff = Replica.diff

    def counted(self: Replica, state_vector: bytes) -> bytes:
        vectors.append(state_vector)
        return diff(self, state_vector)

    monkeypatch.setattr(Replica, "diff", counted)
    return vectors


async def test_questions_behind_an_update_cost_nothing_until_it_is_on_disk(
    server: LiveServer, made: list[bytes]
) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("Word. " * 20_000)
    made.clear()
    heard = mine.received
    async with slow_disk(server):
        await mine.send(mine.paragraph("On its way."))
        for _ in range(200):
            await client.send(frames.sync_step1(mine.name, QUESTION))
        await (await client.socket.ping())
        room = server.live.rooms.find(server.plan, "B")
        assert room is not None
        await until(lambda: room.seq == 2)
        assert made == []
        assert len(room.order._pending) <= 3
    await mine.saved()
    await client.until(lambda: mine.received > heard)
    assert len(made) <= 2


async def test_the_last_of_several_questions_is_the_one_that_is_answered(server: LiveServer, made: list[bytes]) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("Kept.")
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    made.clear()
    heard = mine.received
    room.order.hold()
    for letter in range(9):
        await client.send(frames.sync_step1(mine.name, bytes((1, 5, letter + 1))))
    await (await client.socket.ping())
    (seat,) = room.audience.seats
    await until(lambda: seat.asked == b"\x01\x05\x09")
    room.order.release()
    await client.until(lambda: mine.received > heard or seat.asked is None)
    await until(lambda: seat.asked is None)
    assert set(made) <= {b"\x01\x05\x09", b"\0"}
    assert len(made) == 1


async def test_people_with_the_same_state_share_one_answer(server: LiveServer, made: list[bytes]) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("Shared.")
    room = await server.live.rooms.open(server.plan, "B")
    one = room.content.answer(room.name, QUESTION)
    assert one is room.content.answer(room.name, QUESTION)
    assert 1 == made.count(QUESTION)


async def test_who_joins_while_others_never_stop_writing_gets_the_text(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("First.")
    when_durable = Order.when_durable
    seen: list[int] = []

    def busy(self: Order, seq: int, *rest: Any) -> None:
        seen.append(seq)
        when_durable(self, seq, *rest)

    monkeypatch.setattr(Order, "when_durable", busy)
    async with slow_disk(server):
        await mine.send(mine.typed(" Second."))
        room = server.live.rooms.find(server.plan, "B")
        assert room is not None
        await until(lambda: room.seq == 2)
        _, late = await server.enter_quietly("B", "case_officer")
        await until(lambda: 2 in seen)
        for number in range(5):
            await mine.send(mine.typed(f" {number}"))
        await until(lambda: room.seq == 7)
        assert not late.synced
    await late.has("First. Second. 0 1 2 3 4")
    await mine.write("Last.")
    await late.has("Last.")


async def test_questions_and_reads_while_the_log_cannot_be_read_are_bounded(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("Kept.")
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    room.order.hold()
    for _ in range(150):
        await client.send(frames.sync_step1(mine.name, QUESTION))
    await (await client.socket.ping())
    held = room.order._held
    assert held is not None
    assert len(held) <= 1
    found: list[int] = []
    taken = [room.read(lambda seq, tree: found.append(seq)) for _ in range(1000)]
    assert 256 == sum(taken)
    assert len(held) <= 257
    room.order.release()
    assert [1] * 256 == found
    assert room.read(lambda seq, tree: None)
