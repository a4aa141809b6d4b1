"""Files made once for all document tests: making a PDF costs seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from server.documents.docx_plan import plan_docx
from server.documents.docx_schedule import schedule_docx
from server.documents.docx_working import worded_docx, working_docx
from server.documents.pdf import plan_pdf, working_pdf
from tests.server.documents.making import DAY, converted, whole_plan, working_document


@pytest.fixture(scope="session")
def word_files() -> dict[str, bytes]:
    wd = working_document()
    return {
        "plan": plan_docx(whole_plan(), DAY),
        "working": working_docx(wd),
        "worded": worded_docx(wd),
        "schedule": schedule_docx(wd),
    }


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with LibreOffice's own settings in it: making them is what takes longest."""
    return tmp_path_factory.mktemp("office")


@pytest.fixture(scope="session")
def rendered(word_files: dict[str, bytes], office: Path) -> dict[str, bytes]:
    return converted(office, word_files, "pdf")


@pytest.fixture(scope="session")
def saved_again(word_files: dict[str, bytes], office: Path) -> bytes:
    return converted(office, {"working": word_files["working"]}, "docx")["working"]


@pytest.fixture(scope="session")
def pdf_files() -> dict[str, bytes]:
    whole = whole_plan()
    short = replace(whole, sections=tuple(section for section in whole.sections if section.label in "EK"))
    return {"plan": plan_pdf(short, DAY), "working": working_pdf(working_document())}
