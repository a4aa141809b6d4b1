"""Plays the rows of the second example: who did what, in order, and what every layer holds at the end.

The rows are data; what comes of them is plain values for whoever fills a store. Nothing here decides a status: ``ends``
repeats what the data says, and a test replays the register to hold it to that. Pure; only this package uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

from sections.catalogue import BadRules
from sections.example_appeal.days import last_working_day
from sections.example_appeal.finding import Fields, Row, fields_of, ghost
from sections.redline.baseline import Baseline
from sections.redline.records import normalise
from sections.redline.register import Status, record_hash

Deed: TypeAlias = Literal[
    "propose",
    "change",
    "withdraw",
    "draft",
    "evidence",
    "reason",
    "confirm",
    "disagree",
    "panel",
    "freeze",
    "file",
    "turn",
]
Layers: TypeAlias = dict[str, dict[str, dict[str, Fields]]]

_MORNING = time(9, 10, tzinfo=UTC)
_BETWEEN = timedelta(minutes=4)
_ON_KEYS = frozenset({"confirm", "disagree", "panel"})
_SIDES = ("family", "authority")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that a proposal relies on, with the page and the paragraph."""

    document: str
    author: str
    role: str
    dated: date
    page: int = 0
    paragraph: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody did. ``keys`` are the proposals it is about; ``fields`` is the whole record after it.

    ``to``: for ``panel`` nothing (asked), ``approved`` or ``declined``; for ``turn`` ``private``, ``send`` or ``live``.
    """

    at: datetime
    by: str
    side: str
    do: Deed
    section: str = ""
    keys: tuple[str, ...] = ()
    fields: Fields | None = None
    evidence: Evidence | None = None
    reason: str = ""
    to: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of the rows. See ``ExampleAppeal``."""

    acts: tuple[Act, ...]
    layers: Layers
    drafts: Layers
    ends: dict[str, dict[str, Status]]


def play(
    rows: Iterable[Row],
    today: date,
    baselines: Mapping[str, Baseline],
    sides: Mapping[str, str],
    papers: Mapping[str, Evidence],
) -> Played:
    """The acts in order and what the layers hold after them. ``sides``: the side of each person by key."""
    stage = _Stage(today, baselines, sides, papers)
    for row in rows:
        stage.play(row)
    return Played(tuple(stage.acts), stage.layers, stage.drafts, stage.ends)


@dataclass(slots=True)
class _Stage:
    today: date
    baselines: Mapping[str, Baseline]
    sides: Mapping[str, str]
    papers: Mapping[str, Evidence]
    acts: list[Act] = field(default_factory=list)
    layers: Layers = field(init=False)
    drafts: Layers = field(init=False)
    ends: dict[str, dict[str, Status]] = field(init=False)

    def __post_init__(self) -> None:
        self.layers = {label: {side: {} for side in _SIDES} for label in self.baselines}
        self.drafts = {label: {side: {} for side in _SIDES} for label in self.baselines}
        self.ends = {label: {} for label in self.baselines}

    def play(self, row: Row) -> None:
        do = row["do"]
        if do in ("propose", "change", "withdraw", "draft"):
            self.write(row, do)
        elif do in _ON_KEYS:
            missing = [key for key in row["keys"] if self.shared(row["section"], key) is None]
            if missing:
                raise BadRules(f"section {row['section']}: {do} is about {', '.join(missing)}, not there yet")
            self.note(row, do, keys=tuple(row["keys"]), reason=row.get("reason", ""), to=row.get("to", ""))
        elif do in ("freeze", "file"):
            self.note(row, do, version=row["version"])
        elif do == "turn":
            self.note(row, do, to=row["to"])
        else:
            raise BadRules(f"nobody can {do}")

    def write(self, row: Row, do: Deed) -> None:
        label, side = row["section"], self.sides[row["by"]]
        key = f"{side}:{row['id']}"
        held = (self.drafts if do == "draft" else self.layers)[label][side]
        if (row["id"] in held) != (do in ("change", "withdraw")):
            raise BadRules(f"section {label}: cannot {do} {key}")
        if do == "withdraw":
            fields = ghost(held[row["id"]])
        else:
            answered = self.answered(row)
            fields = fields_of(self.baselines[label], side, {**row, **self.hash_of(row)}, answered)
        held[row["id"]] = fields
        if do == "propose":
            self.ends[label][key] = row["ends"]
        self.note(row, do, keys=(key,), fields=dict(fields))
        for paper in row.get("evidence", ()):
            proof = replace(self.papers[paper["from"]], page=paper["page"], paragraph=paper["paragraph"])
            self.note(row, "evidence", keys=(key,), evidence=proof)
        if "reason" in row:
            self.note(row, "reason", keys=(key,), reason=row["reason"])

    def answered(self, row: Row) -> Fields | None:
        if "counters" not in row:
            return None
        fields = self.shared(row["section"], row["counters"])
        if fields is None:
            raise BadRules(f"section {row['section']}: {row['id']} answers {row['counters']}, not there yet")
        return fields

    def hash_of(self, row: Row) -> dict[str, str]:
        """The hash of the wording a counter-proposal answers, as it stands when it is made."""
        fields = self.answered(row)
        if fields is None:
            return {}
        side, _, record_id = row["counters"].partition(":")
        record = normalise(self.baselines[row["section"]], side, record_id, fields)
        return {"counters_hash": record_hash(self.baselines[row["section"]], record)} if record else {}

    def shared(self, label: str, key: str) -> Fields | None:
        side, _, record_id = key.partition(":")
        return self.layers[label].get(side, {}).get(record_id)

    def note(
        self,
        row: Row,
        do: Deed,
        *,
        keys: tuple[str, ...] = (),
        fields: Fields | None = None,
        evidence: Evidence | None = None,
        reason: str = "",
        to: str = "",
        version: int = 0,
    ) -> None:
        """Writes the act down, a few minutes after the one before it on the same day."""
        at = datetime.combine(last_working_day(self.today, row["day"]), _MORNING)
        if self.acts and self.acts[-1].at >= at:
            if self.acts[-1].at.date() > at.date():
                raise BadRules(f"{do} on day {row['day']} comes after a later day")
            at = self.acts[-1].at + _BETWEEN
        side, label = self.sides[row["by"]], row.get("section", "")
        self.acts.append(Act(at, row["by"], side, do, label, keys, fields, evidence, reason, to, version))
