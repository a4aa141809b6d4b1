"""Rights that change while people write, stages that move under their hands, and what becomes of who is connected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pycrdt import Doc
from sqlmodel import Session, col, select

from crdt import frames
from sections.catalogue import LABELS
from server.audience import Audience
from server.database import Store, StoreFailed
from server.log import rows_after
from server.tables import Access, Document, LogEntry, Person, Plan
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path) as found:
        yield found


async def change_access(server: LiveServer, who: str, /, **changes: object) -> None:
    def write(session: Session) -> None:
        access = session.exec(select(Access).where(Access.person_id == server.tokens.people[who])).one()
        for name, value in changes.items():
            setattr(access, name, value)
        session.add(access)

    await server.store.write(write)
    await server.live.plan_changed(server.plan)


async def test_access_taken_away_closes_the_connection_at_once(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer")
    await mine.write("Before.")
    started = asyncio.get_running_loop().time()
    await change_access(server, "parent", ended_at=datetime.now(UTC))
    assert await client.closed() == 4403
    assert asyncio.get_running_loop().time() - started < 1
    assert mine.refused is not None
    assert mine.refused["code"] == "not-on-plan"
    await other.write("After.")


async def test_who_lost_access_cannot_come_back(server: LiveServer) -> None:
    await change_access(server, "parent", ended_at=datetime.now(UTC))
    client = await server.client()
    section = await client.knock(server.name("B"), "parent")
    await client.until(lambda: section.denied is not None)
    assert section.denied == "not-on-plan"


async def test_access_ends_after_its_last_day_without_anybody_doing_anything(server: LiveServer) -> None:
    server.tokens.minutes = 60 * 48
    await change_access(server, "parent", expires_on=date(2026, 11, 22))
    _, mine = await server.enter("B", "parent")
    await mine.write("On the last day.")
    server.clock.move(hours=11, minutes=59)
    server.live.sweep()
    assert mine.closed is None
    server.clock.move(minutes=2)
    server.live.sweep()
    assert (await mine.is_refused())["code"] == "not-on-plan"


async def test_the_first_message_after_the_last_day_is_refused(server: LiveServer) -> None:
    server.tokens.minutes = 60 * 48
    await change_access(server, "parent", expires_on=date(2026, 11, 22))
    _, mine = await server.enter("B", "parent")
    server.clock.move(hours=13)
    await mine.send(mine.paragraph("Too late."))
    assert (await mine.is_refused())["code"] == "not-on-plan"
    assert mine.answers == [False]
    assert await server.live.seq(server.plan, "B") == 0


async def test_a_message_on_a_token_that_ran_out_is_refused(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    server.clock.move(minutes=61)
    await mine.send(mine.paragraph("Too late."))
    assert (await mine.is_refused())["code"] == "signed-out"


async def test_a_fresh_token_is_asked_for_in_time_and_keeps_the_section_open(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    server.clock.move(minutes=46)
    server.live.sweep()
    server.live.sweep()
    await client.until(lambda: mine.asked_for_token > 0)
    await client.open(server.name("C"), "parent")
    await client.send(frames.token(mine.name, "parent"))
    await mine.write("After renewing.")
    server.clock.move(minutes=20)
    server.live.sweep()
    await mine.write("An hour and more.")
    assert mine.asked_for_token == 1


async def test_a_token_of_somebody_else_ends_the_section(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    await client.send(frames.token(mine.name, "case_officer"))
    assert (await mine.is_refused())["code"] == "not-allowed"


async def test_a_sign_in_that_ended_closes_its_connections_only(server: LiveServer) -> None:
    phone, _ = await server.enter("B", "parent:phone")
    _, laptop = await server.enter("B", "parent:laptop")
    await server.live.session_ended("phone")
    assert await phone.closed() == 4401
    await laptop.write("Still here.")


async def test_a_change_of_role_counts_from_the_next_message(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await change_access(server, "parent", role="observer", party="observer")
    await mine.client.until(lambda: mine.plan is not None and not mine.plan["may_write"])
    await mine.send(mine.paragraph("Not any more."))
    assert (await mine.is_refused())["code"] == "not-allowed"


async def test_a_stage_locks_every_section_for_everyone_at_once(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("Before it was served.")
    await server.set_stage("draft_served")
    await mine.client.until(lambda: mine.plan is not None and mine.plan["stage"] == "draft_served")
    assert mine.plan is not None
    assert mine.plan["mode"] == "locked"
    await mine.send(mine.paragraph("After it was served."))
    assert (await mine.is_refused())["code"] == "locked"
    assert await server.live.seq(server.plan, "B") == 2


async def test_a_stage_is_an_entry_in_all_twelve_logs(server: LiveServer) -> None:
    await server.set_stage("draft_served")

    def rows(session: Session) -> list[tuple[str, str, int]]:
        query = select(Document.section, LogEntry.payload, LogEntry.seq).join(
            LogEntry, col(LogEntry.document_id) == col(Document.id)
        )
        return [(section, json.loads(payload)["stage"], seq) for section, payload, seq in session.exec(query).all()]

    found = await server.store.aread(rows)
    assert sorted(found) == sorted((label, "draft_served", 1) for label in LABELS)


async def test_edits_racing_a_lock_have_one_order(server: LiveServer) -> None:
    """Every edit is either before the change of stage and kept, or after it and refused: on the wire and in the log."""
    writers = [(await server.enter("B", role))[1] for role in ("parent", "case_officer", "senco", "health")]
    for section in writers:
        await section.write("Start. ")

    async def type_on(section: Section) -> None:
        while section.closed is None:
            await section.send(section.paragraph("Word."))
            await asyncio.sleep(0)

    typing = [asyncio.create_task(type_on(section)) for section in writers]
    await asyncio.sleep(0)
    await server.set_stage("draft_served")
    await asyncio.gather(*typing)
    for section in writers:
        assert section.refused is not None
        assert section.refused["code"] == "locked"
        assert section.answers == [True] * (len(section.answers) - 1) + [False]
    saved = sum(section.answers.count(True) for section in writers)

    def kinds(session: Session) -> list[str]:
        document = session.exec(select(Document.id).where(Document.section == "B")).one()
        assert document is not None
        return [row.kind for row in rows_after(session, document, 0)]

    found = await server.store.aread(kinds)
    assert found == ["update"] * saved + ["mode"]


async def test_a_stage_that_cannot_be_written_leaves_everything_as_it_was(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await mine.write("Before.")

    def fails(session: Session) -> None:
        plan = session.get_one(Plan, server.plan)
        plan.stage = "final"
        session.add(plan)
        session.flush()
        raise StoreFailed("no")

    with pytest.raises(StoreFailed):
        await server.live.move_stage(server.plan, fails, "final")
    await mine.write("After.")
    assert await server.live.seq(server.plan, "B") == 2
    await server.set_stage("draft_served")
    assert await server.live.seq(server.plan, "B") == 3


async def test_somebody_elses_client_id_is_refused_and_its_owner_undisturbed(server: LiveServer) -> None:
    _, victim = await server.enter("B", "parent")
    await victim.write("Mine.")
    _, thief = await server.enter("B", "case_officer")
    mask = Section(thief.client, thief.name, Doc(client_id=victim.doc.client_id))
    mask.doc.apply_update(thief.doc.get_update())
    await thief.send(mask.paragraph("Not mine."))
    assert (await thief.is_refused())["code"] == "not-yours"
    await victim.write("Still mine.")
    _, reader = await server.enter("B", "senco")
    assert reader.text == "Mine.\nStill mine."


async def test_what_went_missing_is_asked_for_and_only_then_called_saved(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    mine.paragraph("Lost on the way.")
    await mine.send(mine.typed(" And more."))
    await mine.send(mine.typed(" And more."))
    _, other = await server.enter("C", "parent")
    await other.write("Elsewhere.")
    assert mine.answers == []
    await mine.step2(mine.doc.get_update())
    await mine.saved()
    assert mine.answers == [True] * 3
    assert await server.live.seq(server.plan, "B") == 1


async def test_a_page_from_an_older_release_is_told_to_load_again(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    await client.send(frames.stateless(mine.name, json.dumps({"type": "hello", "schema": 0})))
    assert (await mine.is_refused())["code"] == "stale-schema"


async def test_a_section_nobody_has_open_leaves_memory_and_comes_back_whole(tmp_path: Path) -> None:
    async with live_server(tmp_path, room_idle_seconds=0) as server:
        client, mine = await server.enter("B", "parent")
        await mine.write("Kept.")
        await client.close()
        await until(lambda: server.live.rooms.find(server.plan, "B") is None)
        _, again = await server.enter("B", "case_officer")
        assert again.text == "Kept."


async def test_what_another_process_takes_away_counts_within_a_second_or_two(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    _, other = await server.enter("B", "case_officer:laptop")
    await mine.write("Before.")
    server.tokens.gone.add("laptop")
    beside = Store.open(server.settings)

    def end(session: Session) -> None:
        session.get_one(Person, server.tokens.people["health"]).disabled_at = datetime.now(UTC)
        access = session.exec(select(Access).where(Access.person_id == server.tokens.people["parent"])).one()
        access.ended_at = datetime.now(UTC)
        session.add(access)

    await asyncio.to_thread(beside.write_sync, end)
    beside.close()
    assert await client.closed() == 4403
    assert (await other.is_refused())["code"] == "signed-out"


async def test_our_own_writes_make_nobody_look_again(server: LiveServer) -> None:
    _, mine = await server.enter("B", "parent")
    await server.live.others.look()
    await mine.write("Mine.")
    await server.set_stage("draft_served")
    looks, plan = server.live.looks, server.live.rooms.plans[server.plan]
    await server.live.others.look()
    assert server.live.looks == looks
    assert server.live.rooms.plans[server.plan] is plan


async def test_a_fault_in_a_room_lets_everybody_come_back_to_what_is_on_disk(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("Kept.")
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    elsewhere_client, elsewhere = await server.enter("C", "parent")

    def fails(self: Audience, edits: object) -> None:
        if self is room.audience and edits:
            raise RuntimeError("a fault")

    monkeypatch.setattr(Audience, "show", fails)
    await mine.send(mine.paragraph("On disk all the same."))
    assert await client.closed() == 4408
    monkeypatch.undo()
    await elsewhere.write("Undisturbed.")
    assert elsewhere_client.close_code is None
    _, again = await server.enter("B", "parent")
    assert again.text == "Kept.\nOn disk all the same."


async def test_a_page_may_ask_whether_it_shows_what_the_server_holds(server: LiveServer) -> None:
    client, mine = await server.enter("B", "parent")
    await mine.write("The same.")
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    clocks = {str(mine.doc.client_id): room.content.ledger.clocks()[mine.doc.client_id]}
    right = room.content.hash()
    asked = [({"1": 5}, right), (clocks, right), (clocks, "0" * 64), (None, right)]
    for said, shown in asked:
        await client.send(frames.stateless(mine.name, json.dumps({"type": "check", "clocks": said, "hash": shown})))
    await client.send(frames.ping())
    await client.until(lambda: frames.pong() in client.strays)
    assert [said["same"] for said in mine.told if said["type"] == "checked"] == [True, False]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "nonsense", "[" * 5000, '{"type": 5}', '{"type": "check"}'],
    ids=["nothing", "a list", "no JSON", "deep", "a number", "half a check"],
)
async def test_other_messages_beside_the_text_are_passed_over(server: LiveServer, text: str) -> None:
    client, mine = await server.enter("B", "parent")
    await client.send(frames.stateless(mine.name, text))
    await mine.write("Still here.")
