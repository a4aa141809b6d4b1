"""A store from before sections were remembered as seen: it is brought up to date, and nobody is told of old news."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import Session, select

from server.database import Store
from server.history.tables import SectionSeen
from server.settings import Settings
from server.tables import Document, Person, Plan

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)


def test_a_store_with_people_and_text_gets_the_table_and_keeps_what_it_had(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = Store.open(settings)

    def write(db: Session) -> None:
        db.add(Person(id="a" * 32, email="a@example.org", name="A", created_at=NOW))
        db.flush()
        plan = {"stage": "drafting", "stage_since": NOW, "created_by": "a" * 32, "created_at": NOW}
        db.add(Plan(id="b" * 32, reference="41", child="S", **plan))
        db.flush()
        db.add(Document(id=1, plan_id="b" * 32, section="B", seq=7))

    store.write_sync(write)
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    with store.engine.execution_options(writes=True).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        assert not list(connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'section_seen'")))
    store.close()
    again = Store.open(settings)
    assert [7] == again.read(lambda db: list(db.exec(select(Document.seq))))
    again.write_sync(lambda db: db.add(SectionSeen(document_id=1, person_id="a" * 32, seq=7, at=NOW)))
    assert [(7, NOW)] == [(one.seq, one.at) for one in again.read(lambda db: list(db.exec(select(SectionSeen))))]
    again.close()
