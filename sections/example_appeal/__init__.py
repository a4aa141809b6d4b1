"""The second worked example: a final plan for another invented child, half way through an appeal.

Reads only its own packaged TOML files. Every day in it is counted from ``today``, which the caller gives, so that the
hearing is always ahead; there is no clock here. Anyone may import it. No person, school or council in it is real.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from sections.catalogue import LABELS
from sections.example import ExamplePerson
from sections.example.blocks import Tree, to_tree
from sections.example_appeal.days import dated, last_working_day, working_day
from sections.example_appeal.finding import Fields
from sections.example_appeal.script import Act, Evidence, play
from sections.redline.baseline import Baseline, freeze
from sections.redline.register import Status

VERSION = 1
"""The version of the baselines. A counter-proposal's hash is of the wording it answers on this version."""

_ACTS = ("acts_1", "acts_2", "acts_3")
_FACT_DAYS = ("request_received_on", "meeting_on", "draft_served_on", "finalised_on")
_APPEAL_DAYS = ("lodged_on", "filing_on", "hearing_on")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the council's register holds about the plan. ``child`` is the name the family chose."""

    reference: str
    child: str
    stage: str
    council: str
    request_received_on: date
    meeting_on: date
    draft_served_on: date
    finalised_on: date


@dataclass(frozen=True, slots=True)
class Appeal:
    """The appeal. ``order``: sections the tribunal may change; ``recommendation``: where it may only advise.

    ``speakers`` are the people, by key, who may decide for each side. ``opened_on``: the working document was opened.
    """

    number: str
    order: tuple[str, ...]
    recommendation: tuple[str, ...]
    lodged_on: date
    opened_on: date
    filing_on: date
    hearing_on: date
    speakers: Mapping[str, tuple[str, ...]]

    @property
    def disputed(self) -> tuple[str, ...]:
        """Every section in dispute, in the order of the plan."""
        return tuple(label for label in LABELS if label in (*self.order, *self.recommendation))


@dataclass(frozen=True, slots=True)
class ExampleAppeal:
    """The whole example. ``sections`` has all twelve labels; the other mappings have the disputed ones.

    ``layers`` and ``drafts`` are what each side's documents hold once every act is done: section, side, id, fields.
    ``ends`` is the status of each shared proposal by then, by section and key.
    """

    facts: Facts
    people: tuple[ExamplePerson, ...]
    appeal: Appeal
    sections: Mapping[str, Tree]
    baselines: Mapping[str, Baseline]
    layers: Mapping[str, Mapping[str, Mapping[str, Fields]]]
    drafts: Mapping[str, Mapping[str, Mapping[str, Fields]]]
    acts: tuple[Act, ...]
    ends: Mapping[str, Mapping[str, Status]]


def load(today: date) -> ExampleAppeal:
    """Return the example as it stands on this day, read afresh; BadRules where an act does not fit the text."""
    story = _read("story", today)
    sections = {label: to_tree(_read(label, today)) for label in LABELS}
    people = tuple(ExamplePerson(**person) for person in story["people"])
    appeal = Appeal(**_appeal(story["appeal"], today))
    baselines = {label: freeze(sections[label], label, VERSION) for label in appeal.disputed}
    rows = [row for name in _ACTS for row in _read(name, today)["act"]]
    papers = {
        name: Evidence(**{**paper, "dated": working_day(today, paper["dated"])})
        for name, paper in story["documents"].items()
    }
    played = play(rows, today, baselines, {person.key: person.party for person in people}, papers)
    return ExampleAppeal(
        facts=Facts(**_with_days(story["facts"], _FACT_DAYS, today)),
        people=people,
        appeal=appeal,
        sections=sections,
        baselines=baselines,
        layers=played.layers,
        drafts=played.drafts,
        acts=played.acts,
        ends=played.ends,
    )


def reference() -> str:
    """The reference of the example's plan, by which a store knows that it has it; nothing else is read."""
    found: str = _story()["facts"]["reference"]
    return found


def people() -> tuple[ExamplePerson, ...]:
    """The people of the story, without the rest of it."""
    return tuple(ExamplePerson(**person) for person in _story()["people"])


def _story() -> dict[str, Any]:
    return tomllib.loads((resources.files(__name__) / "story.toml").read_text(encoding="utf-8"))


def _appeal(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    return {
        **_with_days(values, _APPEAL_DAYS, today),
        "opened_on": last_working_day(today, values["opened_on"]),
        "order": tuple(values["order"]),
        "recommendation": tuple(values["recommendation"]),
        "speakers": {side: tuple(keys) for side, keys in values["speakers"].items()},
    }


def _with_days(values: Mapping[str, Any], names: tuple[str, ...], today: date) -> dict[str, Any]:
    return {**values, **{name: working_day(today, values[name]) for name in names}}


def _read(name: str, today: date) -> dict[str, Any]:
    text = (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(dated(text, today))
    return values
