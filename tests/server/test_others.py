"""Two server processes on one PostgreSQL and one Redis: one order, one text, and everybody sees everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crdt import frames
from crdt.presence import read, write
from crdt.wire import Malformed
from server.elsewhere import ROOMS
from server.log import MODE, UPDATE, Row, document_id, rows_after
from server.metrics import REGISTRY
from server.tables import Access
from server.verify import verify
from tests.databases import fresh_database
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until

Pair = tuple[LiveServer, LiveServer]


@pytest.fixture(params=["Redis", "no Redis"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> AsyncIterator[Pair]:
    redis = redis_url if request.param == "Redis" else None
    with fresh_database() as url:
        async with (
            live_server(tmp_path / "a", database_url=url, redis_url=redis) as one,
            live_server(tmp_path / "b", beside=one) as two,
        ):
            await until(lambda: redis is None or (one.live.bus.well and two.live.bus.well))
            yield one, two


def log_of(server: LiveServer, section: str = "B") -> list[Row]:
    def read(session: Session) -> list[Row]:
        return list(rows_after(session, document_id(session, server.plan, section) or 0, 0))

    return server.store.read(read)


def people(section: Section) -> set[str]:
    """The names of those this client is shown."""
    states: dict[int, tuple[int, str | None]] = {}
    for payload in section.presence:
        entries = read(payload, ROOMS)
        assert not isinstance(entries, Malformed)
        for client, clock, state in entries:
            if clock >= states.get(client, (0, None))[0]:
                states[client] = (clock, state)
    return {json.loads(state)["user"]["name"] for _, state in states.values() if state is not None}


async def announce(section: Section) -> None:
    """Says where this person is."""
    payload = write([(section.doc.client_id, 1, '{"cursor":null}')])
    await section.client.send(frames.awareness(section.name, payload))


async def same(pair: Pair, section: str = "B") -> None:
    """Waits until both hold all that is in the log, and compares."""
    last = log_of(pair[0], section)[-1].seq
    rooms = [server.live.rooms.find(server.plan, section) for server in pair]
    await until(lambda: all(room is None or room.durable == last for room in rooms))
    states = [{one["document"]: one for one in await server.live.state()} for server in pair]
    for document in states[0].keys() & states[1].keys():
        assert states[0][document] == states[1][document]
    live = {one["document"]: (one["seq"], one["hash"]) for one in states[0].values()}
    assert all(result.ok for result in verify(pair[0].store, pair[0].settings, live=live))


async def test_words_written_in_one_process_are_read_in_the_other(pair: Pair) -> None:
    _, mine = await pair[0].enter("B", "parent")
    _, theirs = await pair[1].enter("B", "case_officer")
    await mine.write("From one.")
    await theirs.has("From one.")
    await theirs.write("From two.")
    await mine.has("From two.")
    await same(pair)


async def test_many_people_type_at_once_in_both_and_nothing_is_lost_or_doubled(pair: Pair) -> None:
    roles = ("parent", "case_officer", "senco", "advocate", "plan_writer", "educational_psychologist")
    sections = [(await pair[place % 2].enter("B", role))[1] for place, role in enumerate(roles)]

    async def write(place: int, section: Section) -> None:
        await section.write(f"P{place}.")
        for number in range(20):
            await section.send(section.typed(f" {place}-{number};"))
            if number % 5 == 0:
                await section.client.until(lambda: len(section.answers) >= section.sent)
        await section.client.until(lambda: len(section.answers) >= section.sent)

    await asyncio.gather(*(write(place, section) for place, section in enumerate(sections)))
    assert all(set(section.answers) == {True} for section in sections)
    await same(pair)
    words = str(await pair[0].live.tree(pair[0].plan, "B"))
    for place in range(len(sections)):
        for number in range(20):
            assert words.count(f" {place}-{number};") == 1
    assert [row.kind for row in log_of(pair[0])] == [UPDATE] * 21 * len(sections)


async def test_a_lock_in_one_process_stands_before_every_edit_that_comes_after_it_in_the_other(pair: Pair) -> None:
    _, mine = await pair[1].enter("B", "parent")
    await mine.write("Before.")

    async def type_on() -> None:
        while mine.closed is None:
            await mine.send(mine.typed(f" {mine.sent}"))
            await mine.client.until(lambda: len(mine.answers) > mine.sent - 3 or mine.closed is not None)

    typing = asyncio.create_task(type_on())
    await mine.client.until(lambda: mine.answers.count(True) >= 5)
    await pair[0].set_stage("final")
    await typing
    assert mine.refused is not None
    assert mine.refused["code"] == "locked"
    entries = log_of(pair[0])
    assert entries[-1].kind == MODE
    assert [row.kind for row in entries].count(UPDATE) == mine.answers.count(True)
    await same(pair)


async def test_access_that_ended_in_one_process_ends_in_the_other_before_the_next_edit(pair: Pair) -> None:
    _, mine = await pair[1].enter("B", "parent")
    await mine.write("Before.")

    def end(session: Session) -> None:
        access = session.exec(select(Access).where(Access.person_id == pair[0].tokens.people["parent"])).one()
        access.ended_at = datetime.now(UTC)
        session.add(access)

    await pair[0].store.write(end)  # nobody is told: the append itself meets it
    await mine.send(mine.typed(" After."))
    assert (await mine.is_refused())["code"] == "not-on-plan"
    assert len(log_of(pair[0])) == 1


async def test_a_sign_in_that_ended_in_one_process_ends_in_the_other(pair: Pair) -> None:
    _, mine = await pair[1].enter("B", "parent:phone")
    if not pair[0].live.bus.well:
        return  # without hints it is found in the table of sign-ins, of which these made-up tokens have none
    await pair[0].live.session_ended("phone")
    assert (await mine.is_refused())["code"] == "signed-out"


async def test_carets_and_people_cross_over_and_go_when_they_go(pair: Pair) -> None:
    if not pair[0].live.bus.well:
        return  # presence has no other way
    _, mine = await pair[0].enter("B", "parent")
    client, theirs = await pair[1].enter("B", "case_officer")
    await announce(theirs)
    await mine.client.until(lambda: "The case_officer" in people(mine))
    late_client, late = await pair[0].enter("B", "senco")
    await late_client.until(lambda: "The case_officer" in people(late))
    await until(lambda: {one.name for one in pair[0].live.present(pair[0].plan)} >= {"The case_officer", "The parent"})
    await client.close()
    await mine.client.until(lambda: "The case_officer" not in people(mine))


async def test_verify_asks_every_process_what_it_holds(pair: Pair) -> None:
    _, mine = await pair[0].enter("B", "parent")
    _, theirs = await pair[1].enter("B", "case_officer")
    await mine.write("The same everywhere.")
    await theirs.has("The same everywhere.")

    async def found() -> list[str]:
        results = await asyncio.to_thread(verify, pair[0].store, pair[0].settings)
        return [result.line for result in results if not result.ok]

    assert await found() == []
    if pair[0].live.bus.well:
        room = pair[1].live.rooms.find(pair[1].plan, "B")
        assert room is not None
        room.content._hash = (room.seq, "0" * 64)
        room.content.tree()
        room.content._tree = (room.seq, [])  # type: ignore[assignment]
        assert len(await found()) == 1


async def test_what_comes_from_elsewhere_is_counted_and_how_late_where_hints_say(pair: Pair) -> None:
    def figure(name: str) -> float:
        return REGISTRY.get_sample_value(f"alongside_{name}") or 0.0

    rows, lags = figure("log_rows_from_elsewhere_total"), figure("log_lag_seconds_count")
    saved = figure("updates_accepted_total")
    _, mine = await pair[0].enter("B", "parent")
    await pair[1].enter("B", "case_officer")
    await until(lambda: not pair[0].live.bus.well or pair[0].live.others.has_company(pair[0].plan))
    await mine.write("Told elsewhere.")
    await same(pair)
    assert figure("log_rows_from_elsewhere_total") > rows
    assert (figure("log_lag_seconds_count") > lags) == pair[0].live.bus.well
    assert saved + len(log_of(pair[0])) == figure("updates_accepted_total")  # each counted once, where it was saved
    assert figure("bus_connected") == 1.0
