"""Which characters of a returned paragraph are which characters of the line that was printed.

First what looks and reads the same, and of that first what the own side cannot have made; then what reads the same in
the same role (original, own, theirs); then the rest of words that were cut by a new mark; last what reads the same in
another role. Pure; for ``word_block``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from server.documents.word_align import Effort, gaps, matched, words
from server.documents.word_lines import Stretch
from server.documents.word_meaning import Meaning
from server.documents.word_styles import Marks


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the file that look alike, and what their marks mean."""

    text: str
    meaning: Meaning
    marks: Marks
    tracked: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    owner: int
    place: int


def character_pairs(stretches: Sequence[Stretch], pieces: Sequence[Piece], me: str, effort: Effort) -> list[int]:
    """For each character of the file's words the character of the line it is, or -1; rising throughout."""
    return _Pairing(stretches, pieces, me, effort).found


class _Pairing:
    def __init__(self, stretches: Sequence[Stretch], pieces: Sequence[Piece], me: str, effort: Effort) -> None:
        self.stretches, self.pieces, self.me, self.effort = stretches, pieces, me, effort
        self.left, self.right = _tokens(stretches), _tokens(pieces)
        self.line, self.file = "".join(s.text for s in stretches), "".join(p.text for p in pieces)
        self.found = [-1] * len(self.file)
        if not self.whole():
            self.alike()
            self.stream()
        self.insertions()
        self.edges()
        self.across()

    def look(self, token: _Token) -> Hashable:
        return token.text, self.stretches[token.owner].marks

    def seen(self, token: _Token) -> Hashable:
        piece = self.pieces[token.owner]
        return (token.text, piece.marks) if not piece.tracked else (token.text, piece.marks, piece.tracked)

    def role(self, token: _Token) -> str:
        by = self.stretches[token.owner].by
        return "base" if not by else "own" if by.startswith(f"{self.me}:") else "theirs"

    def part(self, token: _Token) -> str:
        meaning = self.pieces[token.owner].meaning
        if meaning.is_base:
            return "base"
        if meaning.kind != "in" or "agreed" in meaning.hands:
            return "none"
        return "own" if self.me in meaning.hands else "theirs"

    def whole(self) -> bool:
        """The usual case: every original word is there, however it is marked, so each is where it was."""
        left = [t.place + n for t in self.left if self.role(t) == "base" for n in range(len(t.text))]
        right = [t.place + n for t in self.right if self.part(t) == "base" for n in range(len(t.text))]
        mine = "".join(t.text for t in self.left if self.role(t) == "base")
        if mine != "".join(t.text for t in self.right if self.part(t) == "base"):
            return False
        for here, place in zip(left, right, strict=True):
            self.found[place] = here
        return True

    def alike(self) -> None:
        """Words that read and look the same."""
        self.take(matched(list(map(self.look, self.left)), list(map(self.seen, self.right)), self.effort))

    def stream(self) -> None:
        """Original words between those, whatever marks cut them into."""
        for start, end, first, last in self.open():
            left = [p for t in _within(self.left, start, end) if self.role(t) == "base" for p in _places(t, start, end)]
            right = [
                p for t in _within(self.right, first, last) if self.part(t) == "base" for p in _places(t, first, last)
            ]
            mine, theirs = (
                words("".join(map(self.line.__getitem__, left))),
                words("".join(map(self.file.__getitem__, right))),
            )
            pairs = matched(mine, theirs, self.effort)
            ahead, beyond = _starts(mine), _starts(theirs)
            for row, column in pairs:
                for step in range(len(mine[row])):
                    self.found[right[beyond[column] + step]] = left[ahead[row] + step]

    def insertions(self) -> None:
        """Inserted words between the original ones: by look, then by whose they are.

        By look first those in the other side's name or agreed: the own side makes no such words, so they are the very
        ones that were printed, and own words beside them must not draw them apart. Of those that read and look alike
        (agreed ones of both sides) the other side's are there still: the own side takes out none but its own.
        """
        self.inserted({"theirs"}, foreign=True)
        self.inserted({"theirs", "own"}, foreign=True)
        self.inserted({"theirs", "own", "base"})
        self.inserted({"theirs", "own", "base"}, role=True)

    def inserted(self, roles: set[str], *, foreign: bool = False, role: bool = False) -> None:
        for start, end, first, last in self.open():
            left = [n for n in _whole(self.left, start, end) if self.role(self.left[n]) in roles]
            right = [n for n in _whole(self.right, first, last) if not foreign or self.is_foreign(self.right[n])]
            pairs = matched(
                [(self.left[n].text, self.role(self.left[n])) if role else self.look(self.left[n]) for n in left],
                [(self.right[n].text, self.part(self.right[n])) if role else self.seen(self.right[n]) for n in right],
                self.effort,
            )
            self.take([(left[row], right[column]) for row, column in pairs])

    def is_foreign(self, token: _Token) -> bool:
        """Whether these words are inserted in the file, and not in the own side's name."""
        meaning = self.pieces[token.owner].meaning
        return meaning.kind == "in" and self.me not in meaning.hands

    def take(self, pairs: Sequence[tuple[int, int]]) -> None:
        for row, column in pairs:
            one, other = self.left[row], self.right[column]
            for step in range(len(one.text)):
                self.found[other.place + step] = one.place + step

    def edges(self) -> None:
        """Words cut in two by a new mark: the same characters at the beginning and at the end of what is left over."""
        left = [t for t in self.left for _ in t.text]
        right = [t for t in self.right for _ in t.text]
        for start, end, first, last in self.open():
            most = min(end - start, last - first)
            ahead = self.common(left, right, start, first, 1, most)
            for step in range(ahead):
                self.found[first + step] = start + step
            behind = self.common(left, right, end - 1, last - 1, -1, most - ahead)
            for step in range(behind):
                self.found[last - 1 - step] = end - 1 - step

    def common(self, left: list[_Token], right: list[_Token], row: int, column: int, step: int, most: int) -> int:
        """How many characters are the same and in the same role, up to where a word or a way of marking ends."""
        safe = 0
        for count in range(1, most + 1):
            one, other = left[row], right[column]
            if one.text[row - one.place] != other.text[column - other.place] or self.role(one) != self.part(other):
                break
            row, column = row + step, column + step
            after = left[row] if 0 <= row < len(left) else None
            beyond = right[column] if 0 <= column < len(right) else None
            turns = (after is not None and after.owner != one.owner) or (
                beyond is not None and beyond.owner != other.owner
            )
            if turns or (after is not one and beyond is not other):
                safe = count
        return safe

    def across(self) -> None:
        """What reads the same but in another role: marks taken off, or put on the original for emphasis."""
        for start, end, first, last in self.open():
            left = _whole(self.left, start, end)
            right = _whole(self.right, first, last)
            pairs = matched(
                [self.left[n].text for n in left],
                [self.right[n].text if self.pieces[self.right[n].owner].tracked != "in" else n for n in right],
                self.effort,
            )
            for group in _together([(left[row], right[column]) for row, column in pairs]):
                if any(any(map(str.isalnum, self.left[row].text)) for row, _ in group):
                    self.take(group)

    def open(self) -> list[tuple[int, int, int, int]]:
        """The stretches between what was found where both sides have words left."""
        pairs = [(here, place) for place, here in enumerate(self.found) if here >= 0]
        between = gaps(pairs, len(self.line), len(self.file))
        return [gap for gap in between if gap[0] < gap[1] and gap[2] < gap[3]]


def _within(tokens: list[_Token], start: int, end: int) -> list[_Token]:
    """The tokens that have characters in [start, end)."""
    first = bisect_left(tokens, start, key=lambda token: token.place + len(token.text) - 1)
    return tokens[first : bisect_left(tokens, end, key=lambda token: token.place)]


def _whole(tokens: list[_Token], start: int, end: int) -> range:
    """The numbers of the tokens that lie in [start, end) with all their characters."""
    first = bisect_left(tokens, start, key=lambda token: token.place)
    after = bisect_right(tokens, end, key=lambda token: token.place + len(token.text))
    return range(first, max(first, after))


def _places(token: _Token, start: int, end: int) -> range:
    return range(max(token.place, start), min(token.place + len(token.text), end))


def _starts(found: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, found))]


def _tokens(parts: Sequence[Stretch | Piece]) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    for owner, part in enumerate(parts):
        for text in words(part.text):
            found.append(_Token(text, owner, place))
            place += len(text)
    return found


def _together(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    groups: list[list[tuple[int, int]]] = []
    for row, column in pairs:
        if groups and groups[-1][-1] == (row - 1, column - 1):
            groups[-1].append((row, column))
        else:
            groups.append([(row, column)])
    return groups
