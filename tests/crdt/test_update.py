"""Updates and state vectors, byte by byte as Yjs writes them."""

from __future__ import annotations

import pytest

from crdt.limits import Limits
from crdt.structs import ANY, DELETED, FORMAT, GC, SKIP, STRING, TYPE, UNDEFINED, Struct, Update, make, utf16_length
from crdt.update import decode, encode, read_state_vector, state_vector, valid_state_vector
from crdt.wire import Malformed
from tests.hostile.histories import History, recorded

HISTORIES = recorded()


def one(struct: Struct) -> bytes:
    return encode(Update({7: [struct]}, {}))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: str(history.seed))
def test_every_update_of_stock_yjs_is_written_back_byte_for_byte(history: History) -> None:
    for _, update in history.log:
        decoded = decode(update)
        assert not isinstance(decoded, Malformed)
        assert update == encode(decoded)


@pytest.mark.parametrize(
    "struct",
    [
        make(3, STRING, "a😀é", parent=(1, 2)),
        make(0, STRING, "x", origin=(1, 2), right=(2**53 - 1, 4)),
        make(5, STRING, "x", right=(9, 200)),
        make(0, FORMAT, ("link", '{"href":"https://example.org"}'), origin=(1, 2)),
        make(0, TYPE, (3, "paragraph"), parent="prosemirror"),
        make(0, TYPE, (6, None), parent=(300, 70_000)),
        make(0, ANY, ("3",), parent=(1, 2), key="level"),
        make(
            0,
            ANY,
            (None, UNDEFINED, True, False, 1, -1, 63, 64, -64, 2**31 - 1, 0.5, 1e300, "é"),
            length=13,
            origin=(1, 1),
        ),
        make(0, DELETED, None, length=300, parent="prosemirror"),
        make(0, DELETED, None, length=1, origin=(1, 1)),
        Struct(4, 77, GC, None, None, None, None, None),
        Struct(4, 77, SKIP, None, None, None, None, None),
    ],
)
def test_every_kind_of_struct_survives_bytes(struct: Struct) -> None:
    assert Update({7: [struct]}, {}) == decode(one(struct))


def test_lengths_count_utf_16() -> None:
    assert [1, 2, 1, 5] == [utf16_length(text) for text in ("a", "😀", "é", "👩‍👧")]
    decoded = decode(one(make(0, STRING, "👩‍👧", parent=(1, 2))))
    assert isinstance(decoded, Update)
    assert 5 == decoded.structs[7][0].length


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "ends too early"),
        ("0000aa", "bytes left over"),
        ("010007000000", "empty section"),
        ("02010700000101070000010000", "client named twice"),
        ("010107000000" + "00", "empty struct"),
        ("0101070001010161000000", "empty struct"),
        ("01010700040101610000", "empty struct"),
        ("01010700020101610100", "struct kind 2"),
        ("010107008a07000100", "struct kind 138"),
        ("01010700800000", "struct kind 128"),
        ("010107000402", "parent flag"),
        ("010107000401016105", "length beyond the end"),
        ("01010700040101610180" + "00", "not UTF-8"),
        ("01010700070101610200", "type 2"),
        ("01010700080101617f7700", "length beyond the end"),
        ("0101070008010161017500", "value type 117"),
        ("0101070008010161017b00", "length beyond the end"),
        ("0101070008010161017d40" + "00", "minus zero"),
        ("0101070008010161017d8000" + "00", "number not in its shortest form"),
        ("0001070000", "empty section"),
        ("00010701000000", "empty deletion"),
        ("0001070205020401", "deletions out of order"),
        ("00020701050107010601", "client named twice"),
        ("80000000", "number not in its shortest form"),
        ("ffffffffffffffffffff01", "number too long"),
        ("ffffffffff0f", "number too large"),
        ("010107ffffffff0700010000", "clock too large"),
    ],
)
def test_bytes_that_make_no_sense_are_malformed_and_say_why(data: str, why: str) -> None:
    assert Malformed(why) == decode(bytes.fromhex(data))


def test_limits_hold_for_clients_structs_and_deletions() -> None:
    two = encode(Update({client: [Struct(0, 1, GC, None, None, None, None, None)] * 2 for client in (1, 2)}, {}))
    assert isinstance(decode(two), Update)
    assert Malformed("too many clients") == decode(two, Limits(update_clients=1))
    assert Malformed("too many structs") == decode(two, Limits(update_structs=3))
    deletions = encode(Update({}, {1: [(0, 1), (2, 1)]}))
    assert Malformed("too many deletions") == decode(deletions, Limits(update_structs=1))


def test_deletions_of_a_thousand_page_loads_are_read() -> None:
    update = Update({}, {client: [(0, 1), (5, 2)] for client in range(1, 1_001)})
    assert update == decode(encode(update))


def test_state_vectors_survive_bytes() -> None:
    clocks = {5: 3, 2**53 - 1: 2**31 - 1}
    assert clocks == read_state_vector(state_vector(clocks))
    assert valid_state_vector(b"\x00")


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x05", b"\x00\x00", b"\xff" * 20, state_vector({1: 2**31})])
def test_what_is_no_state_vector_is_told(data: bytes) -> None:
    assert not valid_state_vector(data)
