"""Canonical means canonical: one content has one tree and one hash, and counting agrees with reading."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crdt import blocks
from crdt.blocks import Tree
from tests.strategies import trees


def shuffled(tree: Tree, data: st.DataObject) -> Tree:
    """The same content written carelessly: runs cut in two, empty runs and empty marks left about."""
    children: list[Any] = []
    for child in tree["children"]:
        if "text" not in child:
            children.append(shuffled(child, data))
            continue
        cut = data.draw(st.integers(0, len(child["text"])))
        marks = dict(reversed(child.get("marks", {}).items()))
        children += [{"text": child["text"][:cut], "marks": marks}, {"text": child["text"][cut:], "marks": marks}]
    attrs = dict(reversed(tree.get("attrs", {}).items()))
    return {"type": tree["type"], "attrs": attrs | {"absent": None}, "children": children}


@given(trees(), st.data())
def test_however_it_was_written_the_tree_and_hash_are_the_same(tree: Tree, data: st.DataObject) -> None:
    careless = shuffled(tree, data)
    assert tree == blocks.canonical(careless)
    assert blocks.content_hash(tree) == blocks.content_hash(blocks.canonical(careless))


@given(trees())
def test_canonical_changes_nothing_the_second_time(tree: Tree) -> None:
    assert tree == blocks.canonical(tree)


@given(trees(), trees())
def test_different_content_has_a_different_hash(one: Tree, other: Tree) -> None:
    assert (one == other) == (blocks.content_hash(one) == blocks.content_hash(other))


@given(trees())
def test_counting_agrees_with_reading(tree: Tree) -> None:
    read = blocks.plain_text(tree)
    assert blocks.words(tree) == len(read.split())
    assert blocks.is_empty(tree) == (not read.strip())


@given(trees())
def test_items_are_numbered_from_one_and_each_is_found(tree: Tree) -> None:
    found = blocks.items(tree)
    assert [item.number for item in found] == list(range(1, len(found) + 1))
    for item in found:
        first = blocks.find_item(tree, item.id)
        assert first is not None
        assert first.number <= item.number
