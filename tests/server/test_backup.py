"""A copy made while people write holds all that was called saved before it began, and can be served."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.database import DATABASE_FILE, Store
from server.settings import Settings
from server.verify import verify
from tests.live_serving import live_server

POSTGRES = "postgresql+psycopg://nobody@127.0.0.1/nothing"


def backup(data: Path, target: Path) -> Result:
    return CliRunner().invoke(app, ["backup", str(target), "--data", str(data)], env={"ALONGSIDE_DATABASE_URL": None})


async def test_a_copy_made_while_people_write_is_whole_and_serves_what_was_saved(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "backups" / "today"
    async with live_server(data) as server:
        _, section = await server.enter("B", "parent")
        for number in range(20):
            await section.write(f"Saved {number}.")
        await section.send(section.paragraph("Perhaps."))  # on its way while the copy is made
        done = await asyncio.to_thread(backup, data, target)
        assert (0, f"{target}\n") == (done.exit_code, done.stdout)
        await section.saved()
        plan, people = server.plan, server.tokens.people
    assert [DATABASE_FILE] == [file.name for file in target.iterdir()]
    assert 0o700 == target.stat().st_mode & 0o777
    assert 0o600 == (target / DATABASE_FILE).stat().st_mode & 0o777
    settings = Settings(data_dir=target)
    store = Store.open(settings)
    results = verify(store, settings, live={})
    store.close()
    assert results
    assert [] == [result.line for result in results if not result.ok]
    async with live_server(target) as server:
        server.tokens.people = people
        client = await server.client()
        restored = await client.open(f"{plan}/B", "parent")
        assert [f"Saved {number}." for number in range(20)] == restored.text.splitlines()[:20]


def test_a_copy_writes_over_nothing_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    data, there = tmp_path / "data", tmp_path / "there"
    Store.open(Settings(data_dir=data)).close()
    there.mkdir()
    assert "is there already" in backup(data, there).stderr
    with sqlite3.connect(data / DATABASE_FILE) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with (data / DATABASE_FILE).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    broken = backup(data, tmp_path / "copy")
    assert 2 == broken.exit_code
    assert 1 == len(broken.stderr.splitlines())
    assert {"data", "there"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [({"ALONGSIDE_DATABASE_URL": POSTGRES}, "Back it up with pg_dump"), ({}, "There is no store in")],
)
def test_what_cannot_be_copied_is_told_in_one_sentence(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "copy"), "--data", str(tmp_path)], env=variables)
    assert (2, "") == (done.exit_code, done.stdout)
    assert sentence in done.stderr
    assert [] == list(tmp_path.iterdir())
