"""The end of an appeal: from what was agreed and what the tribunal ordered to the text to issue, and nothing else.

What is agreed goes in; everything else needs a ruling, and one that is missing stops the closing. ``check`` compares
what was issued with what was ordered, word by word and block by block: it must find nothing. Pure; for the server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal, TypeAlias

from sections.redline.apply import Difference, NotApplied, apply, differences
from sections.redline.baseline import Baseline, Block, block_value
from sections.redline.overlap import Conflict, chain_of
from sections.redline.records import New, Record, Remove, normalise, parts, to_value
from sections.redline.register import SETTLED, Entry, Status, record_hash, standing
from sections.words import listed

Ruling: TypeAlias = Literal["ordered", "refused"] | Record
"""What the tribunal said of a proposal: ordered as it is worded, refused, or other words of its own."""

Outcome: TypeAlias = Literal["agreed", "ordered", "refused", "withdrawn"]

_TRIBUNAL = "tribunal"
_OWN = ("counters", "group", "moves")
_CLASH: dict[str, str] = {
    "overlap": "{one} and {other} change the same words",
    "answer": "{one} and {other} answer one another",
    "removed": "one of {one} and {other} takes out the place where the other stands",
}


@dataclass(frozen=True, slots=True)
class Closing:
    """What will be issued: the text, the records that make it, and what became of every proposal, by key."""

    issued: Baseline
    taken: Mapping[str, Record]
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class NotClosed:
    """Why nothing can be issued: proposals nobody ruled on, rulings on no live proposal, and what clashes."""

    undecided: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def sentences(self, numbers: Mapping[str, str]) -> tuple[str, ...]:
        """What stands in the way, for the person who closes the appeal; proposals are named by their numbers."""
        found: list[str] = []
        if self.undecided:
            what = listed([numbers.get(key, key) for key in self.undecided])
            found.append(
                f"Not decided yet: {what}. For each, record whether it was ordered, refused, or ordered in the"
                " tribunal’s own words."
            )
        if self.unknown:
            what = listed([numbers.get(key, key) for key in self.unknown])
            found.append(f"There is no proposal to rule on any more: {what}. Take the ruling out, or read it again.")
        for clash in self.conflicts:
            one, other = (numbers.get(key, key) for key in (clash.key, clash.other))
            found.append(f"Only one of two can go in: {_CLASH[clash.why].format(one=one, other=other)}.")
        return tuple(found)


def undecided(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], rulings: Mapping[str, Ruling]
) -> tuple[str, ...]:
    """The live proposals that are neither agreed nor ruled on, and whose exchange no other wording settles."""
    everything = _with_own_words(known, rulings)
    taken = set(_taken(baseline, known, entries, rulings))
    now = standing(baseline, known, entries)
    return tuple(
        key
        for key, record in known.items()
        if record.live
        and key not in rulings
        and now[key] not in (*SETTLED, "refused")
        and not taken & chain_of(everything, key)
    )


def consent(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry]
) -> dict[str, Literal["ordered", "refused"]]:
    """The rulings of a consent order: everything agreed goes in, every other live proposal is left out."""
    now = standing(baseline, known, entries)
    return {key: "ordered" if _goes_in(record, now[key]) else "refused" for key, record in known.items() if record.live}


def own_words(baseline: Baseline, record: Record, record_id: str, words: Mapping[str, str]) -> Record | None:
    """The tribunal's own words in the place of a proposal, by part (``wording`` first); None if that makes nothing.

    A passage that was to be removed as a whole can have words of its own only if it is one text block.
    """
    value = to_value(record)
    if isinstance(record, Remove):
        place = baseline.places[record.block]
        if place.block.text is None:
            return None
        value = {"type": "text", "block": record.block, "from": 0, "to": place.units.length, "at": place.units.length}
    kept = {name: field for name, field in value.items() if name not in (*_OWN, *_parts(record))}
    kept["counters"] = {"key": record.key, "hash": record_hash(baseline, record)}
    made = normalise(baseline, _TRIBUNAL, record_id, kept | {part: words.get(part, "") for part in _parts(record)})
    return made if made is not None and made.live else None


def close(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], rulings: Mapping[str, Ruling]
) -> Closing | NotClosed:
    """The text to issue: what is agreed, unless it was ruled otherwise, what was ordered, and the tribunal's own words.

    A ruling that is a record is the tribunal's own words: instead of the proposal it is filed under, or, under its own
    key, where nobody proposed anything.
    """
    everything = _with_own_words(known, rulings)
    missing = undecided(baseline, known, entries, rulings)
    unknown = tuple(key for key, ruling in rulings.items() if not _stands(baseline, known, key, ruling))
    if unknown:
        return NotClosed(missing, unknown)
    applied = apply(baseline, everything, _taken(baseline, known, entries, rulings))
    if isinstance(applied, NotApplied):
        return NotClosed(missing, applied.unknown, applied.conflicts)
    if missing:
        return NotClosed(missing)
    now = standing(baseline, known, entries)
    outcomes: dict[str, Outcome] = {}
    for key, record in everything.items():
        if not record.live:
            outcomes[key] = "withdrawn"
        elif key in applied.taken:
            outcomes[key] = "agreed" if key not in rulings and now.get(key) == "agreed" else "ordered"
        else:
            outcomes[key] = "refused"
    return Closing(applied.baseline, applied.taken, outcomes)


def check(issued: Baseline, ordered: Baseline) -> tuple[Difference, ...]:
    """Where the issued text is not the ordered one, its words ``before`` as ordered and ``after`` as issued.

    Ids that were given anew on the way do not matter; words, kinds, order, items and emphasis do. Empty: the same.
    """
    same = Baseline(ordered.version, issued.section, _aligned(issued.blocks, ordered.blocks, ""))
    found = differences(ordered, same)
    if found or same.hash == ordered.hash:
        return found
    looks = tuple(
        Difference(own, place.block.type, place.block.text or "", place.block.text or "")
        for own, place in ordered.places.items()
        if place.block.notes != same.places[own].block.notes
    )
    return looks or (Difference("", "section", ordered.section, issued.section),)


def _with_own_words(known: Mapping[str, Record], rulings: Mapping[str, Ruling]) -> dict[str, Record]:
    return {**known, **{ruling.key: ruling for ruling in rulings.values() if not isinstance(ruling, str)}}


def _taken(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], rulings: Mapping[str, Ruling]
) -> tuple[str, ...]:
    """The keys that go in: ordered, or not ruled on and either agreed or the tribunal's."""
    now = standing(baseline, known, entries)
    found: list[str] = []
    for key in dict.fromkeys((*known, *rulings)):
        ruling = rulings.get(key)
        if ruling is not None and not isinstance(ruling, str):
            found.append(ruling.key)
        elif ruling == "ordered" or (ruling is None and _goes_in(known[key], now[key])):
            found.append(key)
    return tuple(found)


def _goes_in(record: Record, now: Status) -> bool:
    return record.live and now != "refused" and (now in SETTLED or record.side == _TRIBUNAL)


def _stands(baseline: Baseline, known: Mapping[str, Record], key: str, ruling: Ruling) -> bool:
    """Whether a ruling is about a live proposal, and any words of the tribunal's own fit this text."""
    about = key in known and known[key].live
    if isinstance(ruling, str):
        return about
    fits = ruling.side == _TRIBUNAL and normalise(baseline, _TRIBUNAL, ruling.id, to_value(ruling)) == ruling
    return fits and ruling.live and (about or key == ruling.key)


def _parts(record: Record) -> tuple[str, ...]:
    return parts(record.kind) if isinstance(record, New) else ("wording",)


def _aligned(issued: Sequence[Block], ordered: Sequence[Block], around: str) -> tuple[Block, ...]:
    """The issued blocks under the ids of the ordered blocks they stand for; those that stand for none get new ids."""
    ours, theirs = [_content(block) for block in issued], [_content(block) for block in ordered]
    found: list[Block] = []
    for _, first, last, other, end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        for place in range(first, last):
            twin = ordered[other + place - first] if other + place - first < end else None
            block = issued[place]
            own = twin.id if twin is not None and twin.type == block.type else f"{around}/{place}"
            inner = twin.blocks if own == getattr(twin, "id", None) and twin is not None else ()
            found.append(replace(block, id=own, blocks=_aligned(block.blocks, inner, own)))
    return tuple(found)


def _content(block: Block) -> str:
    """A block without its ids, as text that is equal for equal content."""
    return json.dumps(_without_ids(block_value(block)), sort_keys=True)


def _without_ids(value: dict[str, Any]) -> dict[str, Any]:
    kept = {name: field for name, field in value.items() if name not in ("id", "blocks")}
    return kept | {"blocks": [_without_ids(block) for block in value.get("blocks", ())]}
