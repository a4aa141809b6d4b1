"""The working document to read: at a glance, one section of it, and a section's proposals as a list."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from sections.appeal import PageStatus
from sections.appeal_dates import AppealDate
from server.working_values import (
    PLAIN_VIEW_WORDS,
    PLAIN_VIEWS,
    VIEW_WORDS,
    VIEWS,
    Appeal,
    Card,
    Deadline,
    KeyLine,
    Link,
    PlanName,
    SectionLine,
    Speaker,
    VersionLine,
    View,
)


@dataclass(frozen=True, slots=True)
class Overview:
    """overview.html"""

    plan: PlanName
    appeal_number: str
    hearing: Deadline | None
    filing: Deadline | None
    speakers: tuple[Speaker, ...]
    pages: PageStatus | None
    sections: tuple[SectionLine, ...]
    others: tuple[SectionLine, ...]
    versions: tuple[VersionLine, ...]
    next_step: str
    dates: tuple[AppealDate, ...] = ()
    downloads: tuple[Link, ...] = ()
    """Copies of the working document as it is now."""
    private: bool = False
    """Whether the reader's side drafts in private now. Of the other side nobody is told."""
    may_freeze: bool = False
    may_turn: bool = False
    may_change: bool = False
    may_take_word: bool = False
    may_close: bool = False


@dataclass(frozen=True, slots=True)
class SectionPage:
    """section.html. ``text`` is ``redline_html.render``'s, or ``changes_html.render_changes``'s for the view since."""

    plan: PlanName
    label: str
    title: str
    appeal: Appeal
    version: str
    """``Working document 3 (draft)``."""
    text: Markup
    view: str
    cards: tuple[Card, ...]
    key: tuple[KeyLine, ...]
    sections: tuple[SectionLine, ...]
    schema: int
    filing: Deadline | None = None
    pages: PageStatus | None = None
    colour: bool = False
    private: bool = False
    """Whether the reader's side drafts in private now. Of the other side nobody is told."""
    why_not: str = ""
    """Why this person proposes nothing here; empty for who may."""
    may_look: bool = False
    """Whether the reader is of a side, which can say that it has looked."""

    @property
    def views(self) -> tuple[View, ...]:
        return VIEWS if self.may_look else PLAIN_VIEWS

    @property
    def view_title(self) -> str:
        return next((one.title for one in self.views if one.name == self.view), "")

    @property
    def view_words(self) -> str:
        return VIEW_WORDS[self.view] if self.may_look else PLAIN_VIEW_WORDS.get(self.view, VIEW_WORDS[self.view])


@dataclass(frozen=True, slots=True)
class ListPage:
    """list.html"""

    plan: PlanName
    label: str
    title: str
    cards: tuple[Card, ...]
    sections: tuple[SectionLine, ...]
    show: str = "all"
    """``all`` or ``open``."""
