"""Long histories, made up edit by edit: the same seed gives the same bytes, and nothing is kept in files.

Several people write as people do: bursts of single letters somewhere in the text, some of them taken back, a new
paragraph now and then, a fresh client id for every visit. The bytes are made without the engine, so that a quarter of
a million of them take about a second; that they are what a real client would send is for a test to say.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import insert
from sqlalchemy import update as sql_update
from sqlmodel import Session, col

from crdt.wire import Writer
from server.database import Store
from server.log import UPDATE
from server.tables import Document, LogEntry

_LETTERS = "etaoin shrdlu cmfwyp etaoin shr"
_MOST_PARAGRAPHS = 300
_VISIT = 1500
"""About how many edits somebody makes in one visit."""
_PORTION = 5000
_BEGINNING = datetime(2025, 1, 6, 9, tzinfo=UTC)
_PAUSE = timedelta(minutes=7)
"""Before somebody else writes: so that what each writes is a burst of its own."""

Id = tuple[int, int]


def edits(count: int, people: Sequence[str], seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """So many edits of a section that begins empty: who made each, and its bytes."""
    chance = random.Random(seed)
    writing = _Writing(chance, people)
    made = 0
    while made < count:
        for edit in writing.burst():
            yield edit
            made += 1
            if made == count:
                return


class Histories:
    """Writes such a history into the log of an empty document, without asking the gate: it is asked when it is read."""

    def __init__(self, store: Store, document: int, people: Sequence[str], seed: int = 1) -> None:
        self._store = store
        self._document = document
        self._edits = edits(2**31, people, seed)
        self._seq = 0
        self._at = _BEGINNING
        self._last = ""

    def go_on(self, count: int) -> None:
        """The next so many edits."""
        for start in range(0, count, _PORTION):
            rows = [self._row(author, update) for author, update in islice(self._edits, min(_PORTION, count - start))]
            self._store.write_sync(partial(self._put, rows))

    def _row(self, author: str, update: bytes) -> dict[str, object]:
        self._seq += 1
        self._at += timedelta(seconds=0.3) if author == self._last else _PAUSE
        self._last = author
        return {
            "document_id": self._document,
            "seq": self._seq,
            "kind": UPDATE,
            "payload": update,
            "author": author,
            "at": self._at,
        }

    def _put(self, rows: list[dict[str, object]], session: Session) -> None:
        session.connection().execute(insert(LogEntry), rows)
        session.execute(sql_update(Document).where(col(Document.id) == self._document).values(seq=self._seq))


def write(store: Store, document: int, count: int, people: Sequence[str], seed: int = 1) -> None:
    """Puts so many edits into the log of an empty document."""
    Histories(store, document, people, seed).go_on(count)


class _Writing:
    """The text as it grows: every letter ever written keeps its place, as in the engine."""

    def __init__(self, chance: random.Random, people: Sequence[str]) -> None:
        self._chance = chance
        self._people = people
        self._clients: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self._clocks: dict[int, int] = {}
        self._paragraphs: list[tuple[Id, list[Id], list[bool]]] = []
        """Of each: its text, the letters in it, and which of these are still there."""
        self._elements: list[Id] = []

    def burst(self) -> Iterator[tuple[str, bytes]]:
        """Somebody comes to one place and writes there for a while."""
        chance = self._chance
        person = chance.choice(self._people)
        client = self._client(person)
        wanted = len(self._paragraphs) < _MOST_PARAGRAPHS and chance.random() < 0.05
        if wanted or not self._paragraphs:
            yield person, self._paragraph(client)
        text, letters, there = self._paragraphs[-1 if wanted else chance.randrange(len(self._paragraphs))]
        at = chance.randrange(len(letters) + 1) if chance.random() < 0.6 else len(letters)
        for _ in range(chance.randrange(8, 70)):
            while at and not there[at - 1]:
                at -= 1  # a caret stands behind a letter that is there
            self._left[person] -= 1
            if at and chance.random() < 0.12:
                at -= 1
                there[at] = False
                yield person, _taken_back(letters[at])
                continue
            new = (client, self._tick(client))
            left = letters[at - 1] if at else None
            right = letters[at] if at < len(letters) else None
            yield person, _typed(new, text, left, right, chance.choice(_LETTERS))
            letters.insert(at, new)
            there.insert(at, True)
            at += 1

    def _client(self, person: str) -> int:
        if self._left.get(person, 0) <= 0:
            self._left[person] = self._chance.randrange(_VISIT // 2, 2 * _VISIT)
            self._clients[person] = self._chance.randrange(2**20, 2**32)
        return self._clients[person]

    def _tick(self, client: int, by: int = 1) -> int:
        clock = self._clocks.get(client, 0)
        self._clocks[client] = clock + by
        return clock

    def _paragraph(self, client: int) -> bytes:
        """A paragraph at the end, with a text in it."""
        element, text = (client, self._tick(client)), (client, self._tick(client))
        writer = Writer()
        for number in (1, 2, *element):
            writer.uint(number)
        if self._elements:
            writer.byte(0x80 | 7)
            _id(writer, self._elements[-1])
        else:
            writer.byte(7)
            writer.uint(1)
            writer.string("prosemirror")
        writer.uint(3)
        writer.string("paragraph")
        writer.byte(7)
        writer.uint(0)
        _id(writer, element)
        writer.uint(6)
        writer.uint(0)
        self._elements.append(element)
        self._paragraphs.append((text, [], []))
        return writer.finish()


def _typed(new: Id, text: Id, left: Id | None, right: Id | None, letter: str) -> bytes:
    writer = Writer()
    for number in (1, 1, *new):
        writer.uint(number)
    writer.byte(4 | (0x80 if left else 0) | (0x40 if right else 0))
    if left:
        _id(writer, left)
    if right:
        _id(writer, right)
    if not left and not right:
        writer.uint(0)
        _id(writer, text)
    writer.string(letter)
    writer.uint(0)
    return writer.finish()


def _taken_back(letter: Id) -> bytes:
    writer = Writer()
    for number in (0, 1, letter[0], 1, letter[1], 1):
        writer.uint(number)
    return writer.finish()


def _id(writer: Writer, id_: Id) -> None:
    writer.uint(id_[0])
    writer.uint(id_[1])
