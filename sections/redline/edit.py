"""A person's act on the text they see, as new runs of the block.

Baseline words are struck, own words really change, the other side's words are never touched: those are reported in
``offers``, to be answered with a counter-proposal. Pure; twin of ``static/src/redline/edit.ts``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sections.redline.compose import Run, add_baseline
from sections.redline.units import Units, clean, length, one_line_break


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts. ``apart``: own records that take in nothing beside them (agreed ones, counters).

    ``owner``: the key of the new block acted in. ``towards``: where the caret stays after a deletion.
    """

    me: str
    mint: Callable[[], str]
    apart: frozenset[str] = frozenset()
    owner: str = ""
    towards: Literal["start", "end"] = "start"

    def owns(self, key: str) -> bool:
        return key.startswith(f"{self.me}:")


@dataclass(frozen=True, slots=True)
class Edited:
    """The runs after the act, the caret in them, and the other side's proposals the act met and left as they are."""

    runs: tuple[Run, ...]
    caret: int
    offers: tuple[str, ...]


def edit(runs: Sequence[Run], start: int, end: int, text: str, act: Act) -> Edited:
    """Replaces [start, end) of the displayed text by ``text``, as far as the one who acts may."""
    shown = Units("".join(run.text for run in runs))
    collapsed = start == end
    start, end = min(start, end), max(start, end)
    start = shown.snap(start)
    end = start if collapsed else shown.snap_up(end)
    typed = unicodedata.normalize("NFC", clean(one_line_break(text)))
    if act.owner:
        return _edit_new(runs, shown, start, end, typed, act)
    edge = _edge(runs, end, act)
    pieces = _pieces(runs, {start, end, edge})
    met = [piece for piece in pieces if start <= piece.place < end]
    offers = tuple(dict.fromkeys(piece.by for piece in met if piece.by and not act.owns(piece.by)))
    caret = edge if act.towards == "end" else start
    if start == end and edge != end:
        inside = next((piece.by for piece in pieces if piece.text and piece.place + piece.size == edge), "")
        return Edited(tuple(runs), start, (inside,) if typed and inside else ())
    if met and all(piece.by and not act.owns(piece.by) for piece in met):
        return Edited(tuple(runs), caret, offers)
    return _Editing(pieces, start, end, edge, act).done(typed, offers)


def restore(runs: Sequence[Run], start: int, end: int, me: str) -> tuple[Run, ...]:
    """Takes my strikes off [start, end): those words are as they were."""
    shown = Units("".join(run.text for run in runs))
    start, end = shown.snap(start), shown.snap_up(end)
    pieces = _pieces(runs, {start, end})
    for piece in pieces:
        if start <= piece.place < end:
            piece.struck = tuple(key for key in piece.struck if not key.startswith(f"{me}:"))
    return _joined(pieces)


@dataclass(slots=True, eq=False)
class _Piece:
    """Part of a run, with its display offset and its baseline offset."""

    text: str
    by: str
    struck: tuple[str, ...]
    place: int
    base: int

    @property
    def size(self) -> int:
        return length(self.text)


class _Editing:
    def __init__(self, pieces: list[_Piece], start: int, end: int, edge: int, act: Act) -> None:
        self.start, self.end, self.edge, self.act = start, end, edge, act
        gone = [piece for piece in pieces if start <= piece.place < end and act.owns(piece.by)]
        self.removed = {piece.by: piece.base for piece in gone}
        self.left = [piece for piece in pieces if piece not in gone]

    def done(self, typed: str, offers: tuple[str, ...]) -> Edited:
        self.strike()
        index = next((n for n, piece in enumerate(self.left) if piece.place >= self.edge), len(self.left))
        ahead = sum(piece.size for piece in self.left[:index])
        if typed:
            self.left.insert(index, _Piece(typed, self.key_for(index), (), self.edge, self.base_at(index)))
            caret = ahead + length(typed)
        else:
            caret = ahead if self.act.towards == "end" else self.start
        return Edited(_joined(self.left), caret, offers)

    def strike(self) -> None:
        """Strikes what the act covers and I have not struck, each stretch of baseline as one range."""
        stretch: list[_Piece] = []
        for piece in [piece for piece in self.left if not piece.by]:
            if self.start <= piece.place < self.end and not any(map(self.act.owns, piece.struck)):
                stretch.append(piece)
                continue
            self.strike_stretch(stretch)
            stretch = []
        self.strike_stretch(stretch)

    def strike_stretch(self, stretch: list[_Piece]) -> None:
        if not stretch:
            return
        begins, ends = self.left.index(stretch[0]), self.left.index(stretch[-1])
        before = self.joinable(self.baseline(begins, -1))
        after = self.joinable(self.baseline(ends, 1))
        key = before or after
        if before and after and before != after:
            if self.is_bare(before) and not self.is_bare(after):
                key = after
            for other in (before, after):
                if other != key and self.is_bare(other):
                    self.rename(other, key)
        key = key or self.wording_beside(begins, ends)
        key = key or self.replaced(stretch[0].base, stretch[-1].base + stretch[-1].size) or self.minted()
        for piece in stretch:
            piece.struck = tuple(sorted((*piece.struck, key)))

    def key_for(self, index: int) -> str:
        """Whose wording typed text becomes: an own one beside it, the replaced one, a bare strike's, or a new one."""
        before = self.left[index - 1] if index else None
        after = self.left[index] if index < len(self.left) else None
        if before and after and before.by and before.by == after.by and self.act.owns(before.by):
            return before.by
        for piece in (before, after):
            if piece and self.act.owns(piece.by) and piece.by not in self.act.apart:
                return piece.by
        base = self.base_at(index)
        replaced = self.replaced(base, base) or next((key for key in self.removed if self.may_move(key, base)), "")
        if replaced:
            return replaced
        for neighbour in (self.baseline(index, -1), self.baseline(index - 1, 1)):
            key = self.joinable(neighbour)
            if key and self.is_bare(key):
                return key
        return self.minted()

    def replaced(self, start: int, end: int) -> str:
        """An own insertion this act emptied that stood in [start, end] of the baseline."""
        return next((key for key, at in self.removed.items() if start <= at <= end and self.may_move(key, start)), "")

    def may_move(self, key: str, base: int) -> bool:
        """Whether an emptied own insertion may have its words at this offset: anywhere, or inside what it strikes."""
        if not self.is_bare(key):
            return False
        struck = [piece for piece in self.left if key in piece.struck]
        return not struck or struck[0].base <= base <= struck[-1].base + struck[-1].size

    def wording_beside(self, begins: int, ends: int) -> str:
        for index in (begins - 1, ends + 1):
            by = self.left[index].by if 0 <= index < len(self.left) else ""
            if self.act.owns(by) and by not in self.act.apart:
                return by
        return ""

    def baseline(self, index: int, step: int) -> _Piece | None:
        """The next baseline piece from an index in a direction, wordings passed over."""
        index += step
        while 0 <= index < len(self.left):
            if not self.left[index].by and self.left[index].text:
                return self.left[index]
            index += step
        return None

    def joinable(self, piece: _Piece | None) -> str:
        struck: Iterable[str] = piece.struck if piece else ()
        return next((key for key in struck if self.act.owns(key) and key not in self.act.apart), "")

    def is_bare(self, key: str) -> bool:
        return not any(piece.by == key for piece in self.left)

    def rename(self, old: str, new: str) -> None:
        for piece in self.left:
            if old in piece.struck:
                piece.struck = tuple(sorted({new if key == old else key for key in piece.struck}))

    def base_at(self, index: int) -> int:
        if index < len(self.left):
            return self.left[index].base
        last = self.left[-1] if self.left else None
        return last.base + (0 if last.by else last.size) if last else 0

    def minted(self) -> str:
        return f"{self.act.me}:{self.act.mint()}"


def _edit_new(runs: Sequence[Run], shown: Units, start: int, end: int, typed: str, act: Act) -> Edited:
    if not act.owns(act.owner):
        caret = end if act.towards == "end" else start
        return Edited(tuple(runs), caret, (act.owner,) if typed or start < end else ())
    text = shown.cut(0, start) + typed + shown.cut(end, shown.length)
    return Edited((Run(text, act.owner),) if text else (), start + length(typed), ())


def _edge(runs: Sequence[Run], end: int, act: Act) -> int:
    """Where typed text goes: the end of the act, or behind the other side's wording that the end would cut."""
    place = 0
    for run in runs:
        after = place + length(run.text)
        if place < end < after and run.by and not act.owns(run.by):
            return after
        place = after
    return end


def _pieces(runs: Sequence[Run], cuts: set[int]) -> list[_Piece]:
    pieces: list[_Piece] = []
    place = base = 0
    for run in runs:
        units = Units(run.text)
        bounds = sorted({cut - place for cut in cuts if place < cut < place + units.length} | {units.length})
        begin = 0
        for bound in bounds:
            offset = base if run.by else base + begin
            pieces.append(_Piece(units.cut(begin, bound), run.by, run.struck, place + begin, offset))
            begin = bound
        place += units.length
        base += 0 if run.by else units.length
    return pieces


def _joined(pieces: list[_Piece]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for piece in pieces:
        if not piece.by:
            add_baseline(runs, piece.text, piece.struck)
        elif runs and runs[-1].by == piece.by:
            runs[-1] = Run(runs[-1].text + piece.text, piece.by)
        else:
            runs.append(Run(piece.text, piece.by))
    return tuple(runs)
