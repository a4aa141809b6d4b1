"""Files other people made, by headings and the original words; and our own, saved by another program."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE

from sections.keys import DEFAULT, find
from sections.redline.baseline import freeze
from sections.redline.records import New, Text
from server.documents.word_values import Ours, Reading, SectionReading
from server.documents.working import DisputedSection
from tests.sections.redline.making import RICH, baselines, honest_layers, paragraph, tree
from tests.server.documents.word_making import (
    deleted,
    file_of,
    inserted,
    inside,
    p,
    random_section,
    read,
    run,
    section,
    without_tree,
)

B = freeze(tree(paragraph("Jamie finds it hard to listen in a busy room.")), "B", 1)
F = freeze(RICH, "F", 1)
PLAN = (section(B, {}), section(F, {}))
WORDS = [block.text for block in F.texts() if block.text]


def word(write: Callable[[Any], None]) -> bytes:
    made = docx.Document()
    write(made)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def whole(made: Any, skip: str = "") -> None:
    """The plan's sections as somebody typed them from a print."""
    made.add_paragraph("Working document for Jamie", style="Title")
    made.add_paragraph("Bold is for the parents' words.").runs[0].bold = True
    made.add_heading("Section B", level=1)
    made.add_paragraph("Jamie finds it hard to listen in a busy room.")
    made.add_heading("Section F: Special educational provision", level=1)
    for text in WORDS:
        if text != skip:
            made.add_paragraph(text)


def found(data: bytes, *, side: str = "family") -> Reading:
    return read(data, *PLAN, side=side)


def test_a_copy_without_marks_has_nothing_to_take() -> None:
    reading = found(word(whole))
    assert {"B": SectionReading(), "F": SectionReading()} == dict(reading.sections)
    assert Ours() == reading.ours
    assert ["no-place"] == [one.why for one in reading.outside]


def test_bold_and_italic_by_direct_formatting_are_each_sides_proposals() -> None:
    def write(made: Any) -> None:
        whole(made, "Direct therapy each week.")
        line = made.add_paragraph("Direct therapy ")
        line.add_run("each").bold = True
        line.runs[-1].font.strike = True
        line.add_run("every").bold = True
        line.add_run(" week.")
        line.add_run(" Where possible.").italic = True

    reading = found(word(write)).sections["F"]
    (change,) = reading.changes
    assert isinstance(change.record, Text)
    assert ("provspeech.what", "each", {"wording": "every"}) == (change.record.block, change.struck_after, change.after)
    assert [(" Where possible.", "new")] == [(one.text, one.differs) for one in reading.others]
    (theirs,) = found(word(write), side="authority").sections["F"].changes
    assert {"wording": " Where possible."} == theirs.after


def test_marks_by_character_and_paragraph_style_count_as_well() -> None:
    def write(made: Any) -> None:
        made.styles.add_style("Parents", WD_STYLE_TYPE.CHARACTER).font.bold = True
        made.styles.add_style("Parents paragraph", WD_STYLE_TYPE.PARAGRAPH).font.bold = True
        whole(made)
        made.paragraphs[3].add_run(" He needs quiet.", style="Parents")
        made.paragraphs[3].insert_paragraph_before("A new need.", style="Parents paragraph")

    first, second = found(word(write)).sections["B"].changes
    assert isinstance(second.record, New)
    assert ({"wording": " He needs quiet."}, {"wording": "A new need."}) == (first.after, second.after)


def test_tracked_changes_are_the_importers() -> None:
    body = p(run("Section B")) + p(
        run("Jamie finds it "),
        deleted(run("hard")),
        inserted(run("very hard")),
        run(" to listen in a busy room."),
    )
    for side in ("family", "authority"):
        reading = read(inside(body), PLAN[0], side=side).sections["B"]
        (change,) = reading.changes
        assert (side, "hard", {"wording": "very hard"}) == (change.record.side, change.struck_after, change.after)
        assert ((), (), ()) == (reading.unplaced, reading.unmarked, reading.others)


def test_a_new_tracked_paragraph_is_a_new_block() -> None:
    body = p(run("Section B")) + p(run("Jamie finds it hard to listen in a busy room.")) + p(inserted(run("He hums.")))
    (change,) = read(inside(body), PLAN[0]).sections["B"].changes
    assert isinstance(change.record, New)
    assert (B.blocks[0].id, {"wording": "He hums."}) == (change.record.after, change.after)


def test_bold_headings_and_labels_are_not_proposals() -> None:
    def write(made: Any) -> None:
        whole(made, "Communication")
        made.paragraphs[5].insert_paragraph_before("Communication").runs[0].bold = True
        made.paragraphs[6].insert_paragraph_before("What:").runs[0].bold = True

    reading = found(word(write)).sections["F"]
    assert () == reading.changes
    assert [("Communication", "emphasis"), ("What:", "two-ways")] == [(one.text, one.why) for one in reading.unplaced]


@pytest.mark.parametrize("marks", [("bold", "italic"), ("bold", "underline"), ("strike",), ("italic", "underline")])
def test_marks_that_mean_two_things_go_to_a_person(marks: tuple[str, ...]) -> None:
    body = p(run("Section B")) + p(run("Jamie finds it "), run("hard", *marks), run(" to listen in a busy room."))
    reading = read(inside(body), PLAN[0]).sections["B"]
    assert ((), ()) == (reading.changes, reading.unmarked)
    assert [("hard", "two-ways")] == [(one.text, one.why) for one in reading.unplaced]


def test_a_profile_that_strikes_agreed_words_plainly_reads_them_as_agreed() -> None:
    profile = find("send23-plain-deletions")
    assert profile not in (None, DEFAULT)
    body = p(run("Section B")) + p(run("Jamie finds it "), run("hard", "strike"), run(" to listen in a busy room."))
    reading = read(inside(body), PLAN[0], profile=profile).sections["B"]
    assert ["agreed-mark"] == [one.why for one in reading.unplaced]


def test_a_slipped_in_word_is_seen() -> None:
    body = p(run("Section B")) + p(run("Jamie may find it hard to listen in a busy room."))
    reading = read(inside(body), PLAN[0]).sections["B"]
    assert () == reading.changes
    assert ["finds", "may find"] == [
        "".join(piece.text for one in reading.unmarked for piece in one.pieces if piece.kind == kind)
        for kind in ("out", "in")
    ]
    assert all(isinstance(one.record, Text) for one in reading.unmarked)


def test_a_file_without_headings_is_matched_by_its_words() -> None:
    body = p(run("Jamie finds it hard to listen in a busy room."), run(" Always.", "bold"))
    reading = found(inside(body))
    assert ("F",) == reading.absent
    assert [{"wording": " Always."}] == [change.after for change in reading.sections["B"].changes]


def test_a_file_about_something_else_places_nothing_and_loses_no_marked_words() -> None:
    reading = found(inside(p(run("Section K")) + p(run("A report "), run("in bold", "bold"))))
    assert (("B", "F"), {}) == (reading.absent, dict(reading.sections))
    assert ["in bold"] == [one.text for one in reading.outside]


def test_words_in_a_table_are_found() -> None:
    def write(made: Any) -> None:
        made.add_heading("Section B")
        cells = made.add_table(1, 2).rows[0].cells
        cells[0].text, cells[1].text = "B1", "Jamie finds it hard to listen in a busy room."
        cells[1].paragraphs[0].add_run(" Always.").bold = True

    (change,) = read(word(write), PLAN[0]).sections["B"].changes
    assert {"wording": " Always."} == change.after


def test_composed_and_decomposed_letters_are_the_same_words() -> None:
    base = freeze(tree(paragraph("A naïve café.")), "B", 1)
    body = p(run("Section B")) + p(run("A nai\u0308ve cafe\u0301."))
    assert SectionReading() == read(inside(body), section(base, {})).sections["B"]


@pytest.fixture(scope="module")
def resaved(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[DisputedSection, bytes]]:
    """Documents of ours, opened and saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("resaved")
    plans: list[DisputedSection] = []
    for seed in range(5):
        random = Random(seed)
        baseline = random.choice(baselines())
        plans.append(random_section(random, baseline, honest_layers(random, baseline, 6)))
        (folder / f"{seed}.docx").write_bytes(file_of(plans[-1]))
    return [(plan, data) for plan, data in zip(plans, saved_again(folder), strict=True)]


def saved_again(folder: Path) -> list[bytes]:
    files = sorted(folder.glob("*.docx"))
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "docx"]
    subprocess.run([*command, "--outdir", str(folder / "out"), *map(str, files)], check=True, capture_output=True)
    return [(folder / "out" / file.name).read_bytes() for file in files]


@pytest.mark.parametrize("side", ["family", "authority"])
def test_our_file_saved_by_another_program_still_says_nothing(
    resaved: list[tuple[DisputedSection, bytes]], side: str
) -> None:
    for plan, data in resaved:
        reading = read(data, plan, side=side)
        assert (Ours(True, True, 3), SectionReading()) == (reading.ours, reading.sections["F"])
        assert read(without_tree(data), plan, side=side).sections["F"].is_quiet
