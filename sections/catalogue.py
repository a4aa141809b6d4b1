"""The twelve sections of an EHC plan: label, title, the law in a line, what good looks like, items and links.

The words are data in ``catalogue.toml``, read once at import; a new section needs no new code.
Pure: no I/O but that file. Anybody may import this.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Literal, cast

ItemKind = Literal["need", "outcome", "provision"]


class BadRules(ValueError):
    """A packaged rules file contradicts itself. Found at import, so it never reaches a person."""


@dataclass(frozen=True, slots=True)
class Edition:
    """Which law a rules file states, and from when."""

    law: str
    starts: date


@dataclass(frozen=True, slots=True)
class SectionRule:
    """One section. ``links_to`` are the sections whose items its own items may point at, the usual one first."""

    label: str
    title: str
    full_title: str
    law: str
    source: str
    contributors: str
    good: tuple[str, ...]
    empty_statement: tuple[str, ...]
    items: ItemKind | None
    links_to: tuple[str, ...]
    appeal: str

    @property
    def heading(self) -> str:
        """Label and title together, as a heading shows them: ``B Special educational needs``."""
        return f"{self.label} {self.title}"


def rules_file(name: str) -> dict[str, Any]:
    """One of this package's own rules files, as plain values."""
    return tomllib.loads(files("sections").joinpath(name).read_text(encoding="utf-8"))


def edition_of(rules: dict[str, Any]) -> Edition:
    """The edition a rules file states at its top."""
    return Edition(law=rules["edition"]["law"], starts=rules["edition"]["from"])


def _rule(row: dict[str, Any]) -> SectionRule:
    return SectionRule(
        label=row["label"],
        title=row["title"],
        full_title=row["full_title"],
        law=row["law"],
        source=row["source"],
        contributors=row["contributors"],
        good=tuple(row["good"]),
        empty_statement=tuple(row["empty_statement"]),
        items=cast("ItemKind | None", row.get("items")),
        links_to=tuple(row["links_to"]),
        appeal=row["appeal"],
    )


def _checked(sections: tuple[SectionRule, ...]) -> tuple[SectionRule, ...]:
    by_label = {rule.label: rule for rule in sections}
    if len(by_label) != len(sections):
        raise BadRules("catalogue.toml: two sections have one label")
    for rule in sections:
        if rule.items not in (None, "need", "outcome", "provision"):
            raise BadRules(f"catalogue.toml: section {rule.label} has items of an unknown kind")
        for target in rule.links_to:
            if target not in by_label or by_label[target].items is None or rule.items is None:
                raise BadRules(f"catalogue.toml: section {rule.label} links to {target}, which cannot be linked")
    return sections


_RULES = rules_file("catalogue.toml")

EDITION = edition_of(_RULES)
SECTIONS: tuple[SectionRule, ...] = _checked(tuple(_rule(row) for row in _RULES["sections"]))
LABELS: tuple[str, ...] = tuple(rule.label for rule in SECTIONS)
_BY_LABEL: dict[str, SectionRule] = {rule.label: rule for rule in SECTIONS}


def section(label: str) -> SectionRule:
    """The rule of one section; KeyError for a label no plan has. Use ``find`` for a label from outside."""
    return _BY_LABEL[label]


def find(label: str) -> SectionRule | None:
    """The rule of one section, or None for a label no plan has."""
    return _BY_LABEL.get(label)
