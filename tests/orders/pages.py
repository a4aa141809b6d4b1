"""A page in somebody's browser: one copy of a section, what it wrote in it, and what it was told is saved.

It comes back to another process each time, sends again what was not answered, whole or in pieces, and may leave frames
behind on the connection it had before. What was called saved is known clock by clock, deletions too.
"""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from crdt import frames
from crdt.frames import AuthKind, Frame, Kind, SyncKind
from crdt.update import Update, decode
from server.connection import Connection
from server.live import Live
from server.outbox import Parcel
from tests.orders.steps import StepLoop

FOR_GOOD = frozenset({"locked", "not-allowed", "not-on-plan", "signed-out", "malformed", "not-yours", "too-big"})
"""After these a page throws its copy away, as the product's does."""
WORDS = ("a", "bc", " der", "é", "😀", "long enough to be cut in the middle")


class Line:
    """The browser's end of a connection."""

    blocked = False

    def __init__(self, page: Page) -> None:
        self.page = page
        self.inbox: deque[bytes] = deque()
        self.closed = False

    def write(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self.inbox.extend(parcel.messages)

    def close(self, code: int, reason: str) -> None:
        self.closed = True

    def pause(self) -> None:
        """Nobody here is slowed down."""

    def resume(self) -> None:
        """Nor resumed."""


class Page:
    """``saved`` are the updates it was told are saved."""

    def __init__(self, dice: random.Random, name: str, role: str, client: int, *, honest: bool = True) -> None:
        self.name = name
        self.role = role
        self.honest = honest
        """False for a copy of somebody else's page: two that write under one client id."""
        self.saved: list[bytes] = []
        self.line: Line | None = None
        self.connection: Connection | None = None
        self.loop: StepLoop | None = None
        self.synced = False
        self.refusals: list[str] = []
        self._dice = dice
        self.begin_anew(client)

    def begin_anew(self, client: int) -> None:
        """A fresh copy; what was not saved is set aside."""
        self.doc: Doc[Any] = Doc(client_id=client)
        self.root: XmlFragment = self.doc.get("prosemirror", type=XmlFragment)
        self.written = 0
        self.pieces: dict[int, bytes] = {}
        """The updates not answered yet, by number."""
        self.waiting: deque[Sequence[int]] = deque()
        """For each message not answered yet: the numbers of the updates in it."""
        self.questions: deque[bytes] = deque()

    # The network

    def come(self, live: Live, loop: StepLoop) -> None:
        """Opens the section on a process; what was under way on the connection before still arrives there."""
        self.go()
        self.line, self.loop = Line(self), loop
        self.connection = live.connect(self.line)
        self.synced = False
        self.waiting.clear()
        self.questions.clear()
        self._send(frames.token(self.name, self.role))
        self._send(frames.sync_step1(self.name, self.doc.get_state()))

    def go(self) -> None:
        """Loses its connection."""
        if self.connection is not None and self.loop is not None:
            self.loop.call_soon(self.connection.gone)
        self.line = self.connection = self.loop = None
        self.synced = False

    @property
    def lost(self) -> bool:
        """It has no connection, or none that is good for anything."""
        return self.connection is None or self.line is None or self.line.closed

    def hear(self, most: int = 1_000) -> None:
        """Takes in what has come."""
        while self.line is not None and self.line.inbox and most:
            most -= 1
            self._take(self.line.inbox.popleft())

    def _take(self, message: bytes) -> None:
        found = frames.decode(message)
        assert isinstance(found, Frame), message
        match found.kind:
            case Kind.AUTH if found.auth is AuthKind.DENIED:
                self.go()
            case Kind.SYNC if found.sync is SyncKind.STEP1:
                assert isinstance(found.body, bytes)
                self.questions.append(found.body)
            case Kind.SYNC:
                assert isinstance(found.body, bytes)
                self._merge(found.body)
                self.synced = self.synced or found.sync is SyncKind.STEP2
            case Kind.SYNC_STATUS:
                self._answered(self.waiting.popleft() if self.waiting else (), good=bool(found.saved))
            case Kind.STATELESS:
                said = json.loads(str(found.body))
                if said["type"] == "refused":
                    self.refusals.append(said["code"])
            case Kind.CLOSE:
                self.go()
                if str(found.body) in FOR_GOOD or self._dice.random() < 0.3:
                    self.begin_anew(self._dice.getrandbits(31))

    def _merge(self, update: bytes) -> None:
        try:
            self.doc.apply_update(update)
        except RuntimeError:
            if self.honest:
                raise
            self.begin_anew(self._dice.getrandbits(31))  # its twin wrote something else under the same clocks

    def _answered(self, numbers: Sequence[int], *, good: bool) -> None:
        if good:
            self.saved += [self.pieces.pop(number) for number in numbers if number in self.pieces]

    def _send(self, frame: bytes) -> None:
        if self.connection is not None and self.loop is not None:
            self.loop.call_soon(self.connection.receive, frame)

    # Writing

    def answer(self) -> None:
        """Tells the server what it asked for."""
        if self.questions and self.synced:
            self.waiting.append(range(self.written))
            self._send(frames.sync_step2(self.name, self.doc.get_update(self.questions.popleft())))

    def send_again(self) -> None:
        """Sends again what was not answered: piece by piece, from somewhere on, all at once, or everything there is."""
        if not self.synced:
            return
        kind = self._dice.randrange(4)
        if kind < 2:
            start = 0 if kind else self._dice.randrange(len(self.pieces) + 1)
            for number, piece in list(self.pieces.items())[start:]:
                self.waiting.append((number,))
                self._send(frames.sync_update(self.name, piece))
            return
        self.waiting.append(range(self.written))
        whole = self.doc.get_update()
        self._send((frames.sync_update if kind == 2 else frames.sync_step2)(self.name, whole))

    def write(self, times: int) -> None:
        """So many changes, each sent at once."""
        for _ in range(times):
            update = self._changed(self._edit())
            if update is not None:
                self.pieces[self.written] = update
                self.waiting.append((self.written,))
                self.written += 1
                self._send(frames.sync_update(self.name, update))

    def _changed(self, edit: Callable[[], None]) -> bytes | None:
        updates: list[bytes] = []
        watching = self.doc.observe(lambda event: updates.append(event.update))
        with self.doc.transaction():
            edit()
        self.doc.unobserve(watching)
        return updates[0] if updates else None

    def _edit(self) -> Callable[[], None]:
        dice = self._dice
        texts = [
            child
            for element in self.root.children
            if isinstance(element, XmlElement)
            for child in element.children
            if isinstance(child, XmlText)
        ]
        kind = dice.randrange(12)
        if not texts or kind == 0:
            return self._paragraph
        text = dice.choice(texts)
        held = "".join(piece for piece, _ in text.diff() if isinstance(piece, str))
        at = dice.randrange(len(held) + 1)
        end = min(len(held), at + dice.randrange(1, 6))
        first, last = len(held[:at].encode()), len(held[:end].encode())
        if kind == 1 and len(self.root.children) > 1:
            return lambda: self.root.children.__delitem__(dice.randrange(len(self.root.children)))
        if kind in (2, 3, 4) and first < last:
            return lambda: text.__delitem__(slice(first, last))
        if kind == 5 and first < last:
            return lambda: text.format(first, last, {"strong": {}})
        if kind < 9:
            first = len(held.encode())
        return lambda: text.insert(first, dice.choice(WORDS))

    def _paragraph(self) -> None:
        dice = self._dice
        heading = dice.random() < 0.3
        element = XmlElement("heading", {"level": dice.choice("34")}) if heading else XmlElement("paragraph")
        made = self.root.children.insert(dice.randrange(len(self.root.children) + 1), element)
        made.children.append(XmlText(dice.choice(WORDS)))

    def twin(self) -> Page:
        """A copy of this page that goes on under the same client id."""
        other = Page(self._dice, self.name, self.role, self.doc.client_id, honest=False)
        other.doc.apply_update(self.doc.get_update())
        return other


def clocks_of(update: bytes) -> tuple[dict[int, list[tuple[int, int]]], dict[int, list[tuple[int, int]]]]:
    """The clocks an update brings and those it deletes, by client: start and end of each stretch."""
    found = decode(update)
    assert isinstance(found, Update)
    brings = {
        client: [(struct.clock, struct.clock + struct.length) for struct in section]
        for client, section in found.structs.items()
    }
    gone = {client: [(start, start + length) for start, length in ranges] for client, ranges in found.deletes.items()}
    return brings, gone
