"""A whole plan in Word: twelve labelled sections under real headings, at any stage, and nobody's markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from crdt import blocks
from crdt.blocks import Tree
from sections.catalogue import SECTIONS
from server.documents.docx_plan import plan_docx
from server.export import SectionText
from tests.server.documents.making import DAY, W, Word, direct, pdf_text, text, whole_plan
from tests.strategies import trees


@pytest.fixture(scope="module")
def word(word_files: dict[str, bytes]) -> Word:
    return Word(word_files["plan"])


def test_twelve_sections_by_label_and_title(word: Word) -> None:
    wanted = [f"Section {rule.label}: {rule.title}" for rule in SECTIONS]
    assert word.styled("Heading1") == wanted
    assert word.styled("Title") == ["Education, health and care (EHC) plan"]
    entries = word.styled("TOC1")
    assert entries == wanted
    places = {mark.get(f"{W}name") for mark in word.body.iter(f"{W}bookmarkStart")}
    links = [link.get(f"{W}anchor") for link in word.body.iter(f"{W}hyperlink") if link.get(f"{W}anchor")]
    assert links == [f"section_{rule.label}" for rule in SECTIONS]
    assert set(links) <= places


def test_every_table_repeats_its_head_rows_and_has_a_name(word: Word) -> None:
    tables = list(word.body.iter(f"{W}tbl"))
    assert tables
    for table in tables:
        assert table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
        assert table.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")


def test_emphasis_of_the_plan_is_kept(word: Word) -> None:
    assert any(direct(run) == {"italic"} for run in word.runs())
    assert any(direct(run) == {"bold"} for run in word.runs())


def test_a_draft_says_so_on_every_page_and_a_final_plan_since_when(word: Word) -> None:
    heads = [part for name, part in word.parts.items() if name.startswith("word/header")]
    assert all(b"DRAFT" in part and b"EX-2026-041" in part for part in heads)
    final = Word(plan_docx(whole_plan("final", date(2027, 2, 1)), DAY))
    (head,) = [part for name, part in final.parts.items() if name.startswith("word/header")]
    assert b"Final plan, 1 February 2027" in head
    assert b"DRAFT" not in head


def test_an_empty_section_says_so() -> None:
    plan = whole_plan()
    empty = replace(plan, sections=tuple(SectionText(s.label, s.title, 0, blocks.document([])) for s in plan.sections))
    word = Word(plan_docx(empty, DAY))
    assert [text(p) for p in word.paragraphs()].count("Nothing is written here.") == len(SECTIONS)


@given(trees())
@settings(max_examples=15)
def test_any_tree_becomes_a_file_with_all_its_words(tree: Tree) -> None:
    plan = replace(whole_plan(), sections=(SectionText("F", "Special educational provision", 1, tree),))
    word = Word(plan_docx(plan, DAY))
    shown = "".join("".join(text(p).split()) for p in word.paragraphs())
    for line in blocks.plain_text(tree).splitlines():
        for piece in line.split():
            if piece.isalnum():
                assert piece in shown


def test_libreoffice_shows_every_section_and_the_page_numbers(rendered: dict[str, bytes]) -> None:
    said = pdf_text(rendered["plan"])
    assert all(f"Section {rule.label}: {rule.title}" in said for rule in SECTIONS)
    assert "DRAFT" in said
    assert "Page 1 of 2" in said
    for words in ("F1 Speech and language therapy, face to face", "Their qualification or training"):
        assert words in said
