"""A file's paragraphs made ready to be held against lines: marks read under the key, labels and our own furniture off.

Pure; for ``word_places`` and ``word_reading``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from crdt.schema import SCHEMA
from sections.keys import HANDS, Profile
from server.documents.anchors import LETTER, NOT_DISPUTED, NOTE, OURS, style_id
from server.documents.word_lines import Line
from server.documents.word_meaning import PLAIN, Key
from server.documents.word_pairs import Piece
from server.documents.word_runs import Cell, Paragraph, Tracked, Word
from server.documents.word_styles import Marks, squashed

_HEADING = re.compile(r"\W*section\s+([A-K][0-9]?)(?![A-Za-z0-9])", re.IGNORECASE)
_LONGEST_HEADING = 160
_MOST_WORDS = 12
_LETTER = squashed(LETTER)
_FURNITURE = frozenset(map(squashed, OURS))
_FOLD, _NOTE = squashed(NOT_DISPUTED), squashed(NOTE)
_LABELS = sorted(SCHEMA.field_labels.values(), key=len, reverse=True)
_FIELD_LABEL = re.compile(rf"\s*(?:{'|'.join(map(re.escape, _LABELS))})\s*[:.–-]+\s*", re.IGNORECASE)
_ITEM_LABEL = re.compile(r"\s*(?:[A-K][0-9]?-?[0-9]{1,3}|New (?:need|outcome|provision))(?:[.:)]?\s+|[.:)]?$)")


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of the file, or what a bookmark cuts off it. ``marks`` are the bookmarks it begins with."""

    pieces: tuple[Piece, ...]
    bookmarks: tuple[str, ...] = ()
    styles: frozenset[str] = frozenset()
    heading: bool = False
    listed: bool = False
    cell: Cell | None = None
    end: Tracked = ""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def base(self) -> str:
        """The original words, as far as marks tell: without insertions, with deletions."""
        return "".join(piece.text for piece in self.pieces if piece.meaning.is_base)

    @property
    def section(self) -> str:
        """The label, where the paragraph is the heading of a section."""
        found = _HEADING.match(self.text) if len(self.text) <= _LONGEST_HEADING else None
        if found is None:
            return ""
        rest = self.text[found.end() :].strip()
        titled = (
            not rest or rest[0] in ":.,-\u2013\u2014(" or (len(rest.split()) <= _MOST_WORDS and rest[-1] not in ".;,")
        )
        return found[1].upper() if self.heading or titled else ""

    @property
    def is_furniture(self) -> bool:
        """Whether our document says this about itself, or it is a bare label of the plan."""
        if self.styles & _FURNITURE:
            return True
        text = self.text.strip().rstrip(":").casefold()
        return not text or text in {label.casefold() for label in _LABELS} or bool(_ITEM_LABEL.fullmatch(self.text))

    @property
    def says_itself(self) -> bool:
        """Whether nothing in it is marked: what our document says about itself is never a proposal."""
        return all(piece.meaning.kind == "plain" for piece in self.pieces) or _NOTE in self.styles

    @property
    def may_be_heading(self) -> bool:
        """Whether it is marked all through, not tracked, and short like a heading or a label."""
        marked = all(piece.marks and not piece.tracked for piece in self.pieces if piece.text.strip())
        text = self.text.strip()
        return marked and (self.heading or (len(text.split()) <= _MOST_WORDS and text[-1:] not in ".!?;"))

    @property
    def folds(self) -> bool:
        """Whether this says that a passage was left out because nobody disputes it."""
        return _FOLD in self.styles


def our_styles(profile: Profile) -> dict[str, Marks]:
    """Our character styles by name with their look: what a run in one of them means even if the look was changed."""
    found: dict[str, Marks] = {LETTER: frozenset()}
    for many in range(1, len(HANDS)):
        for hands in combinations(HANDS[1:], many):
            for deleted in (False, True):
                looks = (profile.style(hand, deleted=deleted) for hand in hands)
                found[style_id(hands, deleted=deleted)] = frozenset().union(*looks)
    return found


def parts_of(word: Word, key: Key, known: Mapping[str, object], *, as_is: bool) -> list[Part]:
    """The paragraphs in order; one that was joined to the one before it in Word is cut at its known bookmark.

    Characters stay ``as_is`` in our own files; a stranger's are composed, as ours are.
    """
    found: list[Part] = []
    for paragraph in word.paragraphs:
        found.extend(_cut(paragraph, _part(paragraph, key, as_is=as_is), known))
    return found


def unlabelled(part: Part, line: Line) -> Part:
    """The paragraph without the label printed before its line."""
    text = part.text
    if line.type == "title" and not _ITEM_LABEL.match(line.text):
        label = re.match(rf"{re.escape(line.label)}(?:\u2002|  |$)", text) if line.label else None
        label = label or _ITEM_LABEL.match(text)
    elif line.type == "field" and not _FIELD_LABEL.match(line.text):
        label = _FIELD_LABEL.match(text)
    else:
        return part
    return replace(part, pieces=tuple(_without(part.pieces, label.end()))) if label else part


def _part(paragraph: Paragraph, key: Key, *, as_is: bool) -> Part:
    pieces: list[Piece] = []
    for run in paragraph.runs:
        if run.ours == _LETTER:
            continue
        marks = run.marks - run.of_paragraph if paragraph.heading else run.marks
        if run.note:
            pieces.append(Piece("", PLAIN, frozenset(), note=run.note))
        elif run.text:
            text = run.text if as_is else unicodedata.normalize("NFC", run.text)
            pieces.append(Piece(text, key.read(marks, run.tracked), marks, run.tracked))
    return Part(
        tuple(pieces), (), paragraph.styles, paragraph.heading, paragraph.listed, paragraph.cell, paragraph.mark
    )


def _cut(paragraph: Paragraph, part: Part, known: Mapping[str, object]) -> Iterator[Part]:
    letters = [run.ours == _LETTER for run in paragraph.runs for _ in run.text]
    starts: dict[int, list[str]] = {}
    for name, place in paragraph.bookmarks:
        if name in known:
            starts.setdefault(place - sum(letters[:place]), []).append(name)
    if not starts:
        yield part
        return
    first, *later = sorted(starts)
    rest = part.pieces
    for begins, (start, end) in zip([first, *later], pairwise([0, *later, len(part.text)]), strict=True):
        here, rest = _split(rest, end - start) if end < len(part.text) else (rest, ())
        yield replace(part, pieces=here, bookmarks=tuple(starts[begins]))


def _split(pieces: Sequence[Piece], size: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces cut behind so many characters; a note at the cut stays before it."""
    before: list[Piece] = []
    after: list[Piece] = []
    left = size
    for piece in pieces:
        if after or (left == 0 and piece.text):
            after.append(piece)
            continue
        if piece.text[:left] or piece.note:
            before.append(replace(piece, text=piece.text[:left]))
        if piece.text[left:]:
            after.append(replace(piece, text=piece.text[left:]))
        left = max(left - len(piece.text), 0)
    return tuple(before), tuple(after)


def _without(pieces: Sequence[Piece], size: int) -> tuple[Piece, ...]:
    return _split(pieces, size)[1] if size else tuple(pieces)
