"""Reading a layer's document: every record comes back as it was written, and any tree at all gives a layer."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sections.redline.layer import layer_of
from sections.redline.records import MOST_CELLS, Record, Text, normalise, parts, records, to_value
from tests.sections.redline.making import baselines, honest_layers, hostile_layers, revived

BASELINE, RICH = baselines()
BLOCK = next(BASELINE.texts()).id
NAMES = st.sampled_from(["text", "new", "rm", "words", "paragraph", "embed"])
KEYS = st.sampled_from(["id", "block", "after", "kind", "from", "to", "at", "on", "rank", "part", "counters", "x"])
VALUES = st.sampled_from(["a", "b", "0", "1", "12", "007", "123456789", "tr", "w1", "^", BLOCK]) | st.text(max_size=4)
TREES = st.recursive(
    st.fixed_dictionaries({"text": st.text(min_size=1, max_size=3)}),
    lambda inner: st.fixed_dictionaries(
        {"type": NAMES, "children": st.lists(inner, max_size=3)},
        optional={"attrs": st.dictionaries(KEYS, VALUES, max_size=6)},
    ),
    max_leaves=12,
)


def words(part: str, *texts: str) -> dict[str, Any]:
    return {"type": "words", "attrs": {"part": part}, "children": [{"text": text} for text in texts if text]}


def element(record_id: str, value: dict[str, Any]) -> dict[str, Any]:
    """The element a record's fields are kept in."""
    held = dict(value)
    name = held.pop("type")
    named = parts(held.get("kind", ""))[: MOST_CELLS if name == "new" else 1] if name != "rm" else ()
    children = [words(part, held.pop(part, "")) for part in named]
    counters = held.pop("counters", None)
    if counters:
        held |= {"counters": counters["key"], "counters_hash": counters["hash"]}
    attrs = {key: str(spelt) for key, spelt in held.items() if spelt != ""}
    return {"type": name, "attrs": {"id": record_id} | attrs, "children": children}


def tree(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "children": list(elements)}


def comes_back(record: Record, baseline: Any) -> None:
    value = to_value(record)
    layer = layer_of(tree(element(record.id, value)))
    assert {record.id: value} == layer
    assert record == normalise(baseline, record.side, record.id, layer[record.id])


@given(st.integers(0, 2**32 - 1))
def test_every_record_comes_back_as_it_was_written(seed: int) -> None:
    random = Random(seed)
    for baseline in (BASELINE, RICH):
        for making in (honest_layers, hostile_layers):
            for record in records(baseline, revived(making(random, baseline, 8))).values():
                comes_back(record, baseline)


@given(st.fixed_dictionaries({"type": st.just("doc"), "children": st.lists(TREES, max_size=5)}))
def test_any_tree_gives_a_layer_whatever_the_order_of_its_elements(any_tree: dict[str, Any]) -> None:
    layer = layer_of(any_tree)
    assert layer == layer_of(any_tree | {"children": any_tree["children"][::-1]})
    assert isinstance(records(BASELINE, {"family": layer}), dict)


def test_of_several_elements_with_one_id_the_greatest_counts() -> None:
    one = element("a", {"type": "text", "block": BLOCK, "from": 0, "to": 1, "at": 1, "rank": "V", "wording": "one"})
    two = element("a", {"type": "text", "block": BLOCK, "from": 0, "to": 1, "at": 1, "rank": "V", "wording": "two"})
    assert "two" == layer_of(tree(one, two))["a"]["wording"]
    assert "two" == layer_of(tree(two, one))["a"]["wording"]


def test_greatest_is_meant_as_browsers_order_text() -> None:
    def worded(wording: str) -> dict[str, Any]:
        return element("a", {"type": "text", "block": BLOCK, "rank": "V", "wording": wording})

    assert "\uffe0" == layer_of(tree(worded("\uffe0"), worded("😀")))["a"]["wording"]


def test_several_words_of_one_part_are_read_one_after_the_other() -> None:
    held = element("a", {"type": "text", "block": BLOCK, "from": 0, "to": 0, "at": 0, "rank": "V"})
    held["children"] = [
        words("wording", "once ", "a "),
        {"type": "words", "children": [{"text": "week"}]},
        words("w1", "x"),
    ]
    assert "once a week" == layer_of(tree(held))["a"]["wording"]


def test_an_element_whose_values_were_all_undone_is_a_ghost() -> None:
    bare = {"type": "text", "attrs": {"id": "a", "block": BLOCK}, "children": [words("wording")]}
    record = normalise(BASELINE, "family", "a", layer_of(tree(bare))["a"])
    assert isinstance(record, Text)
    assert not record.live


def test_what_is_unfit_is_left_out() -> None:
    odd = element("a", {"type": "new", "after": "^", "kind": "tr", "rank": "V", "on": 2, "w1": "x"})
    late = {"type": "text", "attrs": {"id": "b", "from": "01", "to": "1e3", "at": "-1", "counters": "authority:x"}}
    assert layer_of(tree(odd, late | {"children": []}, {"type": "rm", "attrs": {"id": "A"}, "children": []})) == {
        "a": {"type": "new", "after": "^", "kind": "tr", "rank": "V", "w1": "x"},
        "b": {"type": "text", "counters": {"key": "authority:x", "hash": ""}, "wording": ""},
    }
