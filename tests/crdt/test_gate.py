"""What the gate lets in, trims, knows already and refuses, rule by rule, on a document that says "a😀b"."""

from __future__ import annotations

import pytest

from crdt.gate import Accepted, Known, Refused, check, harmless_when_read_only
from crdt.ledger import Ledger
from crdt.limits import MAX_CLOCK, Limits
from crdt.structs import (
    ANY,
    DELETED,
    FORMAT,
    GC,
    SKIP,
    STRING,
    TYPE,
    UNDEFINED,
    XML_ELEMENT,
    XML_TEXT,
    Struct,
    Update,
    make,
)
from crdt.update import decode, encode

ANN = "a" * 32
BEN = "b" * 32
A = 7
B = 9
FIRST = [
    make(0, TYPE, (XML_ELEMENT, "heading"), parent="prosemirror"),
    make(1, TYPE, (XML_TEXT, None), parent=(A, 0)),
    make(2, STRING, "a😀b", parent=(A, 1)),
    make(6, ANY, ("3",), parent=(A, 0), key="level"),
]


def sent(*structs: Struct, client: int = A, deletes: dict[int, list[tuple[int, int]]] | None = None) -> bytes:
    return encode(Update({client: list(structs)} if structs else {}, deletes or {}))


def started() -> Ledger:
    ledger = Ledger()
    taken(ledger, sent(*FIRST), ANN)
    return ledger


def taken(ledger: Ledger, update: bytes, owner: str) -> Accepted:
    verdict = check(update, ledger, owner)
    assert isinstance(verdict, Accepted), verdict
    ledger.record(verdict, owner)
    return verdict


def refused(update: bytes, ledger: Ledger | None = None, owner: str = ANN, limits: Limits | None = None) -> str:
    verdict = check(update, ledger or started(), owner, limits or Limits())
    assert isinstance(verdict, Refused), verdict
    return verdict.code


def test_an_accepted_update_is_the_very_bytes_and_says_what_it_adds() -> None:
    update = sent(*FIRST)
    verdict = check(update, Ledger(), ANN)
    assert isinstance(verdict, Accepted)
    assert verdict.update is update
    assert ((A,), 4) == (verdict.new_clients, verdict.text_added)


def test_checking_changes_nothing() -> None:
    ledger = started()
    before = (ledger.state_vector(), ledger.size)
    check(sent(make(7, STRING, "x", origin=(A, 5))), ledger, ANN)
    assert before == (ledger.state_vector(), ledger.size)


def test_the_same_update_again_is_known() -> None:
    assert Known() == check(sent(*FIRST), started(), ANN)


def test_an_empty_update_is_known() -> None:
    assert Known() == check(b"\x00\x00", Ledger(), ANN)


def test_what_others_wrote_may_be_repeated_by_anybody() -> None:
    assert Known() == check(sent(*FIRST), started(), BEN)


def test_another_persons_client_id_is_not_yours() -> None:
    assert "not-yours" == refused(sent(make(7, STRING, "x", origin=(A, 5))), owner=BEN)
    assert "not-yours" == refused(sent(make(7, STRING, "xé", origin=(A, 2), right=(A, 3))), owner=BEN)


def test_a_new_client_id_belongs_to_who_used_it_first() -> None:
    ledger = started()
    verdict = taken(ledger, sent(make(0, STRING, "x", origin=(A, 5)), client=B), BEN)
    assert (B,) == verdict.new_clients
    assert [ANN, BEN, None] == [ledger.owner_of(client) for client in (A, B, 99)]
    assert "not-yours" == refused(sent(make(1, STRING, "y", origin=(B, 0)), client=B), ledger)


def test_a_missing_part_is_a_gap() -> None:
    assert "gap" == refused(sent(make(8, STRING, "x", origin=(A, 5))))
    assert "gap" == refused(sent(make(7, STRING, "x", origin=(99, 0))))
    assert "gap" == refused(sent(make(7, STRING, "x", right=(B, 5))))
    assert "gap" == refused(sent(make(7, STRING, "x", parent=(B, 5))))
    assert "gap" == refused(sent(deletes={A: [(6, 2)]}))


def test_a_half_known_text_is_cut_to_what_is_new() -> None:
    ledger = started()
    taken(ledger, sent(make(7, STRING, "he", origin=(A, 5))), ANN)
    verdict = taken(ledger, sent(make(7, STRING, "hello", origin=(A, 5)), deletes={A: [(7, 1)]}), ANN)
    assert Update({A: [make(9, STRING, "llo", origin=(A, 8))]}, {A: [(7, 1)]}) == decode(verdict.update)
    assert 3 == verdict.text_added


def test_known_sections_structs_and_deletions_are_left_out() -> None:
    ledger = started()
    taken(ledger, sent(deletes={A: [(2, 1)]}), ANN)
    update = encode(Update({A: FIRST, B: [make(0, STRING, "x", origin=(A, 5))]}, {A: [(2, 1), (5, 1)]}))
    assert Update({B: [make(0, STRING, "x", origin=(A, 5))]}, {A: [(5, 1)]}) == decode(
        taken(ledger, update, BEN).update
    )


def test_half_known_deletions_collections_and_values_are_cut() -> None:
    ledger = started()
    taken(
        ledger,
        sent(make(7, DELETED, None, length=2, origin=(A, 5)), Struct(9, 2, GC, None, None, None, None, None)),
        ANN,
    )
    verdict = taken(ledger, sent(Struct(9, 5, GC, None, None, None, None, None)), ANN)
    assert Update({A: [Struct(11, 3, GC, None, None, None, None, None)]}, {}) == decode(verdict.update)
    taken(ledger, sent(make(14, DELETED, None, length=1, origin=(A, 8))), ANN)
    verdict = taken(ledger, sent(make(14, DELETED, None, length=3, origin=(A, 8))), ANN)
    assert Update({A: [make(15, DELETED, None, length=2, origin=(A, 14))]}, {}) == decode(verdict.update)
    taken(ledger, sent(make(17, ANY, ("4",), origin=(A, 6))), ANN)
    verdict = taken(ledger, sent(make(17, ANY, ("4", "3"), length=2, origin=(A, 6))), ANN)
    assert Update({A: [make(18, ANY, ("3",), origin=(A, 17))._replace(info=0x88)]}, {}) == decode(verdict.update)


def test_cutting_never_splits_a_pair() -> None:
    ledger = started()
    taken(ledger, sent(make(7, STRING, "x", origin=(A, 5))), ANN)
    assert "malformed" == refused(sent(make(7, STRING, "😀", origin=(A, 5))), ledger)


def test_a_hole_is_known_or_a_gap() -> None:
    hole = Struct(3, 2, SKIP, None, None, None, None, None)
    whole = sent(*FIRST[:2], make(2, STRING, "a", parent=(A, 1)), hole, make(5, STRING, "b", origin=(A, 4)))
    assert Known() == check(whole, started(), BEN)
    assert "gap" == refused(sent(*FIRST, hole._replace(clock=7), make(9, STRING, "x", origin=(A, 5))))
    assert "gap" == refused(sent(hole._replace(clock=6), make(8, STRING, "x", origin=(A, 5))))


def test_many_deletions_at_once_are_recorded_as_one_by_one() -> None:
    one_by_one, at_once = started(), started()
    text = sent(make(7, STRING, "x" * 1_000, origin=(A, 5)), deletes={A: [(500, 50)]})
    ranges = [(clock, 2) for clock in range(10, 900, 5)]
    for ledger in (one_by_one, at_once):
        taken(ledger, text, ANN)
    taken(at_once, sent(deletes={A: ranges}), ANN)
    for clock, length in ranges:
        if isinstance(check(sent(deletes={A: [(clock, length)]}), one_by_one, ANN), Accepted):
            taken(one_by_one, sent(deletes={A: [(clock, length)]}), ANN)
    assert one_by_one.clients[A].gone == at_once.clients[A].gone


def test_typing_that_is_no_utf_8_is_malformed() -> None:
    ledger = started()
    taken(ledger, sent(make(7, STRING, "x", origin=(A, 5))), ANN)
    assert "malformed" == refused(sent(make(8, STRING, "x", origin=(A, 7)))[:-2] + b"\xff\x00", ledger)


def test_no_neighbour_and_no_deletion_splits_a_pair() -> None:
    assert "malformed" == refused(sent(make(7, STRING, "x", origin=(A, 3))))
    assert "malformed" == refused(sent(make(7, STRING, "x", right=(A, 4))))
    assert "malformed" == refused(sent(deletes={A: [(2, 2)]}))
    assert "malformed" == refused(sent(deletes={A: [(4, 1)]}))
    assert "malformed" == refused(sent(make(7, STRING, "😀", origin=(A, 5)), make(9, STRING, "x", origin=(A, 7))))
    taken(started(), sent(make(7, STRING, "x", origin=(A, 4), right=(A, 5)), deletes={A: [(3, 2)]}), ANN)


@pytest.mark.parametrize(
    "struct",
    [
        make(7, STRING, "x", parent="hidden"),
        make(7, STRING, "x", parent="prosemirror"),
        make(7, STRING, "x", parent=(A, 0)),
        make(7, STRING, "x", parent=(A, 2)),
        make(7, STRING, "x", parent=(A, 6)),
        make(7, STRING, "x", origin=(A, 6)),
        make(7, STRING, "x", origin=(A, 7)),
        make(7, STRING, "x", origin=(A, 5), right=(A, 1)),
        make(7, FORMAT, ("strong", "{}"), parent=(A, 0)),
        make(7, FORMAT, ("underline", "{}"), origin=(A, 5)),
        make(7, FORMAT, ("strong", "true"), origin=(A, 5)),
        make(7, FORMAT, ("strong", "[]"), origin=(A, 5)),
        make(7, FORMAT, ("strong", "{"), origin=(A, 5)),
        make(7, FORMAT, ("strong", '{"x":"y"}'), origin=(A, 5)),
        make(7, FORMAT, ("link", '{"href":"javascript:x"}'), origin=(A, 5)),
        make(7, FORMAT, ("link", '{"href":1}'), origin=(A, 5)),
        make(7, FORMAT, ("link", '{"href":"https://\\ud800"}'), origin=(A, 5)),
        make(7, FORMAT, ("link", '{"href":"https://a","href":"https://b"}'), origin=(A, 5)),
        make(7, FORMAT, ("link", "[" * 4_000), origin=(A, 5)),
        make(7, FORMAT, ("link", "[" * 5_000), origin=(A, 5)),
        make(7, TYPE, (XML_ELEMENT, "script"), parent="prosemirror"),
        make(7, TYPE, (XML_ELEMENT, "table_row"), parent="prosemirror"),
        make(7, TYPE, (XML_ELEMENT, "paragraph"), parent=(A, 0)),
        make(7, TYPE, (XML_ELEMENT, "hard_break"), parent=(A, 1)),
        make(7, TYPE, (XML_TEXT, None), parent="prosemirror"),
        make(7, ANY, ("x",), origin=(A, 5)),
        make(7, ANY, ("5",), parent=(A, 0), key="level"),
        make(7, ANY, (None,), parent=(A, 0), key="level"),
        make(7, ANY, (True,), parent=(A, 0), key="level"),
        make(7, ANY, (3.5,), parent=(A, 0), key="level"),
        make(7, ANY, ("3", "5"), length=2, parent=(A, 0), key="level"),
        make(7, ANY, ("3",), parent=(A, 0), key="style"),
        make(7, ANY, ("3",), parent=(A, 1), key="level"),
        make(7, ANY, ("3",), parent="prosemirror", key="level"),
        make(7, ANY, ("3",), origin=(A, 6), right=(A, 6)),
        make(7, STRING, "3", parent=(A, 0), key="level"),
        make(7, ANY, ("4",), parent=(A, 0), key="level"),
    ],
)
def test_what_the_schema_has_no_place_for_is_malformed(struct: Struct) -> None:
    assert "malformed" == refused(sent(struct))


@pytest.mark.parametrize(
    "struct",
    [
        make(7, STRING, "x", right=(A, 2)),
        make(7, STRING, "x", parent=(A, 1)),
        make(7, FORMAT, ("strong", "null"), origin=(A, 5)),
        make(7, FORMAT, ("strong--bh6/gLxR", "{}"), origin=(A, 5)),
        make(7, FORMAT, ("link", '{"href":"https://example.org/?a=[1]&b={}"}'), origin=(A, 5)),
        make(7, TYPE, (XML_ELEMENT, "hard_break"), origin=(A, 1)),
        make(7, TYPE, (XML_ELEMENT, "need"), right=(A, 0)),
        make(7, ANY, ("4",), origin=(A, 6)),
        make(7, ANY, (4,), origin=(A, 6)),
        make(7, ANY, (4.0,), origin=(A, 6)),
        make(7, DELETED, None, length=2, origin=(A, 6)),
        make(7, DELETED, None, length=2, parent="prosemirror"),
        Struct(7, 2_000, GC, None, None, None, None, None),
    ],
)
def test_what_the_schema_has_a_place_for_is_accepted(struct: Struct) -> None:
    taken(started(), sent(struct), ANN)


def test_an_attribute_that_may_be_missing_may_be_nothing() -> None:
    for value in (None, UNDEFINED, "abcdefghij"):
        need = make(7, TYPE, (XML_ELEMENT, "need"), origin=(A, 0))
        taken(started(), sent(need, make(8, ANY, (value,), parent=(A, 7), key="id")), ANN)


def test_an_attribute_is_set_for_the_first_time_once_by_each_client() -> None:
    first = make(0, ANY, ("4",), parent=(A, 0), key="level")
    ledger = started()
    assert "malformed" == refused(sent(first, make(1, ANY, ("3",), parent=(A, 0), key="level"), client=B), ledger, BEN)
    taken(ledger, sent(first, make(1, ANY, ("3",), origin=(B, 0)), client=B), BEN)
    assert "malformed" == refused(sent(make(2, ANY, ("3",), parent=(A, 0), key="level"), client=B), ledger, BEN)


def test_structs_of_two_clients_may_need_each_other_in_turns() -> None:
    sections = {
        8: [
            make(0, STRING, "x", origin=(A, 5)),
            make(1, STRING, "x", origin=(9, 0)),
            make(2, STRING, "z", origin=(9, 1)),
        ],
        9: [make(0, STRING, "y", origin=(8, 0)), make(1, STRING, "y", right=(8, 1))],
    }
    verdict = taken(started(), encode(Update(sections, {})), ANN)
    assert {8, 9} == set(verdict.new_clients)


def test_structs_that_wait_for_each_other_are_malformed() -> None:
    sections = {8: [make(0, STRING, "x", origin=(9, 0))], 9: [make(0, STRING, "y", origin=(8, 0))]}
    assert "malformed" == refused(encode(Update(sections, {})))


def test_what_its_author_collected_takes_its_children_with_it() -> None:
    ledger = started()
    taken(
        ledger,
        sent(
            make(7, DELETED, None, length=1, parent="prosemirror"),
            Struct(8, 2, GC, None, None, None, None, None),
            make(10, STRING, "inside", parent=(A, 7)),
            make(16, STRING, "beside", origin=(A, 8)),
            make(22, TYPE, (XML_ELEMENT, "paragraph"), right=(A, 9)),
            make(23, ANY, ("x",), parent=(A, 8), key="class"),
        ),
        ANN,
    )
    known = ledger.clients[A]
    assert all(known.place(clock) is None and known.is_gone(clock, clock + 1) for clock in range(8, 24))
    assert "malformed" == refused(sent(make(24, STRING, "x", origin=(A, 8), right=(A, 5))), ledger)


def test_depth_and_size_have_limits() -> None:
    assert "too-big" == refused(
        sent(make(7, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror")), limits=Limits(depth=0)
    )
    size = started().size
    typing = sent(make(7, STRING, "xyz", origin=(A, 5)))
    assert isinstance(check(typing, started(), ANN, Limits(section_bytes=size + 19)), Accepted)
    assert "too-big" == refused(typing, limits=Limits(section_bytes=size + 18))


def test_typing_on_costs_its_letters_only() -> None:
    ledger = started()
    taken(ledger, sent(make(7, STRING, "x", origin=(A, 5))), ANN)
    before = ledger.size
    taken(ledger, sent(make(8, STRING, "é", origin=(A, 7))), ANN)
    assert before + 2 == ledger.size
    assert "too-big" == refused(
        sent(make(9, STRING, "y", origin=(A, 8))), ledger, limits=Limits(section_bytes=ledger.size)
    )


def test_clocks_end_where_the_engine_stops_counting() -> None:
    assert "malformed" == refused(sent(Struct(7, MAX_CLOCK, GC, None, None, None, None, None)))


def test_a_ledger_that_moved_on_takes_no_old_verdict() -> None:
    ledger = started()
    verdict = check(sent(make(7, STRING, "x", origin=(A, 5))), ledger, ANN)
    assert isinstance(verdict, Accepted)
    ledger.record(verdict, ANN)
    with pytest.raises(ValueError, match="moved on"):
        ledger.record(verdict, ANN)


# What readers' editors tidy up


def test_a_reader_may_repeat_what_is_known() -> None:
    ledger = started()
    taken(ledger, sent(deletes={A: [(2, 1)]}), ANN)
    assert harmless_when_read_only(sent(*FIRST, deletes={A: [(2, 1)]}), ledger)
    assert harmless_when_read_only(b"\x00\x00", ledger)


def test_a_reader_may_drop_formatting_but_no_letter_and_no_element() -> None:
    ledger = started()
    taken(ledger, sent(make(7, FORMAT, ("strong", "{}"), origin=(A, 5)), make(8, STRING, "x", origin=(A, 7))), ANN)
    assert harmless_when_read_only(sent(deletes={A: [(7, 1)]}), ledger)
    assert not harmless_when_read_only(sent(deletes={A: [(7, 2)]}), ledger)
    assert not harmless_when_read_only(sent(deletes={A: [(0, 1)]}), ledger)
    assert not harmless_when_read_only(sent(deletes={A: [(6, 1)]}), ledger)


def test_a_reader_who_writes_is_not_harmless() -> None:
    ledger = started()
    assert not harmless_when_read_only(sent(make(7, STRING, "x", origin=(A, 5))), ledger)
    assert not harmless_when_read_only(sent(make(0, STRING, "x", origin=(A, 5)), client=B), ledger)
    assert not harmless_when_read_only(sent(deletes={A: [(2, 99)]}), ledger)
    assert not harmless_when_read_only(sent(deletes={B: [(2, 1)]}), ledger)
    assert not harmless_when_read_only(b"\xff", ledger)


def test_what_went_with_its_parent_may_be_repeated_as_deleted() -> None:
    ledger = started()
    taken(ledger, sent(deletes={A: [(0, 1)]}), ANN)
    taken(ledger, sent(Struct(7, 2, GC, None, None, None, None, None)), ANN)
    assert harmless_when_read_only(sent(deletes={A: [(0, 9)]}), ledger)


def test_a_replaced_value_may_be_repeated_as_deleted_the_present_one_not() -> None:
    ledger = started()
    taken(ledger, sent(make(0, ANY, ("4",), origin=(A, 6)), client=B), BEN)
    taken(ledger, sent(make(7, ANY, ("3",), origin=(A, 6)), make(8, ANY, ("4",), origin=(A, 7))), ANN)
    assert harmless_when_read_only(sent(deletes={A: [(6, 3)]}), ledger)
    assert not harmless_when_read_only(sent(deletes={B: [(0, 1)]}), ledger)
    taken(ledger, sent(make(1, ANY, ("3",), origin=(A, 8)), client=B), BEN)
    assert not harmless_when_read_only(sent(deletes={B: [(0, 1)]}), ledger)
    assert harmless_when_read_only(sent(deletes={B: [(1, 1)]}), ledger)
