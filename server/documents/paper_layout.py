"""Sections laid out on paper: the same arrangement whether the text comes from a live tree or from a redline.

Both are first made into nodes (``Node``); items become a heading and a table of their parts. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crdt.schema import SCHEMA
from server.documents.paper import (
    HEAD,
    LABEL,
    LINKS,
    Cell,
    Grid,
    Heading,
    Listing,
    Number,
    PaperBlock,
    Paragraph,
    Piece,
    Words,
    plain,
)

ITEMS = frozenset({"need", "outcome", "provision"})
_LISTS = frozenset({"bullet_list", "ordered_list"})
_FIELD_WIDTHS = (26, 74)


@dataclass(frozen=True, slots=True)
class Node:
    """One block to lay out: text blocks have ``pieces``, others ``blocks``. ``anchor`` is a display id or ''.

    ``number`` is set on items: their label, like F5. What is ``new`` and empty is not printed.
    """

    type: str
    attrs: Mapping[str, str]
    pieces: tuple[Piece, ...] | None = None
    blocks: tuple[Node, ...] = ()
    anchor: str = ""
    number: str = ""
    new: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a document prints: the words in an empty part, and the label and title of every item links may name."""

    empty: str
    items: Mapping[str, str]


def laid_out(nodes: Sequence[Node], section: str, manner: Manner) -> tuple[PaperBlock, ...]:
    """The blocks of one section, in order; what shows nothing is left out."""
    return tuple(_Layout(section, manner).flow(nodes, 2))


class _Layout:
    def __init__(self, section: str, manner: Manner) -> None:
        self.section = section
        self.manner = manner
        self.tables = 0

    def flow(self, nodes: Sequence[Node], level: int) -> Iterator[PaperBlock]:
        links: list[str] = []
        for node in nodes:
            if node.type == "ref":
                links.append(self.manner.items.get(node.attrs.get("to", ""), ""))
            elif node.type in ITEMS:
                yield from self.item(node, level)
            else:
                yield from self.block(node, level)
        if any(links):
            yield Paragraph(plain("Linked to " + "; ".join(filter(None, links))), LINKS)

    def block(self, node: Node, level: int) -> Iterator[PaperBlock]:
        if node.type in _LISTS:
            yield Listing(node.type == "ordered_list", tuple(self.entries(node)))
        elif node.type == "table":
            yield from self.table(node)
        elif node.pieces is None:
            yield from self.flow(node.blocks, level)
        elif _shows(node.pieces):
            if node.type == "heading":
                deeper = 1 if node.attrs.get("level") == "4" else 0
                yield Heading(min(level + deeper, 4), node.pieces, anchor=node.anchor)
            else:
                yield Paragraph(node.pieces, anchor=node.anchor)

    def entries(self, node: Node) -> Iterator[tuple[PaperBlock, ...]]:
        for entry in node.blocks:
            inside = (entry,) if entry.pieces is not None else entry.blocks
            blocks = tuple(self.flow(inside, 4))
            if blocks:
                yield blocks

    def table(self, node: Node) -> Iterator[PaperBlock]:
        rows = [tuple(self.cell(cell) for cell in row.blocks) for row in node.blocks if row.blocks]
        if not rows:
            return
        heads = 0
        while heads < len(rows) and all(cell.head for cell in rows[heads]):
            heads += 1
        self.tables += 1
        name = f"Table {self.tables} in section {self.section}"
        yield Grid(tuple(rows), heads if heads < len(rows) else 0, name)

    def cell(self, cell: Node) -> Cell:
        inside = (cell,) if cell.pieces is not None else cell.blocks
        return Cell(
            tuple(self.flow(inside, 4)),
            cell.type == "table_header",
            _span(cell.attrs.get("colspan", "1")),
            _span(cell.attrs.get("rowspan", "1")),
        )

    def item(self, node: Node, level: int) -> Iterator[PaperBlock]:
        titles = [child for child in node.blocks if child.type == "title"]
        title = titles[0].pieces or () if titles else ()
        anchor = titles[0].anchor if titles else ""
        label = Number(f"{node.number}\u2002" if title else node.number)
        yield Heading(level, (label, *title), anchor=anchor, target=f"item_{node.anchor}")
        fields = [child for child in node.blocks if child.type == "field"]
        written = [child for child in fields if child.pieces or not child.new]
        if written:
            yield self.fields(node, written)
        rest = [child for child in node.blocks if child not in (*titles[:1], *fields)]
        yield from self.flow([child for child in rest if child.pieces or not child.new or child.blocks], level + 1)

    def fields(self, node: Node, fields: list[Node]) -> Grid:
        head = (
            Cell((Paragraph(plain(node.number), HEAD),), head=True),
            Cell((Paragraph(plain("What the plan says"), HEAD),), head=True),
        )
        rows = [head]
        for child in fields:
            name = child.attrs.get("name", "what")
            own = child.pieces or ()
            pieces = own if _shows(own) else plain(self.manner.empty)
            label = Paragraph(plain(SCHEMA.field_labels.get(name, name)), LABEL)
            rows.append((Cell((label,), head=True), Cell((Paragraph(pieces, anchor=child.anchor),))))
        return Grid(tuple(rows), 1, f"{node.number}: what the plan says", _FIELD_WIDTHS)


def _shows(pieces: Sequence[Piece]) -> bool:
    """Whether there is anything to see: words, or a mark beside a changed space."""
    return any(not isinstance(piece, Words) or piece.text.strip() for piece in pieces)


def _span(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and 0 < int(value) < 100 else 1
