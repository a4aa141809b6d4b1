"""The end of every fault test: all processes show one text, the log agrees, and everybody's books are right in it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from crdt.blocks import content_hash, plain_text
from crdt.replica import Replica
from crdt.update import Update, decode
from server.database import Store
from server.layers import schema_of
from server.log import MODE, UPDATE, Row
from server.replay import Content
from server.settings import Settings
from server.snapshots import replayed
from server.tables import Document, LogEntry
from server.verify import verify
from tests.faults.several import Made, Several
from tests.faults.writers import Scribe
from tests.live_client import LiveClient, Section

ONE_TEXT_WITHIN = 15.0


async def audit(several: Several, made: Made, scribes: Sequence[Scribe], role: str = "parent") -> None:
    """All of it, with every process running and connected, and nobody writing."""
    names = sorted({scribe.name for scribe in scribes})
    await asyncio.to_thread(_look_at_log, several, made, scribes)
    readers = [await LiveClient.connect(url) for url in several.urls]
    try:
        for name in names:
            await _one_text(several, made, [await reader.open(name, made.tokens[role]) for reader in readers])
        # the sections are open on every process now: all of them are asked
        unsound = await asyncio.to_thread(_unsound, several, made)
    finally:
        for reader in readers:
            reader.vanish()
    assert unsound == []


async def _one_text(several: Several, made: Made, sections: Sequence[Section]) -> None:
    name = sections[0].name
    expected = await asyncio.to_thread(_hash_of_log, several, made, name.partition("/")[2])
    for section in sections:
        await section.client.until(lambda section=section: hash_of(section) == expected, ONE_TEXT_WITHIN)


def hash_of(section: Section) -> str:
    """The content hash of a client's copy."""
    replica = Replica(schema_of(section.name.partition("/")[2]))
    replica.apply(section.doc.get_update())
    return content_hash(replica.tree())


def _hash_of_log(several: Several, made: Made, section: str) -> str:
    with several.store() as store:
        return store.read(lambda db: replay(db, made.plan, section).hash())


def replay(db: Session, plan: str, section: str) -> Content:
    """A document, from its log alone."""
    number = db.exec(select(Document.id).where(Document.plan_id == plan, Document.section == section)).one()
    assert number is not None
    return replayed(db, number)


def _look_at_log(several: Several, made: Made, scribes: Sequence[Scribe]) -> None:
    with several.store() as store:
        numbers_are_complete(store, made.plan)
        check_books(store, made.plan, scribes)
        nothing_after_a_lock(store, made.plan)


def _unsound(several: Several, made: Made) -> list[str]:
    with several.store() as store:
        return unsound(store, several.settings)


def unsound(store: Store, settings: Settings) -> list[str]:
    """What ``alongside verify`` complains of."""
    return [result.line for result in verify(store, settings) if not result.ok]


def check_books(store: Store, plan: str, scribes: Iterable[Scribe]) -> None:
    """Every word called saved is there once; every other one at most once; everybody's words in their order."""
    texts: dict[str, str] = {}
    for scribe in scribes:
        section = scribe.name.partition("/")[2]
        if section not in texts:
            texts[section] = store.read(lambda db, section=section: plain_text(replay(db, plan, section).tree()))
        check_book(scribe, texts[section])


def check_book(scribe: Scribe, text: str) -> None:
    """One writer's words in one text."""
    found = [word for word in text.split() if word.startswith(f"{scribe.mark}.")]
    doubled = [word for word, count in Counter(found).items() if count > 1]
    lost = sorted(set(scribe.acked) - set(found))
    assert doubled == [], f"{scribe.mark}: twice in the text"
    assert lost == [], f"{scribe.mark}: called saved and lost"
    assert found == scribe.sent[: len(found)], f"{scribe.mark}: out of order"


def nothing_after_a_lock(store: Store, plan: str) -> None:
    """In every log of the plan: no edit follows a lock that was not lifted before it."""

    def read(db: Session) -> list[tuple[str, int]]:
        rows = db.exec(
            select(Document.section, LogEntry.seq, LogEntry.kind, LogEntry.payload)
            .join(LogEntry, col(LogEntry.document_id) == Document.id)
            .where(Document.plan_id == plan)
            .order_by(Document.section, col(LogEntry.seq))
        )
        locked: dict[str, bool] = defaultdict(bool)
        late: list[tuple[str, int]] = []
        for section, seq, kind, payload in rows:
            if kind == MODE:
                locked[section] = json.loads(payload)["mode"] != "open"
            elif kind == UPDATE and locked[section]:
                late.append((section, seq))
        return late

    assert store.read(read) == []


def one_owner_each(rows: Iterable[Row]) -> bool:
    """Whether every client id was only ever written under by one person."""
    owners: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        if row.kind == UPDATE:
            found = decode(row.payload)
            assert isinstance(found, Update)
            for client in found.structs:
                owners[client].add(row.author)
    return all(len(people) == 1 for people in owners.values())


def numbers_are_complete(store: Store, plan: str) -> None:
    """In every log of the plan: entries 1 to the head's number, none missing."""

    def read(db: Session) -> list[str]:
        wrong = []
        for document in db.exec(select(Document).where(Document.plan_id == plan)):
            query = select(LogEntry.seq).where(LogEntry.document_id == document.id).order_by(col(LogEntry.seq))
            if list(db.exec(query)) != list(range(1, document.seq + 1)):
                wrong.append(document.section)
        return wrong

    assert store.read(read) == []
