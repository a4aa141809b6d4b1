"""What marks in a Word file say under a key: whose words, inserted or deleted. What could be read two ways is ``odd``.

Word's own tracked changes say it first: whoever takes the file back made them, or stands for whoever did. Pure; for
``word_block``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sections.keys import HANDS, Profile
from server.documents.word_styles import Marks

Kind: TypeAlias = Literal["plain", "in", "out", "odd", "gone"]
_SIDES: Final = ("family", "authority")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words that are original, inserted or deleted by these hands, or marked so that nobody can tell."""

    kind: Kind
    hands: frozenset[str] = frozenset()

    @property
    def is_base(self) -> bool:
        """Whether such words are part of the original text, as far as marks tell."""
        return self.kind in ("plain", "out")


PLAIN: Final = Meaning("plain")
ODD: Final = Meaning("odd")


class Key:
    """One profile read backwards. ``me``: the side that takes the file back."""

    def __init__(self, profile: Profile, me: str) -> None:
        self.me = me
        self._table = _table(profile)

    def read(self, marks: Marks, tracked: str) -> Meaning:
        """What these words are."""
        mine = frozenset({self.me})
        shown = self._table.get(marks, ODD)
        if tracked == "gone":
            return Meaning("gone")
        if tracked == "in":
            return ODD if "strike" in marks else Meaning("in", mine)
        if tracked == "out":
            return Meaning("out", mine | (shown.hands if shown.kind == "out" else frozenset()))
        return shown


def _table(profile: Profile) -> dict[Marks, Meaning]:
    """Every look that means one thing. Two deletions on the same words look like both; two insertions never meet."""
    found: dict[Marks, set[Meaning]] = {frozenset(): {PLAIN}}
    for hand in HANDS[1:]:
        found.setdefault(profile.style(hand, deleted=False), set()).add(Meaning("in", frozenset({hand})))
        found.setdefault(profile.style(hand, deleted=True), set()).add(Meaning("out", frozenset({hand})))
    both = frozenset().union(*(profile.style(side, deleted=True) for side in _SIDES))
    found.setdefault(both, set()).add(Meaning("out", frozenset(_SIDES)))
    return {marks: next(iter(meanings)) for marks, meanings in found.items() if len(meanings) == 1}
