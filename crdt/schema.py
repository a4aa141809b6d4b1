"""What a section may hold: elements, what may stand inside what, attributes, marks.

Reads ``schema.json`` once, the same file the browser's editor is made from, so the two cannot disagree.
It must never judge updates itself (that is ``gate``). Anybody may import it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Which strings one attribute may hold; ``default`` None means that it may be absent."""

    default: str | None
    values: frozenset[str] | None
    pattern: re.Pattern[str] | None

    def fits(self, value: str) -> bool:
        """True if this string is a legal value."""
        if self.values is not None:
            return value in self.values
        return self.pattern is None or self.pattern.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class NodeRule:
    """One kind of element: ``inline`` ones hold words, ``item`` ones are a need, an outcome or a provision."""

    name: str
    children: frozenset[str]
    attributes: Mapping[str, AttributeRule]
    inline: bool = False
    item: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything ``schema.json`` says, ready to be asked."""

    version: int
    root: str
    document: NodeRule
    nodes: Mapping[str, NodeRule]
    marks: Mapping[str, Mapping[str, AttributeRule]]
    fields: Mapping[str, tuple[str, ...]]
    field_labels: Mapping[str, str]


def _attributes(raw: Mapping[str, Any]) -> Mapping[str, AttributeRule]:
    return MappingProxyType(
        {
            name: AttributeRule(
                default=rule.get("default"),
                values=frozenset(rule["values"]) if "values" in rule else None,
                pattern=re.compile(rule["pattern"]) if "pattern" in rule else None,
            )
            for name, rule in raw.items()
        }
    )


def _node(name: str, raw: Mapping[str, Any]) -> NodeRule:
    return NodeRule(
        name=name,
        children=frozenset(raw["children"]),
        attributes=_attributes(raw.get("attrs", {})),
        inline=raw.get("inline", False),
        item=raw.get("item", False),
    )


def parse(text: str) -> Schema:
    """Makes a schema of its JSON; raises ValueError when a child is named that is not described."""
    raw = json.loads(text)
    nodes = {name: _node(name, rule) for name, rule in raw["nodes"].items()}
    document = _node("doc", raw["document"])
    for rule in (document, *nodes.values()):
        unknown = rule.children - nodes.keys()
        if unknown:
            raise ValueError(f"{rule.name} names children that are not described: {sorted(unknown)}")
    return Schema(
        version=raw["version"],
        root=raw["root"],
        document=document,
        nodes=MappingProxyType(nodes),
        marks=MappingProxyType({name: _attributes(rule) for name, rule in raw["marks"].items()}),
        fields=MappingProxyType({name: tuple(names) for name, names in raw["fields"].items()}),
        field_labels=MappingProxyType(dict(raw["field_labels"])),
    )


SCHEMA: Final = parse(files("crdt").joinpath("schema.json").read_text("utf-8"))
