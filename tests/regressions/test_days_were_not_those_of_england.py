"""Access went on for an hour into the next day in summer: the last day was counted in universal time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from server.day import day_at, end_of
from server.tables import Access
from tests.live_serving import LiveServer, live_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:

        def last_day(session: Session) -> None:
            person = found.tokens.people["parent"]
            access = session.exec(select(Access).where(Access.person_id == person)).one()
            access.expires_on = date(2026, 6, 30)
            session.add(access)

        await found.store.write(last_day)
        yield found


def at(hour: int, minute: int) -> float:
    return datetime(2026, 6, 30, hour, minute, tzinfo=UTC).timestamp()


async def test_after_midnight_in_england_nobody_is_let_in_on_yesterdays_access(server: LiveServer) -> None:
    server.clock.now = at(23, 30)
    client = await server.client()
    section = await client.knock(server.name("B"), "parent")
    await client.until(lambda: section.denied is not None or section.scope is not None)
    assert "not-on-plan" == section.denied


async def test_at_midnight_in_england_whoever_writes_is_refused(server: LiveServer) -> None:
    server.clock.now = at(22, 59)
    _, mine = await server.enter("B", "parent")
    await mine.write("In time.")
    server.clock.now = at(23, 30)
    await mine.send(mine.paragraph("Too late."))
    assert "not-on-plan" == (await mine.is_refused())["code"]


def test_the_day_ends_at_eleven_universal_time_in_summer_and_at_midnight_in_winter() -> None:
    assert at(23, 0) == end_of(date(2026, 6, 30))
    assert datetime(2026, 12, 1, tzinfo=UTC).timestamp() == end_of(date(2026, 11, 30))
    assert date(2026, 7, 1) == day_at(at(23, 0))
