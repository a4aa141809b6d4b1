"""The lines a section shows when it is printed under the key: what a returned file is held against.

Each text block is one line of characters that know whose record put them there or strikes them. Pure; for the readers
of Word files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sections.keys import Profile
from sections.redline.baseline import ITEM_TYPES, Baseline
from sections.redline.compose import Shown
from sections.redline.records import Record
from sections.redline.register import SETTLED, Status
from sections.redline.views import answered_words, spans, strike_first, view
from sections.redline.worddiff import Piece
from sections.redline.worded import places
from server.documents.word_styles import Marks


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One section as it was printed: the original, all records, and how each stands."""

    label: str
    baseline: Baseline
    known: Mapping[str, Record]
    standing: Mapping[str, Status]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of a line that look alike: ``by`` inserts them, ``struck`` strike them.

    ``echo``: words of another proposal that this answer strikes out in print; they are part of neither.
    """

    text: str
    by: str
    struck: tuple[str, ...]
    marks: Marks
    echo: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One text block as shown. ``key`` and ``part`` are set where it is a wording of a new block."""

    section: str
    id: str
    type: str
    key: str
    part: str
    stretches: tuple[Stretch, ...]
    row: str = ""
    """The table row the line is in, so that cells of one row stay together."""
    label: str = ""
    """What is printed before a title: ``F5``."""
    top: str = ""
    """The block at the top of the section that the line is in."""

    @property
    def text(self) -> str:
        return "".join(stretch.text for stretch in self.stretches)

    @property
    def base(self) -> str:
        """The original words alone."""
        return "".join(stretch.text for stretch in self.stretches if not stretch.by and not stretch.echo)

    @property
    def is_touched(self) -> bool:
        """Whether any proposal shows in it."""
        return bool(self.key) or any(stretch.by or stretch.struck or stretch.echo for stretch in self.stretches)


def lines_of(held: Held, profile: Profile, side: str) -> tuple[Line, ...]:
    """Every line of a section in the order of the text."""
    shown = view(held.baseline, held.known, held.standing, "key", side)
    labels = places(held.baseline)
    return tuple(
        Line(
            held.label,
            block.id,
            block.type,
            block.key,
            block.part,
            tuple(_stretches(held, profile, block)),
            row,
            (labels.get(item.id, "") if not item.key else f"New {item.type}") if block.type == "title" else "",
            top.id,
        )
        for top in shown
        for block, item, row in _texts(top, top, "")
    )


def _stretches(held: Held, profile: Profile, block: Shown) -> Iterator[Stretch]:
    for run in strike_first(block.runs or (), held.known):
        (span,) = spans(replace(block, runs=(run,)), held.standing, profile, held.known)
        if not run.by:
            struck = tuple(dict.fromkeys((*run.struck, *block.removed))) if not block.key else ()
            yield Stretch(run.text, "", struck, span.style)
            continue
        for piece in _answer(held, run.by, block.part or "wording") or (Piece("same", run.text),):
            if piece.kind != "out":
                yield Stretch(piece.text, run.by, (), span.style)
            else:
                struck_style = frozenset().union(*(profile.style(hand, deleted=True) for hand in span.hands))
                yield Stretch(piece.text, "", (), struck_style, run.by)


def _answer(held: Held, key: str, part: str) -> tuple[Piece, ...]:
    """How an open answer is printed: as its differences from what it answers; () where the two share no words."""
    if held.standing.get(key) in SETTLED:
        return ()
    pieces = answered_words(held.known, key).get(part, ())
    shares = any(piece.kind == "same" and piece.text.strip() for piece in pieces)
    return pieces if shares and len(pieces) > 1 else ()


def _texts(block: Shown, item: Shown, row: str) -> Iterator[tuple[Shown, Shown, str]]:
    """The text blocks with the item and the table row each is in."""
    if block.runs is not None:
        yield block, item, row
        return
    row = block.id if block.type == "table_row" else row
    for inner in block.blocks:
        yield from _texts(inner, block if block.type in ITEM_TYPES else item, row)
