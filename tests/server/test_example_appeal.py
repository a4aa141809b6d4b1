"""The second example in a store: by the acts a server uses, as the logs say, and with the statuses its data says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from crdt.blocks import content_hash
from crdt.schema import LAYER
from sections import example as drafts
from sections import example_appeal as stories
from sections.catalogue import LABELS
from sections.redline.baseline import to_value
from sections.redline.layer import layer_of
from sections.redline.records import records
from sections.redline.views import since
from server import example, example_appeal
from server.database import Store
from server.layers import SIDES, layer_name, open_appeal
from server.log import UPDATE, document_id
from server.redline.issued import sections_of
from server.redline.registrar import Followed, baseline_of_appeal, catch_up
from server.redline.rows import proposals_of
from server.redline.state import SectionState, state_of
from server.redline.tables import Appeal, LastLook, Proposal, ProposalConfirmation
from server.redline.versions import changes_between, frozen_section, newest, thawed, versions_of
from server.settings import Settings
from server.snapshots import replayed
from server.tables import AuditEvent, Document, LogEntry, Person, Plan, StageMove
from server.verify import verify

TODAY = date(2026, 11, 4)
STORY = stories.load(TODAY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with both examples, made once."""
    folder = tmp_path_factory.mktemp("both")
    store = Store.open(Settings(data_dir=folder))
    assert example.create(store)
    assert example_appeal.create(store, TODAY)
    store.close()
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it that a test may spoil."""
    shutil.copytree(made, tmp_path / "data")
    found = Store.open(Settings(data_dir=tmp_path / "data"))
    yield found
    found.close()


def plan_of(db: Session) -> Plan:
    return db.exec(select(Plan).where(Plan.reference == stories.reference())).one()


def appeal_of(db: Session) -> Appeal:
    return db.exec(select(Appeal).where(Appeal.plan_id == plan_of(db).id)).one()


def ids(db: Session) -> dict[str, str]:
    """Ids by the keys of the story."""
    by_email = {person.email: person.id for person in db.exec(select(Person))}
    return {person.key: by_email[person.email] for person in STORY.people}


def state(db: Session, section: str) -> SectionState:
    appeal = appeal_of(db)
    number = appeal.id or 0
    found = Followed(baseline_of_appeal(db, number, section))
    return state_of(db, number, section, catch_up(db, appeal.plan_id, number, section, found))


def test_both_examples_are_made_once_and_an_older_store_gets_the_second_too(store: Store) -> None:
    assert not example.create(store)
    assert not example_appeal.create(store, TODAY)
    assert ["drafting", "final"] == sorted(store.read(lambda db: db.exec(select(Plan.stage)).all()))


def test_people_of_both_examples_are_one_row_each(store: Store) -> None:
    emails = [person.email for person in (*drafts.load().people, *STORY.people)]

    people = store.read(lambda db: db.exec(select(Person.email)).all())

    assert sorted(set(emails)) == sorted(people)


def test_a_store_with_both_is_verified(store: Store) -> None:
    results = verify(store, Settings())

    assert [] == [result.line for result in results if not result.ok]
    proposals = sum(len(ends) for ends in STORY.ends.values())
    assert results[-1].line.endswith(f"/appeal 1: the same, {proposals} proposals, 2 frozen versions")


def test_the_plan_came_to_be_final_step_by_step_and_its_text_is_the_storys(store: Store) -> None:
    def read(db: Session) -> None:
        plan = plan_of(db)
        assert ("final", STORY.facts.finalised_on) == (plan.stage, plan.finalised_on)
        moves = db.exec(select(StageMove).where(StageMove.plan_id == plan.id).order_by(col(StageMove.id))).all()
        assert ["drafting", "draft_served", "finalising", "final"] == [move.to for move in moves]
        assert [move.origin for move in moves[1:]] == [move.to for move in moves[:-1]]
        assert sorted(move.at for move in moves) == [move.at for move in moves]
        for label in LABELS:
            document = document_id(db, plan.id, label)
            assert document is not None
            assert content_hash(replayed(db, document).tree()) == content_hash(STORY.sections[label])
            entries = db.exec(select(LogEntry).where(LogEntry.document_id == document)).all()
            (written,) = (entry.at for entry in entries if entry.kind == UPDATE)
            assert moves[2 if label == "I" else 0].at == written

    store.read(read)


def test_the_baselines_are_the_storys_to_the_block(store: Store) -> None:
    def read(db: Session) -> None:
        issued = sections_of(db, appeal_of(db).version_id)
        for label, baseline in STORY.baselines.items():
            assert to_value(baseline) == to_value(issued[label])

    store.read(read)


def test_every_proposal_has_the_status_that_the_data_says(store: Store) -> None:
    def read(db: Session) -> None:
        for label, ends in STORY.ends.items():
            assert ends == state(db, label).standing

    store.read(read)


def test_layers_and_drafts_hold_what_the_acts_made_of_them(store: Store) -> None:
    def read(db: Session) -> None:
        plan = plan_of(db)
        appeal = open_appeal(db, plan.id)
        assert appeal is not None
        assert {"family"} == appeal.private_turns
        for label in STORY.appeal.disputed:
            for side in SIDES:
                shared = document_id(db, plan.id, layer_name(label, side, appeal.id))
                held = {} if shared is None else layer_of(replayed(db, shared, schema=LAYER).tree())
                assert STORY.layers[label][side] == held
            draft = document_id(db, plan.id, f"{label}@family-draft#{appeal.id}.{appeal.turns['family']}")
            assert draft is not None
            drafted = layer_of(replayed(db, draft, schema=LAYER).tree())
            assert {**STORY.layers[label]["family"], **STORY.drafts[label]["family"]} == drafted

    store.read(read)


def test_every_entry_of_a_layer_is_signed_and_dated_by_its_act(store: Store) -> None:
    def read(db: Session) -> list[tuple[str, str, object]]:
        names = {document.id: document.section for document in db.exec(select(Document)) if "@" in document.section}
        rows = db.exec(select(LogEntry).where(LogEntry.kind == UPDATE).order_by(col(LogEntry.at)))
        shared = [row for row in rows if "@" in names.get(row.document_id, "") and "-" not in names[row.document_id]]
        return [(names[row.document_id].partition("#")[0], row.author, row.at) for row in shared]

    people = store.read(ids)
    acts = [act for act in STORY.acts if act.do in ("propose", "change", "withdraw")]
    assert [(f"{act.section}@{act.side}", people[act.by], act.at) for act in acts] == store.read(read)


def test_numbers_are_given_in_the_order_of_the_first_words(store: Store) -> None:
    def read(db: Session) -> None:
        for label in STORY.appeal.disputed:
            rows = list(proposals_of(db, appeal_of(db).id or 0, label))
            assert list(range(1, len(rows) + 1)) == [row.number for row in rows]
            first = [act.keys[0] for act in STORY.acts if act.do == "propose" and act.section == label]
            assert first == [row.key for row in rows]

    store.read(read)


def test_the_register_is_what_a_registrar_writes_from_the_logs_alone(store: Store) -> None:
    def lines(db: Session) -> list[tuple[object, ...]]:
        rows = db.exec(select(Proposal).order_by(col(Proposal.section), col(Proposal.number))).all()
        return [
            (row.section, row.key, row.number, row.hash, row.first_by, row.first_at, row.last_by, row.last_at)
            for row in rows
        ]

    def forget(db: Session) -> None:
        for table in ("evidence", "proposal_event", "proposal_confirmation", "proposal", "layer_seen"):
            db.connection().execute(text(f"DELETE FROM {table}"))

    def again(db: Session) -> None:
        appeal = appeal_of(db)
        for section in appeal.sections:
            found = Followed(baseline_of_appeal(db, appeal.id or 0, section), decided=True)
            catch_up(db, appeal.plan_id, appeal.id or 0, section, found)

    before = store.read(lines)
    store.write_sync(forget)
    assert [] == store.read(lines)
    store.write_sync(again)
    assert before == store.read(lines)


def test_evidence_reasons_and_decisions_are_all_there(store: Store) -> None:
    def read(db: Session) -> None:
        given = [act for act in STORY.acts if act.do == "evidence"]
        reasons = {
            (act.section, act.keys[0]): act.reason for act in STORY.acts if act.do == "reason"
        }  # the last counts
        states = {label: state(db, label) for label in STORY.appeal.disputed}
        held = [one for now in states.values() for many in now.evidence.values() for one in many]
        assert sorted((one.document, one.at) for one in held) == sorted(
            (act.evidence.document, act.at) for act in given if act.evidence
        )
        for (label, key), reason in reasons.items():
            assert reason == states[label].rows[key].reason
        yes = db.exec(select(ProposalConfirmation)).all()
        assert sum(len(act.keys) for act in STORY.acts if act.do == "confirm") == len(yes)
        assert {one.person_id for one in yes} <= {
            ids(db)[key] for keys in STORY.appeal.speakers.values() for key in keys
        }

    store.read(read)


def test_two_versions_are_frozen_and_the_second_is_filed(store: Store) -> None:
    def read(db: Session) -> None:
        second, first = versions_of(db, appeal_of(db).id or 0)
        frozen = [act for act in STORY.acts if act.do == "freeze"]
        assert [act.at for act in frozen] == [first.at, second.at]
        assert [act.at.date() for act in frozen] == [first.on, second.on]
        (filed,) = (act for act in STORY.acts if act.do == "file")
        assert (None, filed.at.date()) == (first.filed_on, second.filed_on)
        assert not any(section.known for section in thawed(first).sections.values())
        now = {label: frozen_section(state(db, label)) for label in STORY.appeal.disputed}
        later = changes_between(thawed(second).sections, now)
        assert "authority:possible" in {change.key for section in later for change in section.changes}

    store.read(read)


def test_much_has_changed_since_either_side_last_looked(store: Store) -> None:
    def read(db: Session) -> None:
        looks = db.exec(select(LastLook)).all()
        assert {(label, side) for label in STORY.appeal.disputed for side in SIDES} == {
            (look.section, look.side) for look in looks
        }
        version = newest(db, appeal_of(db).id or 0)
        assert version is not None
        seen = {label: section.known for label, section in thawed(version).sections.items()}
        for look in looks:
            baseline = STORY.baselines[look.section]
            assert seen[look.section] == records(baseline, look.records)
            if look.section == "F":
                keys = {change.key for change in since(seen["F"], state(db, "F").known)}
                assert {key.partition(":")[0] for key in keys} == set(SIDES)

    store.read(read)


def test_the_record_of_the_plan_has_every_act_at_its_time(store: Store) -> None:
    def read(db: Session) -> None:
        plan = plan_of(db)
        events = db.exec(select(AuditEvent).where(AuditEvent.plan_id == plan.id)).all()
        by_act = {event.act: event.at for event in events}
        assert STORY.appeal.opened_on == by_act["appeal-opened"].date()
        (filed,) = (act for act in STORY.acts if act.do == "file")
        assert filed.at == by_act["version-filed"]

    store.read(read)
