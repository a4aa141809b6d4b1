"""A restored store is another one: what a page holds from before is kept out of it, and its person may go on."""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crdt import frames
from crdt.schema import SCHEMA
from server.cli import app
from server.database import Store
from server.epoch import epoch, renew
from server.settings import Settings
from tests.databases import fresh_database
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server, until


async def hello(section: Section, **more: Any) -> None:
    """What our page says once it has been let in."""
    said = {"type": "hello", "schema": SCHEMA.version, **more}
    await section.client.send(frames.stateless(section.name, json.dumps(said)))


def alongside(*arguments: str) -> None:
    done = CliRunner().invoke(app, list(arguments), env={"ALONGSIDE_DATABASE_URL": None})
    assert done.exit_code == 0, done.output


def epoch_at(data: Path, url: str | None = None) -> str:
    store = Store.open(Settings(data_dir=data, database_url=url))
    try:
        return store.read(epoch)
    finally:
        store.close()


async def text_of(server: LiveServer) -> str:
    _, newcomer = await server.enter("B", "case_officer")
    return newcomer.text


async def test_a_page_from_before_a_restore_is_refused_before_its_words_are_taken_and_writes_again_from_a_fresh_copy(
    tmp_path: Path,
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with live_server(data) as server:
        _, before = await server.enter("B", "parent")
        await before.write("In the backup.")
        assert before.plan is not None
        known = before.plan["epoch"]
        await asyncio.to_thread(alongside, "backup", str(copy), "--data", str(data))
        await before.write("After the backup.")
        plan, people = server.plan, server.tokens.people
    async with live_server(copy) as server:
        server.plan, server.tokens.people = plan, people
        _, back = await server.enter("B", "parent")
        await hello(back, epoch=known)
        await back.step2(before.doc.get_update())
        refused = await back.is_refused()
        assert ("stale-epoch", "stale-epoch") == (refused["code"], back.closed)
        assert [] == back.answers
        assert "In the backup." == await text_of(server)
        _, fresh = await server.enter("B", "parent")
        assert fresh.plan is not None
        assert known != fresh.plan["epoch"]
        await hello(fresh, epoch=fresh.plan["epoch"])
        await fresh.write("After the restore.")
        assert "In the backup.\nAfter the restore." == await text_of(server)


async def test_a_client_that_knows_of_no_epoch_is_served_as_ever(tmp_path: Path) -> None:
    async with live_server(tmp_path) as server:
        _, stock = await server.enter("B", "parent")
        await hello(stock)
        await stock.write("Of the stock provider.")
        assert "Of the stock provider." == await text_of(server)


@pytest.mark.parametrize("said", [None, 7, "", ["x"], {"a": 1}, "f" * 16])
async def test_whatever_else_is_said_to_be_the_epoch_is_not_ours(tmp_path: Path, said: object) -> None:
    async with live_server(tmp_path) as server:
        _, section = await server.enter("B", "parent")
        await hello(section, epoch=said)
        assert "stale-epoch" == (await section.is_refused())["code"]


async def test_a_store_keeps_its_epoch_over_restarts_until_it_is_told_that_it_was_restored(tmp_path: Path) -> None:
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    async with live_server(data) as server:
        first = server.live.epoch
    async with live_server(data) as server:
        assert first == server.live.epoch
    for target in (copy, again):
        alongside("backup", str(target), "--data", str(data))
    assert "" == epoch_at(copy)  # and looking into a copy does not begin its life
    lives = {first}
    for target in (copy, again):
        async with live_server(target) as server:
            lives.add(server.live.epoch)
    alongside("restored", "--data", str(data))
    assert 4 == len(lives | {epoch_at(data)})


def test_a_database_that_was_copied_into_another_has_another_epoch(tmp_path: Path) -> None:
    """One template, one key: only the databases differ, as after ``pg_restore`` into a new one."""
    with fresh_database() as one, fresh_database() as two:
        assert epoch_at(tmp_path, one) == epoch_at(tmp_path, one) != epoch_at(tmp_path, two)


@pytest.mark.parametrize("kind", ["embedded", "PostgreSQL"])
async def test_a_server_whose_store_is_restored_under_it_forgets_what_it_had_read(tmp_path: Path, kind: str) -> None:
    with nullcontext() if kind == "embedded" else fresh_database() as url:
        await forgets(tmp_path, url)


async def forgets(data: Path, url: str | None) -> None:
    async with live_server(data, database_url=url) as server:
        client, before = await server.enter("B", "parent")
        await before.write("Here.")
        room, known = server.live.rooms.find(server.plan, "B"), server.live.epoch
        await server.store.write(renew)
        assert 4408 == await client.closed()
        await until(lambda: server.live.epoch != known)
        _, back = await server.enter("B", "parent")
        assert "Here." == back.text
        assert room is not server.live.rooms.find(server.plan, "B")
        await hello(back, epoch=known)
        assert "stale-epoch" == (await back.is_refused())["code"]
