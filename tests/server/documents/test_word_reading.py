"""Our own file taken back: what was edited by hand comes out, each thing as what it is, and nothing is guessed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree

from sections.redline.baseline import freeze
from sections.redline.records import New, Record, Remove, Text
from server.documents.word_values import Ours, SectionReading
from tests.sections.redline.making import RICH
from tests.server.documents.word_making import (
    W,
    changed_part,
    file_of,
    read,
    section,
)

BASE = freeze(RICH, "F", 1)
WHAT = "provspeech.what"
JOIN = next(block.id for block in BASE.texts() if block.text == "He may join in.")
OWN = Text("family", "own", block=WHAT, start=15, end=25, at=25, rank="V", wording="twice a week")
THEIRS = Text("authority", "his", block=JOIN, start=3, end=6, at=6, rank="K", wording="will usually")
KNOWN: dict[str, Record] = {record.key: record for record in (OWN, THEIRS)}
PLAN = section(BASE, KNOWN)
FILE = file_of(PLAN)


def of(data: bytes, *, side: str = "family", plan: Any = PLAN) -> SectionReading:
    return read(data, plan, side=side).sections["F"]


def runs_with(root: etree._Element, text: str) -> list[etree._Element]:
    return [one for one in root.iter(f"{{{W}}}r") if text in "".join(one.itertext())]


def add(parent: etree._Element, place: int, xml: str) -> None:
    for one in reversed(list(etree.fromstring(f'<x xmlns:w="{W}">{xml}</x>'))):
        parent.insert(place, one)


def run(text: str, marks: str = "") -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def after(root: etree._Element, text: str, xml: str) -> None:
    """Puts XML behind the run with this text."""
    here = runs_with(root, text)[-1]
    parent = here.getparent()
    assert parent is not None
    add(parent, parent.index(here) + 1, xml)


def retype(root: etree._Element, text: str, new: str) -> None:
    for one in root.iter(f"{{{W}}}t"):
        if one.text and text in one.text:
            one.text = one.text.replace(text, new)


def test_a_reading_is_the_same_every_time() -> None:
    data = changed_part(FILE, lambda root: after(root, "Communication", run(" now", "<w:b/>")))
    assert read(data, PLAN) == read(data, PLAN)


def test_bold_words_are_a_new_proposal_where_they_stand() -> None:
    found = of(changed_part(FILE, lambda root: after(root, "Direct therapy", run("daily ", "<w:b/>"))))
    (change,) = found.changes
    assert ("add", "daily ", WHAT, 15) == (change.act, change.after["wording"], change.record.block, change.record.at)


def test_words_added_to_an_own_proposal_change_it() -> None:
    found = of(changed_part(FILE, lambda root: retype(root, "twice a week", "three times a week")))
    (change,) = found.changes
    assert ("change", replace(OWN, wording="three times a week")) == (change.act, change.record)
    assert ({"wording": "twice a week"}, {"wording": "three times a week"}) == (change.before, change.after)


def test_own_words_taken_out_and_strikes_taken_off_withdraw_the_proposal() -> None:
    def plain_again(root: etree._Element) -> None:
        for one in runs_with(root, "twice a week"):
            one.getparent().remove(one)
        for one in runs_with(root, "each week."):
            one.remove(one[0])

    (change,) = of(changed_part(FILE, plain_again)).changes
    assert ("withdraw", False, "each week.") == (change.act, change.record.live, change.struck_before)


def test_own_words_struck_out_are_taken_back() -> None:
    def strike(root: etree._Element) -> None:
        add(runs_with(root, "twice a week")[0][0], 1, "<w:strike/>")

    (change,) = of(changed_part(FILE, strike)).changes
    assert ({"wording": "twice a week"}, {}, "each week.") == (change.before, change.after, change.struck_after)


def test_struck_words_of_the_original_are_a_deletion() -> None:
    def strike(root: etree._Element) -> None:
        (here,) = runs_with(root, "Communication")
        twin = deepcopy(here)
        here[-1].text, twin[-1].text = "Commun", "ication"
        here.addnext(twin)
        add(twin, 0, "<w:rPr><w:b/><w:strike/></w:rPr>")

    (change,) = of(changed_part(FILE, strike)).changes
    assert ("add", "ication", {}) == (change.act, change.struck_after, change.after)


def test_words_tracked_changes_are_the_importers_own() -> None:
    def track(root: etree._Element) -> None:
        (here,) = runs_with(root, "Communication")
        parent = here.getparent()
        here[-1].tag = f"{{{W}}}delText"
        place = parent.index(here)
        add(parent, place, f'<w:del w:id="9"/><w:ins w:id="10">{run("Speaking")}</w:ins>')
        parent[place].append(here)

    for side in ("family", "authority"):
        (change,) = of(changed_part(FILE, track), side=side).changes
        assert (side, {"wording": "Speaking"}, "Communication") == (
            change.record.side,
            change.after,
            change.struck_after,
        )


def test_an_unmarked_difference_is_shown_word_by_word_and_never_a_proposal_by_itself() -> None:
    found = of(changed_part(FILE, lambda root: retype(root, "A therapist", "An assistant")))
    assert () == found.changes
    assert [("provspeech.who", "A", "An"), ("provspeech.who", "therapist", "assistant")] == [
        (one.block, "".join(x.text for x in one.pieces if x.kind == "out"), one.pieces[-1].text)
        for one in found.unmarked
    ]
    record = found.unmarked[1].record
    assert isinstance(record, Text)
    assert (2, 11, "assistant") == (record.start, record.end, record.wording)


def test_a_missing_paragraph_is_an_unmarked_difference() -> None:
    def drop(root: etree._Element) -> None:
        here = runs_with(root, "Evidence: page 7.")[0].getparent()
        here.getparent().remove(here)

    found = of(changed_part(FILE, drop))
    assert ["Evidence: page 7."] == [one.pieces[0].text for one in found.unmarked]
    assert () == found.changes


def test_the_other_sides_words_never_change_and_every_difference_is_said() -> None:
    found = of(changed_part(FILE, lambda root: retype(root, "will usually", "will always")))
    assert () == found.changes
    assert {("authority:his", "usually", "missing"), ("", "always", "new")} == {
        (one.key, one.text, one.differs) for one in found.others
    }


def test_striking_the_other_sides_words_asks_for_an_answer() -> None:
    def strike(root: etree._Element) -> None:
        here = runs_with(root, "will usually")[0]
        here.remove(here[0])
        add(here, 0, "<w:rPr><w:b/><w:strike/></w:rPr>")

    found = of(changed_part(FILE, strike))
    assert [("will usually", "struck-theirs")] == [(one.text, one.why) for one in found.unplaced]
    assert () == found.changes


def test_underlining_agrees_to_nothing() -> None:
    def underline(root: etree._Element) -> None:
        here = runs_with(root, "twice a week")[0]
        here.remove(here[0])
        add(here, 0, '<w:rPr><w:u w:val="single"/></w:rPr>')

    found = of(changed_part(FILE, underline))
    assert ([("twice a week", "agreed-mark")], ()) == ([(o.text, o.why) for o in found.unplaced], found.changes)


def test_what_could_mean_two_things_is_left_to_the_person() -> None:
    marks = {"two-ways": ["<w:b/><w:i/>", "<w:strike/>", '<w:b/><w:u w:val="single"/>']}
    for why, looks in marks.items():
        for look in looks:
            data = changed_part(FILE, lambda root, look=look: after(root, "Communication", run(" odd", look)))
            found = of(data)
            assert ([(" odd", why)], ()) == ([(one.text, one.why) for one in found.unplaced], found.changes)


def test_bold_put_on_original_words_is_emphasis_not_a_proposal() -> None:
    def embolden(root: etree._Element) -> None:
        add(runs_with(root, "Communication")[0], 0, "<w:rPr><w:b/></w:rPr>")

    found = of(changed_part(FILE, embolden))
    assert ([("Communication", "emphasis")], (), ()) == (
        [(one.text, one.why) for one in found.unplaced],
        found.changes,
        found.unmarked,
    )


def test_a_bold_paragraph_is_a_new_one_and_a_plain_one_is_only_shown() -> None:
    def write(root: etree._Element, look: str) -> None:
        here = runs_with(root, "First.")[0].getparent()
        parent = here.getparent()
        add(parent, parent.index(here) + 1, f"<w:p>{run('Another.', look)}</w:p>")

    (change,) = of(changed_part(FILE, lambda root: write(root, "<w:b/>"))).changes
    first = next(block.id for block in BASE.texts() if block.text == "First.")
    assert isinstance(change.record, New)
    assert ("add", first, {"wording": "Another."}) == (change.act, change.record.after, change.record.words)
    found = of(changed_part(FILE, lambda root: write(root, "")))
    assert () == found.changes
    assert [("in", "Another.")] == [(one.pieces[0].kind, one.pieces[0].text) for one in found.unmarked]


def test_a_bold_table_row_is_a_new_row() -> None:
    def write(root: etree._Element) -> None:
        row = runs_with(root, "The parents")[0].getparent().getparent().getparent()
        cells = "".join(f"<w:tc><w:p>{run(text, '<w:b/>')}</w:p></w:tc>" for text in ("(b)", "The school"))
        add(row.getparent(), row.getparent().index(row) + 1, f"<w:tr>{cells}</w:tr>")

    (change,) = of(changed_part(FILE, write)).changes
    assert isinstance(change.record, New)
    assert ("tr", {"wording": "(b)", "w1": "The school"}) == (change.record.kind, change.record.words)
    assert change.record.after in BASE.places


def test_a_paragraph_cut_in_two_is_one_line_with_an_unmarked_break() -> None:
    def cut(root: etree._Element) -> None:
        (here,) = runs_with(root, "A therapist")
        paragraph = here.getparent()
        here[-1].text = "A "
        paragraph.addnext(etree.fromstring(f'<w:p xmlns:w="{W}">{run("therapist")}</w:p>'))

    found = of(changed_part(FILE, cut))
    assert [("in", "\n")] == [(one.pieces[0].kind, one.pieces[0].text) for one in found.unmarked]
    assert ((), ()) == (found.changes, found.unplaced)


def test_a_whole_removal_that_is_unstruck_is_withdrawn() -> None:
    removal = Remove("family", "gone", block=JOIN, on=True)
    plan = section(BASE, {removal.key: removal})

    def plain_again(root: etree._Element) -> None:
        for one in runs_with(root, "He may join in."):
            one.remove(one[0])

    (change,) = of(changed_part(file_of(plan), plain_again), plan=plan).changes
    assert ("withdraw", replace(removal, on=False)) == (change.act, change.record)


def test_an_answer_printed_as_differences_comes_back_as_it_was_and_can_be_reworded() -> None:
    answer = Text(
        "family", "ans", counters="authority:his", block=JOIN, start=6, end=6, at=6, rank="V", wording="will always"
    )
    plan = section(BASE, {**KNOWN, answer.key: answer})
    assert SectionReading() == of(file_of(plan), plan=plan)
    (change,) = of(changed_part(file_of(plan), lambda root: retype(root, "always", "often")), plan=plan).changes
    assert ("change", replace(answer, wording="will often")) == (change.act, change.record)


def test_a_change_made_here_since_is_not_undone_unseen() -> None:
    data = changed_part(FILE, lambda root: retype(root, "twice a week", "three times a week"))
    newer = replace(PLAN, known={**KNOWN, OWN.key: replace(OWN, wording="daily")})
    (change,) = of(data, plan=newer).changes
    assert (True, {"wording": "daily"}) == (change.stale, change.before)
    assert () == of(FILE, plan=newer).changes


def test_what_the_other_side_changed_since_is_said() -> None:
    newer = replace(PLAN, known={**KNOWN, THEIRS.key: replace(THEIRS, wording="must")})
    found = of(FILE, plan=newer)
    assert [("authority:his", "must", "changed-since")] == [(one.key, one.text, one.differs) for one in found.others]


def test_a_tree_for_another_original_is_not_believed() -> None:
    other = freeze({"type": "doc", "children": RICH["children"][:2]}, "F", 2)
    reading = read(FILE, section(other, {}))
    assert Ours(True, False, 3) == reading.ours


def test_footnotes_are_suggestions_beyond_those_we_printed() -> None:
    plan = section(BASE, KNOWN, citations={OWN.key: ("Smith, 28 February 2026, p. 1",)})
    assert () == of(file_of(plan), plan=plan).footnotes

    def add_words(root: etree._Element) -> None:
        note = next(one for one in root.iter(f"{{{W}}}t") if "Smith" in (one.text or ""))
        note.text = f"{note.text} Jones, p. 4, para. 2."

    found = of(changed_part(file_of(plan), add_words, "word/footnotes.xml"), plan=plan)
    assert [(OWN.key, "Jones, p. 4, para. 2.")] == [(one.key, one.text) for one in found.footnotes]
    assert () == found.changes


def test_new_blocks_of_either_side_come_back_and_only_the_own_ones_change() -> None:
    mine = New("family", "n1", after=JOIN, kind="p", rank="V", on=True, words={"wording": "He needs a quiet desk."})
    his = New("authority", "n2", after=WHAT, kind="p", rank="K", on=True, words={"wording": "Subject to review."})
    plan = section(BASE, {mine.key: mine, his.key: his})

    def write(root: etree._Element) -> None:
        retype(root, "quiet desk", "quiet room")
        retype(root, "Subject to review.", "Subject to funding.")

    found = of(changed_part(file_of(plan), write), plan=plan)
    (change,) = found.changes
    assert ("change", replace(mine, words={"wording": "He needs a quiet room."})) == (change.act, change.record)
    assert {("review", "missing"), ("funding", "new")} == {(one.text, one.differs) for one in found.others}


def test_a_new_block_that_is_gone_is_withdrawn() -> None:
    mine = New("family", "n1", after=JOIN, kind="p", rank="V", on=True, words={"wording": "He needs a quiet desk."})
    plan = section(BASE, {mine.key: mine})

    def drop(root: etree._Element) -> None:
        here = runs_with(root, "quiet desk")[0].getparent()
        here.getparent().remove(here)

    (change,) = of(changed_part(file_of(plan), drop), plan=plan).changes
    assert ("withdraw", replace(mine, on=False)) == (change.act, change.record)


def test_every_section_of_a_file_is_read_by_itself() -> None:
    base = freeze({"type": "doc", "children": RICH["children"][:2]}, "B", 1)
    plans = (section(base, {}), PLAN)
    data = changed_part(file_of(*plans), lambda root: after(root, "A therapist", run(" with training", "<w:b/>")))
    reading = read(data, *plans)
    assert SectionReading() == reading.sections["B"]
    assert [{"wording": " with training"}] == [change.after for change in reading.sections["F"].changes]


def test_a_section_that_was_taken_out_of_the_file_is_absent_and_nothing_of_it_is_withdrawn() -> None:
    base = freeze({"type": "doc", "children": RICH["children"][:2]}, "B", 1)
    reading = read(file_of(section(base, {})), section(base, {}), PLAN)
    assert (("F",), {"B": SectionReading()}) == (reading.absent, dict(reading.sections))
