"""What a document may hold: elements, what may stand inside what, attributes, marks.

There are two schemas: ``SCHEMA`` for the prose of a section, ``LAYER`` for one side's proposals beside it. Each is read
once from the file the browser's code is made from, so the two cannot disagree.
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
    """Which strings one attribute may hold; ``default`` None means that it may be absent.

    ``fixed``: stays as whoever made the element first set it. ``string``: no number stands for its digits.
    """

    default: str | None
    values: frozenset[str] | None
    pattern: re.Pattern[str] | None
    fixed: bool = False
    string: bool = False

    def fits(self, value: str) -> bool:
        """True if this string is a legal value."""
        if self.values is not None:
            return value in self.values
        return self.pattern is None or self.pattern.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class NodeRule:
    """One kind of element: ``inline`` ones hold words, ``item`` ones are a need, an outcome or a provision.

    ``keeps``: no element in it, and no text it holds, may be deleted as a whole; letters may.
    """

    name: str
    children: frozenset[str]
    attributes: Mapping[str, AttributeRule]
    inline: bool = False
    item: bool = False
    keeps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Everything one file says, ready to be asked. ``keeps``: something in such a document may not be deleted."""

    version: int
    root: str
    keeps: bool
    document: NodeRule
    nodes: Mapping[str, NodeRule]
    marks: Mapping[str, Mapping[str, AttributeRule]]
    fields: Mapping[str, tuple[str, ...]]
    field_labels: Mapping[str, str]


def _attributes(raw: Mapping[str, Any], strings: Any) -> Mapping[str, AttributeRule]:
    return MappingProxyType(
        {
            name: AttributeRule(
                default=rule.get("default"),
                values=frozenset(rule["values"]) if "values" in rule else None,
                pattern=re.compile(rule["pattern"]) if "pattern" in rule else None,
                fixed=rule.get("fixed", False),
                string=strings,
            )
            for name, rule in raw.items()
        }
    )


def _node(name: str, raw: Mapping[str, Any], strings: Any) -> NodeRule:
    return NodeRule(
        name=name,
        children=frozenset(raw["children"]),
        attributes=_attributes(raw.get("attrs", {}), strings),
        inline=raw.get("inline", False),
        item=raw.get("item", False),
        keeps=raw.get("keeps", False),
    )


def parse(text: str) -> Schema:
    """Makes a schema of its JSON; raises ValueError when a child is named that is not described."""
    raw = json.loads(text)
    strings = raw.get("strings", False)
    nodes = {name: _node(name, rule, strings) for name, rule in raw["nodes"].items()}
    document = _node("doc", raw["document"], strings)
    rules = (document, *nodes.values())
    for rule in rules:
        unknown = rule.children - nodes.keys()
        if unknown:
            raise ValueError(f"{rule.name} names children that are not described: {sorted(unknown)}")
    return Schema(
        version=raw["version"],
        root=raw["root"],
        keeps=any(rule.keeps or any(attribute.fixed for attribute in rule.attributes.values()) for rule in rules),
        document=document,
        nodes=MappingProxyType(nodes),
        marks=MappingProxyType({name: _attributes(rule, strings) for name, rule in raw["marks"].items()}),
        fields=MappingProxyType({name: tuple(names) for name, names in raw["fields"].items()}),
        field_labels=MappingProxyType(dict(raw["field_labels"])),
    )


SCHEMA: Final = parse(files("crdt").joinpath("schema.json").read_text("utf-8"))
"""The prose of a section."""

LAYER: Final = parse(files("crdt").joinpath("layer.json").read_text("utf-8"))
"""One side's proposals: records that are never deleted, each with its wordings."""
