"""What changed in a section since somebody last looked, in words; and up to where they have looked.

A section counts as looked at when its page is opened, and again when a page that showed it live is left: what others
wrote under somebody's eyes is no news. Nobody is told of what they wrote themselves. Routes use it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from sections.history import since_words
from server.acts import Office
from server.database import StoreFailed
from server.day import london
from server.history import rows
from server.history.books import Histories, NoHistory, TooManyQuestions
from server.history.tables import SectionSeen
from server.history.telling import show
from server.log import SYSTEM, document_id, head
from server.plan_access import Standing

_PATIENCE_SECONDS = 0.4
"""A section's page does not wait longer for the words; it then says only that something changed."""


@dataclass(frozen=True, slots=True)
class News:
    """What a page says: in words, and between which entries to look."""

    words: str
    since: int
    upto: int


@dataclass(frozen=True, slots=True)
class _Look:
    document: int
    head: int
    seen: SectionSeen | None
    others: bool


def _look(db: Session, plan_id: str, section: str, person_id: str) -> _Look | None:
    document = document_id(db, plan_id, section)
    if document is None:
        return None
    seen = db.get(SectionSeen, (document, person_id))
    others = seen is not None and rows.others_wrote(db, document, seen.seq, person_id, SYSTEM)
    return _Look(document, head(db, document), seen, others)


async def news(office: Office, histories: Histories, standing: Standing, section: str) -> News | None:
    """What others changed since this person last looked; None where nobody did, or they look for the first time."""
    plan_id, person_id = standing.plan.id, standing.access.person_id
    look = await office.store.aread(lambda db: _look(db, plan_id, section, person_id))
    if look is None or look.seen is None or not look.others:
        return None
    since, upto, on = look.seen.seq, look.head, london(look.seen.at).date()
    asked = asyncio.ensure_future(
        histories.ask(person_id, lambda db, these: show(db, these, plan_id, section, upto, since))
    )
    try:
        shown = await asyncio.wait_for(asyncio.shield(asked), _PATIENCE_SECONDS)
    except (TimeoutError, NoHistory, TooManyQuestions):
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())  # the next page has it
        return News(since_words(on, (), None), since, upto)
    if shown.compared.same:
        return None
    names = [one.name if one.person_id != person_id else "you" for one in shown.authors if one.person_id != SYSTEM]
    return News(since_words(on, names, shown.compared.changes), since, upto)


async def looked(office: Office, plan_id: str, section: str, person_id: str) -> None:
    """Remembers that this person has the section as it is now in front of them."""
    now = datetime.now(UTC)

    def write(db: Session) -> None:
        document = document_id(db, plan_id, section)
        if document is None:
            return
        upto = head(db, document)
        seen = db.get(SectionSeen, (document, person_id))
        if seen is None:
            db.add(SectionSeen(document_id=document, person_id=person_id, seq=upto, at=now))
        elif seen.seq != upto or london(seen.at).date() != london(now).date():
            seen.seq, seen.at = max(upto, seen.seq), now
            db.add(seen)

    try:
        await office.store.write(write)
    except (StoreFailed, IntegrityError):
        pass  # what they have seen is told again: no harm
