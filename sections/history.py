"""A section's history in words: who wrote when, by burst, and how much changed. Pure.

A burst is one person's run of entries in the log, without a long pause and without another's entry between. Where
several write at the same time, every few words in turn, their short runs are told as one burst of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple, TypeAlias

from sections.words import day_in_words, listed

PAUSE_SECONDS: Final = 300.0
"""After so long without a word, what the same person writes next is another burst."""

TOGETHER_SECONDS: Final = 30.0
"""People whose turns are this short, and follow each other this soon, write together."""

_WORD = re.compile(r"[\w'\u2019]*\w[\w'\u2019]*")


class Line(NamedTuple):
    """One entry of the log, without its content. ``stage`` is set where it says that the plan moved to one."""

    seq: int
    author: str
    at: datetime
    stage: str = ""


@dataclass(slots=True)
class Burst:
    """Entries ``first`` to ``last``, by one person or by some who wrote together: person id -> how many entries."""

    first: int
    last: int
    begun: datetime
    ended: datetime
    authors: dict[str, int] = field(default_factory=dict)

    @property
    def short(self) -> bool:
        """Whether it may be one turn of several who write together."""
        return len(self.authors) > 1 or _seconds(self.begun, self.ended) <= TOGETHER_SECONDS


@dataclass(frozen=True, slots=True)
class Moved:
    """The plan moved to another stage."""

    seq: int
    at: datetime
    stage: str


Event: TypeAlias = Burst | Moved


class Story:
    """Everything that happened to one section, in order; it grows with the log. ``alone``: who never joins others."""

    def __init__(self, alone: frozenset[str] = frozenset(), events: Iterable[Event] = (), seq: int = 0) -> None:
        """``events`` and ``seq``: where another story had got to, for this one to go on from."""
        self.events: list[Event] = list(events)
        self.seq = seq
        self._alone = alone

    @property
    def authors(self) -> set[str]:
        """Everybody who wrote."""
        return {author for event in self.events if isinstance(event, Burst) for author in event.authors}

    def take(self, lines: Iterable[Line]) -> None:
        """The next entries of the log, in order."""
        for line in lines:
            self.seq = line.seq
            if line.stage:
                self.events.append(Moved(line.seq, line.at, line.stage))
                continue
            last = self.events[-1] if self.events else None
            if isinstance(last, Burst) and self._goes_on(last, line):
                last.last, last.ended = line.seq, max(line.at, last.ended)
                last.authors[line.author] = last.authors.get(line.author, 0) + 1
            else:
                self.events.append(Burst(line.seq, line.seq, line.at, line.at, {line.author: 1}))
                self._join()

    def _goes_on(self, burst: Burst, line: Line) -> bool:
        pause = _seconds(burst.ended, line.at)
        if line.author in burst.authors:
            return pause <= (PAUSE_SECONDS if len(burst.authors) == 1 else TOGETHER_SECONDS)
        return len(burst.authors) > 1 and pause <= TOGETHER_SECONDS and line.author not in self._alone

    def _join(self) -> None:
        """Three short turns, the third by somebody of the first, show that people write together."""
        if len(self.events) < 3:
            return
        one, two, three = self.events[-3:]
        if not (isinstance(one, Burst) and isinstance(two, Burst) and isinstance(three, Burst)):
            return
        people = one.authors.keys() | two.authors.keys() | three.authors.keys()
        quick = _seconds(one.ended, two.begun) <= TOGETHER_SECONDS and _seconds(two.ended, three.begun) <= (
            TOGETHER_SECONDS
        )
        if people & self._alone or not (quick and one.short and two.short and three.short):
            return
        if three.authors.keys() <= one.authors.keys() | two.authors.keys():
            for other in (two, three):
                one.last, one.ended = other.last, max(one.ended, other.ended)
                for author, count in other.authors.items():
                    one.authors[author] = one.authors.get(author, 0) + count
            del self.events[-2:]

    def at(self, seq: int) -> int:
        """The place among the events of the one that holds entry ``seq``, or is the last before it; -1 before all."""
        low, high = 0, len(self.events)
        while low < high:
            middle = (low + high) // 2
            if first_of(self.events[middle]) <= seq:
                low = middle + 1
            else:
                high = middle
        return low - 1


def first_of(event: Event) -> int:
    """The first entry of an event."""
    return event.first if isinstance(event, Burst) else event.seq


def last_of(event: Event) -> int:
    """The last entry of an event: the moment after it."""
    return event.last if isinstance(event, Burst) else event.seq


def words_in(text: str) -> int:
    """How many words these are; marks between words are none."""
    return len(_WORD.findall(text))


@dataclass(frozen=True, slots=True)
class Changed:
    """How much changed in one place: an item's label, or '' for the text outside of items."""

    place: str
    added: int = 0
    removed: int = 0
    other: bool = False
    """Something that is not words: how they look, punctuation, a link between items, their order."""


def change_words(changes: Sequence[Changed], most: int = 3) -> str:
    """``3 words added, 1 removed in B2; 5 added in B4``; what changed besides words is said where no words did."""
    counted = [one for one in changes if one.added or one.removed]
    others = [one for one in changes if not (one.added or one.removed)]
    parts = []
    for number, one in enumerate(counted[:most]):
        said = []
        if one.added:
            said.append(_count(one.added, "added", first=number == 0))
        if one.removed:
            said.append(_count(one.removed, "removed", first=number == 0 and not one.added))
        parts.append(f"{', '.join(said)}{_where(one.place, changes)}")
    if len(counted) > most:
        rest = counted[most:]
        parts.append(f"more in {listed([one.place or 'the rest of the text' for one in rest[:4]])}")
        if len(rest) > 4:
            parts[-1] = f"more in {len(rest)} other places"
    if not parts and others:
        places = [one.place for one in others if one.place]
        where = f" in {listed(places)}" if places else ""
        return f"no words, but punctuation, links, order or how words look{where}"
    return "; ".join(parts)


def _count(number: int, what: str, *, first: bool) -> str:
    if first:
        return f"{number} {'word' if number == 1 else 'words'} {what}"
    return f"{number} {what}"


def _where(place: str, changes: Sequence[Changed]) -> str:
    if place:
        return f" in {place}"
    return " outside the numbered parts" if any(one.place for one in changes) else ""


def since_words(on: date, who: Sequence[str], changes: Sequence[Changed] | None) -> str:
    """What a page says to somebody who comes back: since when, by whom, and how much where that is known."""
    said = f"Changed since you last looked, on {day_in_words(on)}"
    if who:
        said += f", by {listed(list(who))}"
    if changes is None:
        return f"{said}."
    how = change_words(changes)
    return f"{said}: {how}." if how else f"{said}, and changed back again."


def _seconds(one: datetime, other: datetime) -> float:
    return (other - one).total_seconds()
