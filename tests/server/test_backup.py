"""A copy made while people write holds all that was called saved before it began, and can be served."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.database import DATABASE_FILE, Store
from server.settings import Settings
from server.verify import verify
from tests.databases import bare, fresh_database
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


def test_a_store_of_an_older_form_is_copied_as_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    Store.open(Settings(data_dir=data)).close()
    with sqlite3.connect(data / DATABASE_FILE) as database:
        database.execute("DROP TABLE store")
    database.close()
    assert 0 == backup(data, tmp_path / "copy").exit_code


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


async def test_a_dump_of_postgresql_is_restored_whole(tmp_path: Path) -> None:
    """As docs/operating.md says: a custom-format dump, into an empty database."""
    with fresh_database() as kept, fresh_database(migrated=False) as empty:
        async with live_server(tmp_path / "data", database_url=kept) as server:
            _, section = await server.enter("B", "parent")
            for number in range(5):
                await section.write(f"Saved {number}.")
            plan, people, stored = server.plan, server.tokens.people, tmp_path / "store.dump"
            epoch = server.live.epoch
            await _run("pg_dump", "--format", "custom", "--file", str(stored), bare(kept))
            await section.write("After the dump.")
        await _run("pg_restore", "--exit-on-error", "--no-owner", "--dbname", bare(empty), str(stored))
        settings = Settings(data_dir=tmp_path / "restored", database_url=empty)
        store = Store.open(settings)
        results = verify(store, settings, live={})
        store.close()
        assert results
        assert [] == [result.line for result in results if not result.ok]
        async with live_server(tmp_path / "restored", database_url=empty) as server:
            server.tokens.people = people
            client = await server.client()
            restored = await client.open(f"{plan}/B", "parent")
            assert [f"Saved {number}." for number in range(5)] == restored.text.splitlines()
            assert epoch != server.live.epoch  # so what pages hold from after the dump is not taken
            await restored.write("Written on.")  # and what keeps the processes in step was restored as well


async def _run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(client_program(program), *arguments)
    assert 0 == await process.wait()


def client_program(name: str) -> str:
    """Debian keeps PostgreSQL's programs by version, and an older one cannot read a newer server."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) if not newest else str(newest[-1])
    assert found is not None, f"{name} is not on this machine"
    return found
