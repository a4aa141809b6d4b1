"""A working document edited by one side, taken out as Word and brought back printed otherwise than the file that came.

Words typed inside a passage that the side strikes out were given to that strike, whose words are printed at its end; a
title lost the spaces it began with; and what an answer strikes in print was taken for a deletion nobody made.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from sections.redline.baseline import freeze
from sections.redline.compose import Run
from sections.redline.records import Record, Text
from sections.redline.views import strike_first
from server.documents.docx_write import word_file
from server.documents.embedded import part_xml, tree_value
from server.documents.paper_working import working_paper
from tests.sections.redline.making import RICH
from tests.server.documents.word_making import document, prints, read, section, standing_of, taken

BASE = freeze(RICH, "F", 1)
WHAT, TITLE = "provspeech.what", "provspeech.title"
JOIN = next(block.id for block in BASE.texts() if block.text == "He may join in.")
STRIKE = Text("authority", "s", block=WHAT, start=7, end=24, at=24, rank="K")
GROWN = Text("authority", "g", block=WHAT, start=7, end=14, at=14, rank="K", wording="help")
TYPED = Text("authority", "t", block=WHAT, start=15, end=15, at=15, rank="KV", wording="must")
EARLY = Text("family", "e", block=WHAT, start=7, end=24, at=7, rank="f", wording="help")
LATE = Text("authority", "l", block=WHAT, start=24, end=24, at=24, rank="K", wording="twice ")
SPACED = Text("authority", "b", block=TITLE, start=0, end=0, at=0, rank="K", wording=" More")
ASKED = Text("authority", "a", block=WHAT, start=0, end=0, at=0, rank="K", wording="weekly help ")
ANSWER = Text("family", "n", "authority:a", block=JOIN, start=3, end=3, at=3, rank="V", wording="daily help ")


@pytest.mark.parametrize(
    ("before", "later"),
    [
        pytest.param([STRIKE], [STRIKE, TYPED], id="typed inside a strike"),
        pytest.param([GROWN], [replace(GROWN, end=24, at=24, wording="aid")], id="a replacement that grew"),
        pytest.param([EARLY], [EARLY, LATE], id="typed where the other side's words are printed"),
        pytest.param([], [SPACED], id="a title that begins with a space"),
        pytest.param(
            [ASKED, ANSWER], [replace(ASKED, wording="some help "), ANSWER], id="what an answer strikes in print"
        ),
    ],
)
def test_what_the_authority_edited_comes_back_and_prints_the_same(before: list[Text], later: list[Text]) -> None:
    held, made = ({record.key: record for record in records} for records in (before, later))
    plan, edited = section(BASE, dict[str, Record](held)), section(BASE, dict[str, Record](made))
    data = word_file(working_paper(document(edited)), part_xml(tree_value(document(plan))))
    found = read(data, plan, side="authority").sections["F"]
    assert ((), (), ()) == (found.unplaced, found.unmarked, found.others)
    assert prints(edited) == prints(taken(plan, found))


def test_a_replacement_that_grew_stays_the_same_proposal() -> None:
    plan = section(BASE, {GROWN.key: GROWN})
    grown = replace(GROWN, end=24, at=24, wording="aid")
    data = word_file(working_paper(document(section(BASE, {grown.key: grown}))), part_xml(tree_value(document(plan))))
    assert [grown] == [change.record for change in read(data, plan, side="authority").sections["F"].changes]


def test_a_new_wording_in_a_settled_proposal_opens_that_proposal() -> None:
    settled = replace(GROWN, wording=" ")
    plan = section(BASE, {settled.key: settled}, {settled.key: "ordered"})
    known: dict[str, Record] = {settled.key: replace(settled, wording=" for 1:1 work")}
    later = section(BASE, known, {**plan.standing, **standing_of(known)})
    data = word_file(working_paper(document(later)), part_xml(tree_value(document(plan))))
    found = read(data, plan, side="authority").sections["F"]
    assert list(known.values()) == [change.record for change in found.changes]
    assert prints(later) == prints(taken(plan, found))


def test_wordings_printed_at_one_place_stand_there_by_rank() -> None:
    answered = Text("family", "f", block=WHAT, start=0, end=6, at=0, rank="K", wording="Weekly")
    answer = Text("authority", "x", "family:f", block=WHAT, start=0, end=6, at=0, rank="V", wording="Monthly")
    struck = ("authority:x", "family:f")
    runs = [Run("Weekly", "family:f"), Run("Monthly", "authority:x"), Run("Direct", "", struck), Run(" therapy")]
    printed = strike_first(runs, {one.key: one for one in (answered, answer)})
    assert ["Direct", "Weekly", "Monthly", " therapy"] == [run.text for run in printed]
