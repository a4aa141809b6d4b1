"""Two acts on two processes, in every order their steps with the database can take: one answer everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.log import MODE, UPDATE
from tests.faults.audit import nothing_after_a_lock, one_owner_each, unsound
from tests.faults.pair import Pair, answered, pair_of_servers
from tests.faults.turns import Act, all_orders, take_turns
from tests.live_serving import until

LOCK, RIGHTS, WRITE, COMMIT = "FOR UPDATE", "change.number", "INSERT INTO log_entry", "COMMIT"
AT_ONCE = "append_if_next"
"""How an edit is tried first; only when that says no does it go step by step."""


@pytest.fixture
async def pair(tmp_path: Path, redis_url: str) -> AsyncIterator[Pair]:
    async with pair_of_servers(tmp_path, redis_url) as found:
        yield found


@pytest.mark.timeout(240)
async def test_a_lock_and_an_edit_have_one_order_whatever_the_steps(pair: Pair) -> None:
    one, two = pair.servers
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    found: Counter[str] = Counter()
    for number, order in enumerate(all_orders(5, 3)):
        await until(lambda: all(server.live.rooms.plans[pair.plan].facts.stage == "drafting" for server in (one, two)))
        writer = await pair.enter(0, "parent")
        update = writer.paragraph(f"word{number}.")
        edit = Act(pair.wires[0], (AT_ONCE, LOCK, RIGHTS, WRITE, COMMIT))
        await writer.send(update)
        edit.begin(asyncio.create_task(answered(writer)))
        move = Act(pair.wires[1], (LOCK, WRITE, COMMIT))
        move.begin(asyncio.create_task(two.set_stage("draft_served")))
        await take_turns(pair.url, order, edit, move)
        assert edit.done is not None
        outcome = str(edit.done.result())
        found[outcome] += 1
        text = await pair.one_text(*readers)
        assert (f"word{number}." in text) is (outcome == "saved"), order
        assert [row.kind for row in pair.log()[-2:]][-1] == MODE, order
        pair.leave(writer)
        await two.set_stage("drafting")
    nothing_after_a_lock(one.store, pair.plan)
    assert {"saved", "locked"} == set(found)


@pytest.mark.timeout(240)
async def test_one_client_id_is_never_granted_twice_whatever_the_steps(pair: Pair) -> None:
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    for number, order in enumerate(all_orders(4, 4)):
        acts: list[Act] = []
        writers = [await pair.enter(place, role, 7_000_000 + number) for place, role in enumerate(("parent", "senco"))]
        for place, (role, writer) in enumerate(zip(("parent", "senco"), writers, strict=True)):
            act = Act(pair.wires[place], (AT_ONCE, LOCK, WRITE, COMMIT))
            await writer.send(writer.paragraph(f"{role}{number}."))
            act.begin(asyncio.create_task(answered(writer)))
            acts.append(act)
        await take_turns(pair.url, order, *acts)
        text = await pair.one_text(*readers)
        for role, writer in zip(("parent", "senco"), writers, strict=True):
            if writer.closed is None and f"{role}{number}." not in text:
                await writer.send(writer.typed("More than that."))  # what came before passed for something known
        outcomes = [await answered(writer) for writer in writers]
        assert sorted(outcomes) == ["not-yours", "saved"], order
        text = await pair.one_text(*readers)
        assert [f"{role}{number}." in text for role in ("parent", "senco")] == [one == "saved" for one in outcomes]
        pair.leave(*writers)
    assert one_owner_each(pair.log())


@pytest.mark.timeout(240)
async def test_an_edit_sent_again_to_another_process_is_there_once_whatever_the_steps(pair: Pair) -> None:
    readers = [await pair.enter(place, "observer") for place in (0, 1)]
    for number, order in enumerate(all_orders(4, 4)):
        page = await pair.enter(0, "parent")
        update = page.paragraph(f"once{number}.")
        again = await pair.enter(1, "parent")
        acts: list[Act] = []
        for place, writer in enumerate((page, again)):
            act = Act(pair.wires[place], (AT_ONCE, LOCK, WRITE, COMMIT))
            await writer.send(update)
            act.begin(asyncio.create_task(answered(writer)))
            acts.append(act)
        await take_turns(pair.url, order, *acts)
        assert [act.done.result() for act in acts if act.done is not None] == ["saved", "saved"], order
        assert (await pair.one_text(*readers)).count(f"once{number}.") == 1
        assert sum(row.payload == update for row in pair.log() if row.kind == UPDATE) == 1
        pair.leave(page, again)


async def test_a_clock_that_steps_back_on_one_of_two_processes_changes_no_order_and_loses_nothing(pair: Pair) -> None:
    one, two = [await pair.enter(place, "case_officer") for place in (0, 1)]
    words: list[str] = []
    for number, hours in enumerate((-30, -1, -30)):
        for writer, reader, step in ((one, two, hours), (two, one, -hours)):
            words.append(f"w{len(words)}.")
            await writer.write(words[-1])
            await reader.has(words[-1])
            pair.servers[number % 2].clock.move(hours=step)
            for server in pair.servers:
                server.live.sweep()
    assert words == (await pair.one_text(one, two)).split()
    assert await asyncio.to_thread(unsound, pair.servers[0].store, pair.servers[0].settings) == []


async def test_nobody_is_shown_an_edit_that_is_refused_when_it_is_judged_again(pair: Pair) -> None:
    one, two = pair.servers
    writer = await pair.enter(0, "parent")
    room = one.live.rooms.find(pair.plan, "B")
    assert room is not None
    stops = [pair.wires[0].stop_at(AT_ONCE), pair.wires[0].stop_at(AT_ONCE)]
    await writer.send(writer.paragraph("Kept."))
    await stops[0].wait()
    client = await one.client()
    reader = await client.knock(one.name("B"), "senco")
    await until(lambda: room.order.waiting == 2)  # the copy waits for the first edit
    await writer.send(writer.typed(" Refused."))
    await until(lambda: room.order.waiting == 3)
    stops[0].go()
    await stops[1].wait()
    await two.set_stage("draft_served")
    stops[1].go()
    assert await answered(writer) == "locked"
    await client.until(lambda: reader.synced)
    assert "Kept." == reader.text
    assert await pair.one_text(reader) == "Kept."
