"""What each page of the working document shows: one frozen class for each template in ``templates/working``.

Every template takes its class as ``page``; forms take ``values`` (``forms.Shown``) and ``errors`` as well. No database,
no rule and no clock in here: whoever answers a request fills these in. Words in them are finished sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from markupsafe import Markup

from sections.appeal import PageStatus
from sections.appeal_dates import AppealDate
from sections.words import listed
from server.working_order import RECOMMENDED, OrderWords
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

AskAct = Literal["agree", "disagree", "withdraw", "panel", "panel-approved", "panel-declined"]


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


@dataclass(frozen=True, slots=True)
class ReadsAs:
    """A passage before and after; ``marked`` is ``changes_html.compared(before, after)``."""

    place: str
    before: str
    after: str
    marked: Markup


@dataclass(frozen=True, slots=True)
class Confirming:
    """A side that has to confirm: who can, and who has (empty: nobody yet)."""

    side: str
    who: str
    done: str = ""


@dataclass(frozen=True, slots=True)
class Decide:
    """decide.html: one thing, which may be several proposals made together."""

    plan: PlanName
    label: str
    act: AskAct
    cards: tuple[Card, ...]
    readings: tuple[ReadsAs, ...]
    confirming: tuple[Confirming, ...]
    next_step: str
    refused: str = ""
    """Why it cannot be done now; then there is no button."""

    @property
    def names(self) -> str:
        return listed([card.number for card in self.cards])


@dataclass(frozen=True, slots=True)
class ForOne:
    """evidence.html and reason.html"""

    plan: PlanName
    label: str
    card: Card


@dataclass(frozen=True, slots=True)
class Tick:
    """A section that can be in dispute; ``hint`` says what the tribunal can do. ``fixed``: in dispute already."""

    label: str
    title: str
    hint: str
    ticked: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may speak for a side: ``Ruth Ellis, parent, for the family``."""

    id: str
    words: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """open.html; fields ``section-B``, ``appeal_number``, ``sent_on``, ``filing_on``, ``hearing_on``, ``speaks-<id>``.

    ``changing`` is the number of the appeal whose dates, sections or people are changed; empty when one is opened.
    """

    plan: PlanName
    sections: tuple[Tick, ...]
    people: tuple[Candidate, ...]
    changing: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a page to check: what was asked, what was said, and the hidden fields that send it again."""

    asked: str
    said: tuple[str, ...]
    field: str
    sent: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """open_check.html"""

    plan: PlanName
    answers: tuple[Answer, ...]
    will: tuple[str, ...]
    """What will happen, one sentence each."""


@dataclass(frozen=True, slots=True)
class ToOrder:
    """A proposal to record the order on. ``field`` names its radios; own words are ``field-part``, for each part.

    ``parts``: name and label of each wording the tribunal could put there; one is named ``wording``.
    """

    field: str
    card: Card
    original: str
    parts: tuple[tuple[str, str], ...] = (("wording", ""),)
    filled: bool = False
    """Whether the answer was filled in for the person to check."""


@dataclass(frozen=True, slots=True)
class OrderSection:
    """A section's proposals that are not agreed, and how many are. ``rest`` is the field that fills in what is open."""

    label: str
    title: str
    appeal: Appeal
    asked: tuple[ToOrder, ...]
    agreed: int
    exchanges: tuple[tuple[ToOrder, ...], ...] = ()
    """The same, with a wording and those that answer it side by side."""

    @property
    def rest(self) -> str:
        return f"rest-{self.label}"

    @property
    def filled(self) -> int:
        return sum(1 for one in self.asked if one.filled)

    @property
    def words(self) -> OrderWords:
        return RECOMMENDED if self.appeal == "recommendation" else OrderWords()


@dataclass(frozen=True, slots=True)
class Close:
    """close.html; fields ``how`` (order, consent, withdrawn), ``ordered_on``, and those of each ``ToOrder``."""

    plan: PlanName
    sections: tuple[OrderSection, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A passage in which the text to issue and the ordered text do not say the same."""

    place: str
    marked: Markup


@dataclass(frozen=True, slots=True)
class CloseCheck:
    """close_check.html"""

    plan: PlanName
    answers: tuple[Answer, ...]
    changes: tuple[ReadsAs, ...]
    """What the plan will say that it does not say now."""
    differences: tuple[Difference, ...]
    """Issued minus ordered: must be empty."""
    hash: str
    issue_by: date | None
    recommends: bool = False
    """Whether a section is in it that the tribunal can only recommend changes to."""
    blocked: tuple[str, ...] = ()
    """What stands in the way of issuing anything, one sentence each."""


@dataclass(frozen=True, slots=True)
class Closed:
    """closed.html"""

    plan: PlanName
    appeal_number: str
    closed_on: date
    how: str
    by: str
    issue_by: date | None
    versions: tuple[VersionLine, ...]
    hash: str = ""
    proof: tuple[str, ...] = ()
    """That the plan says what was ordered, in sentences."""
    holds: bool = True
    """Whether it does."""
    may_see_record: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """versions.html"""

    plan: PlanName
    versions: tuple[VersionLine, ...]
    may_freeze: bool = False
    pages: PageStatus | None = None


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """What changed in one section between two versions."""

    label: str
    title: str
    changes: Markup


@dataclass(frozen=True, slots=True)
class VersionPage:
    """version.html"""

    plan: PlanName
    version: VersionLine
    changed: tuple[SectionChanges, ...]
    before: int | None
    limit: int | None
    newest: bool
    may_file: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One disputed place: the words as issued, and what each side wants."""

    number: str
    place: str
    original: str
    family: str
    authority: str
    evidence: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True)
class ScheduleSection:
    """A section's disputed places."""

    label: str
    title: str
    appeal: Appeal
    rows: tuple[ScheduleRow, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """schedule.html"""

    plan: PlanName
    appeal_number: str
    on: date
    sections: tuple[ScheduleSection, ...]


@dataclass(frozen=True, slots=True)
class WordUpload:
    """word_upload.html; the file is the field ``file``."""

    plan: PlanName
    last: VersionLine | None
    most_megabytes: int
    side_name: str


@dataclass(frozen=True, slots=True)
class WordRow:
    """Something read from the file. ``field`` is its tick; ``marked`` shows the words."""

    field: str
    place: str
    what: str
    marked: Markup
    ticked: bool = True


@dataclass(frozen=True, slots=True)
class WordReview:
    """word_review.html"""

    plan: PlanName
    upload: str
    """The id of what was read, sent back."""
    file_name: str
    version: int | None
    read: tuple[WordRow, ...]
    unmarked: tuple[WordRow, ...]
    lost: tuple[str, ...]
    """Words that could not be placed."""
    notes: tuple[str, ...] = ()
    """What else there is to know: comments, tracked changes, another version."""
    private: bool = False
    """Whether the side drafts in private now."""
    reading: str = ""
    """The hash of what was read; a choice names it."""
    evidence: tuple[WordRow, ...] = ()
    others: tuple[str, ...] = ()
    """How the file shows the other side's words otherwise than they are."""
    still: tuple[str, ...] = ()
    """Changed without marking, with nothing to propose."""


@dataclass(frozen=True, slots=True)
class TurnPage:
    """turn.html; ``to`` is what the button does."""

    plan: PlanName
    to: Literal["private", "send"]
    other: str
    """``the council`` or ``the family``."""
    sending: tuple[SectionChanges, ...] = ()
    """Exactly what the other side will see."""
