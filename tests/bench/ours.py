"""Our own server, as a council runs it: sign-in, rights, gate, stamped presence and durable log all on."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from sections.catalogue import LABELS
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.log import SYSTEM, UPDATE, Entry, append_within, document_id
from server.tables import Access, Document, LogEntry, Person, Plan, Snapshot
from tests.bench.peers import HOME, Server
from tests.bench.places import STORE, Place
from tests.bench.running import PORT

WRITABLE = [label for label in LABELS if label != "I"]
DOCS = HOME / "ours.docs"
TOKENS = HOME / "ours.tokens"
BATCH = 1000
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def server(name: str, place: Place, without: str = "", **environment: str) -> Server:
    """``serve`` as a council runs it. ``environment`` switches single settings for a comparison; ``without`` names
    promises that are not kept (``servers/without.py``)."""
    program = [str(HERE / "servers" / "without.py"), without] if without else ["-m", "server.cli"]
    command = [sys.executable, *program, "serve", "--data", str(STORE)]
    own = {
        "ALONGSIDE_PORT": str(PORT),
        "ALONGSIDE_PUBLIC_URL": f"http://127.0.0.1:{PORT}",
        "ALONGSIDE_LOG_LEVEL": "warning",
        "ALONGSIDE_DRAIN_SECONDS": "0",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(HOME / "compiled"),
    }
    return Server(name, command, "hocus", {"PYTHONPATH": str(ROOT), **own, **environment}, durable=True, place=place)


def create(place: Place, *, documents: int, people: int) -> None:
    """A fresh store with so many sections, so many people of its own on each, and a token for everyone."""
    place.fresh()
    settings = place.settings()
    store = Store.open(settings)
    sessions = Sessions(store, settings, load_keys(settings))
    try:
        names, tokens = store.write_sync(lambda db: _fill(db, sessions, documents, people))
    finally:
        store.close()
    DOCS.write_text("\n".join(names))
    TOKENS.write_text("\n".join(tokens))


def _fill(db: Session, sessions: Sessions, documents: int, people: int) -> tuple[list[str], list[str]]:
    now = datetime.now(UTC)
    names: list[str] = []
    tokens: list[str] = []
    while len(names) < documents:
        sections = WRITABLE[: documents - len(names)]
        persons = [_person(db, len(tokens) + number, now) for number in range(people * len(sections))]
        db.flush()
        tokens += [sessions.begin_in(db, person_id, "cli").token for person_id in persons]
        plan_id = _plan(db, f"BENCH-{len(names)}", persons, now)
        names += [f"{plan_id}/{label}" for label in sections]
    return names, tokens


def _person(db: Session, number: int, now: datetime) -> str:
    person_id = uuid.uuid4().hex
    db.add(
        Person(id=person_id, email=f"bench{number}@example.org", name=f"Writer {number}", colour=number, created_at=now)
    )
    return person_id


def _plan(db: Session, reference: str, persons: list[str], now: datetime) -> str:
    plan_id = uuid.uuid4().hex
    officer = persons[0]
    db.add(
        Plan(
            id=plan_id,
            reference=reference,
            child="B",
            stage="drafting",
            stage_since=now,
            created_by=officer,
            created_at=now,
        )
    )
    db.flush()
    for person_id in persons:
        access = Access(plan_id=plan_id, person_id=person_id, role="plan_writer", party="authority", invited_at=now)
        access.invited_by = officer
        db.add(access)
    for label in LABELS:
        db.add(Document(plan_id=plan_id, section=label))
    return plan_id


def seed(place: Place, trace: Path) -> None:
    """Puts a trace of single edits into the first section's log, one entry each, and lets the server's own
    process write the snapshot it would have written on the way."""
    plan_id, section = DOCS.read_text().splitlines()[0].split("/")
    store = Store.open(place.settings())
    try:
        updates = list(_updates(trace.read_bytes()))
        for start in range(0, len(updates), BATCH):
            chunk = updates[start : start + BATCH]
            store.write_sync(lambda db, start=start, chunk=chunk: _append(db, plan_id, section, start, chunk))  # type: ignore[misc]
        document = store.read(lambda db: document_id(db, plan_id, section))
    finally:
        store.close()
    assert document is not None
    snapshot(place, document)


def snapshot(place: Place, document: int) -> float:
    """Has the server's own process build a snapshot; seconds it took."""
    environment = os.environ | place.environment() | {"PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "server.snapshots", str(document)], check=True, env=environment)
    return time.monotonic() - started


def _append(db: Session, plan_id: str, section: str, before: int, updates: list[bytes]) -> None:
    document = db.exec(select(Document).where(Document.plan_id == plan_id, Document.section == section)).one()
    assert document.id is not None
    append_within(db, document.id, before, [Entry(UPDATE, update, SYSTEM) for update in updates])


def _updates(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        (length,) = struct.unpack_from("<I", data, position)
        yield data[position + 4 : position + 4 + length]
        position += 4 + length


def people_on(db: Session, plan_id: str) -> list[str]:
    """Who is on a plan."""
    return list(db.exec(select(Access.person_id).where(Access.plan_id == plan_id)))


def payload_bytes(db: Session, document: int) -> int:
    """What people's edits of a section are, without what the store keeps around them."""
    query = select(func.coalesce(func.sum(func.length(LogEntry.payload)), 0)).where(LogEntry.document_id == document)
    return int(db.exec(query).one())


def snapshot_bytes(db: Session, document: int) -> int:
    """The newest snapshot of a section, with its ledger."""
    size = func.length(Snapshot.payload) + func.length(Snapshot.ledger)
    query = select(size).where(Snapshot.document_id == document).order_by(col(Snapshot.seq).desc()).limit(1)
    return int(db.exec(query).first() or 0)
