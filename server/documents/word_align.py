"""Which words of one text are which words of another: longest common subsequences, with a bound on all work together.

Beyond the bound nothing is matched, so a hostile file costs a known time and a person sees more to review. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Pair: TypeAlias = tuple[int, int]

_WORD: Final = re.compile("[^\\W_]+(?:['\u2019][^\\W_]+)*|\\s+|.", re.DOTALL)


@dataclass(slots=True)
class Effort:
    """How many comparisons are still allowed in this reading."""

    left: int = 8_000_000

    def allows(self, cells: int) -> bool:
        """Whether there is so much left; if so it is spent."""
        if cells > self.left:
            return False
        self.left -= cells
        return True


def words(text: str) -> list[str]:
    """The text cut into words, spaces and single signs; joined they are the text again."""
    return _WORD.findall(text)


def same_ends(left: Sequence[Hashable], right: Sequence[Hashable]) -> tuple[int, int]:
    """How many are the same at the beginning, and of the rest how many at the end."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    ending = 0
    while ending < min(len(left), len(right)) - start and left[-1 - ending] == right[-1 - ending]:
        ending += 1
    return start, ending


def matched(left: Sequence[Hashable], right: Sequence[Hashable], effort: Effort) -> list[Pair]:
    """Pairs of places that hold the same, in order: as many as there can be."""
    start, ending = same_ends(left, right)
    rows, columns = len(left) - start - ending, len(right) - start - ending
    pairs = [(place, place) for place in range(start)]
    if rows and columns and effort.allows(rows * columns):
        middle = _longest(left[start : start + rows], right[start : start + columns])
        pairs.extend((row + start, column + start) for row, column in middle)
    pairs.extend((len(left) - back, len(right) - back) for back in range(ending, 0, -1))
    return pairs


def best(rows: int, columns: int, score: Callable[[int, int], float], effort: Effort) -> list[Pair]:
    """Pairs in order with the greatest sum of scores; a pair that scores nothing is none."""
    if not rows or not columns or not effort.allows(20 * rows * columns):
        return []
    scores = [[score(row, column) for column in range(columns)] for row in range(rows)]
    table = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            paired = scores[row][column] + table[row + 1][column + 1] if scores[row][column] > 0 else 0.0
            table[row][column] = max(paired, table[row + 1][column], table[row][column + 1])
    pairs: list[Pair] = []
    row = column = 0
    while row < rows and column < columns:
        here = scores[row][column]
        if here > 0 and table[row][column] == here + table[row + 1][column + 1]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif table[row][column] == table[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs


def gaps(pairs: Sequence[Pair], rows: int, columns: int) -> list[tuple[int, int, int, int]]:
    """What lies between pairs: (first row, end row, first column, end column), empty gaps left out."""
    found: list[tuple[int, int, int, int]] = []
    row = column = 0
    for next_row, next_column in (*pairs, (rows, columns)):
        if row < next_row or column < next_column:
            found.append((row, next_row, column, next_column))
        row, column = next_row + 1, next_column + 1
    return found


def likeness(one: str, other: str) -> float:
    """How alike two texts are by their words, from 0 to 1, whatever their order."""
    return alike(counted(one), counted(other))


def alike(one: dict[str, int], other: dict[str, int]) -> float:
    """The same for words already counted."""
    total = sum(one.values()) + sum(other.values())
    if not total:
        return 0.0
    if len(other) < len(one):
        one, other = other, one
    return 2 * sum(min(count, other.get(word, 0)) for word, count in one.items()) / total


def counted(text: str) -> dict[str, int]:
    """The words of a text, small and without spaces, with how often each is there."""
    found: dict[str, int] = {}
    for word in words(text.casefold()):
        if not word.isspace():
            found[word] = found.get(word, 0) + 1
    return found


def _longest(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Pair]:
    rows, columns = len(left), len(right)
    table = [[0] * (columns + 1)]
    for row in range(rows - 1, -1, -1):
        below, here, one = table[-1], [0] * (columns + 1), left[row]
        for column in range(columns - 1, -1, -1):
            if one == right[column]:
                here[column] = below[column + 1] + 1
            else:
                here[column] = below[column] if below[column] > here[column + 1] else here[column + 1]
        table.append(here)
    table.reverse()
    pairs: list[Pair] = []
    row = column = 0
    while row < rows and column < columns:
        if left[row] == right[column]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif table[row + 1][column] >= table[row][column + 1]:
            row += 1
        else:
            column += 1
    return pairs
