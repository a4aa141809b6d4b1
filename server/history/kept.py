"""A section's story kept beside its log, so that nobody who looks at a long history waits for all of it to be read.

It is worked out from the log, says nothing that the log does not, and can be thrown away at any time; ``verify``
compares it. It is written by the process that builds snapshots, and read by ``book``.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlmodel import Session, col

from sections.history import PAUSE_SECONDS, TOGETHER_SECONDS, Burst, Event, Moved, Story
from server.database import Store
from server.history import rows
from server.history.tables import KeptStory
from server.layers import is_layer
from server.log import SYSTEM, head
from server.tables import Document

log = structlog.get_logger("alongside.history")

ALONE = frozenset({SYSTEM})
"""Who is never told as writing together with others."""

_FORM = [1, PAUSE_SECONDS, TOGETHER_SECONDS]
"""What was kept by other rules, or in another form, is not read."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


def load(db: Session, document: int) -> Story | None:
    """The story as far as it is kept; None where none is, or it cannot be read."""
    row = db.get(KeptStory, document)
    if row is None or row.seq > head(db, document):
        return None
    try:
        return Story(ALONE, _unpacked(row.payload), row.seq)
    except (ValueError, TypeError, IndexError, zlib.error, OverflowError):
        log.error("story_unreadable", document=document, seq=row.seq)
        return None


def go_on(db: Session, document: int, story: Story) -> Story:
    """The same story, with everything that was written since."""
    for portion in rows.lines(db, document, story.seq):
        story.take(portion)
    return story


def keep(store: Store, document: int, every: int) -> None:
    """Keeps the story of a section as it is now, once it has grown by so many entries since it was kept."""
    if store.read(lambda db: is_layer(db.get_one(Document, document).section)):
        return  # it has no history to see
    if store.read(lambda db: head(db, document) - _kept(db, document)) < every:
        return
    story = store.read(lambda db: go_on(db, document, load(db, document) or Story(ALONE)))
    row = KeptStory(document_id=document, seq=story.seq, payload=_packed(story.events))
    store.write_sync(lambda db: db.merge(row))


def differs(db: Session, document: int) -> int | None:
    """Up to which entry a story is kept that the log does not tell; None where none is, or it is not read anyway."""
    kept = load(db, document)
    if kept is None:
        return None
    told = Story(ALONE)
    for portion in rows.lines(db, document, 0):
        told.take(line for line in portion if line.seq <= kept.seq)
    return None if (kept.seq, kept.events) == (told.seq, told.events) else kept.seq


def _kept(db: Session, document: int) -> int:
    return (
        db.execute(select(col(KeptStory.seq)).where(col(KeptStory.document_id) == document)).scalar_one_or_none() or 0
    )


def _packed(events: list[Event]) -> bytes:
    names: dict[str, int] = {}
    plain: list[list[Any]] = []
    for event in events:
        if isinstance(event, Moved):
            plain.append([event.seq, _number(event.at), event.stage])
            continue
        authors = [(names.setdefault(author, len(names)), count) for author, count in event.authors.items()]
        plain.append([event.first, event.last, _number(event.begun), _number(event.ended), *sum(authors, ())])
    return zlib.compress(json.dumps([_FORM, list(names), plain], separators=(",", ":")).encode())


def _unpacked(payload: bytes) -> Iterator[Event]:
    form, names, plain = json.loads(zlib.decompress(payload))
    if form != _FORM:
        raise ValueError("kept by other rules")
    for one in plain:
        if len(one) == 3:
            yield Moved(one[0], _time(one[1]), one[2])
        else:
            first, last, begun, ended, *authors = one
            counts = {names[number]: count for number, count in zip(authors[::2], authors[1::2], strict=True)}
            yield Burst(first, last, _time(begun), _time(ended), counts)


def _number(at: datetime) -> int:
    return (at - _EPOCH) // _MOMENT


def _time(number: int) -> datetime:
    return _EPOCH + number * _MOMENT
