"""``alongside export`` as Word and PDF: whole files, private, and a sentence where PDF cannot be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from tests.server.documents.making import Word, pdf_text

REFERENCE = "EX-2026-041"


def run(folder: Path, *arguments: str) -> tuple[int, bytes, str]:
    result = CliRunner().invoke(app, ["export", REFERENCE, *arguments, "--data", str(folder)], catch_exceptions=False)
    return result.exit_code, result.stdout_bytes, result.stderr


def test_word_goes_to_a_private_file_or_to_standard_output(example_store: Path, tmp_path: Path) -> None:
    output = tmp_path / "plan.docx"
    assert run(example_store, "--format", "docx", "--output", str(output)) == (0, b"", "")
    assert output.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [output]
    code, data, _ = run(example_store, "--format", "docx")
    assert code == 0
    assert data == output.read_bytes()
    assert len(Word(data).styled("Heading1")) == 12


def test_pdf_is_made_too(example_store: Path) -> None:
    code, data, _ = run(example_store, "--format", "pdf")
    assert code == 0
    assert "Section K: Advice and information" in pdf_text(data)


def test_without_pango_it_says_what_is_missing(
    example_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, data, said = run(example_store, "--format", "pdf")
    assert (code, data) == (2, b"")
    assert "Pango is missing" in said
    assert len(said.strip().splitlines()) == 1
