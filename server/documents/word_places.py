"""Which paragraph of a file is which line: by bookmark, then by the same words, then by the most similar in order.

A paragraph somebody cut in two is put together again; what belongs to no line is given with the line it stands after.
Pure; for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.documents.anchors import bookmark
from server.documents.word_align import Effort, alike, best, counted, matched
from server.documents.word_lines import Line
from server.documents.word_meaning import Key
from server.documents.word_pairs import Piece
from server.documents.word_paragraphs import Part, unlabelled

_ALIKE = 0.5
_BETTER = 0.02


@dataclass(slots=True)
class Found:
    """The pieces of one line that has paragraphs, and where the last of them was in the file."""

    pieces: tuple[Piece, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Loose:
    """A paragraph of no line; ``after`` is the line before it in the file, -1: none."""

    part: Part
    at: int
    after: int


@dataclass(slots=True)
class Places:
    """The lines that were found, by their number, and the paragraphs that are no line, in order."""

    found: dict[int, Found] = field(default_factory=dict)
    loose: list[Loose] = field(default_factory=list)


def place(lines: Sequence[Line], parts: Sequence[Part], key: Key, effort: Effort) -> Places:
    """Where every paragraph belongs."""
    chosen = _by_bookmark(lines, parts)
    _by_words(lines, parts, chosen, effort)
    return _gathered(lines, parts, chosen, key)


def _by_bookmark(lines: Sequence[Line], parts: Sequence[Part]) -> dict[int, int]:
    """From paragraph to line."""
    numbers = {bookmark(line.id): number for number, line in enumerate(lines)}
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for at, part in enumerate(parts):
        here = [numbers[name] for name in part.bookmarks if name in numbers and numbers[name] not in taken]
        if here:
            words = counted(part.text)
            number = max(here, key=lambda one: (alike(counted(lines[one].text), words), one))
            chosen[at] = number
            taken.add(number)
    return chosen


def _by_words(lines: Sequence[Line], parts: Sequence[Part], chosen: dict[int, int], effort: Effort) -> None:
    """Adds what reads the same, then what has the same original words, then what is like it."""
    cut = dict(enumerate(parts))
    taken = set(chosen.values())
    for look in (_whole, _base):
        rows = [n for n, line in enumerate(lines) if n not in taken and look(line)]
        columns = [at for at, part in cut.items() if at not in chosen and look(part)]
        pairs = matched([look(lines[n]) for n in rows], [look(cut[at]) for at in columns], effort)
        chosen.update((columns[column], rows[row]) for row, column in pairs)
        taken.update(rows[row] for row, _ in pairs)
    rows = [n for n, line in enumerate(lines) if n not in taken and line.text.strip()]
    columns = [at for at, part in cut.items() if at not in chosen and part.text.strip() and not part.is_furniture]
    texts = [(counted(lines[n].base), counted(lines[n].text)) for n in rows]
    others = [(counted(cut[at].base), counted(cut[at].text)) for at in columns]

    def score(row: int, column: int) -> float:
        found = max(alike(one, other) for one, other in zip(texts[row], others[column], strict=True))
        return found if found >= _ALIKE else 0.0

    chosen.update((columns[column], rows[row]) for row, column in best(len(rows), len(columns), score, effort))


def _whole(one: Line | Part) -> str:
    return one.text.strip()


def _base(one: Line | Part) -> str:
    return one.base.strip()


def _gathered(lines: Sequence[Line], parts: Sequence[Part], chosen: dict[int, int], key: Key) -> Places:
    places = Places()
    after = -1
    for at, part in enumerate(parts):
        number = chosen.get(at)
        if number is not None:
            places.found[number] = Found(unlabelled(part, lines[number]).pieces, at)
            after = number
        elif after >= 0 and places.found[after].at == at - 1 and _continues(lines[after], places.found[after], part):
            tracked = "in" if parts[at - 1].end == "in" else ""
            broken = Piece("\n", key.read(frozenset(), tracked), frozenset(), tracked)
            places.found[after] = Found((*places.found[after].pieces, broken, *part.pieces), at)
        elif part.text.strip():
            places.loose.append(Loose(part, at, after))
    return places


def _continues(line: Line, found: Found, part: Part) -> bool:
    """Whether the line is more like both paragraphs together than like the first alone."""
    if not part.base.strip() or part.is_furniture:
        return False
    alone = "".join(piece.text for piece in found.pieces if piece.meaning.is_base)
    wanted = counted(line.base)
    return alike(wanted, counted(f"{alone}\n{part.base}")) > alike(wanted, counted(alone)) + _BETTER
