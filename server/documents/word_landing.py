"""Whether what was read of a line lands as the file shows it: the last check of a reading, against silent changes.

Words cannot always stand where a file has them, and what is agreed does not open by a look. Whoever takes the file back
is told so. Pure; for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from sections.redline.compose import Run
from server.documents.word_block import Read, as_printed
from server.documents.word_lines import Line
from server.documents.word_values import Unplaced

_Seen: TypeAlias = tuple[str, str, bool, tuple[str, ...]]


def still_settled(line: Line, read: Read, changed: Collection[str]) -> Iterator[Unplaced]:
    """Words agreed or ordered here that the file shows as open, though nothing else about their proposal changed."""
    for key, text in read.opened.items():
        if key not in changed:
            yield Unplaced(line.id, text, (), "settled")


def landing(line: Line, read: Read, later: Line | None, me: str) -> Iterator[Unplaced]:
    """The words that would be printed in another order, or struck otherwise, than they were read. ``later``: the line
    as it would be printed."""
    said = list(_seen(read.runs, me))
    lands = list(_seen(as_printed(later), me)) if later is not None else []
    if said == lands:
        return
    same = 0
    while same < min(len(said), len(lands)) and said[same] == lands[same]:
        same += 1
    ending = 0
    while ending < min(len(said), len(lands)) - same and said[-1 - ending] == lands[-1 - ending]:
        ending += 1
    words = "".join(one[0] for one in said[same : len(said) - ending])
    yield Unplaced(line.id, words or "".join(one[0] for one in lands[same : len(lands) - ending]), (), "otherwise")


def _seen(runs: Sequence[Run], me: str) -> Iterator[_Seen]:
    """Each character, whose it is, whether the own side strikes it, and who else does; own records are not told apart."""
    mine = f"{me}:"
    for run in runs:
        by = mine if run.by.startswith(mine) else run.by
        others = tuple(sorted(key for key in run.struck if not key.startswith(mine)))
        struck = any(key.startswith(mine) for key in run.struck)
        for character in run.text:
            yield character, by, struck, others
