"""What can be chosen of a Word file that was read: a row for each change, marked or not, and each note.

Parts of one change that only make sense together (a passage that moved) are one row. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Literal, TypeAlias

from markupsafe import Markup

from sections.redline.baseline import Baseline
from sections.redline.records import New, Record, Remove, Text
from sections.redline.worded import KIND_NAMES, places
from server.documents.changes_html import compared, pieces
from server.documents.word_values import Proposed, Reading
from server.redline.decisions import Source

Kind: TypeAlias = Literal["read", "unmarked", "evidence"]

_PLACE = re.compile(r"(?P<said>.+?), pp?\. ?(?P<page>[^,]{1,20}?)(?:, para\. ?(?P<paragraph>[^,]{1,20}?))?\.?")
_MONTHS = "%d %B %Y"
_STALE = " It was changed here after the file was made: taking the file’s words undoes that."


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to choose. ``records`` is what would be written; ``citation`` the evidence for ``key``."""

    field: str
    kind: Kind
    section: str
    place: str
    what: str
    marked: Markup
    records: tuple[Record, ...] = ()
    key: str = ""
    citation: str = ""
    ticked: bool = True


def rows_of(reading: Reading, baselines: Mapping[str, Baseline], *, evidence: bool) -> tuple[Row, ...]:
    """Everything there is to choose, in the order of the sections. ``evidence``: whether it can be given now."""
    numbers = count(1)
    found: list[Row] = []
    for label, section in reading.sections.items():
        names = places(baselines[label])
        found += _changes(baselines[label], names, section.changes, numbers)
        for one in section.unmarked:
            if one.record is None:
                continue
            found.append(
                Row(
                    f"unmarked-{next(numbers)}",
                    "unmarked",
                    label,
                    place_of(names, label, one.block),
                    "Tick it to propose it.",
                    in_its_place(baselines[label], one.record) or pieces(one.pieces),
                    (one.record,),
                    ticked=False,
                )
            )
        for note in section.footnotes if evidence else ():
            if note.key and source_in(note.text) is not None:
                found.append(
                    Row(
                        f"evidence-{next(numbers)}",
                        "evidence",
                        label,
                        place_of(names, label, note.block),
                        "Evidence named in a footnote.",
                        compared("", note.text),
                        key=note.key,
                        citation=note.text,
                        ticked=False,
                    )
                )
    return tuple(found)


def _changes(
    baseline: Baseline, names: Mapping[str, str], changes: tuple[Proposed, ...], numbers: Iterator[int]
) -> Iterator[Row]:
    label = baseline.section
    together: dict[str, list[Proposed]] = {}
    for change in changes:
        together.setdefault(change.record.group or change.record.key, []).append(change)
    for group in together.values():
        first = group[0]
        yield Row(
            f"take-{next(numbers)}",
            "read",
            label,
            place_of(names, label, _block(first.record)),
            " ".join(map(_said, group)) + (_STALE if any(one.stale for one in group) else ""),
            Markup("<br>").join(_marked(baseline, one) for one in group),
            tuple(one.record for one in group),
            ticked=not any(one.stale for one in group),
        )


def in_its_place(baseline: Baseline, record: Record) -> Markup | None:
    """The whole passage of the plan with this one change in it; None where that says nothing more."""
    if not isinstance(record, Text) or not record.live:
        return None
    units = baseline.places[record.block].units
    before, after = units.cut(0, record.start), units.cut(record.end, units.length)
    return compared(units.cut(0, units.length), f"{before}{record.wording}{after}")


def place_of(names: Mapping[str, str], label: str, block: str) -> str:
    """Where in a section something stands."""
    return names.get(block, f"Section {label}")


def _block(record: Record) -> str:
    return record.after if isinstance(record, New) else record.block


def _said(change: Proposed) -> str:
    record = change.record
    if change.act == "withdraw":
        return "Your side’s proposal is not in the file any more: it is withdrawn."
    begin = "A new proposal" if change.act == "add" else "Your side’s proposal is changed"
    if isinstance(record, New):
        return f"{begin}: {KIND_NAMES[record.kind]} after this place."
    if isinstance(record, Remove):
        return f"{begin}: the whole passage is taken out."
    return f"{begin}."


def _marked(baseline: Baseline, change: Proposed) -> Markup:
    if change.act == "add" and (whole := in_its_place(baseline, change.record)) is not None:
        return whole
    if change.act == "change":
        before = change.struck_before, *change.before.values()
        after = change.struck_after, *change.after.values()
        if change.struck_before == change.struck_after:
            before, after = before[1:], after[1:]
        return compared(" / ".join(filter(None, before)), " / ".join(filter(None, after)))
    if change.act == "withdraw":
        return compared("\n".join(filter(None, change.before.values())), change.struck_before)
    return compared(change.struck_after, "\n".join(filter(None, change.after.values())))


def source_in(text: str) -> Source | None:
    """A footnote as evidence: ``Smith, educational psychologist, 28 February 2026, p. 1, para. 5``; else None."""
    found = _PLACE.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    said = [one.strip() for one in found["said"].split(",")]
    if len(said) < 3 or len(found["said"]) > 120:
        return None
    dated = _day(said[-1])
    if dated is None:
        return None
    author, role = said[0], ", ".join(said[1:-1])
    return Source(found["said"], author, role, dated, found["page"].strip(), (found["paragraph"] or "").strip())


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, _MONTHS).replace(tzinfo=UTC).date()
    except ValueError:
        return None
