"""A store for crash tests: one plan, its people, and a token for each of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from crdt.blocks import plain_text
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.settings import Settings
from server.snapshots import replayed
from server.tables import Document
from server.verify import verify
from tests.live_serving import make_plan

ROLES = ("parent", "case_officer", "plan_writer", "senco")


@dataclass(frozen=True)
class Made:
    """What a test needs to know of its store."""

    settings: Settings
    plan: str
    tokens: dict[str, str]

    def name(self, section: str) -> str:
        return f"{self.plan}/{section}"


def make(data: Path, **given: Any) -> Made:
    """A fresh store in this folder, or in the database that is given."""
    settings = Settings(data_dir=data, **given)
    store = Store.open(settings)
    sessions = Sessions(store, settings, load_keys(settings))

    def fill(session: Session) -> tuple[str, dict[str, str]]:
        plan, people = make_plan(session)
        session.flush()
        return plan, {role: sessions.begin_in(session, people[role], "cli").token for role in ROLES}

    try:
        plan, tokens = store.write_sync(fill)
    finally:
        store.close()
    return Made(settings, plan, tokens)


def texts(made: Made) -> dict[str, str]:
    """What every section says, replayed from its log alone; fails when the store is not sound."""
    store = Store.open(made.settings)
    try:
        unsound = [result.line for result in verify(store, made.settings, live={}) if not result.ok]
        assert unsound == []

        def read(session: Session) -> dict[str, str]:
            documents = session.exec(select(Document.id, Document.section).order_by(col(Document.id))).all()
            return {
                section: plain_text(replayed(session, number).tree())
                for number, section in documents
                if number is not None
            }

        return store.read(read)
    finally:
        store.close()
