"""Whoever sent nonsense wrote a row of the audit for every connection, without having signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from server.tables import AuditEvent
from tests.live_client import LiveClient
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def nonsense(server: LiveServer, client: LiveClient) -> None:
    for _ in range(server.settings.malformed_limit):
        await client.send(b"\xff" * 40)
    assert 4403 == await client.closed()


async def people(server: LiveServer) -> list[str | None]:
    await until(lambda: server.live.errands.idle)
    events = await server.store.aread(lambda session: session.exec(select(AuditEvent)).all())
    return [event.person_id for event in events if event.act == "live-connection-closed"]


async def test_nobody_fills_the_audit_without_signing_in(server: LiveServer) -> None:
    for _ in range(5):
        await nonsense(server, await server.client())
    assert [] == await people(server)


async def test_a_person_is_written_down_once_a_minute(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        client, _ = await server.enter("B", "parent")
        await nonsense(server, client)
    assert [server.tokens.people["parent"]] == await people(server)
    late = server.live.monotonic() + 61
    monkeypatch.setattr(server.live, "monotonic", lambda: late)
    client, _ = await server.enter("B", "parent")
    await nonsense(server, client)
    assert [server.tokens.people["parent"]] * 2 == await people(server)
