"""Promise two: nobody writes where they may not. Every section, stage, role and kind of message, on the real wire.

What is expected comes from the rules' own tables; what is found, from the server's answers and its log.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio
from sqlmodel import Session, col, select

from crdt import frames
from sections.catalogue import LABELS
from sections.facts import Actor, PlanFacts
from sections.rights import ROLES, Decision, may
from sections.stages import STAGE_KEYS
from server.log import rows_after
from server.tables import Document
from tests.live_client import LiveClient, Section
from tests.live_serving import PARTY, LiveServer, live_server

TODAY = date(2026, 11, 22)
KINDS = ("update", "step2", "reply")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STAGE_KEYS)
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveServer]:
    folder = tmp_path_factory.mktemp("rights")
    async with live_server(
        folder, stage=request.param, sockets_per_person=100, updates_burst=10_000, updates_per_second=10_000
    ) as found:
        yield found


def stage_of(server: LiveServer) -> str:
    return server.live.rooms.plans[server.plan].facts.stage


def expected(server: LiveServer, role: str, section: str) -> Decision:
    acts_for = "somebody" if role in ("advocate", "interpreter") else None
    actor = Actor(role, PARTY[role], acts_for=acts_for)
    return may(actor, "write", PlanFacts(stage_of(server)), section, today=TODAY)


async def send(section: Section, kind: str, update: bytes) -> None:
    section.sent += 1
    message = frames.sync_update(section.name, update)
    if kind == "step2":
        message = frames.sync_step2(section.name, update)
    elif kind == "reply":
        offset = 1 + len(section.name)
        message = message[:offset] + bytes((frames.Kind.SYNC_REPLY,)) + message[offset + 1 :]
    await section.client.send(message)


async def all_sections(server: LiveServer, role: str) -> tuple[LiveClient, list[Section]]:
    client = await server.client()
    return client, [await client.open(server.name(label), role) for label in LABELS]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
async def test_who_may_write_is_saved_and_who_may_not_is_refused(server: LiveServer, role: str, kind: str) -> None:
    client, sections = await all_sections(server, role)
    heads = {
        section.name: await server.live.seq(server.plan, label) for section, label in zip(sections, LABELS, strict=True)
    }
    for section in sections:
        await send(section, kind, section.paragraph("Words."))
    for section, label in zip(sections, LABELS, strict=True):
        await client.until(lambda section=section: len(section.answers) == 1)
        decision = expected(server, role, label)
        found = (section.answers, await server.live.seq(server.plan, label) - heads[section.name], section.scope)
        if decision.allowed:
            assert found == ([True], 1, "read-write"), (label, stage_of(server))
            continue
        assert found == ([False], 0, "readonly"), (label, stage_of(server))
        await client.until(lambda section=section: section.closed is not None)
        assert section.refused == {"type": "refused", "code": decision.code, "sentence": decision.sentence}
    await client.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_section_i_holds_no_word_before_finalising(server: LiveServer) -> None:
    def words(session: Session) -> int:
        document = session.exec(select(Document.id).where(col(Document.section) == "I")).one()
        assert document is not None
        return sum(row.kind == "update" for row in rows_after(session, document, 0))

    found = server.store.read(words)
    if stage_of(server) == "finalising":
        assert found > 0
    else:
        assert found == 0


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ROLES)
async def test_presence_is_shown_as_the_rules_say(server: LiveServer, role: str) -> None:
    watcher = await server.client()
    seen = await watcher.open(server.name("B"), "case_officer")
    client = await server.client()
    mine = await client.open(server.name("B"), role)
    state = json.dumps({"cursor": None}).encode()
    payload = bytes((1,)) + _uint(mine.doc.client_id) + bytes((1, len(state))) + state
    await client.send(frames.awareness(mine.name, payload))
    await client.send(frames.ping())
    await client.until(lambda: frames.pong() in client.strays)
    await watcher.send(frames.ping())
    await watcher.until(lambda: frames.pong() in watcher.strays)
    acts_for = "somebody" if role in ("advocate", "interpreter") else None
    shown = may(Actor(role, PARTY[role], acts_for=acts_for), "show_presence", PlanFacts(stage_of(server)), today=TODAY)
    name = f"The {role}".encode()
    assert any(name in payload for payload in seen.presence) is shown.allowed
    await client.close()
    await watcher.close()


def _uint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
