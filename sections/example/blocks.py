"""Turn the example's TOML blocks into the plain tree that a section's document is made of.

The shapes are those of ``crdt/schema.json``; a test holds this file to it, because sections may not import crdt.
Only the example uses this: text that people write never passes through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Tree = dict[str, Any]
Block = Mapping[str, Any]

ITEM_FIELDS: Mapping[str, tuple[str, ...]] = {
    "need": (),
    "outcome": ("measure", "by_when"),
    "provision": ("what", "who", "qualification", "frequency", "duration", "group", "where", "review"),
}

_MARKUP = re.compile(r"\*\*(?P<strong>.+?)\*\*|\*(?P<em>.+?)\*|\[(?P<link>[^\]]+)\]\((?P<href>https://[^\s)]+)\)")


def to_tree(section: Block) -> Tree:
    """Return the document of one section file. A file with no blocks is an empty document."""
    return {"type": "doc", "children": [_block(block) for block in section.get("block", ())]}


def inline(text: str) -> list[Tree]:
    """Return text runs for ``**bold**``, ``*italic*`` and ``[text](https://…)``; line ends count as one space."""
    line = " ".join(text.split())
    runs: list[Tree] = []
    end = 0
    for found in _MARKUP.finditer(line):
        if found.start() > end:
            runs.append({"text": line[end : found.start()]})
        kind = next(name for name in ("strong", "em", "link") if found[name] is not None)
        attrs = {"href": found["href"]} if kind == "link" else {}
        runs.append({"text": found[kind], "marks": {kind: attrs}})
        end = found.end()
    if end < len(line):
        runs.append({"text": line[end:]})
    return runs


def _block(block: Block) -> Tree:
    kind = block.get("type", "paragraph")
    if kind == "paragraph":
        return _node("paragraph", inline(block["text"]))
    if kind == "heading":
        return _node("heading", inline(block["text"]), level=block.get("level", "3"))
    if kind in ("bullet_list", "ordered_list"):
        return _node(kind, [_node("list_item", [_paragraph(text)]) for text in block["items"]])
    if kind == "table":
        rows = [_row("table_header", block["header"]), *(_row("table_cell", row) for row in block["rows"])]
        return _node("table", rows)
    return _item(kind, block)


def _item(kind: str, block: Block) -> Tree:
    fields = [_node("field", inline(block["fields"][name]), name=name) for name in ITEM_FIELDS[kind]]
    body = [_block(inner) for inner in block.get("block", ())]
    refs = [_node("ref", [], to=target) for target in block.get("refs", ())]
    return _node(kind, [_node("title", inline(block["title"])), *fields, *body, *refs], id=block["id"])


def _row(cell: str, texts: Iterable[str]) -> Tree:
    return _node("table_row", [_node(cell, [_paragraph(text)], colspan="1", rowspan="1") for text in texts])


def _paragraph(text: str) -> Tree:
    return _node("paragraph", inline(text))


def _node(kind: str, children: list[Tree], **attrs: str) -> Tree:
    node: Tree = {"type": kind, "children": children}
    if attrs:
        node["attrs"] = attrs
    return node
