"""Our own tree inside a returned file: what was printed, as far as it can be trusted.

It came from outside. The original is never taken from it, only held against ours; records and statuses are normalised.
Pure; for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_args

from sections.keys import DEFAULT, Profile, find
from sections.redline.baseline import Baseline
from sections.redline.records import Record, records
from sections.redline.register import Status
from server.documents.word_lines import Held
from server.documents.word_values import Ours
from server.documents.working import ORDER, RECOMMENDATION, DisputedSection, WorkingDocument
from server.documents.working_notes import footnote

_STATUSES: Mapping[str, Status] = {status: status for status in get_args(Status)}


@dataclass(frozen=True, slots=True)
class Printed:
    """What the file says was printed: sections whose original is ours, the key profile, and the footnotes."""

    ours: Ours
    profile: Profile = DEFAULT
    sections: Mapping[str, Held] = field(default_factory=dict)
    footnotes: tuple[str, ...] = ()


def printed(value: Mapping[str, Any] | None, baselines: Mapping[str, Baseline], profile: Profile) -> Printed:
    """The embedded tree held against the originals of now; any value gives an answer."""
    if value is None:
        return Printed(Ours(), profile)
    named = value.get("profile")
    profile = (find(named) if isinstance(named, str) else None) or profile
    given = value.get("sections")
    sections = {
        row["label"]: section
        for row in (given if isinstance(given, list) else [])
        if isinstance(row, dict) and isinstance(row.get("label"), str) and row["label"] in baselines
        if (section := _section(row, baselines[row["label"]])) is not None
    }
    version = value.get("version")
    ours = Ours(True, bool(sections), version if isinstance(version, int) and not isinstance(version, bool) else None)
    wd = WorkingDocument("", "", "", "", None, date.min, "family", profile, False, tuple(sections.values()))
    notes = {footnote(wd, section, key) for section in sections.values() for key in section.known}
    held = {label: Held(label, one.baseline, one.known, one.standing) for label, one in sections.items()}
    return Printed(ours, profile, held, tuple(sorted(notes, key=len, reverse=True)))


def beyond(text: str, footnotes: tuple[str, ...]) -> str:
    """What a footnote says more than those we printed; empty: nothing."""
    rest = text.strip()
    while rest:
        known = next((note for note in footnotes if note and rest.startswith(note)), "")
        if not known:
            return rest
        rest = rest[len(known) :].strip()
    return ""


def _section(row: Mapping[str, Any], baseline: Baseline) -> DisputedSection | None:
    stored = row.get("baseline")
    if not isinstance(stored, dict) or stored.get("hash") != baseline.hash:
        return None
    known = records(baseline, row.get("layers"))
    return DisputedSection(
        baseline.section,
        "",
        RECOMMENDATION if row.get("appeal") == RECOMMENDATION else ORDER,
        baseline,
        known,
        _standing(row.get("standing"), known),
        {key: text for key, text in _pairs(row.get("numbers")) if isinstance(text, str) and len(text) < 20},
        {key: tuple(map(str, text)) for key, text in _pairs(row.get("citations")) if isinstance(text, list)},
    )


def _standing(value: Any, known: Mapping[str, Record]) -> dict[str, Status]:
    return {
        key: _STATUSES[said]
        for key, said in _pairs(value)
        if key in known and isinstance(said, str) and said in _STATUSES
    }


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return [(key, one) for key, one in value.items() if isinstance(key, str)] if isinstance(value, dict) else []
