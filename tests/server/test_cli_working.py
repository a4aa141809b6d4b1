"""``alongside export --working-document``: the same copy as the page gives, from a store beside a running server."""

from __future__ import annotations

import io
import stat
from datetime import date
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner, Result

from sections import example
from server import example as examples
from server import example_appeal
from server.cli import app
from server.database import Store
from server.settings import Settings

FINAL = "EX-2026-042"
DRAFT = example.load().facts.reference


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", *arguments], env={"ALONGSIDE_DATA_DIR": None}, catch_exceptions=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with both examples in it."""
    folder = tmp_path_factory.mktemp("appeal")
    store = Store.open(Settings(data_dir=folder))
    assert examples.create(store)
    assert example_appeal.create(store, date(2026, 11, 25))
    store.close()
    return str(folder)


def words(result: Result) -> str:
    """All the words of the Word file on standard output."""
    assert result.exit_code == 0, result.stderr
    document = docx.Document(io.BytesIO(result.stdout_bytes))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_a_version_gets_the_name_the_tribunal_asks_for_and_is_private(data: str, tmp_path: Path) -> None:
    result = run(FINAL, "--working-document", "2", "--format", "docx", "--output", str(tmp_path), "--data", data)
    assert result.exit_code == 0, result.stderr
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("EH123-26-00041 WD2 ")
    assert file.name.endswith(".docx")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_there_now_can_be_of_some_sections_and_in_words(data: str) -> None:
    common = (FINAL, "--working-document", "now", "--format", "docx", "--data", data)
    only_f = words(run(*common, "--sections", "F"))
    assert "Not frozen yet" in only_f
    assert "Section F" in only_f
    assert "Section B" not in only_f
    assert "Working document in plain sentences" in words(run(*common, "--worded", "--colour"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((DRAFT, "--working-document", "now", "--format", "docx"), "No appeal was ever opened about this plan"),
        ((FINAL, "--working-document", "9", "--format", "docx"), "There is no version 9 of the working document."),
        ((FINAL, "--working-document", "now"), "A working document is written as docx or pdf"),
        ((FINAL, "--working-document", "now", "--format", "docx", "--sections", "K"), "Not in dispute: K."),
        ((FINAL, "--worded"), "belong to --working-document"),
    ],
)
def test_what_there_is_no_copy_of_is_one_plain_sentence(data: str, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments, "--data", data)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
