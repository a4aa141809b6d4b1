"""A section's time line and one moment of it, as the pages and the API tell them: people, times and words.

Questions for ``Histories.ask``: they run in its thread and only read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlmodel import Session

from crdt.authorship import Written, spans_of
from crdt.moves import Moved
from sections import stages
from sections.history import Burst, Event, Story, change_words, first_of, last_of
from server.day import london
from server.history import places
from server.history.book import Book, Hands
from server.history.books import Histories, Moment
from server.history.compare import Compared, compare
from server.history.people import People, Who, together
from server.log import document_id


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the time line. ``seq`` is the moment after it; ``stage`` is set where the plan moved to one."""

    first: int
    seq: int
    begun: datetime
    ended: datetime
    people: tuple[Who, ...]
    counts: tuple[int, ...]
    stage: str = ""

    @property
    def who(self) -> str:
        """Who wrote, in words."""
        return together(self.people)

    @property
    def when(self) -> str:
        """``22 November 2026 at 10:42``; with the end where it took some minutes."""
        return span_words(self.begun, self.ended)


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A part of a section's time line, the newest first, and where the older part begins."""

    head: int
    steps: tuple[Step, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """Words that one person wrote in one burst; ``mover``: who put them where they stand, if somebody else did."""

    text: str
    who: Who
    at: datetime
    mover: Who | None = None
    moved_at: datetime | None = None

    @property
    def when(self) -> str:
        """When the burst began, and who moved the words here."""
        said = moment_words(self.at)
        if self.mover is None or self.moved_at is None:
            return said
        return f"{said}; moved here by {self.mover.name}, {moment_words(self.moved_at)}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One moment: the text then, what changed since ``since``, and the moments beside it."""

    head: int
    seq: int
    since: int
    step: Step | None
    earlier: int | None
    later: int | None
    moment: Moment
    compared: Compared
    steps: tuple[tuple[int, int], ...]
    """Of every event (of some, where there are very many): the moment after it, and its time in seconds."""
    base: Moment
    """The text at ``since``."""
    authors: tuple[Who, ...] = ()

    @property
    def words(self) -> str:
        """How much changed, in words."""
        return change_words(self.compared.changes)


_MOST_STEPS = 1500

_Hand: TypeAlias = tuple[str, int]
"""A person's id, and the place of the event."""


def moment_words(at: datetime) -> str:
    """``22 November 2026 at 10:42``, on a clock in England."""
    there = london(at)
    return f"{there.day} {there:%B %Y} at {there:%H:%M}"


def span_words(begun: datetime, ended: datetime) -> str:
    """A time, or from when to when."""
    one, other = london(begun), london(max(begun, ended))
    if f"{one:%Y%m%d%H%M}" == f"{other:%Y%m%d%H%M}":
        return moment_words(begun)
    if one.date() == other.date():
        return f"{moment_words(begun)} to {other:%H:%M}"
    return f"{moment_words(begun)} to {moment_words(ended)}"


def time_line(
    db: Session, histories: Histories, plan_id: str, section: str, before: int | None, limit: int
) -> TimeLine:
    """The newest events, or those before entry ``before``."""
    document = document_id(db, plan_id, section)
    if document is None:
        return TimeLine(0, (), None)
    book = histories.book(db, document)
    end = len(book.story.events) if before is None else book.story.at(before - 1) + 1
    start = max(0, end - limit)
    people = People(db, plan_id, book.story.authors)
    steps = tuple(step_of(one, people) for one in reversed(book.story.events[start:end]))
    return TimeLine(book.story.seq, steps, first_of(book.story.events[start]) if start > 0 else None)


def step_of(event: Event, people: People) -> Step:
    """An event with its people as they were then."""
    if not isinstance(event, Burst):
        return Step(event.seq, event.seq, event.at, event.at, (), (), stage_title(event.stage))
    order = sorted(event.authors.items(), key=lambda one: -one[1])
    who = tuple(people.then(author, event.begun) for author, _ in order)
    return Step(event.first, event.last, event.begun, event.ended, who, tuple(count for _, count in order))


def stage_title(stage: str) -> str:
    """A stage's title; the key itself for one nobody knows any more."""
    found = stages.find(stage)
    return stage if found is None else found.title


def show(
    db: Session, histories: Histories, plan_id: str, section: str, at: int | None, since: int | None = None
) -> Shown:
    """The section after entry ``at`` (now, without one) against what it was before that event, or after ``since``."""
    document = document_id(db, plan_id, section)
    if document is None:
        nothing = Moment(0, {"type": "doc", "children": []}, b"\0\0")
        return Shown(0, 0, 0, None, None, None, nothing, compare(nothing.tree, nothing.tree, section), (), nothing)
    book = histories.book(db, document)
    events, head = book.story.events, book.story.seq
    seq = head if at is None else max(0, min(at, head))
    place = book.story.at(seq) if seq else -1
    before = first_of(events[place]) - 1 if place >= 0 else 0
    base = before if since is None else max(0, min(since, seq))
    found = histories.moments(db, document, {base, seq})
    people = People(db, plan_id, book.story.authors)
    return Shown(
        head=head,
        seq=seq,
        since=base,
        step=step_of(events[place], people) if place >= 0 else None,
        earlier=before if place >= 0 else None,
        later=last_of(events[place + 1]) if place + 1 < len(events) else None,
        moment=found[seq],
        compared=compare(found[base].tree, found[seq].tree, section),
        steps=_steps(events),
        base=found[base],
        authors=writers_between(book, people, base, seq) if since is not None else (),
    )


def against_now(
    db: Session, histories: Histories, plan_id: str, section: str, at: int
) -> tuple[Moment, Moment, Compared]:
    """The section after entry ``at``, and now, and what changed between."""
    document = document_id(db, plan_id, section)
    if document is None:
        nothing = Moment(0, {"type": "doc", "children": []}, b"\0\0")
        return nothing, nothing, compare(nothing.tree, nothing.tree, section)
    head = histories.book(db, document).story.seq
    then = max(0, min(at, head))
    found = histories.moments(db, document, {then, head})
    return found[then], found[head], compare(found[then].tree, found[head].tree, section)


def references(histories: Histories, moment: Moment) -> dict[int, str]:
    """How addresses name the passages of a moment, by the ``id`` of their nodes."""
    known = histories.known(moment)
    if known.references is None:
        known.references = tuple(places.reference(one.element) for one in places.passages(moment))
    return {id(node): name for node, name in zip(places.nodes(moment.tree), known.references, strict=True)}


def writers_between(book: Book, people: People, after: int, upto: int) -> tuple[Who, ...]:
    """Everybody who wrote in these entries, in the order they began."""
    found: dict[str, Who] = {}
    for event in book.story.events[max(0, book.story.at(after)) :]:
        if first_of(event) > upto:
            break
        if isinstance(event, Burst) and event.last > after:
            for author in event.authors:
                found.setdefault(author, people.then(author, event.begun))
    return tuple(found.values())


def hands(
    db: Session, histories: Histories, plan_id: str, section: str, moment: Moment
) -> dict[int, list[Contribution]]:
    """Who wrote which words of a moment, by the ``id`` of the node of each passage."""
    document = document_id(db, plan_id, section)
    if document is None or not moment.seq:
        return {}
    story = histories.book(db, document).story
    people = People(db, plan_id, story.authors)
    book = histories.hands(db, document)
    known = histories.known(moment)
    if known.written is None:
        passages, ever = places.with_past(moment)
        moved = Moved((one for seq, one in book.shifts if seq <= moment.seq), ever)
        known.references = tuple(places.reference(one.element) for one in passages)
        known.written = tuple(tuple(book.brought.written(spans_of(one.element), moved)) for one in passages)
    found: dict[int, list[Contribution]] = {}
    for node, written in zip(places.nodes(moment.tree), known.written, strict=True):
        if written:
            found[id(node)] = list(_joined(written, book, story, people))
    return found


def _joined(written: Iterable[Written], book: Hands, story: Story, people: People) -> Iterable[Contribution]:
    """Neighbouring words of one person and burst as one."""
    held: tuple[str, _Hand, _Hand | None] | None = None
    for one in written:
        hand = (book.writer(one.seq), story.at(one.seq))
        first = (book.writer(one.first), story.at(one.first)) if one.first else None
        if first is not None and first[0] == hand[0]:
            hand, first = first, None  # their own words
        if held is not None and held[1:] == (hand, first):
            held = (held[0] + one.text, hand, first)
            continue
        if held is not None:
            yield _contribution(*held, story, people)
        held = (one.text, hand, first)
    if held is not None:
        yield _contribution(*held, story, people)


def _contribution(text: str, hand: _Hand, first: _Hand | None, story: Story, people: People) -> Contribution:
    who, at = _hand(hand, story, people)
    if first is None:
        return Contribution(text, who, at)
    writer, written_at = _hand(first, story, people)
    return Contribution(text, writer, written_at, who, at)


def _hand(hand: _Hand, story: Story, people: People) -> tuple[Who, datetime]:
    event = story.events[max(0, hand[1])]
    at = event.begun if isinstance(event, Burst) else event.at
    return people.then(hand[0], at), at


def _steps(events: list[Event]) -> tuple[tuple[int, int], ...]:
    every = max(1, -(-len(events) // _MOST_STEPS))
    chosen = [event for place, event in enumerate(events) if (len(events) - 1 - place) % every == 0]
    return tuple((last_of(one), int((one.ended if isinstance(one, Burst) else one.at).timestamp())) for one in chosen)
