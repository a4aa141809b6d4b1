"""A database of the first released form, full of data, brought up to date: every word, right and act is still there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlmodel import Session, select

from sections.catalogue import LABELS
from server.database import Store
from server.log import document_id, rows_after
from server.migrations import migrate
from server.settings import Settings
from server.snapshots import load
from server.tables import Plan
from server.verify import verify
from tests.databases import fresh_database

FIRST = "0001"
TRIGGERS = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal",
}


def brought_to(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def copied(origin: Engine, to: Engine) -> None:
    """Fills the tables of an older form with the rows of today's, column by column."""
    old, today = MetaData(), MetaData()
    old.reflect(to)
    today.reflect(origin)
    with origin.connect() as source, to.begin() as target:
        for table in old.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [
                {name: value for name, value in row._mapping.items() if name in table.columns}
                for row in source.execute(today.tables[table.name].select())
            ]
            if rows:
                target.execute(table.insert(), [_aware(row) for row in rows])


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
        for name, value in row.items()
    }


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "SQLite":
        yield Settings(data_dir=tmp_path / "old")
        return
    with fresh_database(migrated=False) as url:
        yield Settings(data_dir=tmp_path / "old", database_url=url)


def test_the_first_released_tables_with_a_whole_plan_in_them_are_upgraded(
    settings: Settings, example_store: Path
) -> None:
    made = Store.open(Settings(data_dir=example_store))
    url = settings.database_url or f"sqlite:///{settings.data_dir / 'alongside.sqlite3'}"
    settings.data_dir.mkdir()
    engine = create_engine(url)
    brought_to(engine, FIRST)
    copied(made.engine, engine)
    migrate.bring_up_to_date(engine, upgrade=True)
    engine.dispose()

    def texts(session: Session) -> dict[str, tuple[int, str]]:
        plan = session.exec(select(Plan)).one()
        found = {}
        for label in LABELS:
            document = document_id(session, plan.id, label)
            assert document is not None
            content = load(session, document)
            found[label] = (len(list(rows_after(session, document, 0))), content.hash())
        return found

    store = Store.open(settings)
    try:
        assert store.read(texts) == made.read(texts)
        assert [result.line for result in verify(store, settings, live={}) if not result.ok] == []
    finally:
        store.close()
        made.close()


def test_every_table_that_rights_rest_on_tells_of_its_changes(settings: Settings) -> None:
    settings.data_dir.mkdir()
    url = settings.database_url or f"sqlite:///{settings.data_dir / 'alongside.sqlite3'}"
    engine = create_engine(url)
    migrate.bring_up_to_date(engine, upgrade=True)
    with engine.connect() as connection:
        triggers = connection.execute(text(TRIGGERS[engine.dialect.name])).scalar_one()
    engine.dispose()
    assert triggers == (21 if settings.database_url is None else 7)
