"""Which proposals cannot both be taken up: overlapping replacements, answers to one another, words in what is removed.

People decide which of them stands; nothing is merged. Pure; for the register and for ``apply``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sections.redline.baseline import Baseline
from sections.redline.placing import placed
from sections.redline.records import New, Record, Remove, Text


@dataclass(frozen=True, slots=True)
class Conflict:
    """``key`` cannot be taken up beside ``other``: they overlap, one answers the other or removes its place."""

    key: str
    other: str
    why: Literal["overlap", "answer", "removed"]


def conflicts(
    baseline: Baseline, known: Mapping[str, Record], record: Record, accepted: Iterable[str]
) -> tuple[Conflict, ...]:
    """Why this record cannot be taken up beside those already accepted; empty: it can."""
    chain = chain_of(known, record.key)
    found: list[Conflict] = []
    for key in accepted:
        other = known.get(key)
        if other is None or key == record.key or not other.live:
            continue
        if key in chain:
            found.append(Conflict(record.key, key, "answer"))
        elif isinstance(record, Text) and isinstance(other, Text):
            if _overlap(record, other):
                found.append(Conflict(record.key, key, "overlap"))
        elif _removes(baseline, known, record, other) or _removes(baseline, known, other, record):
            found.append(Conflict(record.key, key, "removed"))
    return tuple(found)


def chain_of(known: Mapping[str, Record], key: str) -> frozenset[str]:
    """The live proposals that answer one another, this one among them, however many answers lie between."""
    beside: dict[str, set[str]] = {}
    for record in known.values():
        if record.counters in known and record.live:
            beside.setdefault(record.key, set()).add(record.counters)
            beside.setdefault(record.counters, set()).add(record.key)
    found = {key}
    pending = [key]
    while pending:
        for near in beside.get(pending.pop(), ()):
            if near not in found:
                found.add(near)
                pending.append(near)
    return frozenset(found)


def group_of(known: Mapping[str, Record], key: str) -> tuple[str, ...]:
    """The live proposals one act of one side made, this one among them: to be read and agreed together."""
    record = known.get(key)
    if record is None or not record.group:
        return (key,)
    same = (r for r in known.values() if (r.side, r.group) == (record.side, record.group))
    return tuple(sorted(r.key for r in same if r.live or r.key == key))


def origin(known: Mapping[str, Record], key: str) -> Literal["representation", "answer", "own idea"]:
    """Where a change to a served draft comes from: the family, the authority answering the family, or the authority.

    Only the first two may go into the final plan; for the authority's own idea the draft must be issued again.
    """
    seen: set[str] = set()
    record = known.get(key)
    first = record
    while record is not None and record.key not in seen:
        if record.side == "family":
            return "representation" if record is first else "answer"
        seen.add(record.key)
        record = known.get(record.counters)
    return "own idea"


def _overlap(one: Text, other: Text) -> bool:
    if one.block != other.block:
        return False
    if not one.wording and not other.wording:
        return False  # two strikes without new words say the same of what they share
    if one.start == one.end:
        return other.start < one.start < other.end
    if other.start == other.end:
        return one.start < other.start < one.end
    return max(one.start, other.start) < min(one.end, other.end)


def _removes(baseline: Baseline, known: Mapping[str, Record], remover: Record, record: Record) -> bool:
    """Whether one record takes out the place where another one stands."""
    if not isinstance(remover, Remove) or isinstance(record, Remove):
        return False
    if isinstance(record, Text):
        inside = record.block
    else:
        slots = placed(baseline, [new for new in known.values() if isinstance(new, New)])
        inside = next((slot.host for near in slots.values() for slot in near if slot.record.key == record.key), "")
    return inside == remover.block or any(block.id == remover.block for block in baseline.ancestors(inside))
