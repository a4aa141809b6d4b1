"""Round trips of our own files: unchanged they say nothing, edited what was edited, and damaged they never raise."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sections.redline.baseline import freeze
from sections.redline.records import Record, Text
from server.documents.docx_write import word_file
from server.documents.embedded import part_xml, tree_value
from server.documents.paper_working import working_paper
from server.documents.word_reading import read_word
from server.documents.word_safety import Refused
from server.documents.word_values import Ours, SectionReading
from server.documents.working import DisputedSection
from tests.sections.redline.making import RICH, baselines, chained_layers, honest_layers, minting
from tests.server.documents.word_making import (
    LIMITS,
    W,
    changed_part,
    document,
    edited,
    file_of,
    prints,
    random_section,
    read,
    section,
    taken,
    without_tree,
)

BASE = freeze(RICH, "F", 1)
WHAT = "provspeech.what"
JOIN = next(block.id for block in BASE.texts() if block.text == "He may join in.")
OWN = Text("family", "own", block=WHAT, start=15, end=25, at=25, rank="V", wording="twice a week")
THEIRS = Text("authority", "his", block=JOIN, start=3, end=6, at=6, rank="K", wording="will usually")
KNOWN: dict[str, Record] = {record.key: record for record in (OWN, THEIRS)}
PLAN = section(BASE, KNOWN)
FILE = file_of(PLAN)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["family", "authority"]), st.booleans())
def test_an_unchanged_file_of_ours_says_nothing(seed: int, side: str, fold: bool) -> None:
    random = Random(seed)
    baseline = random.choice(baselines())
    make = random.choice([honest_layers, chained_layers])
    plan = random_section(random, baseline, make(random, baseline, random.randint(0, 8)))
    reading = read(file_of(plan, fold=fold), plan, side=side)
    assert SectionReading() == reading.sections["F"]
    assert (Ours(True, True, 3), (), ()) == (reading.ours, reading.outside, reading.absent)


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_it_says_nothing_either_when_its_tree_was_thrown_away(seed: int) -> None:
    random = Random(seed)
    baseline = random.choice(baselines())
    plan = random_section(random, baseline, honest_layers(random, baseline, random.randint(0, 8)))
    reading = read(without_tree(file_of(plan)), plan)
    assert reading.sections["F"].is_quiet
    assert Ours() == reading.ours


def returned(
    random: Random, side: str, layers: int, least: int, most: int
) -> tuple[DisputedSection, DisputedSection, SectionReading]:
    """A section before one side made ``least`` to ``most`` edits, as its file shows it, and what was read of that."""
    baseline = random.choice(baselines())
    before = random_section(random, baseline, honest_layers(random, baseline, random.randint(0, layers)))
    before = replace(before, standing={k: "proposed" if v == "refused" else v for k, v in before.standing.items()})
    later = edited(random, before, side, random.randint(least, most))
    data = word_file(working_paper(document(later)), part_xml(tree_value(document(before))))
    return before, later, read(data, before, side=side).sections["F"]


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["family", "authority"]))
def test_what_one_side_edited_comes_back_and_prints_the_same(seed: int, side: str) -> None:
    before, later, found = returned(Random(seed), side, 6, 1, 4)
    assert ((), (), ()) == (found.unplaced, found.unmarked, found.others)
    assert all(change.record.side == side for change in found.changes)
    assert prints(later) == prints(taken(before, found))


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["family", "authority"]))
def test_what_cannot_come_back_exactly_is_said(seed: int, side: str) -> None:
    """So much at one place that print cannot tell it apart: nothing else than what the file shows comes unsaid."""
    before, later, found = returned(Random(seed), side, 12, 12, 12)
    assert all(change.record.side == side for change in found.changes)
    is_said = found.unplaced or found.unmarked or found.others
    assert is_said or written(later) == written(taken(before, found))


def written(one: DisputedSection) -> list[tuple[str, str, tuple[str, ...]]]:
    """What is printed, blanks aside: of an empty paragraph that holds nothing else Word files do not tell them."""
    return [seen for seen in prints(one) if seen[1].strip()]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_no_damage_raises(place: int, value: int) -> None:
    data = bytearray(FILE)
    data[place % len(data)] = value
    read_word(bytes(data), {"F": BASE}, {"F": KNOWN}, "family", minting(), limits=LIMITS)


@settings(max_examples=12)
@given(st.data())
def test_no_rearranged_document_raises_or_touches_the_other_side(data: st.DataObject) -> None:
    def shuffle(root: etree._Element) -> None:
        every = [one for one in root.iter() if one.getparent() is not None and one.getparent().getparent() is not None]
        for _ in range(4):
            one = data.draw(st.sampled_from(every))
            other = data.draw(st.sampled_from(every))
            match data.draw(st.sampled_from(["drop", "copy", "text", "tag"])):
                case "drop" if one.getparent() is not None:
                    one.getparent().remove(one)
                case "copy":
                    one.append(deepcopy(other))
                case "text":
                    one.text = data.draw(st.sampled_from(["", "words", "He may join in.", "\u202e", "Section F"]))
                case "tag":
                    one.tag = data.draw(
                        st.sampled_from([f"{{{W}}}{name}" for name in ("p", "r", "t", "ins", "tbl", "b")])
                    )

    found = read_word(changed_part(FILE, shuffle), {"F": BASE}, {"F": KNOWN}, "family", minting(), limits=LIMITS)
    if not isinstance(found, Refused):
        for reading in found.sections.values():
            assert all(change.record.side == "family" for change in reading.changes)
