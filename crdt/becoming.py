"""The least change that makes one paragraph read as another: which characters stay, go, come, or look otherwise.

What stays keeps its ids, and so whoever else is writing in it, and whoever wrote it. Values in, values out; the
replica carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, TypeAlias

from crdt.blocks import Tree

Marks: TypeAlias = dict[str, Any]

_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_MOST_TOKENS = 4_000


@dataclass(frozen=True, slots=True)
class Keep:
    """So many characters stay; ``marks`` are set to these values where they are not None."""

    length: int
    marks: Marks | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """So many characters go."""

    length: int


@dataclass(frozen=True, slots=True)
class Put:
    """These characters come, with every mark they have."""

    text: str
    marks: Marks


Step: TypeAlias = Keep | Cut | Put


def steps(now: Sequence[Tree], wanted: Sequence[Tree]) -> list[Step]:
    """From the runs of one text to those of another, from its beginning to its end."""
    before = "".join(run["text"] for run in now)
    after = "".join(run["text"] for run in wanted)
    here, there = _Reader(now), _Reader(wanted)
    found: list[Step] = []
    for what, cut, put in _opcodes(before, after):
        if what == "same":
            length = cut
            while length:
                size = min(length, here.left, there.left)
                had, has = here.marks, there.marks
                change = None if had == has else dict.fromkeys(had) | has
                found.append(Keep(size, change))
                here.skip(size)
                there.skip(size)
                length -= size
            continue
        if cut:
            found.append(Cut(cut))
            here.skip(cut)
        while put:
            size = min(put, there.left)
            found.append(Put(there.words(size), there.marks))
            there.skip(size)
            put -= size
    return found


def _opcodes(before: str, after: str) -> Iterator[tuple[str, int, int]]:
    """(same, n, n) or (changed, characters cut, characters put), by whole words."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - start
    pairs = enumerate(zip(reversed(old), reversed(new), strict=False))
    end = min(rest, next((at for at, (a, b) in pairs if a != b), rest))
    yield from _same(old[:start])
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if len(left) + len(right) > _MOST_TOKENS:
        yield "changed", len("".join(left)), len("".join(right))
    else:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            if tag == "equal":
                yield from _same(left[i1:i2])
            else:
                yield "changed", len("".join(left[i1:i2])), len("".join(right[j1:j2]))
    yield from _same(old[len(old) - end :])


def _same(tokens: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    length = sum(map(len, tokens))
    if length:
        yield "same", length, length


class _Reader:
    """A place within runs."""

    def __init__(self, runs: Sequence[Tree]) -> None:
        self._runs = runs
        self._run = self._at = 0

    @property
    def left(self) -> int:
        """Characters left in the run we are in."""
        return len(self._runs[self._run]["text"]) - self._at

    @property
    def marks(self) -> Marks:
        """The marks here."""
        return dict(self._runs[self._run].get("marks", {}))

    def words(self, length: int) -> str:
        """The next characters of this run."""
        text: str = self._runs[self._run]["text"]
        return text[self._at : self._at + length]

    def skip(self, length: int) -> None:
        """Goes on by so many characters."""
        self._at += length
        while self._run < len(self._runs) and self._at >= len(self._runs[self._run]["text"]):
            self._at -= len(self._runs[self._run]["text"])
            self._run += 1
