"""The canonical tree of a section: plain values, one spelling for one content, with a hash, words and items.

Pure functions on values; ``replica.py`` walks the live document and builds its tree with ``element`` and ``add_run``.
Nothing here refuses or drops what it does not know: an unknown name is kept (the gate keeps it out).
Everyone may import it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Tree: TypeAlias = dict[str, Any]
"""``{"type": …, "attrs"?: {str: str}, "children": [Tree or run]}``; a run is ``{"text": str, "marks"?: {…}}``."""

ITEM_KINDS = frozenset({"need", "outcome", "provision"})
_INLINE_BLOCKS = frozenset({"paragraph", "heading", "title", "field"})
_HASHED_MARK = re.compile(r"(.*)--[a-zA-Z0-9+/=]{8}", re.DOTALL)
_MAX_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class Item:
    """A need, an outcome or a provision: numbered by its place among the items of its section, from 1."""

    id: str
    kind: str
    number: int
    title: str
    refs: tuple[str, ...]

    def label(self, section: str) -> str:
        """The label people use: ``B3``, and ``H1-2`` where the section itself ends in a digit."""
        return f"{section}-{self.number}" if section[-1:].isdigit() else f"{section}{self.number}"


def document(children: list[Tree]) -> Tree:
    """The root of a tree, around children already canonical."""
    return {"type": "doc", "children": children}


def element(name: str, attributes: Iterable[tuple[str, Any]], children: list[Tree]) -> Tree:
    """One element, its attributes spelt canonically, around children already canonical."""
    attrs = _attributes(attributes)
    if attrs:
        return {"type": name, "attrs": attrs, "children": children}
    return {"type": name, "children": children}


def add_run(children: list[Tree], text: str, marks: Mapping[str, Any] | None) -> None:
    """Adds text to the end of children: nothing if empty, joined to the run before it if that has the same marks."""
    if not text:
        return
    canonical_marks = _marks(marks) if marks else {}
    if children:
        last = children[-1]
        if "text" in last and last.get("marks", {}) == canonical_marks:
            last["text"] += text
            return
    children.append({"text": text, "marks": canonical_marks} if canonical_marks else {"text": text})


def canonical(tree: Tree) -> Tree:
    """The one spelling of a tree written by hand: runs merged, attributes as strings, nothing empty kept."""
    children: list[Tree] = []
    for child in tree.get("children", ()):
        if "text" in child:
            add_run(children, child["text"], child.get("marks"))
        else:
            children.append(canonical(child))
    return element(tree["type"], tree.get("attrs", {}).items(), children)


def content_hash(tree: Tree) -> str:
    """SHA-256, in hexadecimal, of the tree as JSON with sorted keys and no spaces: equal content, equal hash."""
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def inline_text(block: Tree) -> str:
    """The text directly inside one paragraph, heading, title or field; a line break is a newline."""
    parts: list[str] = []
    for child in block["children"]:
        if "text" in child:
            parts.append(child["text"])
        elif child["type"] == "hard_break":
            parts.append("\n")
    return "".join(parts)


def plain_text(tree: Tree) -> str:
    """All text, one line for each paragraph, heading, title or field that has any."""
    return "\n".join(line for line in map(inline_text, _inline_blocks(tree)) if line.strip())


def words(tree: Tree) -> int:
    """How many words there are: runs of characters between white space; a new paragraph starts a new word."""
    return sum(len(inline_text(block).split()) for block in _inline_blocks(tree))


def is_empty(tree: Tree) -> bool:
    """Whether nobody has written a word here; items and tables without words count as empty."""
    return not any(inline_text(block).strip() for block in _inline_blocks(tree))


def items(tree: Tree) -> list[Item]:
    """The items of a section in the order of the text, numbered from 1."""
    nodes = (child for child in tree["children"] if child.get("type") in ITEM_KINDS)
    return [
        Item(
            id=node.get("attrs", {}).get("id", ""),
            kind=node["type"],
            number=number,
            title=" ".join(" ".join(inline_text(part) for part in _parts(node, "title")).split()),
            refs=tuple(ref["attrs"]["to"] for ref in _parts(node, "ref") if ref.get("attrs", {}).get("to")),
        )
        for number, node in enumerate(nodes, start=1)
    ]


def find_item(tree: Tree, item_id: str) -> Item | None:
    """The item with this id, the first if a copy slipped in; None if it is not here."""
    return next((item for item in items(tree) if item.id == item_id), None)


def _parts(node: Tree, name: str) -> Iterator[Tree]:
    return (child for child in node["children"] if child.get("type") == name)


def _inline_blocks(tree: Tree) -> Iterator[Tree]:
    """Every element that holds text, in order: the known ones, and unknown ones that hold any."""
    pending = [tree]
    while pending:
        node = pending.pop()
        children = node["children"]
        if node["type"] in _INLINE_BLOCKS or any("text" in child for child in children):
            yield node
        pending.extend(child for child in reversed(children) if "text" not in child)


def _attributes(attributes: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {name: spelt for name, value in attributes if (spelt := _spelt(value)) is not None}


def _marks(marks: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Marks by their own names: a mark that may overlap itself is stored as ``name--hash``."""
    found: dict[str, dict[str, str]] = {}
    for name in sorted(marks):
        value = marks[name]
        if value is None:
            continue
        hashed = _HASHED_MARK.fullmatch(name)
        found[hashed[1] if hashed else name] = _attributes(value.items()) if isinstance(value, Mapping) else {}
    return found


def _spelt(value: object) -> str | None:
    """An attribute's value as the string it stands for; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_WHOLE:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)
