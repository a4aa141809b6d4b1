"""Live connections over HTTP: the same rights as over a socket, every frame once, and nothing without bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest
import websockets

from crdt import frames
from server.channel import HEAD, Answer, Mark, closing, record, records
from server.codes import Code
from server.outbox import HIGH_WATER
from server.polling import ID, NUMBER, Kind
from tests.databases import fresh_database
from tests.live_client import LiveClient
from tests.live_serving import LiveServer, live_server, until
from tests.polled_client import LINE, Polled


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


def way(client: LiveClient) -> Polled:
    assert isinstance(client.socket, Polled)
    return client.socket


async def test_two_people_write_together_one_over_http_and_one_over_a_socket(server: LiveServer) -> None:
    _, mine = await server.enter_over_http("B", "parent")
    _, theirs = await server.enter("B", "case_officer")
    assert mine.scope == "read-write"
    await mine.write("He reads for ten minutes.")
    await theirs.has("He reads for ten minutes.")
    await theirs.write("With a grown-up.")
    await mine.has("With a grown-up.")
    assert await server.live.seq(server.plan, "B") == 2


async def test_who_may_not_write_is_refused_over_http_as_over_a_socket(server: LiveServer) -> None:
    refused = (("B", "observer", "not-allowed"), ("I", "parent", "locked"), ("I", "signing_officer", "locked"))
    for (section, role, code), step2 in product(refused, (False, True)):
        for _, mine in (await server.enter_over_http(section, role), await server.enter(section, role)):
            assert mine.scope == "readonly"
            update = mine.paragraph("These words may not be here.")
            await (mine.step2(update) if step2 else mine.send(update))
            assert (await mine.is_refused())["code"] == code
            assert mine.answers == [False]
        assert await server.live.seq(server.plan, section) == 0


async def test_who_may_not_enter_is_denied_over_http(server: LiveServer) -> None:
    client = await server.over_http()
    for name, token, code in (
        (server.name("Z"), "parent", "unknown-document"),
        (server.name("B"), "nobody", "signed-out"),
        (f"{'0' * 32}/B", "parent", "not-on-plan"),
    ):
        found = await client.knock(name, token)
        await client.until(lambda found=found: found.denied is not None)
        assert found.denied == code


async def test_three_messages_nobody_can_read_close_the_connection(server: LiveServer) -> None:
    client, _ = await server.enter_over_http("B", "parent")
    await way(client).send_all(*[b"\xff" * 40] * server.settings.malformed_limit)
    assert await client.closed() == 4403


async def test_a_message_beyond_the_limit_closes_the_connection(server: LiveServer) -> None:
    client, _ = await server.enter_over_http("B", "parent")
    await client.send(bytes(server.settings.frame_bytes + 1))
    assert await client.closed() == 1009


async def test_a_connection_nobody_signs_in_on_is_closed_with_the_usual_code(tmp_path: Path) -> None:
    async with live_server(tmp_path, unauthenticated_seconds=0.1) as server:
        assert await (await server.over_http()).closed() == 4401


async def test_connections_over_http_count_among_all(tmp_path: Path) -> None:
    async with live_server(tmp_path, sockets_total=1) as server:
        await server.over_http()
        assert (await server.page().open()).status_code == 503
        with pytest.raises(websockets.InvalidStatus):
            await LiveClient.connect(server.url)


async def test_more_connections_of_one_person_than_allowed_are_closed(tmp_path: Path) -> None:
    async with live_server(tmp_path, sockets_per_person=1) as server:
        await server.enter("B", "parent")
        second = await server.over_http()
        await second.knock(server.name("B"), "parent")
        assert await second.closed() == 4429


# Every frame once, in order


async def test_a_request_up_that_is_repeated_is_answered_again_and_taken_once(server: LiveServer) -> None:
    client, mine = await server.enter_over_http("B", "parent")
    way_ = way(client)
    body = record(Mark.FRAME, LINE, frames.sync_update(mine.name, mine.paragraph("Once.")))
    mine.sent += 1
    assert [204, 204] == [(await way_.ask("up", way_.up + 1, body)).status_code for _ in range(2)]
    way_.up += 1
    assert (await way_.ask("up", 1, body)).status_code == 204, "an old one that was long on its way"
    await mine.saved()
    await mine.write("After it.")
    assert [True, True] == mine.answers
    assert mine.text == "Once.\nAfter it."


async def test_a_gap_in_what_comes_up_ends_the_connection(server: LiveServer) -> None:
    client, _ = await server.enter_over_http("B", "parent")
    answer = await way(client).ask("up", way(client).up + 2, record(Mark.FRAME, LINE, frames.ping()))
    assert answer.status_code == 409
    assert await client.closed() == 1006
    assert not server.live.connections


async def test_an_answer_that_was_lost_is_sent_again_until_it_is_acknowledged(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    await page.send(frames.ping())
    first, again = await page.ask("down", 0), await page.ask("down", 0)
    assert (first.content, first.headers[NUMBER]) == (again.content, again.headers[NUMBER])
    assert record(Mark.FRAME, LINE, frames.pong()) == first.content
    await page.send(frames.ping())
    assert (await page.ask("down", 0)).content == first.content, "more has come, and waits behind it"
    assert (await page.ask("down", 1)).headers[NUMBER] == "2"
    assert (await page.ask("down", 0)).status_code == 409, "an old request that was long on its way"
    assert (await page.ask("down", 2 + 1)).status_code == 409
    assert (await page.ask("down", 2)).status_code == 410


async def test_an_answer_is_not_sent_again_for_ever(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    await page.send(frames.ping())
    answers = [(await page.ask("down", 0)).status_code for _ in range(server.settings.poll_repeats + 2)]
    assert [200] * (server.settings.poll_repeats + 1) + [410] == answers
    assert not server.live.connections


async def test_a_page_that_only_looks_is_answered_at_once(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    assert (await page.ask("look", 0)).status_code == 204
    await page.send(frames.ping())
    assert (await page.ask("look", 0)).content == record(Mark.FRAME, LINE, frames.pong())
    assert (await page.ask("look", 1)).status_code == 204


async def test_everything_that_waits_comes_in_one_answer(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    await page.send_all(*[frames.ping()] * 5)
    assert [(Mark.FRAME, frames.pong())] * 5 == [
        (found.mark, found.body) for found in records((await page.ask("down", 0)).content, 10) or []
    ]


async def test_a_page_that_asks_again_is_answered_once(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    before = asyncio.create_task(page.ask("down", 0))
    channel = server.only_channel
    await until(lambda: channel._asking is not None)
    after = asyncio.create_task(page.ask("down", 0))
    assert (await before).status_code == 204
    await page.send(frames.ping())
    assert (await after).status_code == 200


async def test_a_flood_is_slowed_and_loses_nothing(tmp_path: Path) -> None:
    async with live_server(tmp_path, updates_burst=10, poll_seconds=0.05) as server:
        client, mine = await server.enter_over_http("B", "parent")
        updates = [frames.sync_update(mine.name, mine.paragraph(f"Line {number}.")) for number in range(30)]
        mine.sent += len(updates)
        way_ = way(client)
        way_.up += 1
        body = b"".join(record(Mark.FRAME, LINE, update) for update in updates)
        assert (await way_.ask("up", way_.up, body)).status_code == 202, "it came, and waits"
        while (await way_.ask("up", way_.up, body)).status_code == 202:
            pass
        await mine.saved()
        assert mine.answers == [True] * 30


# Nothing without bounds


async def test_what_waits_for_a_slow_reader_is_bounded_and_they_end_with_the_same_text(tmp_path: Path) -> None:
    limit = 200_000
    async with live_server(tmp_path, outbox_bytes=limit, bytes_per_second=10**8, outbox_overflow_seconds=0) as server:
        _, writer = await server.enter("B", "parent")
        page = server.page()
        await page.open()
        channel = server.only_channel
        (line,) = channel._lines.values()
        reader = LiveClient(page)
        server.clients.append(reader)
        section = await reader.open(server.name("B"), "observer")
        reader._reading.cancel()
        await asyncio.wait((reader._reading,))
        for number in range(60):
            await writer.write(f"Line {number} " + "word " * 4000)
            assert line.held <= HIGH_WATER + limit
            assert line.connection.outbox.size <= limit
        assert line.blocked
        reader._reading = asyncio.create_task(reader._read())
        await writer.write("The last line.")
        await section.has("The last line.")
        assert section.text == writer.text


async def test_a_body_nobody_can_read_ends_the_channel(server: LiveServer) -> None:
    for body in (
        b"\x00",
        HEAD.pack(Mark.FRAME, 1, 5) + b"less",
        HEAD.pack(9, 1, 0),
        record(Mark.OPEN, 1),
        record(Mark.OPEN, 0),
        record(Mark.FRAME, 1) * (server.settings.poll_records + 1),
    ):
        page = server.page()
        await page.open()
        await page.ask("up", 2, body)
        assert (await page.ask("down", 0)).status_code == 410, body[:20]
        assert not server.live.connections


async def test_a_page_that_asks_no_more_has_gone_and_is_shown_no_more(tmp_path: Path) -> None:
    async with live_server(tmp_path, poll_seconds=0.05, poll_lost_seconds=0.2) as server:
        client, mine = await server.enter_over_http("B", "parent")
        _, other = await server.enter("B", "case_officer")
        await client.send(frames.awareness(mine.name, b"\x01\x05\x01\x0d" + b'{"user":null}'))
        await until(lambda: len(other.presence) >= 1)
        shown = len(other.presence)
        client.vanish()
        await other.client.until(lambda: len(other.presence) > shown)
        assert b"null" in other.presence[-1]
        assert 1 == len(server.live.connections)


async def test_a_page_that_says_goodbye_has_gone_at_once(server: LiveServer) -> None:
    client, _ = await server.enter_over_http("B", "parent")
    assert (await way(client).ask("close")).status_code == 204
    assert not server.live.connections


async def test_a_server_that_stops_answers_who_waits_and_says_come_back(server: LiveServer) -> None:
    client, _ = await server.enter_over_http("B", "parent")
    await until(lambda: server.only_channel._asking is not None)
    server.polling.restart()
    assert await client.closed() == 1012
    assert (await server.page().open()).status_code == 503


# Whose request it is


async def test_another_site_can_neither_open_nor_use_a_connection(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    foreign = ({"origin": "https://elsewhere.example"}, {"origin": "null"}, {"content-type": "text/plain"})
    for kind, headers in product(Kind, foreign):
        answer = await page.ask(kind, 2, record(Mark.OPEN, 1), **headers)
        assert answer.status_code == 403
        assert answer.json()["code"] == "not-from-our-page"
    assert 1 == len(server.live.connections)


async def test_our_own_page_is_let_in(server: LiveServer) -> None:
    assert (await server.page(origin=server.settings.public_url).open()).status_code == 200


async def test_a_number_that_is_none_changes_nothing(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    for number in ("-1", "x", "1" * 16, "²"):
        answer = await page.http.post(f"{server.web}/live/http/up", headers={ID: page.id, NUMBER: number.encode()})
        assert answer.status_code == 400
    assert 1 == len(server.live.connections)


async def test_an_id_nobody_was_given_opens_nothing_and_ids_cannot_be_guessed(server: LiveServer) -> None:
    pages = [server.page() for _ in range(2)]
    for page in pages:
        await page.open()
    node, secret = pages[0].id.split(".")
    assert node == server.live.node
    assert len(secret) >= 32
    assert secret != pages[1].id.split(".")[1]
    pages[0].id = f"{node}.{'A' * len(secret)}"
    for kind in ("up", "down", "close"):
        assert (await pages[0].ask(kind, 2)).status_code == 410


# Several processes


async def test_a_request_for_another_process_is_passed_on_and_its_answer_passed_back(server: LiveServer) -> None:
    asked: list[tuple[str, Kind, str, int, bytes]] = []

    class Another:
        async def ask(self, node: str, kind: Kind, channel_id: str, number: int, body: bytes) -> Answer | None:
            asked.append((node, kind, channel_id, number, body))
            return Answer(200, 8, closing(1, 1012, "")) if number == 7 else None

    page = server.page()
    page.id = "elsewhere.secret"
    assert (await page.ask("down", 7)).status_code == 410, "alone, there is nobody to ask"
    server.polling.relay = Another()
    answer = await page.ask("down", 7)
    assert (200, "8", closing(1, 1012, "")) == (answer.status_code, answer.headers[NUMBER], answer.content)
    assert (await page.ask("up", 9, b"frames")).status_code == 410, "no such process any more"
    assert asked[1] == ("elsewhere", Kind.UP, "elsewhere.secret", 9, b"frames")


async def test_a_page_whose_requests_come_to_one_process_and_the_other_writes_all_the_same(
    tmp_path: Path, redis_url: str
) -> None:
    with fresh_database() as url:
        async with (
            live_server(tmp_path / "a", database_url=url, redis_url=redis_url, poll_seconds=0.2) as one,
            live_server(tmp_path / "b", beside=one) as two,
        ):
            await until(lambda: one.live.bus.well and two.live.bus.well)
            page = one.page(two.web)
            await page.open()
            client = LiveClient(page)
            one.clients.append(client)
            mine = await client.open(one.name("B"), "parent")
            _, theirs = await two.enter("B", "case_officer")
            for number in range(3):
                await mine.write(f"Line {number}.")
                await theirs.write(f"Answer {number}.")
            await mine.has("Answer 2.")
            await theirs.has("Line 2.")
            assert 1 == len(one.live.connections)
            assert mine.answers == [True] * 3


async def test_what_waits_does_not_wait_for_a_line_that_was_closed(tmp_path: Path) -> None:
    async with live_server(tmp_path, updates_burst=10, updates_per_second=1) as server:
        client, mine = await server.enter_over_http("B", "parent")
        updates = [frames.sync_update(mine.name, mine.paragraph(f"Line {number}.")) for number in range(40)]
        sending = asyncio.create_task(way(client).send_all(*updates))
        (connection,) = server.live.connections
        await until(lambda: connection.paused)
        connection.close(Code.BUSY)
        assert await sending == 204
        assert await client.closed() == 4408


async def test_each_line_of_a_channel_is_a_connection_of_its_own(server: LiveServer) -> None:
    page = server.page()
    await page.open()
    await page.ask("up", 2, record(Mark.OPEN, 2) + record(Mark.FRAME, 2, frames.ping()))
    assert 2 == len(server.live.connections)
    assert (await page.ask("down", 0)).content == record(Mark.FRAME, 2, frames.pong())
    await page.ask("up", 3, record(Mark.CLOSE, 1) + record(Mark.FRAME, 1, frames.ping()))
    assert 1 == len(server.live.connections)
    await page.ask("up", 4, record(Mark.CLOSE, 2))
    assert not server.live.connections
    assert (await page.ask("down", 1)).status_code == 410
