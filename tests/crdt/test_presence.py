"""Presence: nobody speaks for somebody else, and others see only what the server vouches for."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt import presence
from crdt.limits import Limits
from crdt.presence import Presence, Stamp
from crdt.wire import Malformed

ZOE = presence.stamp(name="Zoë 😀", role="parent", party="family", colour="#1d70b8", colour_word="blue")
OMAR = presence.stamp(name="Omar", role="case_officer", party="authority", colour="#00703c", colour_word="green")
ZOE_SEEN = {"name": "Zoë 😀", "role": "parent", "party": "family", "colour": "#1d70b8", "colourWord": "blue"}
CURSOR = {
    "anchor": {"type": {"client": 5, "clock": 1}, "tname": None, "item": {"client": 5, "clock": 3}, "assoc": 0},
    "head": {"type": None, "tname": "prosemirror", "item": None, "assoc": -1},
}

NAMES = st.text(st.characters(exclude_categories=["Cs"]))

# What y-protocols 1.0.7 wrote for client 123456789: on opening, with a cursor, on leaving.
OPENED = bytes.fromhex("01959aef3a00027b7d")
MOVED = bytes.fromhex(
    "01959aef3a0282027b2275736572223a7b226e616d65223a225a6fc3ab204dc3bc6c6c657220f09f9880222c22636f6c6f72223a2223666630"
    "303030227d2c22637572736f72223a7b22616e63686f72223a7b2274797065223a7b22636c69656e74223a3132333435363738392c22636c6f"
    "636b223a317d2c22746e616d65223a6e756c6c2c226974656d223a7b22636c69656e74223a3132333435363738392c22636c6f636b223a337d"
    "2c226173736f63223a307d2c2268656164223a7b2274797065223a7b22636c69656e74223a3132333435363738392c22636c6f636b223a317d"
    "2c22746e616d65223a6e756c6c2c226974656d223a6e756c6c2c226173736f63223a307d7d7d"
)
LEFT = bytes.fromhex("01959aef3a04046e756c6c")


def says(client: int, clock: int, state: object) -> bytes:
    return presence.write([(client, clock, None if state is None else json.dumps(state, ensure_ascii=False))])


def heard(payload: bytes | Malformed | None) -> dict[int, Any]:
    """What the others' awareness would hold after this payload."""
    assert isinstance(payload, bytes)
    entries = presence.read(payload, Limits(awareness_bytes=1_000_000))
    assert isinstance(entries, list)
    return {client: None if text is None else json.loads(text) for client, _, text in entries}


def clock_of(payload: bytes | Malformed | None) -> int:
    assert isinstance(payload, bytes)
    entries = presence.read(payload)
    assert isinstance(entries, list)
    return entries[0][1]


@pytest.fixture
def room() -> Presence:
    """Zoë on one connection, Omar on another; client 999 wrote here and is Omar's."""
    room = Presence(owner_of={999: "omar"}.get)
    room.join("zoe's socket", "zoe", ZOE)
    room.join("omar's socket", "omar", OMAR)
    return room


def test_a_real_client_is_read() -> None:
    entries = presence.read(MOVED)
    assert isinstance(entries, list)
    [(client, clock, text)] = entries
    assert (client, clock) == (123456789, 2)
    assert text is not None
    assert json.loads(text)["cursor"]["head"]["type"] == {"client": 123456789, "clock": 1}
    assert presence.write(entries) == MOVED
    assert presence.read(LEFT) == [(123456789, 4, None)]


def test_a_real_client_is_seen_with_the_servers_word_for_who_it_is(room: Presence) -> None:
    assert heard(room.receive("zoe's socket", OPENED)) == {123456789: {"cursor": None, "user": ZOE_SEEN}}
    moved = heard(room.receive("zoe's socket", MOVED))[123456789]
    assert moved["user"] == ZOE_SEEN
    assert moved["cursor"]["anchor"]["item"] == {"client": 123456789, "clock": 3}
    assert heard(room.receive("zoe's socket", LEFT)) == {123456789: None}


def test_a_forged_name_party_or_extra_is_dropped(room: Presence) -> None:
    forged = {"user": {"name": "Omar", "party": "authority"}, "cursor": CURSOR, "role": "signing_officer", "x": [1]}
    assert heard(room.receive("zoe's socket", says(1, 1, forged))) == {1: {"cursor": CURSOR, "user": ZOE_SEEN}}


def test_only_the_first_client_id_counts(room: Presence) -> None:
    room.receive("zoe's socket", says(1, 1, {}))
    assert room.receive("zoe's socket", says(2, 1, {})) is None
    assert room.client_of("zoe's socket") == 1


def test_nobody_speaks_for_somebody_else(room: Presence) -> None:
    room.receive("omar's socket", says(2, 1, {}))
    assert room.receive("zoe's socket", says(2, 9, {})) is None
    assert room.receive("zoe's socket", says(2, 9, None)) is None
    assert room.client_of("zoe's socket") is None


def test_a_client_id_that_wrote_here_is_its_writers(room: Presence) -> None:
    assert room.receive("zoe's socket", says(999, 1, {})) is None
    assert room.receive("omar's socket", says(999, 1, {})) is not None


def test_a_client_id_stays_its_persons_after_they_left(room: Presence) -> None:
    room.receive("omar's socket", says(2, 1, {}))
    room.leave("omar's socket")
    assert room.receive("zoe's socket", says(2, 9, {})) is None


def test_the_echo_of_others_in_a_message_is_passed_over(room: Presence) -> None:
    room.receive("omar's socket", says(2, 1, {}))
    echo = presence.write([(2, 5, "null"), (1, 1, "{}"), (3, 1, "{}")])
    assert heard(room.receive("zoe's socket", echo)) == {1: {"cursor": None, "user": ZOE_SEEN}}
    assert heard(room.full()).keys() == {1, 2}


def test_a_person_who_reconnects_takes_their_client_id_along(room: Presence) -> None:
    told = clock_of(room.receive("zoe's socket", says(1, 50, {})))
    room.join("zoe's new socket", "zoe", ZOE)
    again = room.receive("zoe's new socket", says(1, 50, {}))
    assert clock_of(again) > told
    assert room.receive("zoe's socket", says(1, 51, {})) is None
    assert room.leave("zoe's socket") is None
    assert heard(room.full()) == {1: {"cursor": None, "user": ZOE_SEEN}}


def test_clocks_grow_when_somebody_left_and_came_back(room: Presence) -> None:
    room.receive("zoe's socket", says(1, 7, {}))
    gone = room.leave("zoe's socket")
    assert heard(gone) == {1: None}
    room.join("zoe's new socket", "zoe", ZOE)
    back = room.receive("zoe's new socket", says(1, 7, {}))
    assert clock_of(back) > clock_of(gone) > 7


def test_a_first_clock_of_zero_is_told_as_one(room: Presence) -> None:
    assert clock_of(room.receive("zoe's socket", says(1, 0, {}))) == 1


def test_an_old_message_is_dropped(room: Presence) -> None:
    room.receive("zoe's socket", says(1, 5, {}))
    assert room.receive("zoe's socket", says(1, 5, {"cursor": CURSOR})) is None
    assert room.receive("zoe's socket", says(1, 4, None)) is None
    assert heard(room.receive("zoe's socket", says(1, 5, None))) == {1: None}


def test_the_same_state_again_keeps_a_person_alive(room: Presence) -> None:
    first = room.receive("zoe's socket", says(1, 1, {"cursor": CURSOR}))
    second = room.receive("zoe's socket", says(1, 2, {"cursor": CURSOR}))
    assert heard(first) == heard(second)
    assert clock_of(second) == 2


def test_a_newcomer_is_told_of_everyone_but_themselves(room: Presence) -> None:
    assert room.full() is None
    room.receive("zoe's socket", says(1, 1, {"cursor": CURSOR}))
    room.receive("omar's socket", says(2, 1, {}))
    assert heard(room.full()).keys() == {1, 2}
    assert heard(room.full(without="zoe's socket")).keys() == {2}


def test_leaving_without_having_been_seen_tells_nobody(room: Presence) -> None:
    assert room.leave("zoe's socket") is None
    assert room.leave("never came") is None


def test_a_reader_without_a_stamp_sees_but_is_not_shown(room: Presence) -> None:
    room.join("quiet", "ivy", None)
    assert room.receive("quiet", says(3, 1, {"cursor": CURSOR})) is None
    assert room.full() is None
    assert room.leave("quiet") is None


def test_a_person_whose_role_changes_is_shown_with_the_new_one(room: Presence) -> None:
    room.receive("zoe's socket", says(1, 1, {"cursor": CURSOR}))
    assert room.restamp("zoe's socket", ZOE) is None
    changed = heard(room.restamp("zoe's socket", OMAR))
    assert changed[1]["user"]["name"] == "Omar"
    assert changed[1]["cursor"] == CURSOR
    assert heard(room.restamp("zoe's socket", None)) == {1: None}
    assert room.full() is None
    assert heard(room.restamp("zoe's socket", ZOE)) == {1: {"cursor": CURSOR, "user": ZOE_SEEN}}


def test_a_change_before_anything_was_said_tells_nobody(room: Presence) -> None:
    assert room.restamp("zoe's socket", OMAR) is None


def test_claims_are_bounded_and_those_present_keep_theirs(room: Presence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_MOST_CLAIMS", 3)
    room.receive("zoe's socket", says(1, 1, {}))
    for client in range(10, 20):
        room.join(client, "omar", OMAR)
        room.receive(client, says(client, 1, {}))
        room.leave(client)
    assert heard(room.full()).keys() == {1}
    assert room.receive("omar's socket", says(1, 9, {})) is None


@pytest.mark.parametrize(
    ("why", "payload"),
    [
        ("nothing", b""),
        ("an entry missing", b"\1"),
        ("bytes left over", b"\0\0"),
        ("too many entries", b"\xff\x7f"),
        ("text that is not UTF-8", b"\1\1\1\1\xff"),
        ("a clock beyond all bounds", b"\1\1\xff\xff\xff\xff\xff\xff\x0f\2{}"),
        ("too big", b"\1\1\1" + b"\xfe\x0f" + b" " * 2046 + b"{}"),
    ],
)
def test_bytes_that_are_no_presence_are_malformed(room: Presence, why: str, payload: bytes) -> None:
    assert isinstance(room.receive("zoe's socket", payload), Malformed), why


@pytest.mark.parametrize("state", ["", "{", "[]", "1", '"x"', "true", "{}x", "[" * 500, '{"a":' * 100, "NaN"])
def test_a_state_that_is_no_object_is_malformed(room: Presence, state: str) -> None:
    assert isinstance(room.receive("zoe's socket", presence.write([(1, 1, state)])), Malformed)


@pytest.mark.parametrize(
    "cursor",
    [
        None,
        7,
        [],
        {},
        {"anchor": CURSOR["anchor"]},
        {"anchor": CURSOR["anchor"], "head": "x"},
        {"anchor": CURSOR["anchor"], "head": {}},
        {"anchor": CURSOR["anchor"], "head": {"type": None, "tname": "hidden", "item": None}},
        {"anchor": CURSOR["anchor"], "head": {"tname": "prosemirror", "assoc": 2}},
        {"anchor": CURSOR["anchor"], "head": {"tname": "prosemirror", "assoc": True}},
        {"anchor": CURSOR["anchor"], "head": {"item": {"client": 1.5, "clock": 0}}},
        {"anchor": CURSOR["anchor"], "head": {"item": {"client": -1, "clock": 0}}},
        {"anchor": CURSOR["anchor"], "head": {"item": {"client": 1}}},
        {"anchor": CURSOR["anchor"], "head": {"item": 3}},
    ],
)
def test_a_cursor_yjs_could_not_read_is_no_cursor(room: Presence, cursor: object) -> None:
    assert heard(room.receive("zoe's socket", says(1, 1, {"cursor": cursor})))[1] == {"cursor": None, "user": ZOE_SEEN}


def test_a_cursor_keeps_nothing_but_its_numbers(room: Presence) -> None:
    padded = json.loads(json.dumps(CURSOR))
    padded["note"] = "hello"
    padded["anchor"]["note"] = padded["anchor"]["item"]["note"] = "hello"
    assert heard(room.receive("zoe's socket", says(1, 1, {"cursor": padded})))[1]["cursor"] == CURSOR


@pytest.mark.parametrize(
    "anchor",
    [
        {"block": "f1.what", "base": 7},
        {"block": "family:abc#w_what", "base": 0, "key": "family:abc", "index": 3},
    ],
)
def test_a_caret_among_proposals_is_told_as_a_place(room: Presence, anchor: dict[str, object]) -> None:
    told = {"redline": {"anchor": anchor, "head": anchor, "words": "mine"}}
    found = heard(room.receive("zoe's socket", says(1, 1, told)))[1]
    assert found["redline"] == {"anchor": anchor, "head": anchor}


@pytest.mark.parametrize(
    "anchor",
    [
        None,
        {"block": "f1", "base": True},
        {"block": "f1", "base": -1},
        {"block": "f1", "base": 10**9},
        {"block": "x" * 201, "base": 1},
        {"block": 'f1"', "base": 1},
        {"block": "f1", "base": 1, "key": "family:abc"},
        {"block": "f1", "base": 1, "key": "nobody:abc", "index": 1},
        {"block": "f1", "base": 1, "key": "family:abc", "index": 1.5},
    ],
)
def test_a_caret_that_is_no_place_is_left_out(room: Presence, anchor: object) -> None:
    told = {"redline": {"anchor": anchor, "head": {"block": "f1", "base": 1}}}
    assert heard(room.receive("zoe's socket", says(1, 1, told)))[1] == {"cursor": None, "user": ZOE_SEEN}


def test_a_hostile_number_costs_nothing() -> None:
    started = time.process_time()
    assert isinstance(presence.read(b"\xff" * 160_000), Malformed)
    assert isinstance(presence.read(b"\xff" * 160_000, Limits(awareness_bytes=1_000_000)), Malformed)
    assert time.process_time() - started < 0.1


@given(
    st.binary(max_size=200)
    | st.text().map(lambda text: presence.write([(1, 1, text.encode("utf-8", "replace").decode())]))
)
def test_any_bytes_have_an_answer(payload: bytes) -> None:
    room = Presence()
    room.join("socket", "person", ZOE)
    told = room.receive("socket", payload)
    if isinstance(told, bytes):
        assert all(state is None or state["user"] == ZOE_SEEN for state in heard(told).values())


@given(st.text(), NAMES)
def test_no_name_breaks_out_of_its_stamp(name: str, party: str) -> None:
    stamp: Stamp = presence.stamp(name=name, role="r", party=party, colour="c", colour_word="w")
    state = presence.stamped("{}", stamp)
    assert isinstance(state, str)
    seen = json.loads(state)
    assert presence.write([(1, 1, state)])
    assert seen["user"]["name"] == name.encode("utf-8", "replace").decode()
    assert (seen["user"]["party"], seen.keys()) == (party, {"cursor", "user"})
