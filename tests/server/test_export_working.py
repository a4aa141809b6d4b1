"""Copies of the plan and of the working document: which, under which name, from which moment, and audited."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest

from server.documents import pdf
from tests.server.appeal import AppealSite
from tests.server.site import Site


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open(sections=("B", "F"))
    return found


def words(content: bytes) -> str:
    """All the words of a Word file."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


async def copy(appeal: AppealSite, query: str, role: str = "observer") -> Any:
    return await appeal.site.program(role).get(f"{appeal.site.home}/working/download?format=docx{query}")


async def test_a_copy_of_a_version_stays_what_it_was_and_one_of_now_does_not(appeal: AppealSite) -> None:
    first, second = await appeal.texts("F", 2)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    frozen = await appeal.site.program("parent").post(f"{appeal.site.api}/appeal/versions")
    assert frozen.status_code == 201
    await appeal.propose("case_officer", "F", "two", second, "A qualified juggling teacher")
    on = frozen.json()["on"]
    version, now = await copy(appeal, "&version=1"), await copy(appeal, "", "case_officer")
    assert "juggling" not in words(version.content)
    assert "Thirty minutes every Tuesday" in words(version.content)
    assert "juggling" in words(now.content)
    assert f'filename="EH123-26-00041 WD1 {on} Family.docx"' in version.headers["content-disposition"]
    assert f'filename="EH123-26-00041 WD draft {on} Council.docx"' in now.headers["content-disposition"]
    assert version.headers["cache-control"] == "no-store"
    assert next(act for act in appeal.site.acts() if act[0] == "exported") == (
        "exported",
        {"what": "working document", "format": "docx", "appeal": 1, "version": 1},
    )


async def test_a_copy_can_be_of_some_sections_in_words_or_a_schedule(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    only_b = await copy(appeal, "&sections=B")
    assert "Thirty minutes" not in words(only_b.content)
    worded = await copy(appeal, "&worded=1&sections=F")
    assert "Working document in plain sentences" in words(worded.content)
    assert "with “Thirty minutes every Tuesday”" in words(worded.content)
    assert "in words.docx" in worded.headers["content-disposition"]
    schedule = await copy(appeal, "&schedule=1")
    assert "Schedule of issues in dispute" in words(schedule.content)
    folded, whole = await copy(appeal, "&fold=1"), await copy(appeal, "&colour=1")
    assert len(words(folded.content)) < len(words(whole.content))
    assert (await copy(appeal, "&sections=K")).status_code == 404
    assert (await copy(appeal, "&version=7")).status_code == 404
    assert (await copy(appeal, "&version=0")).status_code == 400


async def test_of_a_private_draft_nothing_is_in_anybodys_copy(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    parent = appeal.site.program("parent")
    await parent.post(f"{appeal.site.api}/appeal/turn", json={"to": "private"})
    await appeal.propose_draft("parent", "F", "one", first, "Thirty minutes every Tuesday")
    for role in ("case_officer", "parent"):
        assert "Thirty minutes" not in words((await copy(appeal, "", role)).content)


async def test_both_wordings_stand_side_by_side_on_the_page_of_the_schedule(appeal: AppealSite) -> None:
    (first,) = await appeal.texts("F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    page = (await appeal.site.program("observer").get(f"{appeal.site.home}/working/schedule")).text
    assert "F-1" in page
    assert "Thirty minutes every Tuesday" in page
    assert "Proposed, not answered yet" in page


@pytest.mark.parametrize(("stage", "draft"), [("drafting", " DRAFT"), ("final", "")])
async def test_the_whole_plan_can_be_taken_at_any_stage_by_everybody_on_it(site: Site, stage: str, draft: str) -> None:
    site.stage(stage)
    answer = await site.program("observer").get(f"{site.home}/download?format=docx")
    assert answer.status_code == 200
    assert f"{site.plan().reference}{draft} " in answer.headers["content-disposition"]
    assert site.plan().reference in words(answer.content)
    assert site.acts()[-1] == ("exported", {"what": "plan", "format": "docx"})
    assert (await site.stranger().get(f"{site.home}/download?format=docx")).status_code == 404
    assert (await site.program("observer").get(f"{site.home}/download?format=odt")).status_code == 400


async def test_what_cannot_be_made_is_told_in_a_sentence(appeal: AppealSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(html: str, seconds: float = 0) -> bytes:
        raise pdf.PdfNotMade(pdf.NO_PANGO)

    monkeypatch.setattr(pdf, "html_pdf", refuse)
    answer = await appeal.site.program("parent").get(f"{appeal.site.home}/working/download?format=pdf")
    assert answer.status_code == 503
    assert "Pango is missing" in answer.text
    assert ("exported" in [act for act, _ in appeal.site.acts()]) is False


async def test_a_pdf_is_made(appeal: AppealSite) -> None:
    answer = await appeal.site.program("parent").get(f"{appeal.site.home}/working/download?format=pdf&sections=F")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
