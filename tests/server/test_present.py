"""Who is here is said of those who may be shown, for as long as they have a section open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def test_present_names_who_has_a_section_open(server: LiveServer) -> None:
    client, _ = await server.enter("B", "parent")
    await server.enter("F", "case_officer")
    found = {(one.name, one.role, one.section) for one in server.live.present(server.plan)}
    assert found == {("The parent", "parent", "B"), ("The case_officer", "case_officer", "F")}
    await client.close()
    await server.enter("B", "senco")
    assert "parent" not in {one.role for one in server.live.present(server.plan)}
