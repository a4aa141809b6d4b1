"""Reading a layer is total: anything at all gives known, clamped, well-formed records, and the same display again."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.redline.compose import compose, compose_records, texts
from sections.redline.decompose import Hand, decompose
from sections.redline.ranks import between, first
from sections.redline.records import Record, Text, records, to_value
from tests.sections.redline.making import baselines, honest_layers, hostile_layers, minting, revived

BASELINE, RICH = baselines()
BLOCK, SMILES = (block.id for block in BASELINE.texts())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=12,
)
FIELD = st.sampled_from(
    ["type", "block", "from", "to", "at", "rank", "wording", "after", "kind", "on", "counters", "w1"]
)
KNOWN = st.sampled_from(["text", "new", "rm", BLOCK, SMILES, "^", "p", "tr", "provision", "family:a", "authority:b", 1])
LAYER = st.dictionaries(
    st.sampled_from(["a", "b", "c"]) | st.text(), st.dictionaries(FIELD, KNOWN | ANYTHING) | ANYTHING
)
SIDE = st.sampled_from(["family", "authority", "tribunal", "observer"]) | st.text()


def one(value: Any) -> Record | None:
    return records(BASELINE, {"family": {"a": value}}).get("family:a")


@given(ANYTHING | st.dictionaries(SIDE, LAYER | ANYTHING))
def test_any_value_composes_and_leaves_the_baseline_whole(layers: Any) -> None:
    shown = compose(BASELINE, layers)
    found = {b.id: "".join(r.text for r in b.runs or () if not r.by) for b in texts(shown) if not b.key}
    assert {block.id: block.text for block in BASELINE.texts()} == found
    known = records(BASELINE, layers)
    again: dict[str, dict[str, Any]] = {}
    for record in known.values():
        again.setdefault(record.side, {})[record.id] = to_value(record)
    assert known == records(BASELINE, again)
    assert shown == compose(BASELINE, again)


@given(st.integers(0, 2**32 - 1))
def test_what_a_side_wrote_is_read_back_from_what_is_shown(seed: int) -> None:
    random = Random(seed)
    for baseline in (BASELINE, RICH):
        known = records(baseline, honest_layers(random, baseline, 10))
        for block in texts(compose_records(baseline, known)):
            for me in ("authority", "family"):
                here = {k: r for k, r in known.items() if isinstance(r, Text) and r.block == block.id and r.side == me}
                expected = {key: record for key, record in here.items() if record.live}
                if not block.key:
                    assert expected == decompose(block.runs or (), Hand(me, block.id, known, minting()))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (50, 3, (39, 39)),
        (-5, 1e9, (0, 39)),
        (5, 3, (5, 5)),
        (math.nan, 4, (0, 4)),
        (2, math.inf, (2, 39)),
        (2.9, 4.9, (2, 4)),
        ("2", None, (0, 0)),
        (True, 4, (0, 4)),
        (10**400, 10**400, (39, 39)),
    ],
)
def test_offsets_are_clamped_to_the_block(start: Any, end: Any, expected: tuple[int, int]) -> None:
    record = one({"type": "text", "block": BLOCK, "from": start, "to": end, "wording": "x"})
    assert isinstance(record, Text)
    assert expected == (record.start, record.end)


def test_a_range_that_cuts_a_character_covers_it_and_a_place_inside_one_moves_before_it() -> None:
    record = one({"type": "text", "block": SMILES, "from": 1, "to": 3, "at": 1, "wording": "x"})
    assert isinstance(record, Text)
    assert (0, 3, 0) == (record.start, record.end, record.at)
    insertion = one({"type": "text", "block": SMILES, "from": 1, "to": 1, "at": 1, "wording": "x"})
    assert isinstance(insertion, Text)
    assert (0, 0, 0) == (insertion.start, insertion.end, insertion.at)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        "text",
        {},
        {"type": "evil", "block": BLOCK},
        {"type": "text", "block": "unknown"},
        {"type": "text", "block": None},
        {"type": "new", "after": BLOCK, "kind": "evil", "on": 1},
        {"type": "new", "after": "observer:a", "kind": "p", "on": 1},
        {"type": "new", "after": ["^"], "kind": "p", "on": 1},
        {"type": "rm", "block": "provspeech.title", "on": 1},
    ],
)
def test_what_means_nothing_is_no_record(value: Any) -> None:
    assert one(value) is None


@pytest.mark.parametrize("record_id", ["__proto__", "A", "", "a:b", "é", "x" * 65, "a b", "a\n"])
def test_an_id_nobody_is_given_is_no_record(record_id: str) -> None:
    layers = {"family": {record_id: {"type": "rm", "block": BLOCK, "on": 1}}}
    assert {} == records(BASELINE, layers)


def test_a_title_or_a_cell_cannot_be_removed_from_what_holds_it() -> None:
    cells = [place.block for place in RICH.places.values() if place.block.type in {"table_cell", "title", "field"}]
    layer = {f"r{n}": {"type": "rm", "block": block.id, "on": 1} for n, block in enumerate(cells)}
    assert {} == records(RICH, {"family": layer})


def test_a_record_cannot_answer_its_own_side() -> None:
    record = one({"type": "text", "block": BLOCK, "wording": "x", "counters": {"key": "family:b", "hash": ""}})
    assert record is not None
    assert "" == record.counters


def test_new_blocks_of_two_people_stay_together() -> None:
    def new(after: str, words: str, rank: str) -> dict[str, Any]:
        return {"type": "new", "after": after, "kind": "p", "rank": rank, "on": 1, "wording": words}

    layers = {
        "authority": {"a1": new(BLOCK, "A1", "K"), "a2": new("authority:a1", "A2", "V")},
        "family": {"f1": new(BLOCK, "F1", "V"), "f2": new("family:f1", "F2", "A")},
    }
    added = ["".join(run.text for run in block.runs or ()) for block in texts(compose(BASELINE, layers)) if block.key]
    assert ["A1", "A2", "F1", "F2"] == added


def test_new_blocks_that_follow_one_another_in_a_circle_are_not_shown() -> None:
    circle = {"type": "new", "kind": "p", "on": 1, "wording": "x"}
    layers = {"family": {"a": circle | {"after": "family:b"}, "b": circle | {"after": "family:a"}}}
    assert not [block for block in texts(compose(BASELINE, layers)) if block.key]


def test_ten_thousand_new_blocks_in_one_chain_are_shown() -> None:
    chain = {
        f"r{n}": {"type": "new", "after": f"family:r{n - 1}" if n else "^", "kind": "p", "on": 1, "wording": str(n)}
        for n in range(10_000)
    }
    shown = compose(BASELINE, {"family": chain})
    assert [str(n) for n in range(10_000)] == ["".join(r.text for r in b.runs or ()) for b in shown[:10_000]]


def test_a_withdrawn_new_block_keeps_the_place_of_those_after_it() -> None:
    layers = {
        "family": {
            "a": {"type": "new", "after": BLOCK, "kind": "p", "on": 0, "wording": "gone"},
            "b": {"type": "new", "after": "family:a", "kind": "p", "on": 1, "wording": "here"},
        }
    }
    assert ["family:b"] == [block.key for block in compose(BASELINE, layers) if block.key]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=60))
def test_there_is_always_a_rank_between_two(places: list[int]) -> None:
    ranks = [first("family", "a")]
    for count, place in enumerate(places):
        index = place % (len(ranks) + 1)
        low = ranks[index - 1] if index else ""
        high = ranks[index] if index < len(ranks) else ""
        rank = between(low, high, f"n{count}")
        assert low < rank
        assert not high or rank < high
        assert not rank.endswith("0")
        ranks.insert(index, rank)


def test_the_authority_stands_first_where_both_write_at_once() -> None:
    assert first("authority", "zzz") < first("family", "aaa") < first("tribunal", "aaa")


@given(st.integers(0, 2**32 - 1))
def test_hostile_layers_give_records_that_read_the_same_again(seed: int) -> None:
    known = records(RICH, revived(hostile_layers(Random(seed), RICH, 6)))
    again: dict[str, dict[str, Any]] = {}
    for record in known.values():
        again.setdefault(record.side, {})[record.id] = to_value(record)
    assert known == records(RICH, again)


def new(after: str, kind: str, words: str = "x") -> dict[str, Any]:
    return {"type": "new", "after": after, "kind": kind, "on": 1, "wording": words}


def holder(layers: Any, key: str) -> str:
    """What holds the block this record adds: the id and type of the baseline block around it, or nothing."""

    def search(blocks: Any, around: str) -> str | None:
        for block in blocks:
            if block.key == key and block.part != "list":
                return around
            found = search(block.blocks, f"{block.type}" if block.key == "" else around)
            if found is not None:
                return found
        return None

    return search(compose(RICH, layers), "top") or "nowhere"


IN_LIST = next(block.id for block in RICH.texts() if block.text == "First.")
CELL = next(block.id for block in RICH.texts() if block.text == "(a)")
INTRO = next(block.id for block in RICH.texts() if block.text == "He may join in.")


@pytest.mark.parametrize(
    ("after", "kind", "expected"),
    [
        ("^", "p", "top"),
        ("^", "provision", "top"),
        ("^", "tr", "nowhere"),
        (INTRO, "li", "top"),
        (INTRO, "tr", "nowhere"),
        (IN_LIST, "p", "list_item"),
        (IN_LIST, "li", "bullet_list"),
        (IN_LIST, "need", "top"),
        (CELL, "p", "table_cell"),
        (CELL, "li", "table_cell"),
        (CELL, "tr", "table"),
        (CELL, "outcome", "top"),
        ("provspeech.what", "p", "provision"),
        ("provspeech.what", "h3", "provision"),
        ("provspeech.what", "provision", "top"),
        ("provspeech", "p", "top"),
    ],
)
def test_a_new_block_stands_in_the_nearest_place_that_may_hold_it(after: str, kind: str, expected: str) -> None:
    assert expected == holder({"family": {"a": new(after, kind)}}, "family:a")


@pytest.mark.parametrize(
    ("after", "before", "kind", "expected"),
    [
        (IN_LIST, "li", "li", "bullet_list"),
        (IN_LIST, "li", "p", "top"),
        (IN_LIST, "p", "li", "bullet_list"),
        (IN_LIST, "p", "need", "top"),
        (CELL, "tr", "tr", "table"),
        (CELL, "tr", "p", "top"),
        (CELL, "p", "tr", "nowhere"),
        (CELL, "p", "li", "table_cell"),
        ("provspeech", "provision", "p", "top"),
        ("provspeech.what", "p", "provision", "top"),
        (INTRO, "p", "li", "top"),
    ],
)
def test_a_new_block_after_a_new_block_stands_beside_it_or_after_what_holds_it(
    after: str, before: str, kind: str, expected: str
) -> None:
    layers = {"family": {"a": new(after, before)}, "authority": {"b": new("family:a", kind)}}
    assert expected == holder(layers, "authority:b")


def test_new_list_entries_outside_a_list_share_one() -> None:
    layers = {"family": {"a": new(INTRO, "li", "one"), "b": new("family:a", "li", "two")}}
    made = [block for block in compose(RICH, layers) if block.part == "list"]
    assert [["one", "two"]] == [["".join(run.text for run in text.runs or ()) for text in texts(made[0].blocks)]]
    assert 1 == len(made)
