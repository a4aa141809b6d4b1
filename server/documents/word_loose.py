"""Paragraphs of a returned file that are no line of the plan: new paragraphs and rows, if the own side's marks say so.

Everything else about them goes to a person. Pure; for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sections.redline.decompose import Hand
from sections.redline.ranks import between, first
from sections.redline.records import MOST_CELLS, START, New, parts
from sections.redline.worddiff import Piece as Difference
from server.documents.word_lines import Held, Line
from server.documents.word_paragraphs import Part
from server.documents.word_places import Loose
from server.documents.word_values import Suggestion, Theirs, Unmarked, Unplaced


@dataclass(slots=True)
class Additions:
    """What the loose paragraphs of one section come to."""

    held: Held
    hand: Hand
    lines: Sequence[Line]
    rows: dict[int, list[tuple[int, Line]]]
    """By table of the file, the lines found in it with the row each was in."""
    ours: bool
    """Whether the file is our own: in a stranger's, a bold line may just be a heading or a label."""
    records: list[New] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    unmarked: list[Unmarked] = field(default_factory=list)
    theirs: list[Theirs] = field(default_factory=list)
    notes: list[Suggestion] = field(default_factory=list)
    last: tuple[int, str] = (-2, "")

    def take(self, loose: Iterable[Loose]) -> None:
        """Reads them in the order of the file."""
        for _, group in groupby(loose, key=lambda one: (one.part.cell or (-1, one.at, 0))[:2]):
            found = list(group)
            cell = found[0].part.cell
            row = self.row_before(cell[0], cell[1]) if cell else ""
            if cell and row:
                self.new_row(found, row)
                continue
            for one in found:
                self.new_block(one)

    def row_before(self, table: int, row: int) -> str:
        """The row a new one stands after, where the table is one of the plan's; never the row it is in itself."""
        known = self.rows.get(table, [])
        if any(number == row for number, _ in known):
            return ""
        above = [line for number, line in known if number < row and line.row]
        return above[-1].row.partition("#")[0] if above else ""

    def new_block(self, loose: Loose) -> None:
        if loose.part.is_furniture or (not self.ours and loose.part.may_be_heading):
            block = self.lines[loose.after].id if loose.after >= 0 else START
            marks = tuple(sorted({mark for piece in loose.part.pieces for mark in piece.marks}))
            self.unplaced.append(Unplaced(block, loose.part.text, marks, "two-ways"))
            return
        words, everything = _own_words(loose.part, self.hand.me), _readable(loose.part)
        kind = "h3" if loose.part.heading else "li" if loose.part.listed else "p"
        self.made(loose.part, self.anchor(loose), kind, {"wording": words}, {"wording": everything}, loose.after)

    def new_row(self, found: list[Loose], row: str) -> None:
        names = parts("tr")
        own: dict[str, str] = {}
        everything: dict[str, str] = {}
        for one in found:
            name = names[min(one.part.cell[2] if one.part.cell else 0, MOST_CELLS - 1)]
            for words, read in ((own, _own_words(one.part, self.hand.me)), (everything, _readable(one.part))):
                words[name] = f"{words[name]}\n{read}" if words.get(name) else read
        pieces = tuple(piece for one in found for piece in one.part.pieces)
        after = self.last[1] if self.last[0] == found[0].after and ":" in row else row
        self.made(Part(pieces), after, "tr", own, everything, found[0].after)

    def made(
        self, part: Part, after: str, kind: str, own: dict[str, str], everything: dict[str, str], place: int
    ) -> None:
        """One new block: a proposal where the marks are ours, a difference to look at where words have no mark."""
        block = self.lines[place].id if place >= 0 else START
        plain = "".join(piece.text for piece in part.pieces if piece.meaning.kind == "plain")
        self.others(part, block)
        if not any(own.values()) and not plain.strip():
            return
        new_id = self.hand.mint()
        rank = self.rank(after, new_id)
        record = New(self.hand.me, new_id, after=after, kind=kind, rank=rank, on=True, words=_kept(everything))
        if plain.strip():
            self.unmarked.append(Unmarked(block, (Difference("in", plain),), record))
        if any(text.strip() for text in own.values()):
            self.records.append(New(self.hand.me, new_id, after=after, kind=kind, rank=rank, on=True, words=_kept(own)))
            self.last = (place, record.key)

    def others(self, part: Part, block: str) -> None:
        near = ""
        for piece in part.pieces:
            meaning, marks = piece.meaning, tuple(sorted(piece.marks))
            if piece.note:
                self.notes.append(Suggestion(block, near, piece.note))
            elif meaning.kind == "in" and "agreed" in meaning.hands:
                self.unplaced.append(Unplaced(block, piece.text, marks, "agreed-mark"))
            elif meaning.kind == "in" and self.hand.me not in meaning.hands:
                self.theirs.append(Theirs(block, "", piece.text, "new"))
            elif meaning.kind == "gone":
                self.unplaced.append(Unplaced(block, piece.text, marks, "gone"))
            elif meaning.kind == "odd":
                self.unplaced.append(Unplaced(block, piece.text, marks, "two-ways"))
            elif meaning.kind == "out":
                self.unplaced.append(Unplaced(block, piece.text, marks, "not-original"))

    def anchor(self, loose: Loose) -> str:
        """What a new block stands after: the new one just before it, or the line."""
        if self.last[0] == loose.after:
            return self.last[1]
        if loose.after < 0:
            return START
        line = self.lines[loose.after]
        return line.key or line.id

    def rank(self, after: str, new_id: str) -> str:
        """A rank before everything that stands there already."""
        ranks = [one.rank for one in self.held.known.values() if isinstance(one, New) and one.after == after]
        return between("", min(ranks), new_id) if ranks else first(self.hand.me, new_id)


def _own_words(part: Part, me: str) -> str:
    return "".join(p.text for p in part.pieces if p.meaning.kind == "in" and p.meaning.hands == {me}).strip()


def _readable(part: Part) -> str:
    """The words that would stand there: inserted or unmarked ones."""
    return "".join(p.text for p in part.pieces if p.meaning.kind in ("in", "plain")).strip()


def _kept(words: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in words.items() if text}
