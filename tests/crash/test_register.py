"""Kill -9 between a layer's commit and its row in the register: afterwards both are as a replay of the log gives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlmodel import Session, select

from crdt.layers import write_layer
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.redline.registrar import Followed, baseline_of_appeal, catch_up
from server.redline.tables import Proposal
from server.settings import Settings
from server.verify import verify
from tests.crash.store import Made
from tests.live_client import LiveClient
from tests.live_serving import make_plan
from tests.server.live_appeal import open_in, striking
from tests.serving import Serving, free_port

WRITERS = ("parent", "advocate")
EACH = 8


@pytest.mark.timeout(200)
def test_numbers_authors_and_hashes_are_those_of_the_log_after_every_kill(tmp_path: Path) -> None:
    made = _make(tmp_path / "store")
    server = Serving(made.settings.data_dir, free_port(), {"ALONGSIDE_LOG_LEVEL": "error"}, "serve")
    for number in range(2):
        server.start()
        try:
            asyncio.run(_write(server, made, number))
        finally:
            server.kill()
        _look(made, (number + 1) * EACH * len(WRITERS))


async def _write(server: Serving, made: Made, number: int) -> None:
    """Everybody writes proposals of their own, and the server dies as soon as the last one is on disk."""
    sections = []
    for role in WRITERS:
        client = await LiveClient.connect(server.live_url)
        sections.append(await client.open(made.name("F@family"), made.tokens[role]))
    for place in range(EACH):
        for who, section in enumerate(sections):
            name = f"r{number}w{who}p{place}"
            update = write_layer(section.doc.get_update(), {name: striking(name)}, 1_000_000 + hash_of(name))
            assert update is not None
            section.doc.apply_update(update)
            await section.send(update)
        for section in sections:
            await section.saved()
    server.kill()
    for section in sections:
        section.client.vanish()


def hash_of(name: str) -> int:
    """A client id for each record."""
    return int.from_bytes(name.encode()[-7:]) % 1_000_000_007


def _look(made: Made, expected: int) -> None:
    store = Store.open(made.settings)
    try:
        assert [result.line for result in verify(store, made.settings, live={}) if not result.ok] == []

        def follow(db: Session) -> dict[str, str]:
            layers = catch_up(db, made.plan, 1, "F", Followed(baseline_of_appeal(db, 1, "F")))
            return dict(layers.hashes)

        hashes = store.write_sync(follow)
        rows = store.read(lambda db: list(db.exec(select(Proposal))))
        assert {row.key: row.hash for row in rows} == hashes
        assert sorted(row.number for row in rows) == list(range(1, expected + 1))
        assert len({row.first_by for row in rows if "w0" in row.key}) == 1
        assert {row.first_by for row in rows if "w0" in row.key}.isdisjoint(
            row.first_by for row in rows if "w1" in row.key
        )
        assert [result.line for result in verify(store, made.settings, live={}) if not result.ok] == []
    finally:
        store.close()


def _make(data: Path) -> Made:
    settings = Settings(data_dir=data)
    store = Store.open(settings)
    sessions = Sessions(store, settings, load_keys(settings))

    def fill(db: Session) -> tuple[str, dict[str, str]]:
        plan, people = make_plan(db, "final")
        db.flush()
        open_in(db, plan, people)
        return plan, {role: sessions.begin_in(db, people[role], "cli").token for role in WRITERS}

    try:
        plan, tokens = store.write_sync(fill)
    finally:
        store.close()
    return Made(settings, plan, tokens)
