"""The server reads and writes sections as everybody does: what is on disk, through the room, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crdt.blocks import plain_text
from crdt.compose import to_update
from server.texts import NotWritten
from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def test_the_tree_of_a_section_is_what_is_on_disk(server: LiveServer) -> None:
    _, mine = await server.enter("E", "parent")
    await mine.write("He will read to his sister.")
    assert plain_text(await server.live.tree(server.plan, "E")).strip() == "He will read to his sister."


async def test_a_seed_reaches_those_who_have_the_section_open(server: LiveServer) -> None:
    _, mine = await server.enter("F", "parent")
    tree = {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": "From the form."}]}]}
    await server.live.seed(server.plan, "F", to_update(tree, 77), "system")
    await mine.has("From the form.")
    with pytest.raises(NotWritten) as refused:
        await server.live.seed(server.plan, "F", b"\x01\x02", "system")
    assert refused.value.code == "malformed"


async def test_items_are_numbered_within_their_section(server: LiveServer) -> None:
    need = {
        "type": "need",
        "attrs": {"id": "abcdefghij"},
        "children": [
            {"type": "title", "children": [{"text": "Reading"}]},
            {"type": "ref", "attrs": {"to": "klmnopqrst"}, "children": []},
        ],
    }
    tree = {"type": "doc", "children": [need]}
    await server.live.seed(server.plan, "B", to_update(tree, 78), "system")
    assert await server.live.items(server.plan) == [
        {
            "id": "abcdefghij",
            "section": "B",
            "label": "B1",
            "kind": "need",
            "title": "Reading",
            "refs": ["klmnopqrst"],
        }
    ]
