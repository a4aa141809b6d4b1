"""A frozen section cannot be read otherwise than it was issued, and gives its tree back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given

from crdt import blocks
from sections.example import load
from sections.redline.baseline import Note, freeze, from_value, thaw, to_value
from sections.redline.records import FIELDS
from sections.redline.units import Units
from sections.redline.worded import FIELD_NAMES
from tests.sections.redline.making import RICH, paragraph, tree
from tests.strategies import trees

SCHEMA = json.loads((Path(blocks.__file__).parent / "schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("label", list(load().sections))
def test_every_section_of_the_example_freezes_and_thaws_to_itself(label: str) -> None:
    section = load().sections[label]
    baseline = freeze(section, label, 1)
    assert section == thaw(baseline)
    assert baseline.hash == freeze(section, label, 7).hash


def test_items_keep_their_own_ids_and_fields_are_named_after_them() -> None:
    baseline = freeze(RICH, "F", 1)
    assert {"provspeech", "provspeech.title", "provspeech.what", "provspeech.who"} <= set(baseline.places)


def test_emphasis_and_links_are_taken_out_of_the_text_and_noted() -> None:
    link = {"text": "here", "marks": {"link": {"href": "https://example.org"}}}
    [block] = freeze(tree(paragraph("😀 ", {"text": "bold", "marks": {"strong": {}}}, " ", link)), "B", 1).blocks
    assert "😀 bold here" == block.text
    assert (Note(3, 7, "strong", {}), Note(8, 12, "link", {"href": "https://example.org"})) == block.notes


def test_text_is_composed_and_has_one_kind_of_line_break() -> None:
    [block] = freeze(tree(paragraph("e\u0301\r\nx\x00")), "B", 1).blocks
    assert "é\nx\ufffd" == block.text


def test_two_items_with_one_id_are_still_two_blocks() -> None:
    twice = freeze(tree(RICH["children"][3], RICH["children"][3]), "F", 1)
    assert 2 == len({block.id for block in twice.blocks})


def test_ids_can_be_passed_in() -> None:
    assert "given" == freeze(RICH, "F", 1, {"1": "given"}).blocks[1].id


def test_a_stored_baseline_that_was_touched_is_not_accepted() -> None:
    value = to_value(freeze(RICH, "F", 1))
    assert from_value(json.loads(json.dumps(value))) is not None
    value["blocks"][1]["text"] += " may"
    assert from_value(value) is None


def test_a_baseline_cannot_be_changed() -> None:
    baseline = freeze(RICH, "F", 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        baseline.blocks[0].text = "other"  # type: ignore[misc]


@given(trees())
def test_any_section_the_schema_allows_freezes_with_its_words_and_ids_that_never_repeat(section: blocks.Tree) -> None:
    baseline = freeze(section, "F", 1)
    assert baseline.hash == freeze(section, "F", 1).hash
    count = sum(1 for _ in _elements(section))
    assert count == len(baseline.places)
    stored = from_value(json.loads(json.dumps(to_value(baseline))))
    assert stored is not None
    assert baseline.hash == stored.hash
    again = freeze(thaw(baseline), "F", 1)
    assert [b.text for b in baseline.texts()] == [b.text for b in again.texts()]


def _elements(node: blocks.Tree) -> list[blocks.Tree]:
    """Every element that becomes a block: line breaks are characters of their text."""
    inner = [child for child in node["children"] if "type" in child and child["type"] != "hard_break"]
    return [*inner, *(deeper for child in inner for deeper in _elements(child))]


def test_fields_and_their_names_are_those_of_the_schema() -> None:
    assert {kind: list(names) for kind, names in FIELDS.items() if names} == SCHEMA["fields"]
    assert FIELD_NAMES == SCHEMA["field_labels"]


def test_offsets_never_cut_a_character() -> None:
    units = Units("a😀b")
    assert [0, 1, 1, 3, 4, 4] == [units.snap(offset) for offset in (-1, 1, 2, 3, 4, 9)]
    assert 3 == units.snap_up(2)
    assert "😀" == units.cut(1, 3)
