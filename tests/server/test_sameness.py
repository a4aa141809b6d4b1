"""A browser that shows another text than the server holds is noticed, and only then."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crdt import frames
from crdt.blocks import content_hash
from server import live_metrics
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def ask(section: Section, said: dict[str, Any]) -> None:
    await section.client.send(frames.stateless(section.name, json.dumps({"type": "check"} | said)))


async def answer(section: Section, times: int = 1) -> list[bool]:
    def heard() -> list[bool]:
        return [told["same"] for told in section.told if told["type"] == "checked"]

    await section.client.until(lambda: len(heard()) >= times)
    return heard()


async def truth(server: LiveServer) -> dict[str, Any]:
    room = await server.live.rooms.open(server.plan, "B")
    clocks = {str(client): clock for client, clock in room.content.ledger.clocks().items()}
    return {"clocks": clocks, "hash": content_hash(await server.live.tree(server.plan, "B"))}


async def test_the_same_text_is_said_to_be_the_same(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("He reads for ten minutes.")
    await ask(mine, await truth(server))
    assert [True] == await answer(mine)


async def test_another_text_under_the_same_clocks_raises_the_alarm(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("He reads for ten minutes.")
    before = live_metrics.TEXTS_DIFFER._value.get()
    await ask(mine, await truth(server) | {"hash": "0" * 64})
    assert [False] == await answer(mine)
    assert before + 1 == live_metrics.TEXTS_DIFFER._value.get()


@pytest.mark.parametrize(
    "said",
    [
        {"clocks": {"5": 1}},
        {"clocks": {"x": 1}},
        {"clocks": {"5": True}},
        {"clocks": {"5": 1.5}},
        {"clocks": [5, 1]},
        {"clocks": {"9" * 17: 1}},
        {"hash": 5},
        {"hash": "short"},
    ],
)
async def test_other_edits_or_nonsense_get_no_answer(server: LiveServer, said: dict[str, Any]) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("He reads for ten minutes.")
    good = await truth(server)
    await ask(mine, good | said)
    await ask(mine, good)
    assert [True] == await answer(mine)
