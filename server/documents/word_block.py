"""One paragraph of a returned file held against the line that was printed: what it now says, and what is unclear.

Original words always stay; the other side's words always stay; only the own side's words and strikes follow the file,
and only where it marks them. Pure; for ``word_reading``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import TypeAlias

from sections.redline.compose import Run, add_baseline
from sections.redline.decompose import Hand
from sections.redline.records import Remove
from sections.redline.units import length
from server.documents.word_align import Effort
from server.documents.word_lines import Line, Stretch
from server.documents.word_pairs import Piece, character_pairs
from server.documents.word_values import Differs, Suggestion, Theirs, Unplaced, Why

_Op: TypeAlias = tuple[Stretch | None, Piece | None, str]


@dataclass(frozen=True, slots=True)
class Plain:
    """An unmarked difference: original words [start, end) that are missing, and words that stand there instead."""

    start: int
    end: int
    gone: str
    come: str
    already: bool


@dataclass(slots=True)
class Read:
    """What one line now reads: runs as ``decompose`` takes them, and everything that was left to a person."""

    runs: list[Run] = field(default_factory=list)
    plain: list[Plain] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    theirs: list[Theirs] = field(default_factory=list)
    notes: list[Suggestion] = field(default_factory=list)
    opened: dict[str, str] = field(default_factory=dict)
    """Own records agreed or ordered here that the file shows as open, with the words it shows so."""

    @property
    def leaves_something(self) -> bool:
        """Whether anything was left to a person."""
        return bool(self.plain or self.unplaced or self.theirs)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who takes the file back: the side, where new ids come from, and own records that take in nothing beside them."""

    hand: Hand
    apart: frozenset[str]
    settled: frozenset[str]


def read_block(line: Line, pieces: Sequence[Piece], writer: Writer, effort: Effort) -> Read:
    """What the file's words make of the line."""
    operations = list(_operations(line, pieces, writer.hand.me, effort))
    return _Block(line, writer, _opened(operations, writer)).read(operations)


def as_printed(line: Line) -> list[Run]:
    """The line itself as such runs: reading an unchanged paragraph gives the same."""
    runs: list[Run] = []
    for stretch in line.stretches:
        if stretch.echo:
            continue
        if stretch.by and runs and runs[-1].by == stretch.by:
            runs[-1] = Run(runs[-1].text + stretch.text, stretch.by)
        elif stretch.by:
            runs.append(Run(stretch.text, stretch.by))
        else:
            add_baseline(runs, stretch.text, tuple(sorted(stretch.struck)))
    return runs


class _Block:
    def __init__(self, line: Line, writer: Writer, opened: Mapping[str, str]) -> None:
        self.line, self.writer = line, writer
        self.hand = writer.hand
        self.out = Read(opened=dict(opened))
        self.place = 0
        self.worded: set[str] = set()
        self.freed: list[str] = []
        self.latest: dict[str, int] = {}
        self.until: dict[str, int] = {}
        self.apart = writer.apart - opened.keys()
        self.ahead: Stretch | None = None
        self.near = ""
        self.turn = 0
        self.said = ("", -1)

    def read(self, operations: list[_Op]) -> Read:
        stretches = [stretch for stretch, piece, _ in operations if stretch is not None and piece is not None]
        self.foresee(operations)
        seen = 0
        for kept, group in groupby(operations, key=lambda op: op[0] is not None and op[1] is not None):
            found = list(group)
            if kept:
                for stretch, piece, text in found:
                    seen += 1
                    if stretch is not None and piece is not None:
                        self.kept(stretch, piece, text)
            else:
                self.ahead = stretches[seen] if seen < len(stretches) else None
                self.gap(found)
        return self.out

    def foresee(self, operations: list[_Op]) -> None:
        """Where the file ends each own strike, and what still has words.

        A replacement's words are printed behind its last struck ones, so words before those are not its.
        """
        place = 0
        for stretch, piece, text in operations:
            if stretch is not None and piece is not None and self.keeps_words(piece):
                self.worded.add(stretch.by or stretch.echo)
            if stretch is None or stretch.echo:
                continue
            own = [key for key in (stretch.by, *stretch.struck) if self.hand.owns(key)]
            if not stretch.by:
                place += length(text)
                if self.leaves(stretch, piece):
                    self.until.update(dict.fromkeys(own, place))

    def keeps_words(self, piece: Piece) -> bool:
        """Whether own words that the file shows so are still own words: all but those it strikes out."""
        return piece.meaning.kind != "out" or self.hand.me not in piece.meaning.hands

    def leaves(self, stretch: Stretch, piece: Piece | None) -> bool:
        """Whether the file leaves the own strikes on original words as they are."""
        if piece is None or (piece.marks == stretch.marks and not piece.tracked):
            return True
        meaning = piece.meaning
        if meaning.kind == "out":
            return self.hand.me in meaning.hands or meaning.hands == {"agreed"}
        return meaning.kind in ("odd", "gone")

    def kept(self, stretch: Stretch, piece: Piece, text: str) -> None:
        """Words of the line that the file has as well."""
        self.turn += 1
        if piece.note:
            self.note(piece)
        if not self.hand.owns(stretch.by) or self.keeps_words(piece):
            self.freed = []
        if stretch.echo:
            self.echo(stretch, piece, text)
        elif not stretch.by:
            self.original(stretch, piece, text)
        elif self.hand.owns(stretch.by):
            self.own(stretch, piece, text)
        else:
            self.foreign(stretch, piece, text)

    def original(self, stretch: Stretch, piece: Piece, text: str) -> None:
        mine = tuple(key for key in stretch.struck if self.hand.owns(key))
        rest = tuple(key for key in stretch.struck if not self.hand.owns(key))
        meaning = piece.meaning
        if piece.marks == stretch.marks and not piece.tracked:
            self.base(text, stretch.struck)
        elif meaning.kind in ("odd", "gone"):
            self.unplaced(piece, text, "two-ways" if meaning.kind == "odd" else "gone")
            self.base(text, stretch.struck)
        elif meaning.kind == "in":
            agreed = "agreed" in meaning.hands
            if not stretch.struck:
                self.unplaced(piece, text, "agreed-mark" if agreed else "emphasis")
            self.compare(rest, frozenset(), text)
            self.base(text, rest)
        elif meaning.kind == "out" and self.hand.me in meaning.hands:
            self.compare(rest, meaning.hands, text)
            self.base(text, (*rest, *(mine or (self.strike_key(),))))
        elif meaning.kind == "out" and meaning.hands == {"agreed"}:
            self.unplaced(piece, text, "agreed-mark")
            self.base(text, stretch.struck)
        else:
            self.compare(rest, meaning.hands, text)
            self.base(text, rest)

    def own(self, stretch: Stretch, piece: Piece, text: str) -> None:
        meaning = piece.meaning
        if not self.keeps_words(piece):
            self.freed.append(stretch.by)
            return
        if meaning.kind == "plain":
            self.unplaced(piece, text, "mark-lost")
        elif meaning.kind in ("odd", "gone") and piece.marks != stretch.marks:
            self.unplaced(piece, text, "two-ways")
        elif "agreed" in meaning.hands and stretch.by not in self.writer.settled:
            self.unplaced(piece, text, "agreed-mark")
        elif meaning.kind == "out":
            self.theirs(stretch.by, text, "struck")
        self.wording(text, stretch.by)

    def foreign(self, stretch: Stretch, piece: Piece, text: str) -> None:
        meaning = piece.meaning
        self.wording(text, stretch.by)
        if piece.marks == stretch.marks and not piece.tracked:
            return
        if meaning.kind == "out" and self.hand.me in meaning.hands:
            self.unplaced(piece, text, "struck-theirs")
        elif meaning.kind == "plain":
            self.theirs(stretch.by, text, "unmarked")
        elif "agreed" in meaning.hands:
            self.unplaced(piece, text, "agreed-mark")
        else:
            self.theirs(stretch.by, text, "marked")

    def compare(self, rest: tuple[str, ...], hands: frozenset[str], text: str) -> None:
        """Says where the other side's strikes are not what the file shows."""
        if hands - {self.hand.me, "agreed"}:
            if not rest:
                self.theirs("", text, "struck")
        elif "agreed" not in hands:
            for key in rest:
                self.theirs(key, text, "not-struck")

    def echo(self, stretch: Stretch, piece: Piece, text: str) -> None:
        """Words of the proposal that an answer strikes out in print: shown there, part of neither."""
        meaning = piece.meaning
        if piece.marks == stretch.marks and not piece.tracked:
            return
        if self.hand.owns(stretch.echo) and meaning.kind == "in" and self.hand.me in meaning.hands:
            self.wording(text, stretch.echo)
        elif self.hand.owns(stretch.echo):
            self.unplaced(piece, text, "two-ways")
        else:
            self.theirs(stretch.echo, text, "marked")

    def gap(self, operations: list[_Op]) -> None:
        """Words only the line has, then words only the file has, at one place."""
        start, gone, already = self.place, "", True
        for stretch, _, text in operations:
            if stretch is None or stretch.echo:
                continue
            if not stretch.by:
                gone += text
                already = already and any(self.hand.owns(key) for key in stretch.struck)
                self.base(text, stretch.struck)
            elif self.hand.owns(stretch.by):
                self.freed.append(stretch.by)
            else:
                self.theirs(stretch.by, text, "missing")
                self.wording(text, stretch.by)
        end, come = self.place, ""
        for _, piece, text in operations:
            if piece is None:
                continue
            if piece.note:
                self.note(piece)
            if piece.meaning.kind == "plain":
                come += text
            else:
                self.only_in_file(piece, text)
        if gone or come:
            self.out.plain.append(Plain(start, end, gone, come, already and not come))

    def only_in_file(self, piece: Piece, text: str) -> None:
        meaning = piece.meaning
        if not text:
            return
        self.turn += 1
        if meaning.kind == "in" and self.hand.me in meaning.hands and len(meaning.hands) == 1:
            if self.line.key and not self.hand.owns(self.line.key):
                self.unplaced(piece, text, "no-place")
            else:
                self.wording(text, self.wording_key())
        elif "agreed" in meaning.hands:
            self.unplaced(piece, text, "agreed-mark")
        elif meaning.kind == "in":
            self.theirs("", text, "new")
        elif meaning.kind == "out":
            self.unplaced(piece, text, "not-original")
        else:
            self.unplaced(piece, text, "gone" if meaning.kind == "gone" else "two-ways")

    def wording_key(self) -> str:
        """Whose wording new own words become: one beside them, one they replace, a bare strike's, or a new one."""
        if self.line.key:
            return self.line.key
        last = self.out.runs[-1] if self.out.runs else None
        before = last.by if last and self.hand.owns(last.by) else ""
        after = self.ahead.by if self.ahead and self.hand.owns(self.ahead.by) else ""
        if before and before == after:
            return before
        beside = [key for key in (before, after) if key and key not in self.apart]
        for key in (*self.freed, *beside):
            if self.fits(key):
                return key
        struck = [key for key in last.struck if self.hand.owns(key)] if last and not last.by else []
        for key in struck:
            free = key not in self.worded and key not in self.apart and not self.removes(key)
            if free and self.until.get(key, 0) <= self.place:
                return key
        return self.hand.minted()

    def fits(self, key: str) -> bool:
        """Whether a record can have words here: it has none elsewhere yet, or those it has end right here."""
        return self.latest.get(key, len(self.out.runs) - 1) == len(self.out.runs) - 1

    def strike_key(self) -> str:
        """Whose strike newly struck words become: one that ends right here, or a new one."""
        last = self.out.runs[-1] if self.out.runs else None
        candidates: list[str] = []
        if last is not None and not last.by:
            candidates = [key for key in last.struck if self.hand.owns(key)]
        candidates = [key for key in candidates if key not in self.apart and not self.removes(key)]
        return candidates[0] if candidates else self.hand.minted()

    def removes(self, key: str) -> bool:
        """Whether this is a record that takes a whole block out: its strikes cannot grow word by word."""
        return isinstance(self.hand.known.get(key), Remove)

    def base(self, text: str, struck: tuple[str, ...]) -> None:
        add_baseline(self.out.runs, text, tuple(sorted(dict.fromkeys(struck))))
        self.place += length(text)
        self.near = next(iter(struck), self.near if not text.strip() else "")

    def wording(self, text: str, key: str) -> None:
        runs = self.out.runs
        if runs and runs[-1].by == key:
            runs[-1] = Run(runs[-1].text + text, key)
        else:
            runs.append(Run(text, key))
        self.worded.add(key)
        self.latest[key] = len(runs) - 1
        self.near = key

    def unplaced(self, piece: Piece, text: str, why: Why) -> None:
        found, marks = self.out.unplaced, tuple(sorted(piece.marks))
        if self.said == ("unplaced", self.turn - 1) and (found[-1].why, found[-1].marks) == (why, marks):
            text = found.pop().text + text
        self.said = ("unplaced", self.turn)
        found.append(Unplaced(self.line.id, text, marks, why))

    def theirs(self, key: str, text: str, differs: Differs) -> None:
        found = self.out.theirs
        if self.said == ("theirs", self.turn - 1) and (found[-1].key, found[-1].differs) == (key, differs):
            text = found.pop().text + text
        self.said = ("theirs", self.turn)
        found.append(Theirs(self.line.id, key, text, differs))

    def note(self, piece: Piece) -> None:
        self.out.notes.append(Suggestion(self.line.id, self.near, piece.note))


def _opened(operations: Iterable[_Op], writer: Writer) -> dict[str, str]:
    """The settled own records that the file shows as open, with the words it shows so."""
    found: dict[str, str] = {}
    for stretch, piece, text in operations:
        if stretch is None or piece is None or stretch.echo:
            continue
        if piece.meaning.hands == {writer.hand.me} and piece.marks != stretch.marks:
            for key in (stretch.by, *stretch.struck):
                if key in writer.settled and writer.hand.owns(key):
                    found[key] = found.get(key, "") + text
    return found


def _operations(line: Line, pieces: Sequence[Piece], me: str, effort: Effort) -> Iterator[_Op]:
    """The line and the file's words in one order: what both have, what only one has."""
    pairs = character_pairs(line.stretches, pieces, me, effort)
    starts = [0, *accumulate(len(stretch.text) for stretch in line.stretches)]
    done = place = 0
    for piece in pieces:
        if piece.note:
            yield None, piece, ""
        text, first = piece.text, place
        while place < first + len(text):
            here, begin = pairs[place], place
            if here < 0:
                while place < first + len(text) and pairs[place] < 0:
                    place += 1
                yield None, piece, text[begin - first : place - first]
                continue
            yield from _missing(line, starts, done, here)
            owner = bisect_right(starts, here) - 1
            while place < first + len(text) and pairs[place] == here + place - begin < starts[owner + 1]:
                place += 1
            yield line.stretches[owner], piece, text[begin - first : place - first]
            done = here + place - begin
    yield from _missing(line, starts, done, starts[-1])


def _missing(line: Line, starts: Sequence[int], start: int, end: int) -> Iterator[_Op]:
    """What only the line has between two places."""
    while start < end:
        owner = bisect_right(starts, start) - 1
        stop = min(end, starts[owner + 1])
        yield line.stretches[owner], None, line.stretches[owner].text[start - starts[owner] : stop - starts[owner]]
        start = stop
