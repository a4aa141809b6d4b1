"""Our own server, as a council runs it: sign-in, rights, gate, stamped presence and durable log all on."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, select

from sections.catalogue import LABELS
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.log import SYSTEM, UPDATE, Entry, append_within, document_id
from server.settings import Settings
from server.tables import Access, Document, Person, Plan
from tests.bench.peers import DATA, HOME, Server
from tests.bench.running import PORT

WRITABLE = [label for label in LABELS if label != "I"]
STORE = DATA / "ours"
DOCS = HOME / "ours.docs"
TOKENS = HOME / "ours.tokens"
BATCH = 1000


def server(**environment: str) -> Server:
    """``serve`` as a council runs it. ``environment`` switches single settings for a comparison."""
    command = [sys.executable, "-m", "server.cli", "serve", "--data", str(STORE)]
    own = {
        "ALONGSIDE_PORT": str(PORT),
        "ALONGSIDE_PUBLIC_URL": f"http://127.0.0.1:{PORT}",
        "ALONGSIDE_LOG_LEVEL": "warning",
    }
    root = Path(__file__).resolve().parents[2]
    return Server(
        "Alongside", command, "hocus", {"PYTHONPATH": str(root), **own, **environment}, durable=True, ours=True
    )


def create(*, documents: int, people: int) -> None:
    """A fresh store with so many sections, so many people of its own on each, and a token for everyone."""
    settings = Settings(data_dir=STORE)
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


def seed(trace: Path) -> None:
    """Puts a trace of single edits into the first section's log, one entry each, and lets the server's own
    process write the snapshot it would have written on the way."""
    plan_id, section = DOCS.read_text().splitlines()[0].split("/")
    settings = Settings(data_dir=STORE)
    store = Store.open(settings)
    try:
        updates = list(_updates(trace.read_bytes()))
        for start in range(0, len(updates), BATCH):
            chunk = updates[start : start + BATCH]
            store.write_sync(lambda db, start=start, chunk=chunk: _append(db, plan_id, section, start, chunk))  # type: ignore[misc]
        document = store.read(lambda db: document_id(db, plan_id, section))
    finally:
        store.close()
    environment = os.environ | {"ALONGSIDE_DATA_DIR": str(STORE)}
    subprocess.run([sys.executable, "-m", "server.snapshots", str(document)], check=True, env=environment)


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
