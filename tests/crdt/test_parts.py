"""A document cut into parts is the same document, and no bytes do harm."""

from __future__ import annotations

import random

import pytest

from crdt.gate import Accepted, check
from crdt.ledger import Ledger
from crdt.limits import DEFAULT_LIMITS, Limits
from crdt.parts import Parts, pack, unpack
from crdt.replica import Replica
from crdt.update import decode, read_state_vector
from crdt.wire import Malformed
from tests.histories import edits

LIMITS = Limits(update_structs=2**31)


def written(count: int, seed: int) -> Replica:
    """What several people have written; the gate takes every bit of it."""
    replica, ledger = Replica(), Ledger()
    for author, update in edits(count, ["anna", "ben", "cleo"], seed):
        verdict = check(update, ledger, author, DEFAULT_LIMITS)
        assert isinstance(verdict, Accepted), verdict
        replica.apply(verdict.update)
        ledger.record(verdict, author)
    return replica


@pytest.fixture(scope="module", params=[1, 2, 3])
def whole(request: pytest.FixtureRequest) -> bytes:
    return written(2000, request.param).full_update()


def opened(packed: bytes) -> Parts:
    parts = unpack(packed)
    assert isinstance(parts, Parts)
    return parts


def test_the_parts_taken_up_in_order_are_the_whole(whole: bytes) -> None:
    parts = opened(pack(whole, LIMITS, structs=50, size=500))
    assert len(parts) > 10
    assert parts.whole == whole
    replica, direct = Replica(), Replica()
    replica.apply_many(parts.each())
    direct.apply(whole)
    assert replica.tree() == direct.tree()
    assert replica.full_update() == direct.full_update()


def test_every_part_stands_on_those_before_it(whole: bytes) -> None:
    """The engine never has to keep anything back: each part is there as soon as it was taken up."""
    replica, held = Replica(), dict[int, int]()
    for part in opened(pack(whole, LIMITS, structs=50, size=500)).each():
        replica.apply(part)
        found = decode(part, LIMITS)
        assert not isinstance(found, Malformed)
        for client, structs in found.structs.items():
            assert structs[0].clock == held.get(client, 0)
            held[client] = structs[-1].clock + structs[-1].length
        missing = decode(replica.diff(b"\0"), LIMITS)
        assert not isinstance(missing, Malformed)
        assert {client: each[-1].clock + each[-1].length for client, each in missing.structs.items()} == held


def test_no_part_is_large(whole: bytes) -> None:
    for part in opened(pack(whole, LIMITS, structs=50, size=500)).each():
        found = decode(part, LIMITS)
        assert not isinstance(found, Malformed)
        assert sum(map(len, found.structs.values())) <= 50


def test_a_small_document_is_stored_as_it_is(whole: bytes) -> None:
    assert pack(whole, LIMITS) == whole
    assert list(opened(whole).each()) == [whole]


def test_what_cannot_be_read_is_not_cut() -> None:
    assert pack(b"\x07nothing", LIMITS, size=1) == b"\x07nothing"


def test_damaged_bytes_are_an_answer_never_an_error(whole: bytes) -> None:
    packed = pack(whole, LIMITS, structs=50, size=500)
    chance = random.Random(7)
    after = packed.index(whole) + len(whole)
    for _ in range(300):
        damaged = bytearray(packed)
        damaged[chance.randrange(after, len(packed))] = chance.randrange(256)
        parts = unpack(bytes(damaged))
        if isinstance(parts, Parts):
            list(parts.each())
    for end in range(12, len(packed), 997):
        assert isinstance(unpack(packed[:end]), Malformed)


def test_the_whole_made_in_slices_is_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crdt.replica._SLICE_CLOCKS", 100)
    replica = written(3000, 4)
    clocks = read_state_vector(replica.state_vector())
    assert not isinstance(clocks, Malformed)
    assert len(clocks) >= 3
    made, whole = (decode(each, LIMITS) for each in (replica.full_update_in_slices(clocks), replica.full_update()))
    assert made == whole
    assert Replica().full_update_in_slices({}) == Replica().full_update()
