"""Two moments laid over each other: the marks give both texts back, nothing else is touched, and words are counted."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crdt.blocks import Tree, canonical
from sections.history import Changed
from server.history.compare import compare, smoothed, words_compared
from tests.strategies import edited, trees


def side(node: Tree, left_out: str) -> Any:
    """One of the two texts: its words by kind of passage, in order, without what is on the other side only."""
    found = []
    for child in node["children"]:
        if child.get("change") == left_out:
            continue
        found.append(child["text"] if "text" in child else (child["type"], side(child, left_out)))
    joined: list[Any] = []
    for one in found:
        if isinstance(one, str) and joined and isinstance(joined[-1], str):
            joined[-1] += one
        else:
            joined.append(one)
    return joined


@st.composite
def without_moves(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two texts whose items, if the ids are the same, stand in the same order: a move is shown once."""
    old = draw(trees())
    new = draw(edited(old)) if draw(st.booleans()) else draw(trees())
    for place, tree in enumerate((old, new)):
        for number, child in enumerate(tree["children"]):
            if "id" in child.get("attrs", {}):
                child["attrs"]["id"] = f"{place}{number:09}"
    return canonical(old), canonical(new)


@settings(max_examples=40)
@given(without_moves())
def test_without_the_marks_each_text_is_as_it_was_and_neither_was_written_to(texts: tuple[Tree, Tree]) -> None:
    old, new = texts
    kept = copy.deepcopy(texts)
    found = compare(old, new, "B")
    assert kept == texts
    assert side(old, "") == side(found.tree, "in")
    assert side(new, "") == side(found.tree, "out")
    assert found.same or old != new


def test_the_same_text_has_no_changes() -> None:
    tree = item("He reads.", "aaaaaaaaaa")
    assert compare(tree, copy.deepcopy(tree), "B").same


def item(words: str, *ids: str) -> Tree:
    paragraph = {"type": "paragraph", "children": [{"text": words}]}
    return {"type": "doc", "children": [{"type": "need", "attrs": {"id": one}, "children": [paragraph]} for one in ids]}


def test_changes_are_counted_by_item_with_the_numbers_of_their_own_time() -> None:
    old, new = item("He reads well.", "a" * 10, "b" * 10), item("He reads very well.", "b" * 10)
    assert (Changed("B1", 0, 3), Changed("B1", 1, 0)) == compare(old, new, "B").changes


def test_an_item_that_was_moved_is_shown_once_where_it_is_now() -> None:
    old, new = item("He reads.", "a" * 10, "b" * 10), item("He reads.", "b" * 10, "a" * 10)
    found = compare(old, new, "B")
    assert 2 == len(found.tree["children"])
    assert ["moved"] == [child["change"] for child in found.tree["children"] if "change" in child]
    assert all(one.other and not one.added and not one.removed for one in found.changes)


def test_a_passage_too_long_to_compare_keeps_its_beginning_and_end() -> None:
    old = "Begin here " + "word " * 3000 + "and end."
    new = "Begin here " + "other " * 3000 + "and end."
    pieces = words_compared(old, new)
    assert old == "".join(one.text for one in pieces if one.kind != "in")
    assert new == "".join(one.text for one in pieces if one.kind != "out")
    assert pieces[0].text.startswith("Begin")
    assert pieces[-1].text.endswith("end.")


WORD = st.sampled_from(["a", "the", "reads", ",", " ", " ", "\n", "well."])


@given(st.lists(WORD, max_size=12).map("".join), st.lists(WORD, max_size=12).map("".join))
def test_changes_told_as_one_are_still_the_same_two_texts(old: str, new: str) -> None:
    pieces = list(smoothed(words_compared(old, new)))
    assert old == "".join(one.text for one in pieces if one.kind != "in")
    assert new == "".join(one.text for one in pieces if one.kind != "out")


def test_neighbouring_words_that_changed_are_told_as_one() -> None:
    pieces = smoothed(words_compared("with a quick drawing", "he may follow drawing"))
    assert [("out", "with a quick"), ("in", "he may follow")] == [(one.kind, one.text) for one in pieces][:2]
