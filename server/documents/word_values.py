"""What taking a Word file back finds, as values: proposals to write, and everything a person has to look at first.

Nothing here has been written anywhere. A page shows a ``Reading`` and asks; only then does somebody's layer change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sections.redline.records import Record
from sections.redline.worddiff import Piece

Why: TypeAlias = Literal[
    "two-ways",
    "emphasis",
    "agreed-mark",
    "settled",
    "struck-theirs",
    "not-original",
    "gone",
    "mark-lost",
    "otherwise",
    "no-place",
    "comment",
]
Differs: TypeAlias = Literal["missing", "unmarked", "marked", "struck", "new", "not-struck", "changed-since"]

WHY: Final[Mapping[Why, str]] = {
    "two-ways": "These marks can mean more than one thing. Say in Alongside what you propose here.",
    "emphasis": "These words are in the original, only marked. They were left as they are.",
    "agreed-mark": "The file shows this as agreed. Agreeing is done here, by both sides.",
    "settled": "This is agreed or ordered here, but the file shows it as still open. It stays as it is here.",
    "struck-theirs": "These are the other side’s words. Answer them with your own wording instead of striking them.",
    "not-original": "These words are struck out in the file, but the original does not have them.",
    "gone": "These words were put in and taken out again in the file. There is nothing left to propose.",
    "mark-lost": "This is your proposal, but the file shows it without its mark. It stays your proposal.",
    "otherwise": "Here the text would not look as it does in the file: words would stand in another order, or be "
    "struck or marked otherwise. Look at this place in Alongside.",
    "no-place": "We could not tell which part of the plan this belongs to.",
    "comment": "This is a comment in the file. Add it to a proposal as a reason if it belongs there.",
}
"""Why something was not placed, as a sentence that says what happens with it."""

DIFFERS: Final[Mapping[Differs, str]] = {
    "missing": "The file leaves these words of theirs out.",
    "unmarked": "The file shows these words of theirs as if they were original.",
    "marked": "The file marks these words of theirs in another way.",
    "struck": "The file strikes these words out in the other side’s name.",
    "new": "The file has these words in the other side’s name. They are not among their proposals.",
    "changed-since": "The other side changed this here after the file was made.",
    "not-struck": "The other side proposes to strike these words out. The file does not show it.",
}
"""How the file shows the other side's proposals otherwise than we hold them. They never change by this."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change to the own side's layer, as a whole record to write.

    ``before`` and ``after`` are its wordings by part, ``struck_before`` and ``struck_after`` the original words it
    takes out. ``stale``: it was changed here after the file was made, so taking the file's words undoes that.
    """

    act: Literal["add", "change", "withdraw"]
    record: Record
    before: Mapping[str, str]
    after: Mapping[str, str]
    struck_before: str
    struck_after: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Words or marks no proposal was made of. ``block`` is where they stood, or what they stood after."""

    block: str
    text: str
    marks: tuple[str, ...]
    why: Why

    @property
    def sentence(self) -> str:
        return WHY[self.why]


@dataclass(frozen=True, slots=True)
class Unmarked:
    """A difference from the original that nothing marks.

    ``record`` is the proposal it would be if somebody takes it up; None: an own proposal strikes the words already.
    """

    block: str
    pieces: tuple[Piece, ...]
    record: Record | None


@dataclass(frozen=True, slots=True)
class Theirs:
    """The other side's words shown otherwise than we hold them; ``key`` is empty for what we do not hold at all."""

    block: str
    key: str
    text: str
    differs: Differs

    @property
    def sentence(self) -> str:
        return DIFFERS[self.differs]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A footnote, perhaps naming evidence for the proposal it stands behind (``key`` empty: for none of ours)."""

    block: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class SectionReading:
    """What was read of one section."""

    changes: tuple[Proposed, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    unmarked: tuple[Unmarked, ...] = ()
    others: tuple[Theirs, ...] = ()
    footnotes: tuple[Suggestion, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to write and nothing to look at, footnotes aside."""
        return not (self.changes or self.unplaced or self.unmarked or self.others)


@dataclass(frozen=True, slots=True)
class Ours:
    """Whether the file carries our own tree, and whether its original is the one we hold now."""

    found: bool = False
    hash_right: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file: its sections by label, what stood outside all of them, and sections the file does not have."""

    ours: Ours
    sections: Mapping[str, SectionReading]
    outside: tuple[Unplaced, ...] = ()
    absent: tuple[str, ...] = ()
