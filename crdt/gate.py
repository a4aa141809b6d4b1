"""The gate: may this update be applied to this document? Decided from the bytes and the ledger alone.

Only form, order, ownership and schema are judged here; roles and stages are judged in ``sections``. Not seen: whether
two neighbours ever stood side by side. If not, Yjs itself may show one text in two orders; content hashes tell.
``check`` changes nothing and is total: any bytes give a verdict. Used by the room for every update, live or replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from crdt.harmless import harmless_when_read_only
from crdt.judge import Judge, Refusal
from crdt.ledger import Accepted, Addition, Ledger, LedgerChange, Node
from crdt.limits import DEFAULT_LIMITS, Limits
from crdt.structs import Update
from crdt.update import decode, encode
from crdt.wire import Malformed

__all__: Final = ["Accepted", "Known", "Refused", "Verdict", "check", "harmless_when_read_only"]


@dataclass(frozen=True, slots=True)
class Known:
    """Nothing new: acknowledge it, do nothing."""


@dataclass(frozen=True, slots=True)
class Refused:
    """May not be applied; ``code`` is one of malformed, not-yours, gap, too-big. ``detail`` is for logs."""

    code: str
    detail: str


Verdict: TypeAlias = Accepted | Known | Refused

KNOWN: Final = Known()


def check(update: bytes, ledger: Ledger, owner: str, limits: Limits = DEFAULT_LIMITS) -> Verdict:
    """The verdict on an update by ``owner``. Accepted ones are recorded by ``ledger.record``, once applied."""
    if len(update) < 160 and update[:2] == b"\x01\x01":
        typed = _typing(update, ledger, owner, limits)
        if typed is not None:
            return typed
    return _check(update, ledger, owner, limits)


def _check(update: bytes, ledger: Ledger, owner: str, limits: Limits) -> Verdict:
    """The whole rule; ``_typing`` is only its shortest path."""
    decoded = decode(update, limits)
    if isinstance(decoded, Malformed):
        return Refused("malformed", decoded.detail)
    judge = Judge(ledger, owner, limits)
    try:
        judge.structs(decoded.structs)
        judge.deletes(decoded.deletes)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.detail)
    change = judge.change()
    if not change.additions and not change.deletes:
        return KNOWN
    if ledger.size + change.cost > limits.section_bytes:
        return Refused("too-big", "the section would be too large")
    if ledger.schema.keeps:
        top = sum(ledger.at_top(addition.nodes.values()) for addition in change.additions)
        if top and ledger.top + top > limits.layer_proposals:
            return Refused("too-big", "the layer would hold too many proposals")
    if judge.trimmed:
        update = encode(Update(judge.kept, judge.new_deletes()))
    new_clients = tuple(addition.client for addition in change.additions if addition.client not in ledger.clients)
    return Accepted(update, change, new_clients, judge.text_added)


def _typing(data: bytes, ledger: Ledger, owner: str, limits: Limits) -> Accepted | None:
    """The verdict on one run of typed text beside known text, by far the most frequent update.

    None whenever anything is not exactly that: then the whole rule decides.
    """
    try:
        numbers: list[int] = []
        position = 2
        wanted = 3
        while len(numbers) < wanted:
            value = data[position]
            position += 1
            if value > 0x7F and len(numbers) != 2:
                value &= 0x7F
                shift = 7
                while True:
                    part = data[position]
                    position += 1
                    value |= (part & 0x7F) << shift
                    if part < 0x80:
                        break
                    shift += 7
                if part == 0 or shift > 42:
                    return None
            numbers.append(value)
            if len(numbers) == 3:
                if value == 0x84:
                    wanted = 5
                elif value == 0xC4:
                    wanted = 7
                else:
                    return None
        length = data[position]
    except IndexError:
        return None
    start = position + 1
    end = start + length
    if not 0 < length < 0x80 or end + 1 != len(data) or data[end]:
        return None
    client, clock = numbers[0], numbers[1]
    known = ledger.clients.get(client)
    if known is None or known.clock != clock or known.owner != owner:
        return None
    other, at = numbers[3], numbers[4]
    neighbour = known if other == client else ledger.clients.get(other)
    if neighbour is None or at >= neighbour.clock or neighbour.highs:
        return None
    place = neighbour.place(at)
    if place.__class__ is not Node or place.rule is not None:
        return None
    if wanted == 7:
        other, before = numbers[5], numbers[6]
        neighbour = known if other == client else ledger.clients.get(other)
        if neighbour is None or before >= neighbour.clock or neighbour.highs or neighbour.place(before) is not place:
            return None
    try:
        text = data[start:end].decode()
    except UnicodeDecodeError:
        return None
    units = len(text)
    if units != length and len(text.encode("utf-16-le")) != units * 2:
        return None
    cost = length if numbers[3] == client and at == clock - 1 else length + 16
    if ledger.size + cost > limits.section_bytes or clock + units > 0x7FFFFFFF:
        return None
    addition = Addition(client, clock)
    addition.end = clock + units
    addition.starts.append(clock)
    addition.places.append(place)
    return Accepted(data, LedgerChange((addition,), (), (), cost), (), units)
