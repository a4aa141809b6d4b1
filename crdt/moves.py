"""Words that one entry of a log took from one place and put in another, as an editor does to part or join paragraphs.

They came with whoever moved them, and that stays so: who wrote them first is told beside it, never instead of it. Words
count as moved where an entry brings exactly words that it deletes itself, and enough of them. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from crdt.limits import UNBOUNDED
from crdt.sequence import Span, cut
from crdt.structs import STRING, Id
from crdt.update import decode, utf16_length
from crdt.wire import Malformed

ENOUGH = 12
"""Characters. Fewer are too easily the same by chance."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What one entry brought, in order, and what it deleted: client, first clock, clock after the last."""

    put: tuple[Span, ...]
    cut: tuple[tuple[int, int, int], ...]


def shift(update: bytes) -> Shift | None:
    """What an update may have moved; None for typing, deleting, and everything else that moves nothing."""
    if len(update) < ENOUGH or not update[-1]:
        return None  # nothing is deleted: the number of clients with deletions, and so the last byte, is 0
    decoded = decode(update, UNBOUNDED)
    if isinstance(decoded, Malformed) or not decoded.deletes:
        return None
    put = tuple(
        Span(client, struct.clock, struct.content)
        for client, section in decoded.structs.items()
        for struct in section
        if struct.kind == STRING and isinstance(struct.content, str)
    )
    if sum(len(span.text) for span in put) < ENOUGH:
        return None
    gone = tuple(
        (client, clock, clock + length) for client, ranges in decoded.deletes.items() for clock, length in ranges
    )
    return Shift(put, gone)


class Moved:
    """Where words that were moved stood before: runs of ids, and the runs they were taken from."""

    __slots__ = ("_runs", "_starts")

    def __init__(self, shifts: Iterable[Shift], ever: list[Span]) -> None:
        runs: dict[int, list[tuple[int, int, Id]]] = {}
        order = _Order(ever)
        for one in shifts:
            taken = order.between(one.cut)
            for client, clock, end, origin in _matched(one.put, taken):
                runs.setdefault(client, []).append((clock, end, origin))
        self._runs = {client: sorted(found) for client, found in runs.items()}
        self._starts = {client: [run[0] for run in found] for client, found in self._runs.items()}

    def origin(self, at: Id) -> tuple[Id, int]:
        """The id whose words these first were, and for how many clocks more the answer goes on in step."""
        steps = 2**31
        for _ in range(64):  # moved again and again
            starts = self._starts.get(at[0])
            place = -1 if starts is None else bisect_right(starts, at[1]) - 1
            if starts is None or place < 0 or self._runs[at[0]][place][1] <= at[1]:
                following = starts[place + 1] - at[1] if starts is not None and place + 1 < len(starts) else steps
                return at, min(steps, following)
            clock, end, origin = self._runs[at[0]][place]
            steps = min(steps, end - at[1])
            at = (origin[0], origin[1] + at[1] - clock)
        return at, 1


class _Order:
    """All words that ever stood in a document, to be asked for by their ids."""

    def __init__(self, ever: list[Span]) -> None:
        self._by: dict[int, list[tuple[int, int, int, str]]] = {}
        for place, span in enumerate(ever):
            length = utf16_length(span.text)
            self._by.setdefault(span.client, []).append((span.clock, span.clock + length, place, span.text))
        for found in self._by.values():
            found.sort()
        self._starts = {client: [one[0] for one in found] for client, found in self._by.items()}

    def between(self, ranges: Iterable[tuple[int, int, int]]) -> list[Span]:
        """The words in these ranges, in the order of the text."""
        found: list[tuple[int, Span]] = []
        for client, start, end in ranges:
            held = self._by.get(client, [])
            at = max(0, bisect_right(self._starts.get(client, []), start) - 1)
            for clock, stop, place, text in held[at:]:
                if clock >= end:
                    break
                first, last = max(clock, start), min(stop, end)
                if first < last:
                    part = cut(cut(text, last - clock)[0], first - clock)[1]
                    found.append((place, Span(client, first, part)))
        return [span for _, span in sorted(found, key=lambda one: (one[0], one[1].clock))]


def _matched(put: tuple[Span, ...], taken: list[Span]) -> list[tuple[int, int, int, Id]]:
    """Runs of ids that hold the very words of other runs: client, first clock, clock after the last, first id there."""
    new, old = "".join(span.text for span in put), "".join(span.text for span in taken)
    if min(len(new), len(old)) < ENOUGH:
        return []
    here, there = (0, old.find(new)) if len(new) <= len(old) else (new.find(old), 0)
    if min(here, there) < 0:
        return []
    length = min(len(new), len(old))
    mine, theirs = _ids(put, here, length), _ids(taken, there, length)
    runs: list[tuple[int, int, int, Id]] = []
    for (client, clock), origin in zip(mine, theirs, strict=True):
        last = runs[-1] if runs else None
        if last and last[0] == client and last[2] == clock and origin == (last[3][0], last[3][1] + clock - last[1]):
            runs[-1] = (client, last[1], clock + 1, last[3])
        else:
            runs.append((client, clock, clock + 1, origin))
    return runs


def _ids(spans: Iterable[Span], start: int, length: int) -> list[Id]:
    """The ids of these characters, one for each UTF-16 unit."""
    flat: list[tuple[int, int, int]] = []
    for span in spans:
        clock = span.clock
        for character in span.text:
            units = 1 if ord(character) < 0x10000 else 2
            flat.append((span.client, clock, units))
            clock += units
    return [(client, clock + unit) for client, clock, units in flat[start : start + length] for unit in range(units)]
