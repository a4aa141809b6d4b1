"""What several pages of the working document show, as values: proposals, dates, the key, versions.

No database, no rule and no clock in here. Words in them are finished sentences. ``working_pages`` and whoever fills
pages in import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from markupsafe import Markup

from sections.keys import HANDS, Profile

Appeal = Literal["order", "recommendation"]
Turn = Literal["live", "private"]
NOTHING = Markup("")

TAG_COLOURS = {
    "proposed": "blue",
    "countered": "yellow",
    "agreed": "green",
    "reopened": "orange",
    "not agreed": "red",
    "pending panel": "purple",
    "ordered": "green",
    "refused": "grey",
    "withdrawn": "grey",
}
STATUS_NAMES = {
    "proposed": "Proposed",
    "countered": "Answered",
    "agreed": "Agreed",
    "reopened": "No longer agreed",
    "not agreed": "Not agreed",
    "pending panel": "With the panel",
    "ordered": "Ordered",
    "refused": "Not ordered",
    "withdrawn": "Withdrawn",
}


class PlanName(Protocol):
    """A plan as pages name it; the row of the database is one."""

    @property
    def id(self) -> str: ...
    @property
    def reference(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PlanNamed:
    """A plan's id and its council's reference."""

    id: str
    reference: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many proposals of a section have one status. ``status`` is a ``register.Status``."""

    status: str
    number: int

    @property
    def name(self) -> str:
        return STATUS_NAMES[self.status]

    @property
    def colour(self) -> str:
        return TAG_COLOURS[self.status]


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section of the plan in the list; ``counts`` only where it is in dispute."""

    label: str
    title: str
    appeal: Appeal = "order"
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks for a side: ``Family`` and the names with their roles."""

    side: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date, and how long there is, as ``tribunal_clock`` and ``appeal_dates`` say it."""

    on: date
    said: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence, as it is cited."""

    id: str
    citation: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a proposal, as a sentence with who did it."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class May:
    """What the reader may do with a proposal now; ``why_not`` says why nothing is offered."""

    agree: bool = False
    disagree: bool = False
    counter: bool = False
    withdraw: bool = False
    panel: bool = False
    panel_decides: bool = False
    evidence: bool = False
    reason: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One proposal beside its words. ``sentence`` is the worded list's; ``hash`` names the wording a yes is for."""

    key: str
    number: str
    side: str
    side_name: str
    place: str
    sentence: str
    status: str
    first: str
    """``Ruth Ellis, parent, 3 January 2027``."""
    last: str = ""
    on_behalf: str = ""
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    confirmed: tuple[str, ...] = ()
    """``Family: Ruth Ellis, 9 January 2027``."""
    not_agreed: tuple[str, ...] = ()
    answers: str = ""
    """The number of the proposal it answers."""
    answer: Markup = NOTHING
    """Word by word against what it answers (``changes_html.answer``)."""
    answers_older: bool = False
    next: str = ""
    events: tuple[Event, ...] = ()
    may: May = May()
    hash: str = ""

    @property
    def status_name(self) -> str:
        return STATUS_NAMES[self.status]

    @property
    def colour(self) -> str:
        return TAG_COLOURS[self.status]

    @property
    def settled(self) -> bool:
        return self.status in ("agreed", "ordered", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the printed key: the hand, its letter, a sample in its styles, and its sentence."""

    hand: str
    letter: str
    name: str
    styles: str
    line: str


def key_lines(profile: Profile) -> tuple[KeyLine, ...]:
    """The key as it is printed on every page, in the order of the profile."""
    return tuple(
        KeyLine(
            hand=hand,
            letter=profile.hands[hand].letter,
            name=profile.hands[hand].name,
            styles=" ".join(f"app-rl-{style}" for style in sorted(profile.style(hand, deleted=False))),
            line=profile.hands[hand].line,
        )
        for hand in HANDS
    )


@dataclass(frozen=True, slots=True)
class Link:
    """A link beside something: ``Word``, and where it is."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A numbered version that both sides hold, and where its copies are."""

    number: int
    on: date
    by: str
    pages: int | None
    hash: str
    filed_on: date | None = None
    downloads: tuple[Link, ...] = ()
    href: str = ""
    """Where it is, if that is not among the versions of the plan's newest appeal."""


@dataclass(frozen=True, slots=True)
class ReadsAs:
    """A passage before and after; ``marked`` is ``changes_html.compared(before, after)``."""

    place: str
    before: str
    after: str
    marked: Markup


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """What changed in one section between two versions."""

    label: str
    title: str
    changes: Markup


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a page to check: what was asked, what was said, and the hidden fields that send it again."""

    asked: str
    said: tuple[str, ...]
    field: str
    sent: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a section."""

    name: str
    title: str


VIEWS = (
    View("key", "Tribunal key"),
    View("ours", "Ours"),
    View("theirs", "Theirs"),
    View("agreed", "Agreed"),
    View("disputed", "Disputed"),
    View("original", "Original"),
    View("since", "Since we last looked"),
)
PLAIN_VIEWS = tuple(
    View(one.name, {"ours": "Family’s", "theirs": "Council’s"}.get(one.name, one.title))
    for one in VIEWS
    if one.name != "since"
)
"""The same for somebody of no side."""
VIEW_WORDS = {
    "key": "Every proposal of both sides, in its place.",
    "ours": "How the section would read with everything your side proposes, and what is agreed.",
    "theirs": "How the section would read with everything the other side proposes, and what is agreed.",
    "agreed": "How the section reads with what both sides have agreed, and nothing else.",
    "disputed": "Only the passages in which something is not agreed yet.",
    "original": "The plan as it was issued. Nobody can change these words.",
    "since": "What changed since your side last looked, word by word.",
}
PLAIN_VIEW_WORDS = {
    "ours": "How the section would read with everything the family proposes, and what is agreed.",
    "theirs": "How the section would read with everything the council proposes, and what is agreed.",
}
