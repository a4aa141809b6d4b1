"""Changes to a live document as plain values, for the server's own writing: what ``Replica.edited`` carries out.

A path names an element by its place among the elements of each level, so ``(2, 0)`` is the first element in the third;
texts do not count. Paths mean the document as it was before the first change. For whoever plans such changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from crdt.blocks import Tree

Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """A new element, with all that is in it, after everything in the one at ``path``. A run without text is a text."""

    path: Path
    element: Tree


@dataclass(frozen=True, slots=True)
class SetAttribute:
    """Another value; None takes it away."""

    path: Path
    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Splice:
    """Other text for the characters from ``start`` until before ``end`` of the joined text of some elements."""

    paths: tuple[Path, ...]
    start: int
    end: int
    text: str


Edit: TypeAlias = Append | SetAttribute | Splice


def splice(paths: tuple[Path, ...], held: str, wanted: str) -> Splice | None:
    """The smallest change in one place that makes one text of another; None if there is nothing to change."""
    if held == wanted:
        return None
    most = min(len(held), len(wanted))
    start = next((at for at in range(most) if held[at] != wanted[at]), most)
    most -= start
    same = next((at for at in range(most) if held[-1 - at] != wanted[-1 - at]), most)
    return Splice(paths, start, len(held) - same, wanted[start : len(wanted) - same])
