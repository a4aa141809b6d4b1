"""The dispute schedule: exchange by exchange, the words as issued and as each side wants them, side by side.

An exchange is a proposal and everything that answers it. What a side wants is shown as the whole sentence would read.
Values only, no markup. Pure; for the schedule as a page and in Word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sections.appeal import Outcome, outcome
from sections.keys import DEFAULT
from sections.redline.baseline import Baseline
from sections.redline.overlap import chain_of
from sections.redline.records import New, Record, Remove, Text
from sections.redline.register import SETTLED, Status
from sections.redline.views import struck_words, wordings
from sections.redline.worded import FIELD_NAMES, worded

Which: TypeAlias = Literal["open", "all"]

TAKEN_OUT = "(taken out)"
STATUS_WORDS: dict[Status, str] = {
    "proposed": "Proposed, not answered yet",
    "countered": "Each side has its own wording",
    "agreed": "Agreed by both sides",
    "reopened": "Agreed earlier, changed since: no longer agreed",
    "not agreed": "Not agreed: for the tribunal to decide",
    "pending panel": "Waiting for the council’s panel",
    "ordered": "Ordered by the tribunal",
    "refused": "Not ordered",
    "withdrawn": "Withdrawn",
}
_WEIGHT: tuple[Status, ...] = (
    "ordered",
    "agreed",
    "pending panel",
    "reopened",
    "not agreed",
    "countered",
    "proposed",
    "refused",
    "withdrawn",
)
_LAST_SENTENCE_END = re.compile(r".*(?:[.?!]\s+|\n)", re.DOTALL)
_NEXT_SENTENCE_END = re.compile(r"[^\n]*?(?:[.?!](?=\s|$)|(?=\n)|$)")


@dataclass(frozen=True, slots=True)
class Wording:
    """What one proposal would have the place say."""

    key: str
    number: str
    side: str
    words: str
    status: Status
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One exchange. ``status`` is that of the exchange as a whole, ``outcome`` what the tribunal can do about it."""

    number: str
    place: str
    original: str
    wordings: tuple[Wording, ...]
    status: Status
    outcome: Outcome

    @property
    def status_words(self) -> str:
        """The status as the schedule prints it; of several wordings, the one that is settled is named."""
        said = STATUS_WORDS[self.status]
        settled = [one.number for one in self.wordings if one.status == self.status and one.status in SETTLED]
        return f"{said}: {', '.join(settled)}" if settled and len(self.wordings) > 1 else said

    @property
    def family(self) -> str:
        """The family's wording; empty when it has none, and the words as issued are what it wants."""
        return self.side("family")

    @property
    def authority(self) -> str:
        """The council's wording, likewise."""
        return self.side("authority")

    @property
    def evidence(self) -> tuple[str, ...]:
        """Every citation once, with the number of the proposal it is for where there are several."""
        several = len(self.wordings) > 1
        said = (f"{one.number}: {cited}" if several else cited for one in self.wordings for cited in one.citations)
        return tuple(dict.fromkeys(said))

    def side(self, side: str) -> str:
        """The wordings of a side, one to a line; each with its number where there are several."""
        own = [one for one in self.wordings if one.side == side]
        if len(own) == 1:
            return own[0].words
        return "\n".join(f"{one.number}: {one.words}" for one in own)


def schedule(
    baseline: Baseline,
    known: Mapping[str, Record],
    standing: Mapping[str, Status],
    numbers: Mapping[str, str],
    citations: Mapping[str, tuple[str, ...]],
    *,
    which: Which = "open",
) -> tuple[ScheduleRow, ...]:
    """The exchanges of a section by number: those still open, or all that were not withdrawn."""
    places = {line.key: line.place for line in worded(baseline, known, standing, DEFAULT)}
    found: list[tuple[tuple[int, str, str], ScheduleRow]] = []
    seen: set[str] = set()
    for key, record in known.items():
        if key in seen or not record.live:
            continue
        chain = (one for one in chain_of(known, key) if known[one].live)
        keys = sorted(chain, key=lambda one: _order(numbers, one))
        seen.update(keys)
        status = _status_of(standing.get(one, "proposed") for one in keys)
        if which == "open" and status in (*SETTLED, "refused", "withdrawn"):
            continue
        row = ScheduleRow(
            number=", ".join(numbers[one] for one in keys if one in numbers),
            place=next(places[one] for one in keys if one in places),
            original=_original(baseline, [known[one] for one in keys]),
            wordings=tuple(
                Wording(
                    key=one,
                    number=numbers.get(one, ""),
                    side=known[one].side,
                    words=_wanted(baseline, known, keys, known[one]),
                    status=standing.get(one, "proposed"),
                    citations=tuple(citations.get(one, ())),
                )
                for one in keys
            ),
            status=status,
            outcome=outcome(baseline.section),
        )
        found.append((_order(numbers, keys[0]), row))
    return tuple(row for _, row in sorted(found, key=lambda one: one[0]))


def _order(numbers: Mapping[str, str], key: str) -> tuple[int, str, str]:
    """By the figures of a number, so that F-2 stands before F-12; what has no number yet comes last."""
    number = numbers.get(key, "")
    figures = re.findall("[0-9]+", number)
    return (int(figures[-1]) if figures else 1_000_000_000), number, key


def _status_of(found: Iterable[Status]) -> Status:
    """Once one wording of an exchange is settled, so is the exchange; until then, the furthest any of them came."""
    return min(found, key=_WEIGHT.index)


def _original(baseline: Baseline, records: list[Record]) -> str:
    """The words as issued that an exchange is about."""
    said: list[str] = []
    for record in records:
        if isinstance(record, Text):
            before, inside, after = _sentence(baseline, records, record)
            said.append((before + inside + after).strip())
        elif isinstance(record, Remove):
            said.append(struck_words(baseline, record))
    return "\n".join(dict.fromkeys(words for words in said if words))


def _wanted(baseline: Baseline, known: Mapping[str, Record], keys: list[str], record: Record) -> str:
    """What the place would say if this proposal were taken up."""
    if isinstance(record, Remove):
        return TAKEN_OUT
    if isinstance(record, New):
        return _new_words(record)
    records = [known[key] for key in keys]
    before, _, after = _sentence(baseline, records, record)
    start, end = _reach(records, record)
    units = baseline.places[record.block].units
    words = before + units.cut(start, record.start) + record.wording + units.cut(record.end, end) + after
    return words.strip() or TAKEN_OUT


def _reach(records: list[Record], record: Text) -> tuple[int, int]:
    """The range that an exchange covers in the block of one of its proposals."""
    here = [one for one in records if isinstance(one, Text) and one.block == record.block]
    return min(one.start for one in here), max(one.end for one in here)


def _sentence(baseline: Baseline, records: list[Record], record: Text) -> tuple[str, str, str]:
    """The words an exchange covers in a block, and the rest of the sentence before and after them."""
    start, end = _reach(records, record)
    units = baseline.places[record.block].units
    before, after = units.cut(0, start), units.cut(end, units.length)
    begun = _LAST_SENTENCE_END.match(before)
    inside = units.cut(start, end)
    ended = None if _ends_a_sentence(before + inside) else _NEXT_SENTENCE_END.match(after)
    return before[begun.end() if begun else 0 :], inside, ended.group() if ended else ""


def _ends_a_sentence(words: str) -> bool:
    return words.rstrip(" ").endswith((".", "?", "!", "\n"))


def _new_words(record: New) -> str:
    said = []
    for part, words in wordings(record).items():
        name = FIELD_NAMES.get(part.removeprefix("w_"), "") if part.startswith("w_") else ""
        said.append(f"{name}: {words}" if name else words)
    return (" | " if record.kind == "tr" else "\n").join(said)
