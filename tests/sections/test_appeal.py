"""What can be appealed and how: every refusal names its field, and footnotes and file names have one form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  # the one Hypothesis profile
from sections.appeal import (
    APPEALABLE,
    EDITION,
    FONT_POINTS,
    ORDERED,
    PAGE_LIMIT,
    PAGE_LIMIT_FROM,
    PAGE_LIMIT_SOURCE,
    RECOMMENDED,
    _labels,
    appeal_number,
    check_appeal,
    check_evidence,
    citation,
    file_name,
    outcome,
    outcome_hint,
    page_status,
)
from sections.catalogue import LABELS, BadRules, section
from sections.facts import AppealFacts

TODAY = date(2026, 11, 22)
GOOD = AppealFacts(
    "EH123/26/00041",
    ("B", "F", "I", "G"),
    sent_on=date(2026, 10, 1),
    filing_on=date(2027, 1, 18),
    hearing_on=date(2027, 2, 8),
)


def fields(appeal: AppealFacts) -> list[str]:
    return [problem.field for problem in check_appeal(appeal, today=TODAY)]


def test_an_appeal_with_everything_in_order_has_no_problem() -> None:
    assert () == check_appeal(GOOD, today=TODAY)
    assert () == check_appeal(AppealFacts("EH123/26/00041", ("I",)), today=TODAY)


def test_sections_are_appealed_as_the_catalogue_says() -> None:
    assert (("B", "F", "I"), ("C", "D", "G", "H1", "H2")) == (ORDERED, RECOMMENDED)
    assert ("B", "C", "D", "F", "G", "H1", "H2", "I") == APPEALABLE
    for label in LABELS:
        begins = {"order": "Can be appealed.", "recommendation": "The tribunal can make a rec", "no": "Cannot be"}
        assert section(label).appeal.startswith(begins[outcome(label)])
        assert outcome_hint(label).endswith(".")
    assert "no" == outcome("Z")


@pytest.mark.parametrize("wrong", [["B", "B"], ["Z"], ["C"]])
def test_a_rules_file_that_names_a_section_twice_or_wrongly_is_refused(wrong: list[str]) -> None:
    with pytest.raises(BadRules, match="named twice or does not exist"):
        _labels({"order": wrong, "recommendation": ["C"]})


@pytest.mark.parametrize("label", ["A", "E", "J", "K"])
def test_a_section_that_cannot_be_appealed_is_refused_by_name(label: str) -> None:
    [problem] = check_appeal(replace(GOOD, sections=("F", label)), today=TODAY)
    assert ("sections", f"Section {label} cannot be appealed.") == (problem.field, problem.sentence)


@pytest.mark.parametrize("labels", [("C",), ("G", "H1"), RECOMMENDED])
@pytest.mark.parametrize("beside", ORDERED)
def test_health_and_social_care_come_only_alongside_education(labels: tuple[str, ...], beside: str) -> None:
    [problem] = check_appeal(replace(GOOD, sections=labels), today=TODAY)
    assert "only be looked at together with B, F or I" in problem.sentence
    assert () == check_appeal(replace(GOOD, sections=(*labels, beside)), today=TODAY)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"number": " "}, "appeal_number", "like EH123/26/00041"),
        ({"number": "12345"}, "appeal_number", "as the tribunal writes it"),
        ({"sections": ()}, "sections", "Choose the sections"),
        ({"sections": ("Z", "F")}, "sections", "no section Z"),
        ({"sections": ("F", "F")}, "sections", "named twice"),
        ({"sent_on": date(2026, 11, 23)}, "sent_on", "not come yet"),
        ({"filing_on": date(2026, 10, 1)}, "filing_on", "after the day the appeal was sent"),
        ({"filing_on": date(2027, 2, 8)}, "filing_on", "before the hearing"),
        ({"filing_on": None, "hearing_on": date(2026, 9, 1)}, "hearing_on", "after the day the appeal was sent"),
        ({"ordered_on": date(2026, 11, 23)}, "ordered_on", "not come yet"),
        ({"ordered_on": date(2026, 9, 1)}, "ordered_on", "after the day the appeal was sent"),
        ({"hearing_on": date(2101, 1, 1)}, "hearing_on", "from 1 January 2015 to 31 December 2100"),
        ({"sent_on": date(1026, 10, 1)}, "sent_on", "from 1 January 2015"),
    ],
)
def test_what_cannot_stand_names_its_field_and_what_to_do(change: dict[str, object], field: str, words: str) -> None:
    [problem] = check_appeal(replace(GOOD, **change), today=TODAY)  # type: ignore[arg-type]
    assert field == problem.field
    assert words in problem.sentence


def test_every_field_is_checked_at_once() -> None:
    bad = AppealFacts("", (), sent_on=date(2026, 12, 1), filing_on=date(2026, 11, 1), hearing_on=date(2026, 10, 1))
    assert ["appeal_number", "sections", "sent_on", "filing_on", "hearing_on", "filing_on"] == fields(bad)


@given(
    st.builds(
        AppealFacts,
        st.text(max_size=20),
        st.lists(st.sampled_from(LABELS) | st.text(max_size=3), max_size=5).map(tuple),
        st.none() | st.dates(),
        st.none() | st.dates(),
        st.none() | st.dates(),
        st.none() | st.dates(),
    )
)
def test_any_appeal_is_answered_in_whole_sentences(appeal: AppealFacts) -> None:
    for problem in check_appeal(appeal, today=TODAY):
        assert problem.field in ("appeal_number", "sections", "sent_on", "filing_on", "hearing_on", "ordered_on")
        assert problem.sentence.endswith(".")
    if not check_appeal(appeal, today=TODAY):
        assert set(appeal.sections) & set(ORDERED)
        assert set(appeal.sections) <= set(APPEALABLE)


@pytest.mark.parametrize("text", ["EH123/26/00041", " eh123/26/00041 ", "EH123-26-00041", "EH123 / 26 / 00041"])
def test_an_appeal_number_is_kept_as_the_tribunal_writes_it(text: str) -> None:
    assert "EH123/26/00041" == appeal_number(text)


@pytest.mark.parametrize(
    "text", ["", "EH12/26/00041", "EH123/2026/00041", "EH123/26/0041", "XX123/26/00041", "EH٣23/26/00041"]
)
def test_what_is_no_appeal_number_is_nothing(text: str) -> None:
    assert appeal_number(text) is None


@pytest.mark.parametrize(
    ("pages", "state", "words"),
    [
        (1, "within", "1 of 25 pages."),
        (21, "within", "21 of 25 pages."),
        (22, "near", "little room"),
        (25, "full", "no room is left"),
        (26, "over", "1 more than the tribunal allows (25)"),
        (128, "over", "SEND7"),
    ],
)
def test_a_page_count_is_told_against_the_limit(pages: int, state: str, words: str) -> None:
    status = page_status(pages, date(2027, 2, 8))
    assert (state, PAGE_LIMIT) == (status.state, status.limit)
    assert words in status.sentence


def test_the_limit_has_its_date_and_its_source() -> None:
    assert (25, 12, date(2025, 7, 15)) == (PAGE_LIMIT, FONT_POINTS, PAGE_LIMIT_FROM)
    assert "Practice Direction No. 1 of 2025" in PAGE_LIMIT_SOURCE
    assert date(2025, 7, 15) == EDITION.starts
    before = page_status(1, date(2025, 7, 15))
    assert ("unlimited", None) == (before.state, before.limit)
    assert "1 page. The limit of 25 pages is for hearings listed after 15 July 2025." == before.sentence
    assert "over" == page_status(40, date(2025, 7, 16)).state == page_status(40, None).state


def test_evidence_is_cited_as_a_footnote_says_it() -> None:
    cited = citation("Report", "Smith", "educational psychologist", date(2026, 2, 28), "1", "5")
    assert "Smith, educational psychologist, 28 February 2026, p. 1, para. 5" == cited
    assert "Smith, EP, 28 February 2026, pp. 1-2" == citation("Report", " Smith ", "EP", date(2026, 2, 28), "1-2")
    assert "Smith, EP" == citation("Report", "Smith", "EP", None, "")
    assert "School letter, p. 3" == citation("School letter", "", "", None, "3")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"document": " "}, "document"),
        ({"author": ""}, "author"),
        ({"role": "x" * 201}, "role"),
        ({"author": "A\nB"}, "author"),
        ({"dated": None}, "dated"),
        ({"dated": date(2026, 11, 23)}, "dated"),
        ({"page": ""}, "page"),
        ({"page": "first"}, "page"),
        ({"paragraph": "the third"}, "paragraph"),
    ],
)
def test_evidence_that_cannot_be_found_again_is_refused_by_field(change: dict[str, object], field: str) -> None:
    given_ = {
        "document": "Report",
        "author": "Smith",
        "role": "EP",
        "dated": date(2026, 2, 28),
        "page": "1",
        "paragraph": "5",
    }
    assert () == check_evidence(**given_, today=TODAY)  # type: ignore[arg-type]
    [problem] = check_evidence(**{**given_, **change}, today=TODAY)  # type: ignore[arg-type]
    assert field == problem.field
    assert problem.sentence.endswith(".")


@pytest.mark.parametrize(("page", "paragraph"), [("1", ""), ("12-14", "4.2"), ("A7", "12(a)"), ("103", "4.2(a)(ii)")])
def test_pages_and_paragraphs_are_written_as_documents_number_them(page: str, paragraph: str) -> None:
    assert () == check_evidence("Report", "Smith", "EP", TODAY, page, paragraph, today=TODAY)


def test_a_copy_is_named_by_case_version_day_and_party() -> None:
    on = date(2026, 11, 22)
    assert "EH123-26-00041 WD3 2026-11-22 Family.docx" == file_name("EH123/26/00041", 3, on, "family")
    assert "EH123-26-00041 WD draft 2026-11-22 Council.pdf" == file_name("EH123/26/00041", None, on, "authority", "pdf")


@given(st.text(max_size=30), st.none() | st.integers(1, 99), st.dates(), st.text(max_size=9))
def test_a_file_name_never_holds_a_path_or_a_control_character(
    number: str, version: int | None, on: date, party: str
) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 -]+\.docx", file_name(number, version, on, party), re.ASCII)
