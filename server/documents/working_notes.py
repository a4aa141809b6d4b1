"""What is said about a proposal outside the text: the footnote with its number, its side, its answers and its evidence.

Each proposal of a section gets one footnote, where its words first end. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from sections.redline.records import Record
from sections.redline.register import Status
from sections.words import listed
from server.documents.working import RECOMMENDATION, DisputedSection, WorkingDocument

STATUS_WORDS: dict[Status, str] = {
    "withdrawn": "withdrawn",
    "proposed": "proposed",
    "countered": "answered with other wording",
    "agreed": "agreed by both sides",
    "reopened": "agreed earlier, changed since",
    "not agreed": "not agreed",
    "pending panel": "waiting for the council’s panel",
    "ordered": "ordered by the tribunal",
    "refused": "refused by the tribunal",
}
_QUIET: frozenset[Status] = frozenset({"proposed", "countered"})


class NoteWriter:
    """Writes the footnotes of one section, each key once."""

    def __init__(self, wd: WorkingDocument, section: DisputedSection) -> None:
        self._wd = wd
        self._section = section
        self._said: set[str] = set()

    def first(self, keys: Iterable[str]) -> str:
        """The footnote for those of the keys that have none yet; '' if all have."""
        new = [key for key in keys if key not in self._said and key in self._section.known]
        self._said.update(new)
        return " ".join(footnote(self._wd, self._section, key) for key in new)


def number(section: DisputedSection, key: str) -> str:
    """The number of a proposal as people cite it."""
    return section.numbers.get(key, "No number yet")


def footnote(wd: WorkingDocument, section: DisputedSection, key: str) -> str:
    """One proposal in a footnote: ``F-12, family, answered by C-3. Smith, educational psychologist, …, p. 1.``"""
    record = section.known[key]
    status = section.standing.get(key, "proposed")
    said = [number(section, key), wd.profile.hands[record.side].name.lower()]
    if status not in _QUIET:
        said.append(STATUS_WORDS[status])
    if section.appeal == RECOMMENDATION:
        said.append("recommendation only")
    if record.counters in section.known:
        said.append(f"in answer to {number(section, record.counters)}")
    answers = [number(section, other.key) for other in answers_to(section, record)]
    if answers:
        said.append(f"answered by {listed(answers)}")
    evidence = "; ".join(section.citations.get(key, ()))
    return f"{', '.join(said)}. {evidence.rstrip('.')}." if evidence else f"{', '.join(said)}."


def answers_to(section: DisputedSection, record: Record) -> list[Record]:
    """The live counter-proposals to a proposal, in the order of their numbers."""
    found = [other for other in section.known.values() if other.counters == record.key and other.live]
    return sorted(found, key=lambda other: natural(number(section, other.key)))


def natural(label: str) -> tuple[str, int]:
    """A sort key that puts F-2 before F-12."""
    name, _, count = label.rpartition("-")
    return (name, int(count)) if count.isdecimal() else (label, 0)
