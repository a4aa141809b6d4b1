"""Three server processes on one PostgreSQL and one Redis, people writing at each, and misfortune after misfortune."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest

from tests.databases import bare
from tests.faults import fates
from tests.faults.appeal import EACH, WRITERS, make_appeal, numbers_of, propose
from tests.faults.audit import audit, unsound
from tests.faults.long_run import Score, one_round
from tests.faults.people import all_save, ask, people_at, writing_ends
from tests.faults.several import Made, Several, several
from tests.faults.writers import Scribe
from tests.live_client import LiveClient

SEEN_WITHIN = 4.0
"""How soon the others see a word when nothing but the database tells of it: 2 s are promised, tests are slow."""
HELD = "SELECT count(*) FROM pg_locks WHERE pid = ANY(%s) AND mode IN ('RowShareLock', 'RowExclusiveLock')"
"""How many tables have rows that these processes of PostgreSQL write or keep for writing."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Several]:
    with several(tmp_path_factory.mktemp("several"), 3) as found:
        yield found


@asynccontextmanager
async def writing(
    several: Several, made: Made, count: int = 4, *, pinned: bool = False, refused: Sequence[str] = ()
) -> AsyncIterator[list[Scribe]]:
    """People at every process who write all the while; at the end all is well again, and everything is looked at."""
    scribes = people_at(several, made, count, pinned=pinned)
    async with writing_ends(several, scribes):
        yield scribes
        several.mend()
        if not refused:
            await all_save(scribes, 3)
    assert {scribe.refused for scribe in scribes} - {None} == set(refused)
    await audit(several, made, scribes)


@pytest.mark.parametrize(
    ("fate", "times"),
    [
        (fates.killed, 2),
        (fates.database_crashed, 1),
        (fates.database_restarted, 1),
        (fates.connections_ended, 2),
        (fates.connections_cut, 2),
        (fates.answer_swallowed, 3),
        (fates.redis_gone, 1),
        (fates.redis_ill, 1),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_nothing_saved_is_lost_or_doubled_when(three: Several, fate: fates.Fate, times: int) -> None:
    dice = random.Random(times)
    async with writing(three, three.make()) as scribes:
        for _ in range(times):
            await fate(three, dice, lambda: all_save(scribes, 8))


async def test_people_who_come_back_to_another_process_each_time_write_every_word_once(three: Several) -> None:
    async with writing(three, three.make()) as scribes:
        for _ in range(6):
            for scribe in scribes:
                scribe.bounce()
            await all_save(scribes, 2)
    assert all(scribe.connections >= 6 for scribe in scribes)


async def test_a_process_cut_off_in_the_middle_of_a_commit_does_not_hold_the_others_up(three: Several) -> None:
    wire = three.processes[0].postgres
    async with writing(three, three.make(), 6, pinned=True) as scribes:
        stop = await asyncio.to_thread(wire.stop_at, "SELECT document.id, change.number")
        await stop.wait()
        wire.freeze()
        stop.go()
        await all_save([scribe for place, scribe in enumerate(scribes) if place % 3], 5)


async def test_a_process_cut_off_as_it_appends_holds_nothing(three: Several) -> None:
    """What it writes in one statement is written whole or not at all, and no head waits for it."""
    wire = three.processes[0].postgres
    async with writing(three, three.make(), 6, pinned=True) as scribes:
        stop = await asyncio.to_thread(wire.stop_at, "append_if_next")
        await stop.wait()
        wire.freeze()
        stop.go()
        with psycopg.connect(bare(three.database_url), autocommit=True) as look:
            assert look.execute(HELD, (wire.pids,)).fetchone() == (0,)
        await all_save([scribe for place, scribe in enumerate(scribes) if place % 3], 5)


async def test_a_process_cut_off_in_the_middle_of_writing_its_entries_does_not_hold_the_others_up(
    three: Several,
) -> None:
    wire = three.processes[0].postgres
    async with writing(three, three.make(), 6, pinned=True) as scribes:
        wire.delay(0.05)  # so that several entries come together
        stops = [await asyncio.to_thread(wire.stop_at, "INSERT INTO log_entry") for _ in range(2)]
        await stops[0].wait()
        stops[0].go()
        await stops[1].wait()
        wire.freeze()
        stops[1].go()
        await all_save([scribe for place, scribe in enumerate(scribes) if place % 3], 5)


async def test_without_redis_a_word_is_still_seen_elsewhere_soon(three: Several) -> None:
    made = three.make()
    await asyncio.to_thread(three.redis.kill)
    try:
        writer, reader = [await LiveClient.connect(url) for url in three.urls[:2]]
        section = await writer.open(made.name("B"), made.tokens["parent"])
        elsewhere = await reader.open(made.name("B"), made.tokens["senco"])
        for word in ("Once.", "Again."):
            await section.write(word)
            await reader.until(lambda word=word: word in elsewhere.text, SEEN_WITHIN)
        writer.vanish()
        reader.vanish()
    finally:
        await asyncio.to_thread(three.redis.start)


async def test_a_lock_that_races_edits_on_three_processes_has_one_place_in_every_log(three: Several) -> None:
    made = three.make()
    async with writing(three, made, 6, refused=["locked"]) as scribes:
        moved = await ask(three, 1, made, "POST", "/stage", to="draft_served")
        assert moved.status_code == 200, moved.text
        sent = [len(scribe.sent) for scribe in scribes]
        async with asyncio.timeout(20):
            await asyncio.gather(*(scribe.has_ended() for scribe in scribes))
    assert all(len(scribe.acked) <= before for scribe, before in zip(scribes, sent, strict=True))


async def test_access_that_ends_on_one_process_ends_on_the_one_where_the_person_writes(three: Several) -> None:
    made = three.make()
    people = (await ask(three, 0, made, "GET", "/people")).json()
    access = next(one["access"] for one in people if one["role"] == "parent")
    async with writing(three, made, 4, pinned=True, refused=["not-on-plan"]) as scribes:
        ended = await ask(three, 1, made, "DELETE", f"/people/{access}")
        assert ended.status_code == 200, ended.text
        sent = len(scribes[0].sent)
        await scribes[0].has_ended()
        await all_save(scribes[1:], 3)
        assert len(scribes[0].acked) <= sent
        made.tokens["parent"] = made.tokens["case_officer"]  # who reads at the end


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_round_of_misfortunes_drawn_by_chance_harms_nothing(three: Several, seed: int) -> None:
    await one_round(three, random.Random(seed), Score())


async def test_every_proposal_of_three_writers_on_three_processes_has_one_number(three: Several) -> None:
    made = make_appeal(three)
    sections = [
        await (await LiveClient.connect(three.urls[place])).open(made.name(name), made.tokens[role])
        for place, (role, name) in enumerate(WRITERS)
    ]
    await asyncio.gather(*(propose(section, place) for place, section in enumerate(sections)))
    expected = list(range(1, EACH * len(WRITERS) + 1))
    with three.store() as store:
        async with asyncio.timeout(20):
            while len(numbers_of(store, made.plan)) < len(expected):  # noqa: ASYNC110 - the register tells nobody here
                await asyncio.sleep(0.1)
        assert expected == numbers_of(store, made.plan)
    with three.store() as store:
        assert await asyncio.to_thread(unsound, store, three.settings) == []
    for section in sections:
        section.client.vanish()
