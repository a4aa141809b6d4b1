"""Who wrote which words: the entry of the log that brought each character that stands in a text.

The author of an entry is known from the log alone, and an update names the ids it brings; what a text says never
counts. Words that somebody moved came with the entry that did it; whose they were before is told beside it. Pure.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crdt.limits import MAX_CLOCK, UNBOUNDED
from crdt.moves import Moved
from crdt.sequence import Element, Span, cut
from crdt.update import decode, utf16_length
from crdt.wire import Malformed

STAYED = Moved((), [])
"""Nothing was moved."""


@dataclass(frozen=True, slots=True)
class Written:
    """Words that stand together and came with one entry of the log; 0 where none is known to have brought them."""

    text: str
    seq: int
    first: int = 0
    """The entry that brought them first, where entry ``seq`` moved them here."""


class Brought:
    """Which entry of a log brought which ids. Entries are added in their order, and never again."""

    __slots__ = ("_clients", "seq")

    def __init__(self) -> None:
        self.seq = 0
        """The last entry added."""
        self._clients: dict[int, tuple[array[int], array[int], list[int]]] = {}
        """By client: first clocks, the entries that brought what starts there, and where the next clock is."""

    def add(self, seq: int, update: bytes) -> None:
        """Entry ``seq`` of the log; what was there before stays with whoever brought it first."""
        self.seq = seq
        for client, start, end in brought(update):
            known = self._clients.get(client)
            if known is None:
                known = self._clients[client] = (array("Q"), array("Q"), [0])
            clocks, entries, following = known
            if end <= following[0]:
                continue
            clocks.append(max(start, following[0]))
            entries.append(seq)
            following[0] = end

    def entry(self, client: int, clock: int) -> int:
        """The entry that brought this id; 0 if none did."""
        known = self._clients.get(client)
        if known is None or clock >= known[2][0]:
            return 0
        at = bisect_right(known[0], clock) - 1
        return known[1][at] if at >= 0 else 0

    def run(self, client: int, clock: int) -> tuple[int, int]:
        """The entry that brought this id, and how many clocks on from here it brought."""
        known = self._clients.get(client)
        if known is None or clock >= known[2][0]:
            return 0, MAX_CLOCK
        clocks, entries, following = known
        at = bisect_right(clocks, clock) - 1
        end = clocks[at + 1] if at + 1 < len(clocks) else following[0]
        return (entries[at] if at >= 0 else 0), end - clock

    def written(self, spans: Iterable[Span], moved: Moved = STAYED) -> list[Written]:
        """Words in order, parted where another entry brought them, or where they were moved from elsewhere."""
        found: list[Written] = []
        for span in spans:
            for one in self._parted(span, moved):
                if found and (found[-1].seq, found[-1].first) == (one.seq, one.first):
                    found[-1] = Written(found[-1].text + one.text, one.seq, one.first)
                else:
                    found.append(one)
        return found

    def _parted(self, span: Span, moved: Moved) -> Iterator[Written]:
        clock, text = span.clock, span.text
        while text:
            seq, here = self.run(span.client, clock)
            origin, there = moved.origin((span.client, clock))
            first, long = self.run(*origin)
            units = min(here, there, long, utf16_length(text))
            head, text = cut(text, units)
            yield Written(head, seq, first if origin != (span.client, clock) else 0)
            clock += units


def brought(update: bytes) -> list[tuple[int, int, int]]:
    """The ids an update brings: client, first clock, clock after the last. Typing, the common case, is read quickly."""
    if update[:2] == b"\x01\x01":
        typed = _typed(update)
        if typed is not None:
            return [typed]
    decoded = decode(update, UNBOUNDED)
    if isinstance(decoded, Malformed):
        return []
    return [
        (client, section[0].clock, section[-1].clock + section[-1].length)
        for client, section in decoded.structs.items()
    ]


def _typed(data: bytes) -> tuple[int, int, int] | None:
    """One run of typed text beside known text; None for anything else, which is read in full."""
    try:
        client, position = _number(data, 2)
        clock, position = _number(data, position)
        info = data[position]
        if info not in (0x84, 0xC4):
            return None
        position += 1
        for _ in range(2 if info == 0x84 else 4):
            while data[position] > 0x7F:
                position += 1
            position += 1
        length = data[position]
        text = data[position + 1 : position + 1 + length]
        if length > 0x7F or len(data) != position + 2 + length:
            return None
    except IndexError:
        return None
    units = length if text.isascii() else utf16_length(text.decode("utf-8", "replace"))
    return client, clock, clock + units


def _number(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        part = data[position]
        position += 1
        value |= (part & 0x7F) << shift
        if part < 0x80:
            return value, position
        shift += 7


def spans_of(element: Element) -> list[Span]:
    """The words directly in an element, in order."""
    return [child for child in element.children if isinstance(child, Span)]
