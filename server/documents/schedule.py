"""The exchanges of a working document: proposals about one place with the answers to them, side by side.

What the dispute schedule shows, on the page and in Word. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from sections.redline.records import Record, Remove
from sections.redline.register import Status
from sections.redline.views import struck_words, wordings
from sections.redline.worded import worded
from server.documents.working import DisputedSection, WorkingDocument
from server.documents.working_notes import natural, number


@dataclass(frozen=True, slots=True)
class Side:
    """One proposal in an exchange: its number, what it takes out and puts in, its evidence and status."""

    key: str
    number: str
    side: str
    struck: str
    wording: tuple[str, ...]
    removes: bool
    evidence: tuple[str, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class Exchange:
    """A proposal and every answer to it. ``place`` is where it stands; ``sides`` the one that began first."""

    place: str
    sides: tuple[Side, ...]

    def of(self, side: str) -> tuple[Side, ...]:
        """What one side says in it."""
        return tuple(one for one in self.sides if one.side == side)


def exchanges(wd: WorkingDocument, section: DisputedSection) -> tuple[Exchange, ...]:
    """Every exchange with a live proposal, in the order of the numbers."""
    known = section.known
    lines = {line.key: line.place for line in worded(section.baseline, known, section.standing, wd.profile)}
    live = sorted((key for key in known if known[key].live), key=lambda key: (natural(number(section, key)), key))
    found: dict[str, list[str]] = {}
    for key in live:
        found.setdefault(_root(known[key], section), []).append(key)
    return tuple(
        Exchange(lines.get(keys[0], ""), tuple(_side(section, key) for key in _from_root(root, keys)))
        for root, keys in found.items()
    )


def _root(record: Record, section: DisputedSection) -> str:
    """The key of the live proposal that an exchange began with."""
    seen = {record.key}
    while record.counters and record.counters not in seen:
        other = section.known.get(record.counters)
        if other is None or not other.live:
            break
        seen.add(other.key)
        record = other
    return record.key if not record.counters or record.counters not in seen else min(seen)


def _from_root(root: str, keys: list[str]) -> list[str]:
    return [*(key for key in keys if key == root), *(key for key in keys if key != root)]


def _side(section: DisputedSection, key: str) -> Side:
    record = section.known[key]
    return Side(
        key=key,
        number=number(section, key),
        side=record.side,
        struck=struck_words(section.baseline, record),
        wording=tuple(wordings(record).values()),
        removes=isinstance(record, Remove),
        evidence=section.citations.get(key, ()),
        status=section.standing.get(key, "proposed"),
    )
