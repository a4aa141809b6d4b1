"""An appeal's layers written on two processes at once: one register, complete, with every number given once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crdt.layers import write_layer
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.redline.tables import Proposal
from tests.faults.audit import unsound
from tests.faults.several import Made, Several, several
from tests.live_client import LiveClient, Section
from tests.live_serving import make_plan
from tests.server.live_appeal import open_in, striking

EACH = 6
WRITERS = (("parent", "F@family"), ("advocate", "F@family"), ("case_officer", "F@authority"))


@pytest.mark.timeout(120)
async def test_every_proposal_of_three_writers_on_two_processes_has_one_number(tmp_path: Path) -> None:
    with several(tmp_path, 2) as two:
        made = _make(two)
        sections = [
            await (await LiveClient.connect(two.urls[place % 2])).open(made.name(name), made.tokens[role])
            for place, (role, name) in enumerate(WRITERS)
        ]
        await asyncio.gather(*(_propose(section, place) for place, section in enumerate(sections)))
        expected = EACH * len(WRITERS)
        async with asyncio.timeout(20):
            while len(await asyncio.to_thread(_numbers, two)) < expected:  # noqa: ASYNC110 - the register tells nobody here
                await asyncio.sleep(0.1)
        assert await asyncio.to_thread(_numbers, two) == list(range(1, expected + 1))
        with two.store() as store:
            assert unsound(store, two.settings) == []
        for section in sections:
            section.client.vanish()


async def _propose(section: Section, place: int) -> None:
    """Proposals one by one, each saved before the next."""
    for number in range(EACH):
        name = f"w{place}p{number}"
        update = write_layer(section.doc.get_update(), {name: striking(name)}, 1_000_000 * (place + 1) + number)
        assert update is not None
        section.doc.apply_update(update)
        await section.send(update)
        await section.saved()


def _numbers(two: Several) -> list[int]:
    with two.store() as store:
        return sorted(row.number for row in store.read(lambda db: list(db.exec(select(Proposal)))))


def _make(two: Several) -> Made:
    with two.store() as store:
        sessions = Sessions(store, two.settings, load_keys(two.settings))

        def fill(db: Session) -> tuple[str, dict[str, str], dict[str, str]]:
            plan, people = make_plan(db, "final")
            db.flush()
            open_in(db, plan, people)
            tokens = {role: sessions.begin_in(db, people[role], "cli").token for role, _ in WRITERS}
            return plan, people, tokens

        return Made(*store.write_sync(fill))
