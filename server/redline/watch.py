"""Who changed which proposal, read from a layer's log: the only place where authors come from.

A watch follows one layer entry by entry. Where decisions stand, it looks before every entry that takes something back,
so that words changed and changed back are still seen to have changed; elsewhere only where the author changes. The
registrar drives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, select

from crdt.schema import LAYER
from crdt.structs import ANY, Update
from crdt.update import decode
from crdt.wire import Malformed
from sections.redline.baseline import Baseline
from sections.redline.layer import layer_of
from sections.redline.records import Record, records
from sections.redline.register import record_hash
from server.log import UPDATE, Row
from server.replay import LOG_LIMITS, Content
from server.tables import LogEntry

_ONE_MOMENT = timedelta(seconds=2)
"""Words that one person wrote within this time are told of at the time of the last."""


class Stamped(NamedTuple):
    """One entry of a log, and when it was written."""

    row: Row
    at: datetime


@dataclass(frozen=True, slots=True)
class Touch:
    """What one run of one person's entries did to one proposal. ``before`` is None for a new one."""

    record: Record
    hash: str
    before: Record | None
    by: str
    at: datetime


class Watch:
    """One layer as of entry ``seq``: its proposals by key, and their hashes."""

    def __init__(self, baseline: Baseline, side: str, content: Content | None = None) -> None:
        self.baseline = baseline
        self.side = side
        self._content = Content(schema=LAYER) if content is None else content
        self.known: Mapping[str, Record] = {}
        self.hashes: dict[str, str] = {}
        self._look()

    @property
    def seq(self) -> int:
        return self._content.seq

    @property
    def content(self) -> Content:
        """The document itself; never change it."""
        return self._content

    def take(self, entries: Iterable[Stamped], *, closely: bool) -> list[Touch]:
        """Follows these entries; what became of each proposal, in order. Raises what a replay raises."""
        touches: list[Touch] = []
        pending: Stamped | None = None
        for entry in entries:
            if pending is not None and _apart(pending, entry, closely=closely):
                touches += self._touches(pending)
            self._content.take((entry.row,))
            pending = entry if entry.row.kind == UPDATE else pending
        if pending is not None:
            touches += self._touches(pending)
        return touches

    def _touches(self, last: Stamped) -> list[Touch]:
        before, hashes = self.known, self.hashes
        self._look()
        changed = [key for key in self.known if self.hashes[key] != hashes.get(key)]
        return [Touch(self.known[key], self.hashes[key], before.get(key), last.row.author, last.at) for key in changed]

    def _look(self) -> None:
        known = records(self.baseline, {self.side: layer_of(self._content.tree())})
        old, hashes = self.known, self.hashes
        self.hashes = {
            key: hashes[key] if old.get(key) == record else record_hash(self.baseline, record)
            for key, record in known.items()
        }
        self.known = known


def _apart(pending: Stamped, entry: Stamped, *, closely: bool) -> bool:
    """Whether what an entry does is told apart from what went before: another hand, another moment, or a way back."""
    if entry.row.author != pending.row.author or entry.at - pending.at > _ONE_MOMENT:
        return True
    return closely and takes_back(entry.row)


def takes_back(row: Row) -> bool:
    """Whether an entry may make words what they were before: it deletes something, or sets a value anew."""
    update = decode(row.payload, LOG_LIMITS)
    return isinstance(update, Malformed) or bool(update.deletes) or _sets_a_value(update)


def _sets_a_value(update: Update) -> bool:
    return any(struct.kind == ANY for structs in update.structs.values() for struct in structs)


def stamped_after(session: Session, document: int, seq: int) -> Iterator[Stamped]:
    """Committed entries after ``seq``, in order, with their times."""
    entries = session.exec(
        select(LogEntry).where(LogEntry.document_id == document, col(LogEntry.seq) > seq).order_by(col(LogEntry.seq))
    )
    for entry in entries:
        yield Stamped(Row(entry.seq, entry.kind, entry.payload, entry.author), entry.at)
