"""A tree as the one Yjs update that seeds an empty document with it, the way y-prosemirror would have written it.

A document that clients may already hold is never rebuilt from text: ``replacing`` is an edit on top of its history.
Byte for byte what a browser would send, so that browsers find nothing to change on opening. Deterministic: the client
id is given. Values only.
Whoever starts a plan or loads the example may import it.
"""

from __future__ import annotations

import json
from typing import Any

from crdt import blocks, structs
from crdt.blocks import Tree
from crdt.ledger import Ledger
from crdt.schema import SCHEMA, AttributeRule, NodeRule, Schema
from crdt.structs import Content, Id, Update
from crdt.update import encode


def to_update(tree: Tree, client_id: int, schema: Schema = SCHEMA) -> bytes:
    """The seed, with every default attribute written out; ValueError if the schema has no place for something."""
    seed = _Seed(client_id, schema)
    seed.children(schema.document, blocks.canonical(tree), schema.root)
    return encode(Update({client_id: seed.structs} if seed.structs else {}, {}))


def replacing(tree: Tree, client_id: int, ledger: Ledger) -> bytes:
    """A forward change that makes a document hold this tree: what stands at its top goes, and the tree comes in.

    It is an edit like any other, on top of the whole history. ``client_id`` must be new to the document.
    """
    seed = _Seed(client_id, ledger.schema)
    seed.children(ledger.schema.document, blocks.canonical(tree), ledger.schema.root)
    deletes: dict[int, list[tuple[int, int]]] = {}
    for client, known in sorted(ledger.clients.items()):
        tops = [clock for clock, node in sorted(known.nodes.items()) if node.parent is ledger.root]
        ranges = [(clock, 1) for clock in tops if not known.is_gone(clock, clock + 1)]
        if ranges:
            deletes[client] = ranges
    return encode(Update({client_id: seed.structs} if seed.structs else {}, deletes))


class _Seed:
    """The structs of one client, in the order in which Yjs counts them: an element, what is in it, its attributes."""

    def __init__(self, client_id: int, schema: Schema) -> None:
        self._schema = schema
        self.structs: list[structs.Struct] = []
        self._client = client_id
        self._clock = 0

    def children(self, rule: NodeRule, node: Tree, parent: str | Id) -> None:
        left: Id | None = None
        text: Id | None = None
        pieces = node["children"]
        for index, piece in enumerate(pieces):
            if "text" not in piece:
                left, text = self._element(rule, piece, parent, left), None
            elif text is None:
                if not rule.inline:
                    raise ValueError(f"{rule.name} holds no text of its own")
                left = text = self._add(structs.TYPE, (structs.XML_TEXT, None), parent, left)
                self._text(_runs(pieces, index), text)

    def _element(self, rule: NodeRule, node: Tree, parent: str | Id, left: Id | None) -> Id:
        name = node["type"]
        if name not in rule.children:
            raise ValueError(f"{rule.name} holds no {name}")
        inner = self._schema.nodes[name]
        place = self._add(structs.TYPE, (structs.XML_ELEMENT, name), parent, left)
        self.children(inner, node, place)
        for key, value in _attributes(name, inner.attributes, node.get("attrs", {})).items():
            self._add(structs.ANY, (value,), place, None, key)
        return place

    def _text(self, runs: list[Tree], parent: Id) -> None:
        """Each run between its own marks, opened and closed."""
        left: Id | None = None
        for run in runs:
            marks = _marks(self._schema, run)
            opening: list[tuple[int, Content]] = [(structs.FORMAT, mark) for mark in marks.items()]
            closing: list[tuple[int, Content]] = [(structs.FORMAT, (name, "null")) for name in marks]
            for kind, content in [*opening, (structs.STRING, run["text"]), *closing]:
                left = self._add(kind, content, parent, left)

    def _add(self, kind: int, content: Content, parent: str | Id, left: Id | None, key: str | None = None) -> Id:
        """Appends one struct after ``left`` (or first in ``parent``) and gives the id of its last character."""
        struct = structs.make(self._clock, kind, content, origin=left, parent=parent, key=key)
        self.structs.append(struct)
        self._clock += struct.length
        return self._client, self._clock - 1


def _runs(pieces: list[Tree], start: int) -> list[Tree]:
    """The run at ``start`` and those that follow it without an element between."""
    end = start
    while end < len(pieces) and "text" in pieces[end]:
        end += 1
    return pieces[start:end]


def _marks(schema: Schema, run: Tree) -> dict[str, str]:
    """The marks of a run as y-prosemirror stores them: JSON of their attributes, in the schema's order."""
    marks: dict[str, Any] = run.get("marks", {})
    if unknown := marks.keys() - schema.marks.keys():
        raise ValueError(f"no such mark: {sorted(unknown)}")
    return {
        name: json.dumps(_attributes(name, rules, marks[name]), separators=(",", ":"), ensure_ascii=False)
        for name, rules in schema.marks.items()
        if name in marks
    }


def _attributes(name: str, rules: Any, given: dict[str, str]) -> dict[str, str]:
    """Attributes in the schema's order, its defaults where none is given."""
    if unknown := given.keys() - rules.keys():
        raise ValueError(f"{name} has no attribute {sorted(unknown)}")
    found: dict[str, str] = {}
    key: str
    rule: AttributeRule
    for key, rule in rules.items():
        value = given.get(key, rule.default)
        if value is None:
            continue
        if not rule.fits(value):
            raise ValueError(f"{name} cannot have {key}={value!r}")
        found[key] = value
    return found
