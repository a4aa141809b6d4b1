"""PDF: tagged, titled, in English, as long as it says; and nothing is fetched or waited for too long."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from server.documents import pdf
from server.documents.html_paper import paper_html
from server.documents.paper import Heading, Noted, Paper, Paragraph, Words, plain
from server.documents.paper_working import working_paper
from server.documents.pdf import PdfNotMade, html_pages, html_pdf, page_count
from server.documents.pdf_worker import refuse
from tests.server.documents.making import DAY, pdf_text, working_document

HOSTILE = "<script>x</script><img src='file:///etc/passwd'> & \u0007"


@pytest.mark.parametrize("name", ["plan", "working"])
def test_it_is_tagged_and_says_its_title_and_language(pdf_files: dict[str, bytes], name: str) -> None:
    with pikepdf.open(io.BytesIO(pdf_files[name])) as made:
        assert made.Root.MarkInfo.Marked
        assert str(made.Root.Lang) == "en-GB"
        assert made.Root.ViewerPreferences.DisplayDocTitle
        assert made.Root.StructTreeRoot.K is not None
        assert "EX-2026-041" in str(made.docinfo["/Title"])
        assert "/Author" not in made.docinfo
        with made.open_metadata() as metadata:
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        kinds = {str(one.S) for one in made.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one and
                 one.get("/Type") == "/StructElem"}  # fmt: skip
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/TD"} <= kinds


def test_the_page_count_is_that_of_the_pdf_and_remembered(
    pdf_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pikepdf.open(io.BytesIO(pdf_files["working"])) as made:
        pages = len(made.pages)
        box = [float(side) for side in made.pages[0].mediabox]
    assert page_count(working_document()) == pages
    assert box == pytest.approx([0, 0, 595.28, 841.89], abs=0.1)
    monkeypatch.setattr(pdf, "_made", None)  # asked again, nothing is made
    assert page_count(working_document()) == pages


def test_the_pages_hold_the_words_and_footnotes(pdf_files: dict[str, bytes]) -> None:
    said = pdf_text(pdf_files["working"])
    for words in (
        "Twice a week",
        "Dŵr, ŷ",
        "F-1, family, answered by C-1.",
        "WD3, 22 November 2026, Family",
        "Page 2 of",
    ):
        assert words in said


def test_what_people_wrote_is_text_and_never_markup() -> None:
    blocks = (Heading(1, plain(HOSTILE), target='a"b'), Paragraph((Words(HOSTILE), Noted(HOSTILE))))
    paper = Paper(HOSTILE, HOSTILE, HOSTILE, DAY, blocks)
    html = paper_html(paper)
    assert "<script" not in html
    assert "<img" not in html


def test_nothing_is_fetched() -> None:
    with pytest.raises(ValueError, match="nothing is fetched"):
        refuse("http://example.org/picture.png")


def test_a_document_that_takes_too_long_is_stopped_with_a_sentence() -> None:
    with pytest.raises(PdfNotMade, match="took too long"):
        html_pdf("<p>words</p>", seconds=0.01)


def test_without_pango_there_is_a_sentence_and_the_rest_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfNotMade, match="Pango is missing"):
        html_pages("<p>not counted before</p>")


def test_the_server_does_not_load_weasyprint() -> None:
    code = "import sys, server.app, server.documents.pdf; assert not [m for m in sys.modules if 'weasyprint' in m]"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_key_is_in_the_html_as_insertions_and_deletions() -> None:
    html = paper_html(working_paper(working_document()))
    assert '<ins class="bold">Twice a week</ins>' in html
    assert '<del class="italic strike"> with the door shut</del>' in html
