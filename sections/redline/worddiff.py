"""What changed between two wordings, word by word, so that a slipped-in "may" cannot hide.

The same pieces in the browser (twin of ``static/src/redline/worddiff.ts``). Pure; for answers and "since we looked".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["same", "out", "in"]

_TOKEN = re.compile("[0-9A-Za-z'\u2019\u00c0-\u1fff\u2070-\u2fff\u3040-\U0010ffff]+|[ \t\u00a0]+|.", re.DOTALL)
_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stayed, went out or came in."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """The old words and the new ones in one line; very long ones that share little count as wholly replaced."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    shared = _shared(before, after)
    ending = _shared(before[shared:][::-1], after[shared:][::-1])
    left, right = before[shared : len(before) - ending], after[shared : len(after) - ending]
    pieces: list[Piece] = []
    _add(pieces, "same", before[:shared])
    _middle(pieces, left, right)
    _add(pieces, "same", before[len(before) - ending :])
    return tuple(pieces)


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _middle(pieces: list[Piece], left: list[str], right: list[str]) -> None:
    """The longest common subsequence; where two are as long, words go out before words come in."""
    if not left or not right or len(left) * len(right) > _MOST:
        _add(pieces, "out", left)
        _add(pieces, "in", right)
        return
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for row in range(len(left) - 1, -1, -1):
        here, below = table[row], table[row + 1]
        for column in range(len(right) - 1, -1, -1):
            if left[row] == right[column]:
                here[column] = below[column + 1] + 1
            else:
                here[column] = max(below[column], here[column + 1])
    row = column = 0
    while row < len(left) and column < len(right):
        if left[row] == right[column]:
            _add(pieces, "same", [left[row]])
            row, column = row + 1, column + 1
        elif table[row + 1][column] >= table[row][column + 1]:
            _add(pieces, "out", [left[row]])
            row += 1
        else:
            _add(pieces, "in", [right[column]])
            column += 1
    _add(pieces, "out", left[row:])
    _add(pieces, "in", right[column:])


def _add(pieces: list[Piece], kind: Kind, tokens: list[str]) -> None:
    if not tokens:
        return
    if pieces and pieces[-1].kind == kind:
        pieces[-1] = Piece(kind, pieces[-1].text + "".join(tokens))
    else:
        pieces.append(Piece(kind, "".join(tokens)))
