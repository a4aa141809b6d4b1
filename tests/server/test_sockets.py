"""What every connection can rely on, held to be the same on the fast way and on the plain one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets
from sqlmodel import select

from crdt import frames
from server.tables import AuditEvent
from tests.live_client import LiveClient, Section
from tests.live_serving import LiveServer, live_server


@pytest.fixture(params=["fast", "plain"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path, fast=request.param == "fast", updates_burst=20, awareness_per_second=5) as found:
        yield found


async def test_what_one_writes_is_saved_and_reaches_the_other(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    _, theirs = await server.enter("B", "case_officer")
    assert mine.scope == "read-write"
    await mine.write("He reads for ten minutes.")
    await theirs.has("He reads for ten minutes.")
    assert await server.live.seq(server.plan, "B") == 1


async def test_a_sender_does_not_hear_their_own_words(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    heard = mine.received
    await mine.write("One.")
    await mine.write("Two.")
    assert heard == mine.received


async def test_who_comes_later_gets_everything(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    for word in ("One.", "Two.", "Three."):
        await mine.write(word)
    _, later = await server.enter("B", "case_officer")
    assert later.text == "One.\nTwo.\nThree."


async def test_several_sections_share_one_connection(server: LiveServer) -> None:
    client = await server.client()
    sections = [await client.open(server.name(label), "case_officer") for label in ("B", "E", "F", "H1")]
    for section in sections:
        await section.write(f"In {section.name[-2:]}.")
    _, reader = await server.enter("F", "parent")
    assert reader.text == "In /F."


async def test_every_sync_message_gets_exactly_one_answer_in_order(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    first = mine.paragraph("One.")
    await mine.send(first)
    await mine.send(mine.typed(" Two."))
    await mine.send(first)
    await mine.step2(mine.doc.get_update())
    await mine.send(mine.typed(" Three."))
    await mine.saved()
    assert mine.answers == [True] * 5


async def test_a_large_message_in_fragments_arrives(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    update = frames.sync_update(mine.name, mine.paragraph("Word " * 20_000))
    mine.sent += 1

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(update), 7_000):
            yield update[start : start + 7_000]

    await client.socket.send(parts())
    await mine.saved()


async def test_messages_split_and_joined_by_the_network_arrive(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    transport = client.socket.transport
    wire = b""
    for word in ("One.", "Two.", "Three."):
        message = frames.sync_update(mine.name, mine.paragraph(word))
        mine.sent += 1
        wire += bytes((0x82, 0x80 | 126)) + len(message).to_bytes(2, "big") + bytes(4) + message
    for start in range(0, len(wire), 5):
        transport.write(wire[start : start + 5])
        await asyncio.sleep(0)
    await mine.saved()


async def test_text_messages_are_refused(server: LiveServer) -> None:
    client = await server.client()
    await client.send("hello")
    assert await client.closed() == 1003


async def test_a_message_beyond_the_limit_closes_the_connection(server: LiveServer) -> None:
    client, _ = await server.enter("B", "parent")
    await client.send(bytes(server.settings.frame_bytes + 1))
    assert await client.closed() == 1009


@pytest.mark.parametrize(
    "message", [b"", b"\xff" * 40, b"\x00\x00", b"\x05B/B"], ids=["empty", "ones", "zeros", "short"]
)
async def test_three_messages_nobody_can_read_close_the_connection(server: LiveServer, message: bytes) -> None:
    client, _ = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    for _ in range(server.settings.malformed_limit):
        await client.send(message)
    assert await client.closed() == 4403
    await other.write("Nobody else is disturbed.")
    events = await server.store.aread(lambda session: session.exec(select(AuditEvent)).all())
    assert [("live-connection-closed", server.tokens.people["parent"])] == [(e.act, e.person_id) for e in events]


async def test_a_malformed_update_is_refused_and_changes_nothing(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    await mine.send(b"\x01\x01\x05\x00\x44\x05\x40\x00\x00")
    refused = await mine.is_refused()
    assert refused["code"] == "malformed"
    assert mine.answers == [False]
    await other.write("Still here.")
    assert await server.live.seq(server.plan, "B") == 1


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
async def test_a_socket_from_another_site_is_refused(server: LiveServer, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await LiveClient.connect(server.url, origin=origin)
    answer = refused.value.response
    assert answer.status_code == 403
    assert "application/problem+json" == answer.headers["content-type"]
    told = json.loads(answer.body or b"")
    assert ("urn:alongside:problem:not-from-our-page", "Forbidden", 403) == (
        told["type"],
        told["title"],
        told["status"],
    )
    assert told["detail"].startswith("This connection did not come from a page of this service")


async def test_a_socket_from_our_own_page_is_let_in(server: LiveServer) -> None:
    client = await server.client(origin=server.settings.public_url)
    await client.open(server.name("B"), "parent")


async def test_a_ping_of_the_connection_is_answered(server: LiveServer) -> None:
    client = await server.client()
    await client.send(frames.ping())
    await client.until(lambda: frames.pong() in client.strays)
    async with asyncio.timeout(5):
        await (await client.socket.ping())


async def test_unknown_sections_plans_and_people_are_denied(server: LiveServer) -> None:
    client = await server.client()
    wrong = {
        server.name("Z"): ("parent", "unknown-document"),
        f"{'0' * 32}/B": ("parent", "not-on-plan"),
        "nonsense": ("parent", "not-on-plan"),
        server.name("B"): ("nobody", "signed-out"),
    }
    for name, (token, code) in wrong.items():
        section = await client.knock(name, token)
        await client.until(lambda section=section: section.denied is not None)
        assert section.denied == code


async def test_nothing_is_told_before_signing_in(server: LiveServer) -> None:
    client = await server.client()
    section = client.sections[server.name("B")] = Section(client, server.name("B"))
    await client.send(frames.sync_step1(section.name, b"\0"))
    await client.send(frames.sync_update(section.name, section.paragraph("Hidden.")))
    other = await client.open(server.name("C"), "parent")
    await other.write("Seen.")
    assert section.received == 0
    assert section.answers == []


async def test_frames_that_come_before_the_sign_in_is_checked_are_kept(server: LiveServer) -> None:
    client = await server.client()
    section = await client.knock(server.name("B"), "parent")
    await section.send(section.paragraph("At once."))
    await section.saved()
    assert section.synced


async def test_a_flood_is_slowed_and_loses_nothing(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    for number in range(60):
        await mine.send(mine.paragraph(f"Line {number}."))
    await other.write("Meanwhile.")
    await mine.saved()
    await other.has("Line 59.")


async def test_too_much_presence_is_dropped_in_silence(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    client_id = mine.doc.client_id
    for clock in range(1, 101):
        state = json.dumps({"user": {"name": "Somebody else"}, "n": clock})
        payload = bytes((1,)) + _uint(client_id) + _uint(clock) + _text(state)
        await client.send(frames.awareness(mine.name, payload))
    await mine.write("After it.")
    await other.has("After it.")
    assert 1 <= len(other.presence) <= 20
    assert b"Somebody else" not in b"".join(other.presence)
    assert b"The parent" in other.presence[0]


async def test_more_sections_than_allowed_are_denied(tmp_path: Path) -> None:
    async with live_server(tmp_path, sections_per_socket=2) as server:
        client = await server.client()
        await client.open(server.name("B"), "parent")
        await client.open(server.name("C"), "parent")
        third = await client.knock(server.name("D"), "parent")
        await client.until(lambda: third.denied is not None)
        assert third.denied == "too-many"


async def test_more_connections_of_one_person_than_allowed_are_closed(tmp_path: Path) -> None:
    async with live_server(tmp_path, sockets_per_person=2) as server:
        first, _ = await server.enter("B", "parent")
        await server.enter("B", "parent")
        third = await server.client()
        await third.knock(server.name("B"), "parent")
        assert await third.closed() == 4429
        await first.close()
        await server.enter("B", "case_officer")
        await server.enter("B", "parent")


async def test_a_connection_nobody_signs_in_on_is_closed(tmp_path: Path) -> None:
    async with live_server(tmp_path, unauthenticated_seconds=0.1) as server:
        client = await server.client()
        assert await client.closed() == 4401


async def test_more_connections_than_the_server_takes_are_turned_away(tmp_path: Path) -> None:
    async with live_server(tmp_path, sockets_total=1) as server:
        await server.client()
        with pytest.raises(websockets.InvalidStatus) as refused:
            await LiveClient.connect(server.url)
        assert refused.value.response.status_code == 503


def _uint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text(text: str) -> bytes:
    data = text.encode()
    return _uint(len(data)) + data
