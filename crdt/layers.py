"""The server's own writing in a layer: taking Word back, sending a private turn, the worked example.

It changes what has to change and nothing else, so that what people type meanwhile stays. Its update is one like any
other: it passes the gate, under a client id nobody has used. Whoever brings proposals in may import it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from crdt import blocks
from crdt.blocks import Tree
from crdt.edits import Append, Edit, SetAttribute, splice
from crdt.replica import Replica
from crdt.schema import LAYER, SCHEMA

_CELL: Final = re.compile(r"w([1-9][0-9]?)", re.ASCII)
_BROKEN_PAIR: Final = re.compile("[\ud800-\udfff]")


def write_layer(full_update: bytes, wanted: Mapping[str, Mapping[str, Any]], client: int) -> bytes | None:
    """The update by this client that makes the layer hold each wanted record whole; None if it does already.

    ``full_update`` is the layer as it is now. Records are given by id, with the fields that ``records.to_value`` gives:
    a field left out is taken away, a record left out stays as it is. ValueError where the layer has no place for one.
    """
    replica = Replica(LAYER, client)
    replica.apply(full_update)
    edits = list(_edits(replica.tree(), wanted))
    return replica.edited(edits) if edits else None


def _edits(tree: Tree, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[Edit]:
    held: dict[str | None, list[tuple[int, Tree]]] = {}
    for place, element in enumerate(tree["children"]):
        held.setdefault(element.get("attrs", {}).get("id"), []).append((place, element))
    for record_id, fields in wanted.items():
        attributes, words = _attributes(record_id, fields), _words(fields)
        fixed = {name: attributes[name] for name, rule in _rules(fields).items() if rule.fixed}
        same = [
            (place, element)
            for place, element in held.get(record_id, ())
            if element["type"] == fields["type"] and fixed.items() <= element["attrs"].items()
        ]
        if not same:
            children = [_worded(part, text) for part, text in words.items()]
            yield Append((), blocks.element(fields["type"], attributes.items(), children))
        for place, element in same:
            yield from _changed(place, element, attributes, words, fields.get("kind", ""))


def _changed(
    place: int, element: Tree, attributes: Mapping[str, str], words: Mapping[str, str], kind: str
) -> Iterator[Edit]:
    """What makes a record that is there already the wanted one."""
    present = element["attrs"]
    for name in LAYER.nodes[element["type"]].attributes:
        if present.get(name) != attributes.get(name):
            yield SetAttribute((place,), name, attributes.get(name))
    texts: dict[str, str] = {}
    paths: dict[str, tuple[tuple[int, int], ...]] = {}
    for inner, holder in enumerate(element["children"]):
        part = holder.get("attrs", {}).get("part", "wording")
        texts[part] = texts.get(part, "") + blocks.inline_text(holder)
        paths[part] = (*paths.get(part, ()), (place, inner))
    cells = {part: "" for part in texts if kind == "tr" and _CELL.fullmatch(part)}
    for part, text in (cells | dict(words)).items():
        if part in paths:
            change = splice(paths[part], texts[part], text)
            if change is not None:
                yield change
        elif text:
            yield Append((place,), _worded(part, text))


def _rules(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = fields.get("type")
    if kind not in LAYER.document.children:
        raise ValueError(f"a layer holds no {kind!r}")
    return LAYER.nodes[kind].attributes


def _attributes(record_id: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """The record's attributes as its element has them."""
    counters = fields.get("counters") or {}
    given = {**fields, "id": record_id, "counters": counters.get("key"), "counters_hash": counters.get("hash")}
    found: dict[str, str] = {}
    for name, rule in _rules(fields).items():
        value = given.get(name)
        spelt = str(int(value)) if isinstance(value, int) else value
        if not spelt and not rule.fixed:
            continue
        if not isinstance(spelt, str) or not rule.fits(spelt):
            raise ValueError(f"a record cannot have {name}={value!r}")
        found[name] = spelt
    return found


def _words(fields: Mapping[str, Any]) -> dict[str, str]:
    """Every wording such a record has, empty ones too, by its part."""
    found = {part: _BROKEN_PAIR.sub("\ufffd", fields.get(part, "")) for part in _parts(fields)}
    known = {"type", "counters", *_rules(fields), *found}
    if unknown := fields.keys() - known:
        raise ValueError(f"a record has no {sorted(unknown)}")
    return found


def _parts(fields: Mapping[str, Any]) -> tuple[str, ...]:
    if fields["type"] == "rm":
        return ()
    kind = fields.get("kind", "")
    if kind == "tr":
        cells = [int(cell[1]) for part in fields if (cell := _CELL.fullmatch(part)) and int(cell[1]) < 40]
        return ("wording", *(f"w{number}" for number in range(1, max(cells, default=0) + 1)))
    if kind in SCHEMA.nodes and SCHEMA.nodes[kind].item:
        return ("wording", *(f"w_{name}" for name in SCHEMA.fields.get(kind, ())), "w_text")
    return ("wording",)


def _worded(part: str, text: str) -> Tree:
    return blocks.element("words", {"part": part}.items(), [{"text": text}])
