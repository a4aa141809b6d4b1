"""The baseline: an issued version as an immutable tree of blocks with stable ids, and its content hash.

``freeze`` makes one from a section's canonical tree (plain values), ``thaw`` gives that tree back. Emphasis is taken
out of the text and noted, so that it can never be read as a proposal. Nothing here changes a baseline. For everyone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sections.redline.units import Units, clean, length, one_line_break

TEXT_TYPES = frozenset({"paragraph", "heading", "title", "field"})
ITEM_TYPES = frozenset({"need", "outcome", "provision"})
LIST_TYPES = frozenset({"bullet_list", "ordered_list"})
CELL_TYPES = frozenset({"table_cell", "table_header"})
REMOVABLE = frozenset({"paragraph", "heading", "list_item", "table", "table_row"}) | LIST_TYPES | ITEM_TYPES
"""What ``rm`` may name. A title, a field and a cell belong to what holds them; their text can be struck."""


@dataclass(frozen=True, slots=True)
class Note:
    """Emphasis or a link the original had on [start, end) of a block's text."""

    start: int
    end: int
    mark: str
    attrs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """One block: either text (paragraph, heading, title, field) or other blocks."""

    id: str
    type: str
    attrs: Mapping[str, str]
    text: str | None = None
    notes: tuple[Note, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a block stands: the block that holds it (None at the top), and its text measured in UTF-16 units."""

    block: Block
    parent: Block | None
    units: Units


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """A frozen section. ``hash`` covers the section and every block, but not the version: equal content, equal hash."""

    version: int
    section: str
    blocks: tuple[Block, ...]
    hash: str = field(init=False)
    places: Mapping[str, Place] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", _hash([self.section, [block_value(block) for block in self.blocks]]))
        object.__setattr__(self, "places", {place.block.id: place for place in _places(self.blocks)})

    def texts(self) -> Iterator[Block]:
        """Every block that holds text, in order."""
        return (place.block for place in self.places.values() if place.block.text is not None)

    def ancestors(self, block_id: str) -> Iterator[Block]:
        """The blocks around this one, the nearest first."""
        place = self.places.get(block_id)
        while place is not None and place.parent is not None:
            yield place.parent
            place = self.places.get(place.parent.id)


def freeze(tree: Mapping[str, Any], section: str, version: int, ids: Mapping[str, str] | None = None) -> Baseline:
    """The baseline of a canonical tree. ``ids`` may fix ids by path (``"0/2"``); all others follow from the content."""
    freezer = _Freezer(section, ids or {})
    return Baseline(version, section, freezer.children(tree, section, ""))


def thaw(baseline: Baseline) -> dict[str, Any]:
    """The canonical tree of a baseline, with the noted emphasis and links put back."""
    return {"type": "doc", "children": [_thawed(block) for block in baseline.blocks]}


def to_value(baseline: Baseline) -> dict[str, Any]:
    """The baseline as plain values, for storing and for the browser."""
    return {
        "version": baseline.version,
        "section": baseline.section,
        "hash": baseline.hash,
        "blocks": [block_value(block) for block in baseline.blocks],
    }


def from_value(value: Mapping[str, Any]) -> Baseline | None:
    """The baseline stored as ``value``; None if its content is not what its hash says."""
    baseline = Baseline(value["version"], value["section"], tuple(_block(block) for block in value["blocks"]))
    return baseline if baseline.hash == value["hash"] else None


def block_value(block: Block) -> dict[str, Any]:
    """One block as plain values, empty parts left out."""
    value: dict[str, Any] = {"id": block.id, "type": block.type}
    if block.attrs:
        value["attrs"] = dict(block.attrs)
    if block.text is not None:
        value["text"] = block.text
    else:
        value["blocks"] = [block_value(child) for child in block.blocks]
    if block.notes:
        value["notes"] = [
            {
                "from": note.start,
                "to": note.end,
                "mark": note.mark,
                **({"attrs": dict(note.attrs)} if note.attrs else {}),
            }
            for note in block.notes
        ]
    return value


def derived_id(*parts: str) -> str:
    """Ten characters of [a-z2-7] that follow from the parts alone."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest)[:10].decode("ascii").lower()


class _Freezer:
    """Walks a tree once, handing out ids that never repeat."""

    def __init__(self, section: str, fixed: Mapping[str, str]) -> None:
        self.section = section
        self.fixed = fixed
        self.used: set[str] = set()

    def children(self, node: Mapping[str, Any], parent_id: str, path: str) -> tuple[Block, ...]:
        elements = [child for child in node.get("children", ()) if "type" in child]
        return tuple(self.block(child, parent_id, f"{path}{place}") for place, child in enumerate(elements))

    def block(self, node: Mapping[str, Any], parent_id: str, path: str) -> Block:
        name, attrs = node["type"], dict(node.get("attrs", {}))
        holds_text = name in TEXT_TYPES or any("text" in child for child in node.get("children", ()))
        text, notes = _flattened(node) if holds_text else (None, ())
        block_id = self.unique(self.wanted(name, attrs, parent_id, path, text or ""))
        if name in ITEM_TYPES:
            attrs["id"] = block_id
        blocks = () if holds_text else self.children(node, block_id, f"{path}/")
        return Block(block_id, name, attrs, text, notes, blocks)

    def wanted(self, name: str, attrs: Mapping[str, str], parent_id: str, path: str, text: str) -> str:
        if path in self.fixed:
            return self.fixed[path]
        if name in ITEM_TYPES and attrs.get("id"):
            return attrs["id"]
        if name == "title":
            return f"{parent_id}.title"
        if name == "field" and attrs.get("name"):
            return f"{parent_id}.{attrs['name']}"
        return derived_id(self.section, parent_id, name, path.rpartition("/")[2], text)

    def unique(self, wanted: str) -> str:
        found, turn = wanted, 1
        while found in self.used:
            turn += 1
            found = derived_id(wanted, str(turn))
        self.used.add(found)
        return found


def _flattened(node: Mapping[str, Any]) -> tuple[str, tuple[Note, ...]]:
    """The plain NFC text of one text block, and what emphasis and links it had."""
    raw = ""
    notes: list[Note] = []
    for child in node["children"]:
        start = _nfc_length(raw)
        raw += one_line_break(_inline(child))
        for mark, attrs in child.get("marks", {}).items():
            notes.append(Note(start, _nfc_length(raw), mark, dict(attrs)))
    text = clean(unicodedata.normalize("NFC", raw))
    units = Units(text)
    snapped = (Note(units.snap(n.start), units.snap_up(n.end), n.mark, n.attrs) for n in notes)
    return text, tuple(merged_notes(note for note in snapped if note.start < note.end))


def merged_notes(notes: Iterator[Note]) -> list[Note]:
    """Notes with those of one mark that touch joined, in the order of the text."""
    found: list[Note] = []
    for note in notes:
        before = next((n for n in found if n.end == note.start and (n.mark, n.attrs) == (note.mark, note.attrs)), None)
        if before is None:
            found.append(note)
        else:
            found[found.index(before)] = Note(before.start, note.end, note.mark, note.attrs)
    return sorted(found, key=lambda note: (note.start, note.end, note.mark))


def _inline(child: Mapping[str, Any]) -> str:
    if "text" in child:
        return str(child["text"])
    if child["type"] == "hard_break":
        return "\n"
    return "".join(_inline(inner) for inner in child.get("children", ()))


def _nfc_length(raw: str) -> int:
    return length(unicodedata.normalize("NFC", raw))


def _places(blocks: tuple[Block, ...], parent: Block | None = None) -> Iterator[Place]:
    for block in blocks:
        yield Place(block, parent, Units(block.text or ""))
        yield from _places(block.blocks, block)


def _block(value: Mapping[str, Any]) -> Block:
    return Block(
        id=value["id"],
        type=value["type"],
        attrs=dict(value.get("attrs", {})),
        text=value.get("text"),
        notes=tuple(Note(n["from"], n["to"], n["mark"], dict(n.get("attrs", {}))) for n in value.get("notes", ())),
        blocks=tuple(_block(child) for child in value.get("blocks", ())),
    )


def _thawed(block: Block) -> dict[str, Any]:
    node: dict[str, Any] = {"type": block.type}
    if block.attrs:
        node["attrs"] = dict(block.attrs)
    if block.text is None:
        node["children"] = [_thawed(child) for child in block.blocks]
    else:
        node["children"] = list(_marked(block))
    return node


def _marked(block: Block) -> Iterator[dict[str, Any]]:
    units = Units(block.text or "")
    cuts = sorted({0, units.length, *(n.start for n in block.notes), *(n.end for n in block.notes)})
    for start, end in pairwise(cuts):
        marks = {n.mark: dict(n.attrs) for n in block.notes if n.start <= start and end <= n.end}
        for number, line in enumerate(units.cut(start, end).split("\n")):
            if number:
                yield {"type": "hard_break", "children": []}
            if line:
                yield {"text": line, "marks": marks} if marks else {"text": line}


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
