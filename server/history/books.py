"""Histories as far as they have been read: bursts, who brought which words, and the text at any moment.

All of it is worked out from the log, in one thread of its own, so that no reader of an old text keeps a room or the
event loop waiting; what is kept of it is bounded, and can be thrown away at any time. Routes ask it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlmodel import Session

from crdt.authorship import Written
from crdt.blocks import Tree, content_hash, document
from crdt.parts import unpack
from crdt.replica import Replica, ReplicaBroken
from crdt.wire import Malformed
from server.codes import Code, PlanError
from server.database import Store
from server.history import rows
from server.history.book import Book, Hands
from server.log import head
from server.settings import Settings
from server.snapshots import newest

log = structlog.get_logger("alongside.history")
T = TypeVar("T")

_BOOKS = 32
"""Documents whose bursts are kept."""
_STEP = 4000
"""A state is kept every so many entries, so that a later question need not begin at the first."""
_LONG_BYTES = 256 * 1024
_TREES = 64
_FOR_ONE = 4
"""Questions of one person that may wait at a time."""


class NoHistory(PlanError):
    """A history cannot be read now."""

    code = Code.BUSY


class TooManyQuestions(PlanError):
    """One person has asked about many histories at once."""

    code = Code.TOO_FAST


@dataclass(frozen=True, slots=True)
class Moment:
    """A document as it was after entry ``seq``: its text, and all of it as one update."""

    seq: int
    tree: Tree
    update: bytes
    document: int = 0


@dataclass(slots=True)
class Known:
    """What takes long to find out about one moment, passage by passage in the order of its text; None: not yet."""

    references: tuple[str, ...] | None = None
    """How addresses name them (``places.reference``)."""
    written: tuple[tuple[Written, ...], ...] | None = None
    """Which entry brought which of their words."""


class Histories:
    """Every history of one server. Ask with ``ask``; the rest is for what is asked, in the reading thread."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._most_waiting = settings.history_waiting
        self._most_bytes = settings.history_bytes
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="history-reader")
        self._asking: Counter[str] = Counter()
        self._books: OrderedDict[int, Book] = OrderedDict()
        self._states: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._trees: OrderedDict[tuple[int, int], Tree] = OrderedDict()
        self._most_known = settings.history_moments
        self._known: OrderedDict[tuple[int, int], Known] = OrderedDict()

    async def ask(self, who: str, question: Callable[[Session, Histories], T]) -> T:
        """The answer, read in the history's own thread at one committed moment of the store.

        ``who`` asks; a person waits for a few answers at a time, so that nobody keeps the others from theirs.
        """
        if self._asking[who] >= _FOR_ONE:
            raise TooManyQuestions
        if self._asking.total() >= self._most_waiting:
            raise NoHistory("too many histories are being read")
        self._asking[who] += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._store.read, lambda db: question(db, self))
        future.add_done_callback(lambda done: self._answered(who, done))
        return await asyncio.shield(future)  # it is being read, and counts, also when whoever asked has gone

    def _answered(self, who: str, done: asyncio.Future[Any]) -> None:
        if not done.cancelled():
            done.exception()  # whoever asked has it, if they are still there
        self._asking[who] -= 1
        if not self._asking[who]:
            del self._asking[who]

    def close(self) -> None:
        """Waits for what is being read."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    # For questions

    def book(self, db: Session, document_id: int) -> Book:
        """The document's story up to now."""
        book = self._books.pop(document_id, None) or Book()
        if book.story.seq > head(db, document_id):  # the store is an older copy of itself
            book = Book()
            self._forget(document_id)
        book.read(db, document_id)
        self._books[document_id] = book
        while len(self._books) > _BOOKS:
            self._books.popitem(last=False)
        return book

    def hands(self, db: Session, document_id: int) -> Hands:
        """Who brought which words of the document, up to now."""
        return self.book(db, document_id).hands(db, document_id)

    def known(self, moment: Moment) -> Known:
        """What has been found out about a moment, to be added to."""
        key = (moment.document, moment.seq)
        known = self._known[key] = self._known.pop(key, Known())
        while len(self._known) > self._most_known:
            self._known.popitem(last=False)
        return known

    def moments(self, db: Session, document_id: int, wanted: Iterable[int]) -> dict[int, Moment]:
        """The document after each of these entries."""
        found: dict[int, Moment] = {}
        replica: Replica | None = None
        at = 0
        try:
            for seq in sorted(set(wanted)):
                if seq <= 0:
                    found[seq] = Moment(0, document([]), b"\0\0", document_id)
                    continue
                kept = self._kept(document_id, seq)
                if kept is not None and (tree := self._trees.get((document_id, seq))) is not None:
                    found[seq] = Moment(seq, tree, kept, document_id)
                    continue
                if replica is None or self._nearer(document_id, at, seq):
                    replica, at = self._begun(db, document_id, seq)
                at = self._played(db, document_id, replica, at, seq)
                found[seq] = self._seen(document_id, seq, replica)
        except ReplicaBroken as broken:
            log.critical("history_broken", document=document_id, error=str(broken))
            self._forget(document_id)
            raise NoHistory("the engine could not take the log") from broken
        return found

    def _begun(self, db: Session, document_id: int, seq: int) -> tuple[Replica, int]:
        """The nearest state before this entry that is known; of a long text the nearest that is stored in parts.

        The engine lets nobody else have a turn while it takes a whole one up.
        """
        best = max((at for one, at in self._states if one == document_id and at <= seq), default=0)
        long = len(self._states.get((document_id, best), b"")) > _LONG_BYTES
        row = newest(db, document_id, seq) if long or seq - best > _STEP else None
        if row is not None and (long or row.seq > best):
            parts = unpack(row.payload)
            if not isinstance(parts, Malformed):
                replica = Replica()
                replica.apply_many(parts.each())
                if content_hash(replica.tree()) == row.content_hash:
                    return replica, row.seq
            log.error("snapshot_unfit", document=document_id, seq=row.seq)
        replica = Replica()
        if best:
            replica.apply(self._states[document_id, best])
        return replica, best

    def _nearer(self, document_id: int, at: int, seq: int) -> bool:
        return any(one == document_id and at < other <= seq for one, other in self._states)

    def _played(self, db: Session, document_id: int, replica: Replica, at: int, seq: int) -> int:
        for last, portion in rows.updates(db, document_id, at, seq):
            replica.apply_many(portion)
            if last // _STEP != at // _STEP and last < seq:
                self._keep(document_id, last, replica.full_update())
            at = last
        return seq

    def _seen(self, document_id: int, seq: int, replica: Replica) -> Moment:
        moment = Moment(seq, replica.tree(), replica.full_update(), document_id)
        self._keep(document_id, seq, moment.update)
        self._trees[document_id, seq] = moment.tree
        while len(self._trees) > _TREES:
            self._trees.popitem(last=False)
        return moment

    def _kept(self, document_id: int, seq: int) -> bytes | None:
        kept = self._states.get((document_id, seq))
        if kept is not None:
            self._states.move_to_end((document_id, seq))
        return kept

    def _keep(self, document_id: int, seq: int, update: bytes) -> None:
        self._bytes += len(update) - len(self._states.pop((document_id, seq), b""))
        self._states[document_id, seq] = update
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._states.popitem(last=False)[1])

    def _forget(self, document_id: int) -> None:
        for key in [key for key in self._states if key[0] == document_id]:
            self._bytes -= len(self._states.pop(key))
        for some in (self._trees, self._known):
            for key in [key for key in some if key[0] == document_id]:
                del some[key]
