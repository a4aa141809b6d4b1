"""Floods of step 1 and of checks stopped the server for seconds: eight sockets gave one person eight allowances."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crdt import frames
from crdt.blocks import Tree, content_hash
from crdt.replica import Replica
from server import live_metrics, replay
from server.live import Live
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


def counted(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    vectors: list[bytes] = []
    diff = Replica.diff

    def slow(self: Replica, state_vector: bytes) -> bytes:
        vectors.append(state_vector)
        return diff(self, state_vector)

    monkeypatch.setattr(Replica, "diff", slow)
    return vectors


async def flood(server: LiveServer, number: int) -> None:
    client, section = await server.enter_quietly("B", "parent")
    for letter in range(20):
        await client.send(frames.sync_step1(section.name, bytes((1, number + 1, letter + 1))))
    await (await client.socket.ping())


async def test_more_sockets_and_coming_back_give_nobody_more_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = counted(monkeypatch)
    async with live_server(tmp_path, syncs_burst=5, syncs_per_second=0.01) as server:
        for _ in range(2):
            for number in range(8):
                await flood(server, number)
            for client in server.clients:
                client.vanish()
            await until(lambda: not server.live.connections)
        assert len(made) <= 5
        _, other = await server.enter("B", "case_officer")
        await other.write("Others do not wait.")


async def test_who_asks_too_often_is_answered_later_not_refused(tmp_path: Path) -> None:
    async with live_server(tmp_path, syncs_burst=1, syncs_per_second=5) as server:
        for _ in range(3):
            client, section = await server.enter("B", "parent")
            assert section.synced
            assert client.close_code is None


async def test_questions_of_somebody_who_left_are_not_counted(tmp_path: Path) -> None:
    async with live_server(tmp_path, syncs_burst=1, syncs_per_second=0.01) as server:
        await server.enter("B", "parent")
        gone, _ = await server.enter_quietly("C", "parent")
        pace = next(iter(server.live.connections)).pace
        await until(lambda: pace.syncs._left < -0.5)
        gone.vanish()
        await until(lambda: pace.syncs._left >= 0)


async def test_all_connections_of_one_person_share_what_they_may_send(server: LiveServer) -> None:
    await server.enter("B", "parent")
    await server.enter("C", "parent")
    await server.enter("B", "senco")
    paces = {connection.person_id: set() for connection in server.live.connections}  # type: ignore[var-annotated]
    for connection in server.live.connections:
        paces[connection.person_id].add(connection.pace)
    assert [1, 1] == [len(each) for each in paces.values()]


async def test_a_person_who_left_long_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live_server(tmp_path) as server:
        client, _ = await server.enter("B", "parent")
        client.vanish()
        await until(lambda: not server.live.connections)
        paces = server.live.paces
        paces.forget_rested()
        assert 1 == len(paces._people)
        now = server.live.monotonic() + 3600
        monkeypatch.setattr(paces, "_clock", lambda: now)
        paces.forget_rested()
        assert paces._people == {}


async def check(section: Section, said: dict[str, Any]) -> None:
    await section.client.send(frames.stateless(section.name, json.dumps({"type": "check"} | said)))


async def clocks(live: Live, plan: str) -> dict[str, int]:
    room = await live.rooms.open(plan, "B")
    return {str(client): clock for client, clock in room.content.ledger.clocks().items()}


async def test_a_flood_of_checks_hashes_once_and_rings_the_alarm_once(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Tree] = []

    def counting(tree: Tree) -> str:
        hashed.append(tree)
        return content_hash(tree)

    monkeypatch.setattr(replay, "content_hash", counting)
    client, mine = await server.enter("B", "observer")
    _, writer = await server.enter("B", "parent")
    before = live_metrics.TEXTS_DIFFER._value.get()
    for number in range(3):
        await writer.write(f"Line {number}")
        said = {"clocks": await clocks(server.live, server.plan), "hash": "0" * 64}
        for _ in range(10):
            await check(mine, said)
        await (await client.socket.ping())
    assert 1 == len(hashed)
    assert before + 1 == live_metrics.TEXTS_DIFFER._value.get()


async def test_a_page_may_ask_again_about_the_same_text_to_be_sure(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("Line")
    said = {"clocks": await clocks(server.live, server.plan), "hash": "0" * 64}
    await check(mine, said)
    await check(mine, said)
    await client.until(lambda: 2 == len([told for told in mine.told if told["type"] == "checked"]))
