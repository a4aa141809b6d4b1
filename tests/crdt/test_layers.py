"""The server's own writing in a layer: just what is wanted comes to be there, by the smallest change, past the gate."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt.edits import Append, splice
from crdt.gate import Accepted
from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from crdt.structs import ANY, STRING, Update, utf16_length
from crdt.update import decode
from sections.redline.layer import layer_of
from sections.redline.records import records, to_value
from tests.hostile.histories import Server, fresh, replay
from tests.sections.redline.making import WORDS, baselines, honest_layers, hostile_layers, revived

PLAIN, RICH = baselines()
HASH = "ab" * 32
TYPED = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
ONE = {"type": "text", "block": "abcdefghij", "from": 3, "to": 9, "at": 9, "rank": "V", "wording": "once a 😀 week"}


def layers(seed: int, many: int = 6) -> dict[str, dict[str, Any]]:
    """Records of one side as their fields."""
    random = Random(seed)
    baseline = random.choice((PLAIN, RICH))
    making = random.choice((honest_layers, hostile_layers))
    known = records(baseline, revived(making(random, baseline, many)))
    return {record.id: to_value(record) for record in known.values() if record.side == "family"}


def written(server: Server, wanted: Mapping[str, Mapping[str, Any]], client: int) -> Update | None:
    """What was written, once the gate has taken it."""
    update = write_layer(server.replica.full_update(), wanted, client)
    if update is None:
        return None
    verdict = server.take(update, "the server")
    assert isinstance(verdict, Accepted), verdict
    assert verdict.update == update
    assert verdict.new_clients in ((client,), ())
    found = decode(update)
    assert isinstance(found, Update)
    return found


def held(server: Server) -> dict[str, dict[str, Any]]:
    return layer_of(server.replica.tree())


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))
def test_a_layer_holds_what_was_wanted_last_and_keeps_what_was_not_named(seeds: list[int]) -> None:
    server = Server(schema=LAYER)
    expected: dict[str, dict[str, Any]] = {}
    for number, seed in enumerate(seeds):
        wanted = {f"{record_id}{value['type']}": value for record_id, value in layers(seed).items()}
        about = {name: (value.get("block"), value.get("after"), value.get("kind")) for name, value in expected.items()}
        wanted = {
            name: value
            for name, value in wanted.items()
            if about.get(name, ...) in (..., (value.get("block"), value.get("after"), value.get("kind")))
        }
        written(server, wanted, 100 + number)
        expected |= wanted
        assert expected == held(server)
        assert write_layer(server.replica.full_update(), wanted, 99) is None
        assert write_layer(server.replica.full_update(), expected, 99) is None


@given(TYPED, TYPED)
def test_a_wording_changes_in_one_place_and_every_other_letter_stays(before: str, after: str) -> None:
    server = Server(schema=LAYER)
    written(server, {"a": ONE | {"wording": before}}, 1)
    change = written(server, {"a": ONE | {"wording": after}}, 2)
    assert after == held(server)["a"]["wording"]
    assert (change is None) == (before == after)
    least = splice(((0,),), before, after)
    if change is not None and least is not None:
        typed = [struct.content for section in change.structs.values() for struct in section]
        assert typed == [least.text] * bool(least.text)
        gone = sum(length for ranges in change.deletes.values() for _, length in ranges)
        assert gone == utf16_length(before[least.start : least.end])


@given(TYPED, TYPED)
def test_a_splice_makes_one_text_of_another_and_is_the_smallest(before: str, after: str) -> None:
    change = splice(((0,),), before, after)
    if change is None:
        assert before == after
        return
    assert after == before[: change.start] + change.text + before[change.end :]
    cut = before[change.start : change.end]
    assert not (cut and change.text and (cut[0] == change.text[0] or cut[-1] == change.text[-1]))


def test_only_what_differs_is_written() -> None:
    server = Server(schema=LAYER)
    written(server, {"a": ONE, "b": {"type": "rm", "block": "abcdefghij", "on": 1}}, 1)
    change = written(server, {"a": ONE | {"to": 12, "at": 12}, "b": {"type": "rm", "block": "abcdefghij", "on": 1}}, 2)
    assert change is not None
    assert [(struct.kind, struct.content) for struct in change.structs[2]] == [(ANY, ("12",)), (ANY, ("12",))]
    assert [STRING, "twice"] == [
        value for struct in written_again(server).structs[3] for value in (struct.kind, struct.content)
    ]


def written_again(server: Server) -> Update:
    change = written(server, {"a": ONE | {"to": 12, "at": 12, "wording": "once a 😀 weektwice"}}, 3)
    assert change is not None
    return change


def test_a_record_is_made_with_all_its_words_even_the_empty_ones() -> None:
    server = Server(schema=LAYER)
    new = {"type": "new", "after": "^", "rank": "V", "on": 1}
    wanted = {
        "item": new | {"kind": "outcome", "w_text": "x"},
        "need": new | {"kind": "need"},
        "row": new | {"kind": "tr", "w2": "c"},
        "para": new | {"kind": "p"},
        "gone": {"type": "rm", "block": "abcdefghij", "on": 0},
    }
    written(server, wanted, 1)
    made = {
        element["attrs"]["id"]: [words["attrs"]["part"] for words in element["children"]]
        for element in server.replica.tree()["children"]
    }
    assert made == {
        "item": ["wording", "w_measure", "w_by_when", "w_text"],
        "need": ["wording", "w_text"],
        "row": ["wording", "w1", "w2"],
        "para": ["wording"],
        "gone": [],
    }
    written(server, {"row": new | {"kind": "tr", "w1": "b", "w3": "d"}}, 2)
    assert held(server)["row"] == new | {"kind": "tr", "w1": "b", "w3": "d"}


def test_what_is_left_out_is_taken_away() -> None:
    server = Server(schema=LAYER)
    whole = ONE | {"counters": {"key": "authority:x", "hash": HASH}, "group": "g", "moves": "m"}
    written(server, {"a": whole}, 1)
    assert {"a": whole} == held(server)
    written(server, {"a": ONE}, 2)
    assert {"a": ONE} == held(server)
    written(server, {"a": whole}, 3)
    assert {"a": whole} == held(server)


def test_any_honest_layer_takes_what_is_wanted() -> None:
    for history in fresh(first_seed=300, count=15, edits=60, schema=LAYER):
        server = replay(history)
        present = held(server)
        wanted = {
            record_id: fields | ({"wording": "neu 😀"} if fields["type"] == "text" else {"on": 0})
            for record_id, fields in present.items()
        }
        written(server, wanted, 2**32 - 1)
        assert wanted == {record_id: held(server)[record_id] for record_id in wanted}


def test_half_a_pair_becomes_a_replacement_character() -> None:
    server = Server(schema=LAYER)
    written(server, {"a": ONE | {"wording": "x\ud83d"}}, 1)
    assert held(server)["a"]["wording"] == "x\ufffd"
    assert write_layer(server.replica.full_update(), {"a": ONE | {"wording": "x\ud83d"}}, 2) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "paragraph"},
        {"type": "text", "from": 0, "to": 0, "at": 0, "rank": "V", "wording": ""},
        {"type": "new", "after": "^", "kind": "table", "on": 1},
        {"type": "new", "after": "^", "kind": "p", "on": 1, "w1": "a cell"},
        {"type": "rm", "block": "abcdefghij", "on": 2},
        ONE | {"from": 10**8},
        ONE | {"rank": "é"},
        ONE | {"counters": {"key": "observer:x", "hash": HASH}},
        ONE | {"style": "red"},
    ],
)
def test_what_a_layer_has_no_place_for_cannot_be_written(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a layer holds no|a record cannot have|a record has no"):
        write_layer(b"\0\0", {"a": fields}, 1)


TEXTS = st.lists(st.lists(st.sampled_from(["", "a", "é", "😀b", "ab😀"]), max_size=3), min_size=1, max_size=3)


@given(TEXTS, TYPED)
def test_a_wording_in_several_texts_reads_as_wanted_too(pieces: list[list[str]], after: str) -> None:
    replica = Replica(LAYER, 1)
    words = [{"type": "words", "children": [{"text": text} for text in texts]} for texts in pieces]
    attributes = {"id": "a", "block": "abcdefghij", "from": "3", "to": "9", "at": "9", "rank": "V"}
    server = Server(schema=LAYER)
    server.take(replica.edited([Append((), {"type": "text", "attrs": attributes, "children": words})]), "somebody")
    assert {"a": ONE | {"wording": "".join("".join(texts) for texts in pieces)}} == held(server)
    written(server, {"a": ONE | {"wording": after}}, 2)
    assert {"a": ONE | {"wording": after}} == held(server)
