"""The way back from what is shown: one side's proposals read from the runs of a block.

It undoes ``compose`` exactly, keeps ids and ranks, and gives new ids to what was cut off. Pure; twin of
``static/src/redline/decompose.ts``; for ``edit`` and for reading a Word file back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from sections.redline.compose import Run
from sections.redline.ranks import between, first
from sections.redline.records import Record, Text
from sections.redline.units import length

_Span: TypeAlias = tuple[int, int]
_Place: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose proposals, on which block, what all sides' records are, and where new ids come from."""

    me: str
    block: str
    known: Mapping[str, Record]
    mint: Callable[[], str]

    def owns(self, key: str) -> bool:
        return key.startswith(f"{self.me}:")

    def minted(self) -> str:
        return f"{self.me}:{self.mint()}"


@dataclass(slots=True)
class _Wording:
    key: str
    at: int
    text: str


def decompose(runs: Iterable[Run], hand: Hand) -> dict[str, Text]:
    """My live proposals on the block as the runs show them, by key."""
    strikes: dict[str, list[_Span]] = {}
    wordings: list[_Wording] = []
    place = 0
    for run in runs:
        if run.by:
            if wordings and (wordings[-1].key, wordings[-1].at) == (run.by, place):
                wordings[-1].text += run.text
            else:
                wordings.append(_Wording(run.by, place, run.text))
            continue
        end = place + length(run.text)
        for key in filter(hand.owns, run.struck):
            _extend(strikes.setdefault(key, []), place, end)
        place = end
    return _ranked(wordings, _gathered(wordings, strikes, hand), hand)


def changes(before: Mapping[str, Record], after: Mapping[str, Text], hand: Hand) -> list[Text]:
    """What to write so that a layer holds ``after`` instead of ``before``: records, and ghosts for what went."""
    found = [record for key, record in after.items() if before.get(key) != record]
    for key, old in before.items():
        here = isinstance(old, Text) and old.side == hand.me and old.block == hand.block
        if here and isinstance(old, Text) and old.live and key not in after:
            found.append(replace(old, end=old.start, at=old.start, wording=""))
    return found


def _gathered(wordings: list[_Wording], strikes: dict[str, list[_Span]], hand: Hand) -> dict[str, Text]:
    """Strikes and wordings joined into records; what one id cannot hold gets a new one."""
    found: dict[str, Text] = {}
    for wording in wordings:
        if not hand.owns(wording.key):
            continue
        taken = wording.key in found
        if taken:
            wording.key = hand.minted()
        ranges = [] if taken else strikes.get(wording.key, [])
        touching = next((span for span in ranges if span[0] <= wording.at <= span[1]), None)
        if touching is not None:
            ranges.remove(touching)
        start, end = touching or (wording.at, wording.at)
        found[wording.key] = _made(hand, wording.key, start, end, wording.at, wording.text)
    for key, ranges in strikes.items():
        for start, end in ranges:
            own = hand.minted() if key in found else key
            found[own] = _made(hand, own, start, end, end, "")
    return found


def _ranked(wordings: list[_Wording], found: dict[str, Text], hand: Hand) -> dict[str, Text]:
    """The records with ranks under which compose shows the wordings in this order; ranks that serve are kept."""
    for place, wording in enumerate(wordings):
        own = found.get(wording.key)
        if own is None:
            continue
        before = wordings[place - 1] if place else None
        low = _place(before.key, found, hand) if before is not None and before.at == wording.at else None
        high = _next_above(low, wordings, place, found, hand)
        here = (own.rank, own.side, own.id)
        if own.rank and (low is None or low < here) and (high is None or here < high):
            continue
        if low is None and high is None:
            rank = first(hand.me, own.id)
        else:
            rank = between(low[0] if low else "", high[0] if high else "", own.id)
        found[wording.key] = replace(own, rank=rank)
    return {
        key: record if record.rank else replace(record, rank=first(hand.me, record.id)) for key, record in found.items()
    }


def _next_above(
    low: _Place | None, wordings: list[_Wording], place: int, found: Mapping[str, Text], hand: Hand
) -> _Place | None:
    """The next wording at the same offset whose rank stands above ``low``."""
    for after in wordings[place + 1 :]:
        if after.at != wordings[place].at:
            return None
        other = _place(after.key, found, hand)
        if other is not None and other[0] and (low is None or low < other):
            return other
    return None


def _place(key: str, found: Mapping[str, Text], hand: Hand) -> _Place | None:
    record = found.get(key) or hand.known.get(key)
    return (record.rank, record.side, record.id) if isinstance(record, Text) else None


def _made(hand: Hand, key: str, start: int, end: int, at: int, wording: str) -> Text:
    known = hand.known.get(key)
    if isinstance(known, Text):
        return replace(known, start=start, end=end, at=at, wording=wording)
    own_id = key.removeprefix(f"{hand.me}:")
    return Text(hand.me, own_id, block=hand.block, start=start, end=end, at=at, rank="", wording=wording)


def _extend(ranges: list[_Span], start: int, end: int) -> None:
    if ranges and ranges[-1][1] == start:
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))
