"""A room whose log could not be read once, for whatever reason, must read it again: nobody else will."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import rooms
from server.replay import Content
from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def test_a_room_is_rebuilt_after_an_error_nobody_thought_of(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("Kept.")
    room = await server.live.rooms.open(server.plan, "B")
    read, failures = rooms._read, iter([RuntimeError("nobody thought of this")])

    def first_fails(*given: object) -> tuple[Content, int]:
        for trouble in failures:
            raise trouble
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rooms, "_read", first_fails)
    monkeypatch.setattr(rooms, "_RETRY_SECONDS", 0.01)
    room.rebuild_soon()
    _, again = await server.enter("B", "case_officer")
    assert "Kept." == again.text
    await again.write("And more.")
