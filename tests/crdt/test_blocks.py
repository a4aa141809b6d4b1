"""The canonical tree: one spelling for one content, words, and the items people refer to."""

from __future__ import annotations

from typing import Any

import pytest

from crdt import blocks
from crdt.blocks import Item, Tree


def doc(*children: Tree) -> Tree:
    return {"type": "doc", "children": list(children)}


def text(name: str, *words: str, **attrs: str) -> Tree:
    return blocks.canonical({"type": name, "attrs": attrs, "children": [{"text": word} for word in words]})


def node(name: str, *children: Tree, **attrs: str) -> Tree:
    return blocks.canonical({"type": name, "attrs": attrs, "children": list(children)})


NEEDS = doc(
    text("paragraph", "Jamie is nine."),
    node("need", text("title", "Reading"), text("paragraph", "Reads slowly."), id="aaaaaaaaaa"),
    text("heading", "More", level="3"),
    node("need", text("title", " Being \n with ", "others"), id="bbbbbbbbbb"),
)


def test_neighbouring_runs_with_the_same_marks_become_one() -> None:
    children: list[Tree] = []
    for run in ("a", "", "b"):
        blocks.add_run(children, run, None)
    blocks.add_run(children, "c", {"strong": {}})
    blocks.add_run(children, "d", {"strong": {}, "em": None})
    blocks.add_run(children, "e", {})
    assert children == [{"text": "ab"}, {"text": "cd", "marks": {"strong": {}}}, {"text": "e"}]


def test_a_mark_loses_its_hash() -> None:
    children: list[Tree] = []
    blocks.add_run(children, "a", {"comment--bh6/gLxR": {"id": 7.0}})
    blocks.add_run(children, "b", {"comment--bh6/gLx": {}})
    assert children == [
        {"text": "a", "marks": {"comment": {"id": "7"}}},
        {"text": "b", "marks": {"comment--bh6/gLx": {}}},
    ]


def test_a_mark_without_attributes_may_be_stored_as_true() -> None:
    children: list[Tree] = []
    blocks.add_run(children, "a", {"strong": True})
    assert children == [{"text": "a", "marks": {"strong": {}}}]


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("3", "3"),
        ("", ""),
        (2.0, "2"),
        (-1.0, "-1"),
        (0.5, "0.5"),
        (7, "7"),
        (True, "true"),
        (False, "false"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        ([1, "é"], '[1,"é"]'),
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        (b"x", "\"b'x'\""),
    ],
)
def test_an_attribute_is_a_string(value: object, spelt: str) -> None:
    assert blocks.element("x", [("a", value)], [])["attrs"] == {"a": spelt}


def test_an_absent_attribute_is_left_out() -> None:
    assert blocks.element("x", [("a", None)], []) == {"type": "x", "children": []}


def test_equal_content_has_an_equal_hash_however_it_was_written() -> None:
    one = {"type": "doc", "children": [{"type": "x", "attrs": {"b": "1", "a": "2"}, "children": [{"text": "é"}]}]}
    two = {"children": [{"children": [{"text": "é"}], "attrs": {"a": "2", "b": "1"}, "type": "x"}], "type": "doc"}
    assert blocks.content_hash(one) == blocks.content_hash(two)


def test_the_hash_is_that_of_canonical_json() -> None:
    # printf '{"children":[{"children":[{"text":"é"}],"type":"paragraph"}],"type":"doc"}' | sha256sum
    expected = "4c6c7f08b495c363af33bc1aac2c87619ccb567a0d010693633458065b3121b2"
    assert expected == blocks.content_hash(doc(text("paragraph", "é")))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (doc(), 0),
        (doc(text("paragraph", " \u00a0\n ")), 0),
        (doc(text("paragraph", "one two"), text("paragraph", "three")), 3),
        (doc(node("paragraph", {"text": "on"}, {"text": "e", "marks": {"strong": {}}})), 1),
        (doc(node("paragraph", {"text": "one"}, node("hard_break"), {"text": "two"})), 2),
        (doc(node("bullet_list", node("list_item", text("paragraph", "a b")))), 2),
        (doc(node("odd", {"text": "kept and counted"})), 3),
        (NEEDS, 10),
    ],
)
def test_words_are_counted(tree: Tree, expected: int) -> None:
    assert expected == blocks.words(tree)
    assert blocks.is_empty(tree) == (expected == 0)


def test_an_item_without_words_is_still_empty() -> None:
    assert blocks.is_empty(doc(node("need", text("title"), node("ref", to="aaaaaaaaaa"), id="bbbbbbbbbb")))


def test_plain_text_has_a_line_for_each_paragraph() -> None:
    assert blocks.plain_text(NEEDS) == "Jamie is nine.\nReading\nReads slowly.\nMore\n Being \n with others"


def test_items_are_numbered_in_the_order_of_the_text() -> None:
    assert blocks.items(NEEDS) == [
        Item("aaaaaaaaaa", "need", 1, "Reading", ()),
        Item("bbbbbbbbbb", "need", 2, "Being with others", ()),
    ]


def test_an_item_names_what_it_refers_to() -> None:
    provision = node(
        "provision", text("title", "Teaching"), node("ref", to="aaaaaaaaaa"), node("ref"), node("ref", to="bbbbbbbbbb")
    )
    assert blocks.items(doc(provision)) == [Item("", "provision", 1, "Teaching", ("aaaaaaaaaa", "bbbbbbbbbb"))]


def test_an_item_is_found_by_its_id() -> None:
    found = blocks.find_item(NEEDS, "bbbbbbbbbb")
    assert found is not None
    assert found.number == 2
    assert blocks.find_item(NEEDS, "cccccccccc") is None


@pytest.mark.parametrize(("section", "label"), [("B", "B3"), ("F", "F3"), ("H1", "H1-3"), ("H2", "H2-3")])
def test_a_label_cannot_be_mistaken(section: str, label: str) -> None:
    assert Item("x", "need", 3, "", ()).label(section) == label


def test_deep_nesting_is_read_without_running_out_of_stack() -> None:
    tree: dict[str, Any] = doc(text("paragraph", "deep"))
    for _ in range(5000):
        tree = {"type": "list_item", "children": [tree]}
    assert blocks.words(tree) == 1
    assert blocks.plain_text(tree) == "deep"
