"""A stranger could tell a plan that exists from one that does not, and have its sections loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from server.tables import Access, Document
from tests.live_serving import LiveServer, live_server, make_plan


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def denial(server: LiveServer, name: str, role: str = "parent") -> str | None:
    client = await server.client()
    section = await client.knock(name, role)
    await client.until(lambda: section.denied is not None or section.scope is not None)
    return section.denied


async def test_a_plan_of_others_and_no_plan_get_the_same_answer(server: LiveServer) -> None:
    other, _ = await server.store.write(make_plan)
    for plan in (other, "0" * 32):
        assert "not-on-plan" == await denial(server, f"{plan}/B")
        assert "not-on-plan" == await denial(server, f"{plan}/Z")
        assert server.live.rooms.find(plan, "B") is None
        assert plan not in server.live.rooms.plans
    documents = await server.store.aread(lambda session: session.exec(select(Document)).all())
    assert other not in {document.plan_id for document in documents}


async def test_who_was_on_the_plan_learns_nothing_more_about_it(server: LiveServer) -> None:
    def end(session: Session) -> None:
        person = server.tokens.people["senco"]
        access = session.exec(select(Access).where(Access.person_id == person)).one()
        access.ended_at = server.clock.moment
        session.add(access)

    await server.store.write(end)
    assert "not-on-plan" == await denial(server, server.name("B"), "senco")
    assert "not-on-plan" == await denial(server, server.name("Z"), "senco")
    assert server.live.rooms.find(server.plan, "B") is None


async def test_an_unknown_section_of_ones_own_plan_is_called_unknown(server: LiveServer) -> None:
    assert "unknown-document" == await denial(server, server.name("Z"))
