"""The ledger mirrors the engine, stays small, and survives bytes."""

from __future__ import annotations

import pytest

from crdt.gate import Accepted, check
from crdt.ledger import Client, Ledger
from crdt.ledger_bytes import from_bytes, to_bytes
from crdt.structs import ANY, STRING, TYPE, XML_ELEMENT, XML_TEXT, Update, make
from crdt.update import encode
from crdt.wire import Malformed
from tests.hostile.histories import History, recorded, replay

HISTORIES = recorded()[:12]
OWNER = "a" * 32


def whole(ledger: Ledger | Malformed) -> Ledger:
    assert isinstance(ledger, Ledger), ledger
    return ledger


def test_ten_thousand_typed_letters_are_one_run() -> None:
    ledger = Ledger()
    start = [
        make(0, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror"),
        make(1, TYPE, (XML_TEXT, None), parent=(5, 0)),
        make(2, STRING, "x", parent=(5, 1)),
    ]
    updates = [Update({5: start}, {})]
    updates += [Update({5: [make(clock, STRING, "y", origin=(5, clock - 1))]}, {}) for clock in range(3, 10_003)]
    for update in updates:
        verdict = check(encode(update), ledger, OWNER)
        assert isinstance(verdict, Accepted)
        ledger.record(verdict, OWNER)
    assert {5: 10_003} == ledger.clocks()
    assert 3 == len(ledger.clients[5].starts)


def test_deleted_ranges_join_and_know_what_they_cover() -> None:
    known = Client(OWNER)
    known.clock = 100
    for start, end in ((10, 20), (30, 40), (20, 25), (5, 12), (28, 50), (60, 61)):
        known.remove(start, end)
    assert [5, 25, 28, 50, 60, 61] == list(known.gone)
    assert known.is_gone(5, 25)
    assert not known.is_gone(5, 26)
    assert not known.is_gone(25, 26)
    assert [(0, 5), (25, 28), (50, 60), (61, 100)] == list(known.left_of(0, 100))
    assert [(25, 27)] == list(known.left_of(10, 27))
    assert [] == list(known.left_of(30, 50))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: str(history.seed))
def test_a_ledger_survives_bytes_and_goes_on_judging_alike(history: History) -> None:
    ledger = replay(history).ledger
    again = from_bytes(to_bytes(ledger))
    assert isinstance(again, Ledger)
    assert to_bytes(ledger) == to_bytes(again)
    assert (ledger.size, ledger.clocks()) == (again.size, again.clocks())
    for who, update in history.log:
        assert check(update, ledger, who) == check(update, again, who)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: str(history.seed))
def test_a_ledger_read_back_half_way_ends_as_the_one_that_never_left(history: History) -> None:
    ledger = Ledger()
    again = Ledger()
    for number, (who, update) in enumerate(history.log):
        if number % 5 == 0:
            again = whole(from_bytes(to_bytes(again)))
        for held in (ledger, again):
            verdict = check(update, held, who)
            if who != "reader" and isinstance(verdict, Accepted):
                held.record(verdict, who)
    assert to_bytes(ledger) == to_bytes(again)


def test_values_set_beside_each_other_are_one_run_whoever_recorded_them() -> None:
    ledger = Ledger()
    first = [
        make(0, TYPE, (XML_ELEMENT, "heading"), parent="prosemirror"),
        make(1, ANY, ("3",), parent=(5, 0), key="level"),
        make(2, ANY, ("4",), origin=(5, 1)),
    ]
    verdict = check(encode(Update({5: first}, {})), ledger, OWNER)
    assert isinstance(verdict, Accepted)
    ledger.record(verdict, OWNER)
    assert [0, 1] == list(ledger.clients[5].starts)
    assert to_bytes(ledger) == to_bytes(whole(from_bytes(to_bytes(ledger))))


def test_every_cut_or_changed_ledger_is_malformed_or_whole() -> None:
    data = to_bytes(replay(HISTORIES[0]).ledger)
    for at in range(0, len(data), 7):
        assert isinstance(from_bytes(data[:at]), Malformed)
        changed = from_bytes(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :])
        if isinstance(changed, Ledger):
            assert isinstance(to_bytes(changed), bytes)
            for who, update in HISTORIES[0].log:
                check(update, changed, who)
    assert isinstance(from_bytes(data + b"\x00"), Malformed)


def test_a_copy_goes_its_own_way() -> None:
    ledger = replay(HISTORIES[0]).ledger
    before = to_bytes(ledger)
    copy = ledger.copy()
    assert before == to_bytes(copy)
    new = encode(Update({4_000_000_000: [make(0, TYPE, (XML_ELEMENT, "table"), parent="prosemirror")]}, {}))
    verdict = check(new, copy, OWNER)
    assert isinstance(verdict, Accepted)
    copy.record(verdict, OWNER)
    assert before == to_bytes(ledger)
    assert before != to_bytes(copy)
