"""The reason for a move went into the audit trail as typed, names and all, although the trail holds no names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session, select

from server.database import Store
from server.day import today
from server.migrations import migrate
from server.settings import Settings
from server.tables import AuditEvent, StageMove
from tests.server.site import Site

WHY = "Sami Okafor's mother asked us to."
ENTRIES = {
    "old-1": {"origin": "draft_served", "to": "finalising", "early_reason": WHY},
    "old-2": {"origin": "drafting", "to": "draft_served"},
}


async def test_the_trail_only_says_that_a_reason_was_given(site: Site) -> None:
    site.stage("draft_served", draft_served_on=today())
    signer = site.program("signing_officer")
    moved = await signer.post(f"{site.api}/stage", json={"to": "finalising", "early_reason": WHY})
    assert 200 == moved.status_code, moved.text
    trail = await signer.get(f"{site.api}/audit")
    assert "Sami" not in trail.text
    assert trail.json()[0]["detail"]["reason_given"] is True
    everything = site.store.read(lambda db: [one.detail for one in db.exec(select(AuditEvent))])
    assert "Sami" not in json.dumps(everything)
    made = site.store.read(lambda db: db.exec(select(StageMove)).one())
    assert (WHY, "", "draft_served", "finalising") == (made.early_reason, made.eotas_reason, made.origin, made.to)
    assert site.people["signing_officer"].id == made.by


async def test_only_those_who_see_the_record_read_the_reason(site: Site) -> None:
    site.stage("draft_served", draft_served_on=today())
    sent = {"to": "finalising", "early_reason": "Because <b>we</b> may."}
    assert 200 == (await site.program("signing_officer").post(f"{site.api}/stage", json=sent)).status_code
    for role in site.people:
        client = site.program(role)
        officer = role in ("case_officer", "signing_officer")
        page = (await client.get(f"{site.home}/stage")).text
        assert officer is ("Because &lt;b&gt;we&lt;/b&gt; may." in page), role
        assert officer is ("Because &lt;b&gt;we" in (await client.get(f"{site.home}/record")).text), role
        assert "Because" not in (await client.get(f"{site.api}/stage")).text


@pytest.fixture
def old_store(tmp_path: Path) -> Settings:
    """A store as the first tables made it, with reasons in its audit trail."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "server:migrations")
    engine = create_engine(f"sqlite:///{tmp_path / 'alongside.sqlite3'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO person (id, email, name, is_staff, colour, created_at)"
                " VALUES ('p', 'p@example.org', 'P', 1, 0, '2026-11-01 09:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO plan (id, reference, child, stage, stage_since, is_example, created_by, created_at) VALUES"
                " ('plan', 'EX-1', 'S', 'finalising', '2026-11-01 09:00:00', 0, 'p', '2026-11-01 09:00:00')"
            )
        )
        for detail in ENTRIES.values():
            connection.execute(
                text(
                    "INSERT INTO audit_event (at, act, plan_id, person_id, detail)"
                    " VALUES ('2026-11-02 10:00:00', 'stage-moved', 'plan', 'p', :detail)"
                ),
                {"detail": json.dumps(detail)},
            )
    engine.dispose()
    return Settings(data_dir=tmp_path)


def test_a_store_made_before_keeps_its_reasons_and_clears_its_trail(old_store: Settings) -> None:
    def read(db: Session) -> tuple[list[dict[str, object]], list[StageMove]]:
        trail = db.exec(select(AuditEvent).order_by(AuditEvent.id))  # type: ignore[arg-type]
        return [one.detail for one in trail], list(db.exec(select(StageMove).order_by(StageMove.id)))  # type: ignore[arg-type]

    store = Store.open(old_store)
    try:
        assert migrate.HEAD == migrate.current(store.engine)
        trail, moves = store.read(read)
    finally:
        store.close()
    assert [
        {"origin": "draft_served", "to": "finalising", "reason_given": True, "move": moves[0].id},
        {"origin": "drafting", "to": "draft_served"},
    ] == trail
    assert [(WHY, "finalising", "p", "plan"), ("", "draft_served", "p", "plan")] == [
        (one.early_reason, one.to, one.by, one.plan_id) for one in moves
    ]
    assert "2026-11-02T10:00:00+00:00" == moves[0].at.isoformat()
