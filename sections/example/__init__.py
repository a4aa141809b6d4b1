"""The worked example: a whole plan for an invented child, for the demo, the tests and the bench.

Reads only its own packaged TOML files and returns plain values; it never touches a store or a clock.
Anyone may import it. No person, school or council in it is real.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources

from sections.catalogue import LABELS
from sections.example.blocks import Tree, to_tree


@dataclass(frozen=True, slots=True)
class Facts:
    """What the council's register holds about the plan. ``child`` is the name the family chose."""

    reference: str
    child: str
    stage: str
    council: str
    request_received_on: date
    meeting_on: date


@dataclass(frozen=True, slots=True)
class ExamplePerson:
    """Somebody in the story. ``key`` names them inside this example only; ``story`` is for the demo's sign-in page."""

    key: str
    name: str
    email: str
    role: str
    party: str
    is_staff: bool
    story: str
    acts_for: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ExamplePreference:
    """The family's wish for a school and why. It is stored apart from section I, always (CFA 2014 s.38(5))."""

    by: str
    wish: str
    why: str


@dataclass(frozen=True, slots=True)
class ExamplePlan:
    """The whole example. ``sections`` has all twelve labels, in order; section I is there and empty."""

    facts: Facts
    people: tuple[ExamplePerson, ...]
    preference: ExamplePreference
    sections: Mapping[str, Tree]


def load() -> ExamplePlan:
    """Return the example plan, read afresh, so that a caller may change what it was given."""
    folder = resources.files(__name__)
    story = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    return ExamplePlan(
        facts=Facts(**story["facts"]),
        people=tuple(ExamplePerson(**person) for person in story["people"]),
        preference=ExamplePreference(**story["preference"]),
        sections={label: _section(label) for label in LABELS},
    )


def _section(label: str) -> Tree:
    text = (resources.files(__name__) / f"{label}.toml").read_text(encoding="utf-8")
    return to_tree(tomllib.loads(text))
