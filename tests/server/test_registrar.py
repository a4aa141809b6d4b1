"""The register follows the layers: authors from the log alone, decisions undone for good, nothing counted twice."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from sections.redline.baseline import Baseline, Block, to_value
from server.database import Store
from server.log import MODE, UPDATE, Entry, Row, append_within, head
from server.redline.registrar import Moved, Registrar, _record
from server.redline.tables import (
    Appeal,
    IssuedSection,
    IssuedVersion,
    LayerSeen,
    Proposal,
    ProposalConfirmation,
    ProposalEvent,
)
from server.redline.watch import Stamped, Touch, Watch
from server.rooms import make_document
from server.settings import Settings
from tests.live_serving import make_plan

BASELINE = Baseline(1, "F", (Block("b1", "paragraph", {}, text="Ada has speech therapy once a week."),))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def text(wording: str, end: int = 3) -> dict[str, Any]:
    return {"type": "text", "block": "b1", "from": 0, "to": end, "at": end, "rank": "V", "wording": wording}


class Layer:
    """One layer as people write it: updates with their authors."""

    def __init__(self) -> None:
        self.replica = Replica(LAYER)
        self.client = 100

    def write(self, records: Mapping[str, Mapping[str, Any]]) -> bytes:
        self.client += 1
        update = write_layer(self.replica.full_update(), records, self.client)
        assert update is not None
        self.replica.apply(update)
        return update


def follow(closely: bool, *written: tuple[str, str, str], apart: float = 0.1) -> list[Touch]:
    """What a watch makes of (author, record, wording) in this order, so many seconds apart."""
    layer = Layer()
    entries = [
        Stamped(Row(seq, UPDATE, layer.write({name: text(wording)}), who), NOW + timedelta(seconds=seq * apart))
        for seq, (who, name, wording) in enumerate(written, 1)
    ]
    return Watch(BASELINE, "family").take(entries, closely=closely)


@pytest.mark.parametrize("closely", [False, True])
def test_each_run_of_one_author_is_that_authors(closely: bool) -> None:
    touches = follow(closely, ("ada", "one", "a"), ("ben", "two", "b"), ("ada", "two", "c"), ("ben", "one", "d"))
    assert [(touch.record.key, touch.by) for touch in touches] == [
        ("family:one", "ada"),
        ("family:two", "ben"),
        ("family:two", "ada"),
        ("family:one", "ben"),
    ]
    assert [touch.at for touch in touches] == [NOW + timedelta(seconds=seq * 0.1) for seq in (1, 2, 3, 4)]


def test_words_changed_and_changed_back_by_one_person_are_seen_where_decisions_stand() -> None:
    written = (("ada", "one", "a"), ("ada", "one", "b"), ("ada", "one", "a"))
    assert len(follow(False, *written)) == 1
    assert len(follow(True, *written)) == 3


def test_what_one_person_wrote_at_different_times_is_told_at_its_own_times() -> None:
    touches = follow(False, ("ada", "one", "a"), ("ada", "two", "b"), apart=60)
    assert [(touch.record.key, touch.at) for touch in touches] == [
        ("family:one", NOW + timedelta(seconds=60)),
        ("family:two", NOW + timedelta(seconds=120)),
    ]


def test_a_change_of_mode_is_nobodys_work() -> None:
    layer = Layer()
    entries = [
        Stamped(Row(1, UPDATE, layer.write({"one": text("a")}), "ada"), NOW),
        Stamped(Row(2, MODE, b"{}", "system"), NOW),
    ]
    watch = Watch(BASELINE, "family")
    assert [touch.by for touch in watch.take(entries, closely=True)] == ["ada"]
    assert watch.seq == 2


class Desk:
    """A store with an open appeal, and registrars on it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.plan, people = store.write_sync(make_plan)
        self.person = people["case_officer"]
        store.write_sync(self._open)
        self.layers = {"family": Layer(), "authority": Layer()}
        self.told: list[tuple[str, str]] = []

    def _open(self, db: Session) -> None:
        db.add(IssuedVersion(plan_id=self.plan, number=1, kind="final", on=NOW.date(), by=self.person, at=NOW, hash=""))
        db.flush()
        db.add(IssuedSection(version_id=1, section="F", value=to_value(BASELINE), hash=BASELINE.hash))
        db.add(
            Appeal(
                plan_id=self.plan,
                number="1",
                version_id=1,
                sections=["F"],
                opened_on=NOW.date(),
                opened_by=self.person,
                opened_at=NOW,
            )
        )

    def registrar(self) -> Registrar:
        def spawn(name: str, work: Coroutine[Any, Any, None]) -> None:
            raise AssertionError(name)

        return Registrar(self.store, spawn, lambda plan, section: self.told.append((plan, section)))

    def write(self, author: str, side: str, name: str, wording: str) -> None:
        update = self.layers[side].write({name: text(wording)})

        def append(db: Session) -> None:
            document = make_document(db, self.plan, f"F@{side}#1")
            append_within(db, document, head(db, document), [Entry(UPDATE, update, author)])

        self.store.write_sync(append)

    def rows(self) -> list[tuple[str, int, str, str, bool]]:
        def read(db: Session) -> list[tuple[str, int, str, str, bool]]:
            rows = db.exec(select(Proposal).order_by(col(Proposal.number)))
            return [(row.key, row.number, row.first_by, row.last_by, row.reopened) for row in rows]

        return self.store.read(read)

    def acts(self) -> list[str]:
        return self.store.read(lambda db: [one.act for one in db.exec(select(ProposalEvent))])

    def confirm(self, *sides: str) -> None:
        def write(db: Session) -> None:
            row = db.exec(select(Proposal)).one()
            for side in sides:
                db.add(
                    ProposalConfirmation(
                        proposal_id=row.id or 0, side=side, person_id=self.person, hash=row.hash, reads_as=[], at=NOW
                    )
                )

        self.store.write_sync(write)

    def standing(self) -> int:
        def read(db: Session) -> int:
            return len(db.exec(select(ProposalConfirmation).where(col(ProposalConfirmation.ended_at).is_(None))).all())

        return self.store.read(read)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store.open(Settings(data_dir=tmp_path))
    yield Desk(store)
    store.close()


async def test_numbers_go_by_the_log_and_are_kept(desk: Desk) -> None:
    registrar = desk.registrar()
    desk.write("ada", "family", "one", "a")
    desk.write("ben", "authority", "one", "b")
    await registrar.layers(desk.plan, 1, "F")
    desk.write("cyd", "family", "one", "c")
    desk.write("cyd", "family", "two", "d")
    await registrar.layers(desk.plan, 1, "F")
    assert desk.rows() == [
        ("family:one", 1, "ada", "cyd", False),
        ("authority:one", 2, "ben", "ben", False),
        ("family:two", 3, "cyd", "cyd", False),
    ]
    assert desk.told == [(desk.plan, "F")] * 2
    await registrar.layers(desk.plan, 1, "F")
    assert len(desk.told) == 2


@pytest.mark.parametrize("restarted", [False, True])
async def test_typing_the_old_words_back_does_not_bring_an_agreement_back(desk: Desk, restarted: bool) -> None:
    registrar = desk.registrar()
    desk.write("ada", "family", "one", "a")
    await registrar.layers(desk.plan, 1, "F")
    desk.confirm("family", "authority")
    desk.write("ada", "family", "one", "b")
    desk.write("ada", "family", "one", "a")
    await (desk.registrar() if restarted else registrar).layers(desk.plan, 1, "F")
    assert desk.rows() == [("family:one", 1, "ada", "ada", True)]
    assert desk.standing() == 0
    assert desk.acts() == ["proposed", "reopened"]


async def test_a_register_that_starts_again_goes_on_where_it_ended(desk: Desk) -> None:
    desk.write("ada", "family", "one", "a")
    first = await desk.registrar().layers(desk.plan, 1, "F")
    desk.write("ben", "family", "two", "b")
    second = await desk.registrar().layers(desk.plan, 1, "F")
    assert desk.rows() == [("family:one", 1, "ada", "ada", False), ("family:two", 2, "ben", "ben", False)]
    assert desk.acts() == ["proposed", "proposed"]
    assert first.hashes["family:one"] == second.hashes["family:one"]
    desk.store.write_sync(_forget_marks)
    desk.store.write_sync(_forget_rows)
    third = await desk.registrar().layers(desk.plan, 1, "F")
    assert (third.hashes, third.heads) == (second.hashes, second.heads)
    assert desk.rows() == [("family:one", 1, "ada", "ada", False), ("family:two", 2, "ben", "ben", False)]


async def test_of_two_registers_on_one_store_one_reads_again(desk: Desk) -> None:
    one, other = desk.registrar(), desk.registrar()
    desk.write("ada", "family", "one", "a")
    await one.layers(desk.plan, 1, "F")
    await other.layers(desk.plan, 1, "F")
    desk.write("ben", "family", "two", "b")
    await one.layers(desk.plan, 1, "F")
    late = await other.layers(desk.plan, 1, "F")
    assert set(late.known) == {"family:one", "family:two"}
    assert [row[:2] for row in desk.rows()] == [("family:one", 1), ("family:two", 2)]
    assert desk.acts() == ["proposed", "proposed"]
    document = next(iter(late.heads))
    with pytest.raises(Moved):
        desk.store.write_sync(lambda db: _record(db, 1, "F", [], {document: (1, 2)}))


async def test_nothing_is_written_of_a_private_draft(desk: Desk) -> None:
    update = Layer().write({"one": text("secret")})

    def append(db: Session) -> None:
        document = make_document(db, desk.plan, "F@family-draft#1.1")
        append_within(db, document, 0, [Entry(UPDATE, update, "ada")])

    desk.store.write_sync(append)
    found = await desk.registrar().layers(desk.plan, 1, "F")
    assert (dict(found.known), desk.rows(), desk.told) == ({}, [], [])


async def test_sections_of_an_appeal_nobody_has_open_are_forgotten_after_a_while_and_read_again(desk: Desk) -> None:
    registrar = desk.registrar()
    desk.write("ada", "family", "one", "a")
    before = await registrar.layers(desk.plan, 1, "F")
    registrar.put_away_idle({1}, 0, 60)
    registrar.put_away_idle({1}, 1000, 60)
    registrar.put_away_idle((), 1001, 60)
    registrar.put_away_idle((), 1060, 60)
    assert registrar._sections
    await registrar.layers(desk.plan, 1, "F")
    registrar.put_away_idle((), 1061, 60)
    registrar.put_away_idle((), 1070, 60)
    assert registrar._sections
    registrar.put_away_idle((), 1130, 60)
    assert not registrar._sections
    after = await registrar.layers(desk.plan, 1, "F")
    assert (after.known, after.hashes, after.heads) == (before.known, before.hashes, before.heads)
    assert desk.acts() == ["proposed"]


def _forget_marks(db: Session) -> None:
    for row in db.exec(select(LayerSeen)).all():
        db.delete(row)


def _forget_rows(db: Session) -> None:
    for table in (ProposalEvent, Proposal):
        for row in db.exec(select(table)).all():
            db.delete(row)
        db.flush()
