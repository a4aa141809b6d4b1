"""For any bytes, and any change to what honest people sent: the gate gives a verdict, and its short path the same."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from crdt import gate
from crdt.gate import Accepted, Known, Refused, Verdict, check, harmless_when_read_only
from crdt.ledger import Ledger
from crdt.ledger_bytes import to_bytes
from crdt.limits import DEFAULT_LIMITS
from crdt.structs import HAS_KEY, STRING, Struct, Update, make
from crdt.update import encode
from tests.hostile.histories import History, recorded, replay

OWNERS = st.sampled_from(["w0", "w1", "mallory"])
TEXTS = st.sampled_from(["a", "é", "日本", "😀", "x" * 127, "x" * 128, "\u0000", "\ufffd", ""])


@cache
def histories() -> list[History]:
    return [history for history in recorded()[:8] if replay(history).ledger.clients]


@cache
def ledger(number: int) -> Ledger:
    return replay(histories()[number]).ledger


NUMBERS = st.integers(0, 10**6).map(lambda number: number % len(histories()))


def is_verdict(verdict: Verdict) -> bool:
    return isinstance(verdict, Accepted | Known | Refused)


@given(st.binary(max_size=120), OWNERS, NUMBERS)
def test_any_bytes_give_a_verdict(data: bytes, owner: str, number: int) -> None:
    assert is_verdict(check(data, ledger(number), owner))
    assert isinstance(harmless_when_read_only(data, ledger(number)), bool)


@given(st.data(), OWNERS, NUMBERS)
def test_any_change_to_an_honest_update_gives_a_verdict_and_changes_nothing(
    data: st.DataObject, owner: str, number: int
) -> None:
    held = ledger(number)
    before = to_bytes(held)
    _, update = data.draw(st.sampled_from(histories()[number].log))
    at = data.draw(st.integers(0, len(update)))
    changed = update[:at] + data.draw(st.binary(max_size=3)) + update[at + data.draw(st.integers(0, 3)) :]
    assert is_verdict(check(changed, held, owner))
    assert isinstance(harmless_when_read_only(changed, held), bool)
    assert before == to_bytes(held)


def told(verdict: Verdict) -> object:
    """Everything about a verdict that anybody can see."""
    if not isinstance(verdict, Accepted):
        return verdict
    (addition,) = verdict.change.additions
    names = ("client", "start", "end", "starts", "places", "highs", "formats", "nodes", "gone")
    held = {name: getattr(addition, name) for name in names}
    return verdict.update, verdict.new_clients, verdict.text_added, verdict.change.cost, held


@given(st.data(), NUMBERS, TEXTS)
def test_the_short_path_for_typing_gives_the_verdict_of_the_whole_rule(
    data: st.DataObject, number: int, text: str
) -> None:
    held = ledger(number)
    client = data.draw(st.sampled_from(sorted(held.clients)))
    clock = held.clients[client].clock + data.draw(st.sampled_from([0, 0, 0, 0, 1]))

    def neighbour() -> tuple[int, int]:
        other = data.draw(st.sampled_from([client, client, *sorted(held.clients), 1]))
        end = held.clients[other].clock if other in held.clients else 2
        return other, data.draw(st.sampled_from([end - 1, end - 1, max(0, end - 2), 0, end]) | st.integers(0, end))

    struct = make(clock, STRING, text, origin=neighbour(), right=data.draw(st.none() | st.builds(neighbour)))
    struct = data.draw(st.sampled_from([struct, struct, struct._replace(info=struct.info | HAS_KEY)]))
    update = encode(Update({client: [struct]}, {}))
    owner = data.draw(st.sampled_from([held.clients[client].owner] * 3 + ["mallory"]))
    whole = gate._check(update, held, owner, DEFAULT_LIMITS)
    short = gate._typing(update, held, owner, DEFAULT_LIMITS)
    assert told(whole) == told(check(update, held, owner))
    if short is not None:
        assert told(whole) == told(short)


def test_the_short_path_is_taken_for_plain_typing() -> None:
    held = Ledger()
    first = [
        make(0, 7, (3, "paragraph"), parent="prosemirror"),
        make(1, 7, (6, None), parent=(5, 0)),
        make(2, STRING, "x", parent=(5, 1)),
    ]
    verdict = check(encode(Update({5: first}, {})), held, "w0")
    assert isinstance(verdict, Accepted)
    held.record(verdict, "w0")
    typing: Struct = make(3, STRING, "é", origin=(5, 2))
    assert gate._typing(encode(Update({5: [typing]}, {})), held, "w0", DEFAULT_LIMITS) is not None
