"""The dispute schedule: every live proposal once, both wordings of an exchange side by side."""

from __future__ import annotations

from server.documents.schedule import exchanges
from tests.server.documents.making import W, Word, pdf_text, text, working_document

WD = working_document()


def test_every_live_proposal_stands_in_exactly_one_exchange() -> None:
    for section in WD.sections:
        told = [side.key for one in exchanges(WD, section) for side in one.sides]
        assert sorted(told) == sorted(key for key, record in section.known.items() if record.live)


def test_an_answer_stands_beside_what_it_answers(word_files: dict[str, bytes]) -> None:
    word = Word(word_files["schedule"])
    rows = [[text(cell) for cell in row.iter(f"{W}tc")] for row in word.body.iter(f"{W}tr")]
    (row,) = [row for row in rows if row[0].startswith("F-1 and C-1")]
    assert row == [
        "F-1 and C-1\nF1, How often",
        "F-1: in place of “Once a week”: “Twice a week”",
        "C-1: in place of “Once a week”: “Once a fortnight”",
        "F-1: Oakmere, educational psychologist, 2 November 2026, p. 5, para. 5"
        "C-1: Oakmere, educational psychologist, 2 November 2026, p. 1, para. 5",
        "F-1: answered with other wordingC-1: proposed",
    ]


def test_head_rows_are_repeated_and_the_page_lies_on_its_side(word_files: dict[str, bytes]) -> None:
    word = Word(word_files["schedule"])
    tables = list(word.body.iter(f"{W}tbl"))
    assert len(tables) == len(WD.sections)
    assert all(table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for table in tables)
    (size,) = word.body.iter(f"{W}pgSz")
    assert int(size.get(f"{W}w")) > int(size.get(f"{W}h"))


def test_libreoffice_shows_it(rendered: dict[str, bytes]) -> None:
    said = pdf_text(rendered["schedule"])
    assert "Schedule of issues in dispute" in said
    assert "T-1: in place of “1:1”" in said
