"""A sign-in that ended while its token was being read, or its section loaded, was let in all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crdt import frames
from server.auth.sessions import SignedIn
from server.auth.tokens import Refused
from server.ended import Ended
from server.room import Room
from server.settings import Settings
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


class Gate:
    """Lets through only when told; says when somebody stands before it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.open.wait()


def slow_tokens(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A token is looked up at once, and the answer takes its time."""
    gate = Gate()
    read_token = server.tokens.read_token

    async def slow(token: str) -> SignedIn | Refused:
        found = await read_token(token)
        await gate.pass_through()
        return found

    monkeypatch.setattr(server.tokens, "read_token", slow)
    return gate


def slow_rooms(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    load = server.live.rooms._load

    async def slow(*asked: str) -> Room:
        await gate.pass_through()
        return await load(*asked)

    monkeypatch.setattr(server.live.rooms, "_load", slow)
    return gate


@pytest.mark.parametrize("wait", [slow_tokens, slow_rooms], ids=["its token is read", "its section is loaded"])
async def test_a_sign_in_that_ends_while(server: LiveServer, monkeypatch: pytest.MonkeyPatch, wait: object) -> None:
    gate = wait(server, monkeypatch)  # type: ignore[operator]
    client = await server.client()
    section = await client.knock(server.name("B"), "parent:phone")
    await gate.reached.wait()
    await server.live.session_ended("phone")
    gate.open.set()
    await client.until(lambda: section.denied is not None or section.scope is not None)
    assert "signed-out" == section.denied
    assert server.live.present(server.plan) == []


@pytest.mark.parametrize("wait", [slow_tokens, slow_rooms], ids=["its token is read", "its section is loaded"])
async def test_a_sign_in_that_another_process_ends_while(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch, wait: object
) -> None:
    gate = wait(server, monkeypatch)  # type: ignore[operator]
    client = await server.client()
    section = await client.knock(server.name("B"), "parent:phone")
    await gate.reached.wait()
    server.tokens.gone.add("phone")
    await server.live.look_again()
    gate.open.set()
    await client.until(lambda: section.denied is not None or section.scope is not None)
    assert "signed-out" == section.denied


async def test_a_renewal_with_a_sign_in_that_ended_meanwhile_is_refused(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mine = await server.enter("B", "parent:laptop")
    gate = slow_tokens(server, monkeypatch)
    await client.send(frames.token(mine.name, "parent:phone"))
    await gate.reached.wait()
    await server.live.session_ended("phone")
    gate.open.set()
    assert "signed-out" == (await mine.is_refused())["code"]


async def test_who_closes_before_being_let_in_is_not_left_sitting_there(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = slow_tokens(server, monkeypatch)
    client = await server.client()
    section = await client.knock(server.name("B"), "parent")
    await gate.reached.wait()
    await client.send(frames.close(section.name, ""))
    await (await client.socket.ping())
    (connection,) = server.live.connections
    gate.open.set()
    await until(lambda: connection._arriving == 0)
    assert connection.seats == {}
    assert connection._kept == 0
    assert server.live.present(server.plan) == []
    assert await client.open(server.name("B"), "parent")
    assert 1 == len(server.live.present(server.plan))


def test_ended_sign_ins_are_kept_for_the_longest_life_of_a_token() -> None:
    now = [0.0]
    ended = Ended(Settings(cli_token_hours=12), lambda: now[0])
    ended.note("old")
    now[0] = 12 * 3600
    ended.note("new")
    assert "old" in ended
    now[0] += 1
    ended.note("newer")
    assert "old" not in ended
    assert "new" in ended
