"""The server's document: what it promises, and what becomes of it when the engine breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from crdt import blocks
from crdt.compose import to_update
from crdt.replica import Replica, ReplicaBroken
from tests.crdt.mounting import Editor, editor
from tests.strategies import edited, trees


@pytest.fixture(scope="module")
def browser() -> Iterator[Editor]:
    with editor() as running:
        yield running


EMPTY = {"type": "doc", "children": []}


def one_paragraph(text: str = "Jamie reads") -> blocks.Tree:
    return {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": text}]}]}


def written(write: Callable[[XmlFragment], object]) -> Replica:
    """A replica of what ``write`` puts into another document."""
    doc: Doc[Any] = Doc()
    write(doc.get("prosemirror", type=XmlFragment))
    replica = Replica()
    replica.apply(doc.get_update())
    return replica


def test_a_new_document_is_empty() -> None:
    replica = Replica()
    assert replica.tree() == EMPTY
    assert replica.state_vector() == b"\0"
    assert replica.full_update() == b"\0\0"


@given(trees())
def test_the_full_update_carries_everything(tree: blocks.Tree) -> None:
    source, copy = Replica(), Replica()
    source.apply(to_update(tree, 4))
    copy.apply(source.full_update())
    assert tree == copy.tree()
    assert source.state_vector() == copy.state_vector()


def test_a_difference_brings_another_replica_up_to_date() -> None:
    doc: Doc[Any] = Doc()
    text = (
        doc.get("prosemirror", type=XmlFragment).children.append(XmlElement("paragraph")).children.append(XmlText("a"))
    )
    ahead, behind = Replica(), Replica()
    ahead.apply(doc.get_update())
    behind.apply(doc.get_update())
    text += "b"
    ahead.apply(doc.get_update(behind.state_vector()))
    behind.apply(ahead.diff(behind.state_vector()))
    assert one_paragraph("ab") == behind.tree()


def test_many_updates_apply_in_order() -> None:
    doc: Doc[Any] = Doc()
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    text = (
        doc.get("prosemirror", type=XmlFragment).children.append(XmlElement("paragraph")).children.append(XmlText("a"))
    )
    for letter in "bcd":
        text += letter
    doc.unobserve(subscription)
    replica = Replica()
    replica.apply_many(updates)
    assert one_paragraph("abcd") == replica.tree()


def test_deleted_text_is_kept_in_the_record_but_not_in_the_tree() -> None:
    doc: Doc[Any] = Doc(skip_gc=True)
    text = (
        doc.get("prosemirror", type=XmlFragment)
        .children.append(XmlElement("paragraph"))
        .children.append(XmlText("abc"))
    )
    replica = Replica()
    replica.apply(doc.get_update())
    before = replica.state_vector()
    del text[1:2]
    replica.apply(doc.get_update(before))
    assert one_paragraph("ac") == replica.tree()
    assert b"b" in replica.full_update()


def test_neighbouring_texts_read_as_one() -> None:
    def write(root: XmlFragment) -> None:
        paragraph = root.children.append(XmlElement("paragraph"))
        paragraph.children.append(XmlText("one "))
        paragraph.children.append(XmlText("two"))

    assert one_paragraph("one two") == written(write).tree()


def test_numbers_become_strings_and_unknown_names_stay() -> None:
    def write(root: XmlFragment) -> None:
        odd = root.children.append(XmlElement("odd"))
        odd.attributes["level"] = 2
        odd.attributes["share"] = 0.5
        odd.attributes["yes"] = True
        odd.children.append(XmlText("")).insert(0, "x", {"blink--bh6/gLxR": {"at": 1}})

    assert written(write).tree() == {
        "type": "doc",
        "children": [
            {
                "type": "odd",
                "attrs": {"level": "2", "share": "0.5", "yes": "true"},
                "children": [{"text": "x", "marks": {"blink": {"at": "1"}}}],
            }
        ],
    }


def test_something_embedded_in_text_is_shown_as_such() -> None:
    def write(root: XmlFragment) -> None:
        paragraph = root.children.append(XmlElement("paragraph"))
        text = paragraph.children.append(XmlText("ab"))
        text.insert_embed(1, {"image": "x"})

    children = written(write).tree()["children"][0]["children"]
    assert children == [{"text": "a"}, {"type": "embed", "children": []}, {"text": "b"}]


@pytest.mark.parametrize("hostile", ["ff", "0101", "010105004405400000"])
def test_whatever_the_engine_throws_comes_out_as_one_kind_of_trouble(hostile: str) -> None:
    doc: Doc[Any] = Doc(client_id=5)
    doc.get("prosemirror", type=XmlFragment).children.append(XmlElement("paragraph")).children.append(XmlText("abc"))
    replica = Replica()
    replica.apply(doc.get_update())
    with pytest.raises(ReplicaBroken):
        replica.apply(bytes.fromhex(hostile))
    assert replica.broken


def test_a_broken_replica_stays_broken() -> None:
    replica = Replica()
    assert not replica.broken
    with pytest.raises(ReplicaBroken):
        replica.apply(b"\xff")
    for use in (replica.tree, replica.state_vector, replica.full_update, lambda: replica.diff(b"\0")):
        with pytest.raises(ReplicaBroken):
            use()


def test_trouble_names_its_kind_and_no_text() -> None:
    replica = Replica()
    with pytest.raises(ReplicaBroken) as caught:
        replica.diff(b"not a state vector")
    assert str(caught.value).isidentifier()


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_order_to_stop_is_obeyed(ending: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise ending

    monkeypatch.setattr(Doc, "apply_update", stop)
    replica = Replica()
    with pytest.raises(ending):
        replica.apply(b"\0\0")
    assert replica.broken


def test_nesting_beyond_all_measure_breaks_only_this_replica() -> None:
    def write(root: XmlFragment) -> None:
        parent: XmlFragment | XmlElement = root
        for _ in range(400):
            parent = parent.children.append(XmlElement("bullet_list"))

    with pytest.raises(ReplicaBroken):
        written(write).tree()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), seed=trees(), order=st.permutations([0, 1]))
def test_the_server_reads_what_browsers_show_after_concurrent_edits(
    browser: Editor, data: st.DataObject, seed: blocks.Tree, order: list[int]
) -> None:
    update = to_update(seed, 1)
    shown, sent = browser.meet(update, {client: data.draw(edited(seed)) for client in (2, 3)})
    replica = Replica()
    replica.apply_many([update, *(sent[index] for index in order)])
    assert blocks.canonical(shown) == replica.tree()
