"""One document's history as far as it has been read: its story, and who brought which words.

The story needs no content and is soon read; who wrote which words is read from every update, and only when somebody
asks. Only ``books`` makes them.
"""

from __future__ import annotations

from array import array

from sqlmodel import Session

from crdt.authorship import Brought
from crdt.moves import Shift, shift
from sections.history import Story
from server.history import kept, rows
from server.log import SYSTEM, UPDATE


class Book:
    """One document: its story up to the last entry read."""

    def __init__(self) -> None:
        self.story = Story(kept.ALONE)
        self._hands: Hands | None = None

    def read(self, db: Session, document_id: int) -> None:
        """Takes up what has been written since; at first from the story that is kept, if there is one."""
        if not self.story.seq:
            self.story = kept.load(db, document_id) or self.story
        kept.go_on(db, document_id, self.story)

    def hands(self, db: Session, document_id: int) -> Hands:
        """Who brought which words, up to now."""
        if self._hands is None:
            self._hands = Hands()
        self._hands.read(db, document_id)
        return self._hands


class Hands:
    """Who wrote each entry of one document, and which words came with it."""

    def __init__(self) -> None:
        self.brought = Brought()
        self.shifts: list[tuple[int, Shift]] = []
        """Entries that may have moved words."""
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._by = array("H")
        """Of each entry, who wrote it, by number."""

    def writer(self, seq: int) -> str:
        """Who wrote entry ``seq``."""
        return self._names[self._by[seq - 1]] if 0 < seq <= len(self._by) else SYSTEM

    def read(self, db: Session, document_id: int) -> None:
        """Takes up what has been written since."""
        for portion in rows.entries(db, document_id, len(self._by)):
            for entry in portion:
                self._take(entry)

    def _take(self, entry: rows.Entry) -> None:
        number = self._numbers.setdefault(entry.author, len(self._names))
        if number == len(self._names):
            self._names.append(entry.author)
        self._by.append(number)
        if entry.kind == UPDATE:
            self.brought.add(entry.seq, entry.payload)
            if (moved := shift(entry.payload)) is not None:
                self.shifts.append((entry.seq, moved))
