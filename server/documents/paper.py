"""A printed document as values: headings, paragraphs, lists and tables made of pieces of text.

Plan, working document, worded list and schedule are laid out into these; ``docx_write`` and ``html_paper`` turn them
into Word and into HTML for PDF, so that both say the same. Nothing here knows what a proposal is. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from server.documents.anchors import HEAD, LABEL, LINKS, NOT_DISPUTED, NOTE

LANGUAGE = "en-GB"


@dataclass(frozen=True, slots=True)
class Words:
    """Words that look alike. ``hand`` is a character style of ``anchors``; ``href`` a link that may be followed."""

    text: str
    style: frozenset[str] = frozenset()
    hand: str = ""
    colour: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Whose the next words are and what becomes of them, for people who do not see type styles: ``F+``, ``C−``."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """The label of an item before its title: ``F5``."""

    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A footnote, called here."""

    text: str


Piece: TypeAlias = Words | Letter | Number | Noted


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4 under the title. ``target`` is where the contents lead; ``anchor`` a display id."""

    level: int
    pieces: tuple[Piece, ...]
    target: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``kind`` is '' for the plan's own text, or a paragraph style of ``anchors.OURS``."""

    pieces: tuple[Piece, ...]
    kind: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of entries, each made of blocks."""

    ordered: bool
    entries: tuple[tuple[PaperBlock, ...], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    blocks: tuple[PaperBlock, ...]
    head: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. The first ``heads`` rows are repeated on every page; ``widths`` are shares of the line."""

    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    name: str
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """A list of contents: where each entry leads, and its words."""

    entries: tuple[tuple[str, str], ...]


PaperBlock: TypeAlias = Heading | Paragraph | Listing | Grid | Contents


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. ``keyed``: type styles are proposals here, so nothing of ours may be bold, italic or underlined."""

    title: str
    header: str
    footer: str
    on: date
    blocks: tuple[PaperBlock, ...]
    keyed: bool = False
    landscape: bool = False


def plain(text: str) -> tuple[Words, ...]:
    """Words without any style."""
    return (Words(text),)


def note(text: str) -> Paragraph:
    """A sentence of the document about itself."""
    return Paragraph(plain(text), NOTE)


def words_of(pieces: Iterable[Piece]) -> str:
    """The text of pieces without letters and footnotes."""
    return "".join(piece.text for piece in pieces if isinstance(piece, Words))


def every_piece(blocks: Iterable[PaperBlock]) -> Iterator[Piece]:
    """Every piece of every block, in order."""
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            yield from block.pieces
        elif isinstance(block, Listing):
            for entry in block.entries:
                yield from every_piece(entry)
        elif isinstance(block, Grid):
            for row in block.rows:
                for cell in row:
                    yield from every_piece(cell.blocks)


__all__ = [
    "HEAD",
    "LABEL",
    "LANGUAGE",
    "LINKS",
    "NOTE",
    "NOT_DISPUTED",
    "Cell",
    "Contents",
    "Grid",
    "Heading",
    "Letter",
    "Listing",
    "Noted",
    "Number",
    "Paper",
    "PaperBlock",
    "Paragraph",
    "Piece",
    "Words",
    "every_piece",
    "note",
    "plain",
    "words_of",
]
