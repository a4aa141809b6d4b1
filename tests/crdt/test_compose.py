"""Seeds: what the server writes is what y-prosemirror would have written, and a browser finds nothing to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from crdt import blocks
from crdt.compose import to_update
from crdt.gate import check
from crdt.ledger import Accepted, Ledger
from crdt.replica import Replica
from crdt.update import Update, decode
from tests.crdt.mounting import Editor, editor
from tests.strategies import CLIENT_IDS, trees


@pytest.fixture(scope="module")
def browser() -> Iterator[Editor]:
    with editor() as running:
        yield running


def paragraph(*runs: dict[str, Any]) -> blocks.Tree:
    return {"type": "doc", "children": [{"type": "paragraph", "children": list(runs)}]}


def held(update: bytes) -> blocks.Tree:
    replica = Replica()
    replica.apply(update)
    return replica.tree()


@given(trees(), CLIENT_IDS)
def test_the_server_reads_back_what_it_seeded(tree: blocks.Tree, client: int) -> None:
    assert tree == held(to_update(tree, client))


@given(trees(), CLIENT_IDS)
def test_the_gate_lets_a_seed_in(tree: blocks.Tree, client: int) -> None:
    verdict = check(to_update(tree, client), Ledger(), "the server")
    assert isinstance(verdict, Accepted) or not tree["children"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees(), client=CLIENT_IDS)
def test_a_browser_shows_the_seed_would_have_written_it_so_and_writes_nothing_back(
    browser: Editor, tree: blocks.Tree, client: int
) -> None:
    update = to_update(tree, client)
    mounted = browser.mount(tree, client, update)
    assert tree == blocks.canonical(mounted.document)
    assert mounted.wrote == 0
    assert mounted.written == update


@pytest.mark.parametrize(
    "runs",
    [
        [{"text": "a", "marks": {"strong": {}}}, {"text": "b", "marks": {"strong": {}, "em": {}}}],
        [
            {"text": "a", "marks": {"link": {"href": "https://one.example"}}},
            {"text": "b", "marks": {"link": {"href": "https://two.example"}}},
        ],
        [{"text": "a", "marks": {"em": {}, "strong": {}}}, {"text": "b", "marks": {"em": {}}}, {"text": "c"}],
    ],
)
def test_neighbouring_marks_are_written_as_a_browser_would(browser: Editor, runs: list[dict[str, Any]]) -> None:
    tree = paragraph(*runs)
    update = to_update(tree, 7)
    mounted = browser.mount(tree, 7, update)
    assert tree == blocks.canonical(mounted.document)
    assert (mounted.wrote, mounted.written) == (0, update)


def test_a_line_break_stands_between_two_texts() -> None:
    tree = paragraph({"text": "one"}, {"type": "hard_break", "children": []}, {"text": "two"})
    update = decode(to_update(tree, 3))
    assert isinstance(update, Update)
    assert [
        struct.content if isinstance(struct.content, str) else (struct.content[1], struct.parent)  # type: ignore[index]
        for struct in update.structs[3]
    ] == [
        ("paragraph", "prosemirror"),
        (None, (3, 0)),
        "one",
        ("hard_break", None),
        (None, None),
        "two",
    ]


def test_defaults_are_written_out() -> None:
    tree: blocks.Tree = {
        "type": "doc",
        "children": [
            {"type": "heading", "children": [{"text": "Reading"}]},
            {
                "type": "table",
                "children": [{"type": "table_row", "children": [{"type": "table_cell", "children": []}]}],
            },
        ],
    }
    heading, table = held(to_update(tree, 1))["children"]
    assert heading["attrs"] == {"level": "3"}
    assert table["children"][0]["children"][0]["attrs"] == {"colspan": "1", "rowspan": "1"}


def test_an_item_that_has_no_id_yet_can_be_seeded() -> None:
    tree: blocks.Tree = {"type": "doc", "children": [{"type": "need", "children": []}]}
    assert tree == held(to_update(tree, 1))


def test_an_empty_document_needs_no_structs() -> None:
    assert to_update({"type": "doc", "children": []}, 5) == b"\0\0"


def test_the_same_tree_and_client_give_the_same_bytes() -> None:
    tree = paragraph({"text": "same"})
    assert to_update(tree, 9) == to_update(tree, 9)


@pytest.mark.parametrize(
    "tree",
    [
        {"type": "doc", "children": [{"type": "script", "children": []}]},
        {"type": "doc", "children": [{"type": "list_item", "children": []}]},
        {"type": "doc", "children": [{"text": "loose"}]},
        paragraph({"text": "a", "marks": {"underline": {}}}),
        paragraph({"text": "a", "marks": {"link": {"href": "javascript:alert(1)"}}}),
        {"type": "doc", "children": [{"type": "paragraph", "attrs": {"style": "x"}, "children": []}]},
        {"type": "doc", "children": [{"type": "paragraph", "children": [{"type": "table", "children": []}]}]},
        {"type": "doc", "children": [{"type": "heading", "attrs": {"level": "1"}, "children": []}]},
        {"type": "doc", "children": [{"type": "bullet_list", "children": [{"text": "loose"}]}]},
    ],
)
def test_what_the_schema_has_no_place_for_cannot_be_seeded(tree: blocks.Tree) -> None:
    with pytest.raises(ValueError, match=r"holds no|no such mark|has no attribute|cannot have"):
        to_update(tree, 1)
