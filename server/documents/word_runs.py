"""A Word file's text as plain values: paragraphs and table cells in order, made of runs that say how they look.

No words are dropped: tracked changes, moves, links, fields, content controls, text boxes and notes are all read. Page
furniture (headers, footers) is not part of the text. Pure; for ``word_reading``, after ``word_safety`` let it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Literal, TypeAlias

from lxml import etree

from sections.redline.units import clean
from server.documents.word_safety import Limits, Package, Refused
from server.documents.word_styles import Marks, Styles, attribute, child, local, styles_of

Tracked: TypeAlias = Literal["", "in", "out", "gone"]
Cell: TypeAlias = tuple[int, int, int]

_TRACKS: Final[Mapping[str, Literal["in", "out"]]] = {"ins": "in", "moveTo": "in", "del": "out", "moveFrom": "out"}
_CHARACTERS: Final = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}
_NOTES: Final = {"footnoteReference": "footnote", "endnoteReference": "endnote", "commentReference": "comment"}
_NOT_TEXT: Final = frozenset({"rPr", "pPr", "instrText", "delInstrText", "fldChar", "sdtPr", "sdtEndPr", "rt", "tblPr"})
_SPACES: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that look alike; ``ours`` is our own character style, ``tracked`` Word's own insertion or deletion."""

    text: str
    marks: Marks = frozenset()
    of_paragraph: Marks = frozenset()
    ours: str = ""
    tracked: Tracked = ""
    note: str = ""
    """``footnote:2``, ``endnote:1`` or ``comment:5`` where the run is a reference to one; its text is empty."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. ``styles`` are the names of its style, squashed; ``cell`` is table, row, cell.

    ``bookmarks`` are names with the character they begin at.
    """

    runs: tuple[Run, ...]
    styles: frozenset[str] = frozenset()
    heading: bool = False
    listed: bool = False
    bookmarks: tuple[tuple[str, int], ...] = ()
    cell: Cell | None = None
    mark: Tracked = ""
    """Whether Word tracked the end of the paragraph itself as inserted or deleted."""

    @property
    def text(self) -> str:
        """All words of the paragraph, however marked."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Word:
    """A whole file: its paragraphs in order, and its notes and comments by what refers to them."""

    paragraphs: tuple[Paragraph, ...]
    notes: Mapping[str, str] = field(default_factory=dict)


def runs_of(package: Package, limits: Limits, ours: Mapping[str, Marks]) -> Word | Refused:
    """The text of a file that passed the door. ``ours``: our character styles by name, and the look they mean."""
    styles = styles_of(package.trees.get("word/styles.xml"), ours)
    reader = _Reader(styles, limits)
    reader.blocks(package.trees["word/document.xml"], None, "")
    if reader.is_over:
        return Refused("too-long")
    notes: dict[str, str] = {}
    for kind in ("footnote", "endnote", "comment"):
        root = package.trees.get(f"word/{kind}s.xml")
        for one in root if root is not None else ():
            if local(one) == kind and attribute(one, "type") in ("", "normal"):
                inner = _Reader(styles, limits)
                inner.blocks(one, None, "")
                notes[f"{kind}:{attribute(one, 'id')}"] = "\n".join(part.text for part in inner.found).strip()
    return Word(tuple(reader.found), notes)


@dataclass(slots=True)
class _Open:
    """The paragraph being read."""

    style: str
    table: str
    runs: list[Run] = field(default_factory=list)
    bookmarks: list[tuple[str, int]] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    length: int = 0

    def add(self, run: Run) -> None:
        self.runs.append(run)
        self.length += len(run.text)


class _Reader:
    """Walks a part once, in the order of the text."""

    def __init__(self, styles: Styles, limits: Limits) -> None:
        self.styles = styles
        self.paragraphs, self.characters = limits.word_paragraphs, limits.word_characters
        self.found: list[Paragraph] = []
        self.waiting: list[str] = []
        self.tables = 0

    @property
    def is_over(self) -> bool:
        """Whether there is more than the settings allow."""
        return self.paragraphs < 0 or self.characters < 0

    def blocks(self, holder: etree._Element, cell: Cell | None, table: str) -> None:
        """Every paragraph in this element, however wrapped."""
        for one in _alternatives(holder):
            name = local(one)
            if name == "p":
                self.paragraph(one, cell, table)
            elif name == "tbl":
                self.table(one)
            elif name == "bookmarkStart":
                self.waiting.append(attribute(one, "name"))
            elif name not in _NOT_TEXT:
                self.blocks(one, cell, table)

    def table(self, element: etree._Element) -> None:
        number, self.tables = self.tables, self.tables + 1
        style = attribute(child(element, "tblPr", "tblStyle"), "val")
        for row, one in enumerate(_inside(element, "tr")):
            for place, cell in enumerate(_inside(one, "tc")):
                self.blocks(cell, (number, row, place), style)

    def paragraph(self, element: etree._Element, cell: Cell | None, table: str) -> None:
        self.paragraphs -= 1
        if self.is_over:
            return
        properties = child(element, "pPr")
        style = attribute(child(properties, "pStyle"), "val")
        opened = _Open(style, table, bookmarks=[(name, 0) for name in self.waiting])
        self.waiting = []
        self.inline(element, "", opened)
        ends = child(properties, "rPr")
        tracks = [_TRACKS[local(one)] for one in (ends if ends is not None else ()) if local(one) in _TRACKS]
        mark: Tracked = tracks[0] if tracks else ""
        outline = child(properties, "outlineLvl")
        heading = self.styles.is_heading(style) or (outline is not None and attribute(outline, "val") < "9")
        listed = child(properties, "numPr") is not None or any("list" in name for name in self.styles.names(style))
        runs = tuple(_joined(opened.runs))
        self.characters -= opened.length
        self.found.append(Paragraph(runs, self.styles.names(style), heading, listed, _moved(opened, runs), cell, mark))
        for box in opened.boxes:
            self.blocks(box, cell, table)

    def inline(self, holder: etree._Element, tracked: Tracked, opened: _Open) -> None:
        for one in _alternatives(holder):
            name = local(one)
            if name == "r":
                self.run(one, tracked, opened)
            elif name == "bookmarkStart":
                opened.bookmarks.append((attribute(one, "name"), opened.length))
            elif name == "t":  # of a formula: there without a run of its own
                opened.add(Run(_tidy(one.text or ""), tracked=tracked))
            elif name in _TRACKS:
                self.inline(one, _both(tracked, _TRACKS[name]), opened)
            elif name not in _NOT_TEXT:
                self.inline(one, tracked, opened)

    def run(self, element: etree._Element, tracked: Tracked, opened: _Open) -> None:
        look = self.styles.look(opened.style, child(element, "rPr"), opened.table)
        like = Run("", look.marks, look.of_paragraph, look.ours, tracked)
        self.pieces(element, like, opened)

    def pieces(self, element: etree._Element, like: Run, opened: _Open) -> None:
        for one in _alternatives(element):
            name = local(one)
            if name in ("t", "delText"):
                raw = one.text or ""
                kept = raw if attribute(one, "space") == "preserve" else raw.strip(_SPACES)
                opened.add(replace(like, text=_tidy(kept)))
            elif name in _CHARACTERS:
                opened.add(replace(like, text=_CHARACTERS[name]))
            elif name == "br":
                if attribute(one, "type") not in ("page", "column"):
                    opened.add(replace(like, text="\n"))
            elif name == "sym":
                opened.add(replace(like, text=_symbol(attribute(one, "char"))))
            elif name in _NOTES:
                opened.add(replace(like, note=f"{_NOTES[name]}:{attribute(one, 'id')}"))
            elif name == "txbxContent":
                opened.boxes.append(one)
            elif name == "r":
                self.run(one, like.tracked, opened)
            elif name not in _NOT_TEXT:
                self.pieces(one, like, opened)


def _alternatives(holder: etree._Element) -> Iterator[etree._Element]:
    """The children, with only the first of several versions of one thing."""
    for one in holder:
        if local(one) == "AlternateContent":
            yield from list(one)[:1]
        else:
            yield one


def _inside(holder: etree._Element, name: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, wherever a content control or a tracked change wraps them."""
    for one in _alternatives(holder):
        if local(one) == name:
            yield one
        elif local(one) not in ("tbl", "tc", "p", *_NOT_TEXT):
            yield from _inside(one, name)


def _both(around: Tracked, here: Literal["in", "out"]) -> Tracked:
    return here if around in ("", here) else "gone"


def _tidy(text: str) -> str:
    return clean(text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " "))


def _symbol(code: str) -> str:
    try:
        return clean(chr(int(code, 16)))
    except (ValueError, OverflowError):
        return "\ufffd"


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Runs that look alike as one; empty ones only where they refer to a note."""
    kept = [run for run in runs if run.text or run.note]
    for like, group in groupby(kept, key=lambda run: replace(run, text="")):
        if like.note:
            yield from group
        else:
            yield replace(like, text="".join(run.text for run in group))


def _moved(opened: _Open, runs: tuple[Run, ...]) -> tuple[tuple[str, int], ...]:
    """The bookmarks, each within the text as it is after joining."""
    most = sum(len(run.text) for run in runs)
    return tuple((name, min(place, most)) for name, place in opened.bookmarks)
