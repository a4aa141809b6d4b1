"""``verify`` fell over a row whose bytes were stored as text, and took a stage that no log tells of for a fact."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session
from typer.testing import CliRunner

from server.cli import app
from server.database import Store
from server.settings import Settings
from server.verify import verify


@pytest.fixture
def settings(tmp_path: Path, example_store: Path) -> Settings:
    shutil.copytree(example_store, tmp_path / "data")
    return Settings(data_dir=tmp_path / "data")


def spoil(settings: Settings, statement: str) -> list[str]:
    """What verify says is wrong once this was done to the store."""

    def write(session: Session) -> None:
        session.execute(text(statement))

    store = Store.open(settings)
    try:
        store.write_sync(write)
        return [found.line.partition(": ")[2] for found in verify(store, settings) if not found.ok]
    finally:
        store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET payload='words' WHERE document_id=1",
        "UPDATE log_entry SET payload=7 WHERE document_id=1",
        "UPDATE log_entry SET seq=1.5 WHERE document_id=1 AND seq=1",
        "UPDATE log_entry SET author=x'00' WHERE document_id=1",
        "UPDATE log_entry SET kind='else' WHERE document_id=1",
        "UPDATE document SET seq='many' WHERE id=1",
        "INSERT INTO snapshot SELECT id, 1, 'words', 'words', 'x', '2026-11-01', '2026-11-01' FROM document WHERE id=1",
        "INSERT INTO snapshot SELECT id, 1, x'00', x'00', 'x', 'never', 'never' FROM document WHERE id=1",
        "UPDATE log_entry SET kind='mode', payload=CAST('no' AS BLOB) WHERE document_id=1",
        "UPDATE log_entry SET kind='mode', payload=CAST('[]' AS BLOB) WHERE document_id=1",
        "UPDATE log_entry SET kind='mode', payload=x'ff' WHERE document_id=1",
    ],
)
def test_rows_of_the_wrong_kind_are_one_line_and_exit_code_1(settings: Settings, statement: str) -> None:
    assert 1 == len(spoil(settings, statement))
    run = CliRunner().invoke(app, ["verify", "--data", str(settings.data_dir)])
    assert (1, 12) == (run.exit_code, len(run.stdout.splitlines())), run.output
    assert "Traceback" not in run.output


def test_a_stage_no_log_tells_of_is_found(settings: Settings) -> None:
    said = spoil(settings, "UPDATE plan SET stage='final'")
    assert ["the log has no move to another stage, the plan says final"] * 12 == said
