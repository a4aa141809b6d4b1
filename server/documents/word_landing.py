"""Whether what was read of a line lands as the file shows it: the last check of a reading, against silent changes.

Words cannot always stand where a file has them, and what is agreed neither opens nor stays so by a look. Whoever takes
the file back is told. Pure; for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from sections.redline.compose import Run
from server.documents.word_align import same_ends
from server.documents.word_block import Read, as_printed
from server.documents.word_lines import Line
from server.documents.word_pairs import Piece
from server.documents.word_values import Unplaced

_Seen: TypeAlias = tuple[str, object]


def unsaid(
    line: Line, read: Read, pieces: Sequence[Piece], later: Line | None, me: str, *, ours: bool
) -> Iterator[Unplaced]:
    """The words that would not be printed as they were read: ``later`` is the line as it would be printed. Nor, where
    the line was changed in a file of ``ours`` and nothing else was said of it, as the file shows them."""
    said, lands = list(_seen(read.runs, me)), list(_seen(as_printed(later), me)) if later is not None else []
    if said != lands:
        yield Unplaced(line.id, _between(said, lands), (), "otherwise")
    elif ours and not read.leaves_something and later is not None and not _is_free(pieces, line, later):
        shown = [(character, piece.marks) for piece in pieces for character in piece.text]
        prints = [(character, stretch.marks) for stretch in later.stretches for character in stretch.text]
        if shown != prints:
            yield Unplaced(line.id, _between(shown, prints), (), "otherwise")


def still_settled(line: Line, read: Read, changed: Collection[str]) -> Iterator[Unplaced]:
    """Words agreed or ordered here that the file shows as open, though nothing else about their proposal changed."""
    for key, text in read.opened.items():
        if key not in changed:
            yield Unplaced(line.id, text, (), "settled")


def _is_free(pieces: Sequence[Piece], *lines: Line) -> bool:
    """Whether the line may look otherwise than the file: Word's own marks are not ours, and an answer's print follows
    from the proposal it answers."""
    return any(piece.tracked for piece in pieces) or any(one.echo for line in lines for one in line.stretches)


def _between(one: Sequence[_Seen], other: Sequence[_Seen]) -> str:
    """The words where the two are not the same; of the first, if it has any there."""
    start, ending = same_ends(one, other)
    words = "".join(character for character, _ in one[start : len(one) - ending])
    return words or "".join(character for character, _ in other[start : len(other) - ending])


def _seen(runs: Sequence[Run], me: str) -> Iterator[_Seen]:
    """Each character with whose it is and who strikes it; the own side's records are not told apart."""
    mine = f"{me}:"
    for run in runs:
        by = mine if run.by.startswith(mine) else run.by
        struck = frozenset(mine if key.startswith(mine) else key for key in run.struck)
        for character in run.text:
            yield character, (by, struck)
