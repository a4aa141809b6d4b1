"""``verify`` finds whatever differs in an appeal: issued and frozen texts, and the register against the logs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from crdt.layers import write_layer
from crdt.schema import LAYER
from sections import example_appeal as stories
from server import example_appeal
from server.database import Store
from server.log import UPDATE, Entry, append_within, head
from server.redline.registrar import Followed, baseline_of_appeal, catch_up
from server.settings import Settings
from server.snapshots import load
from server.tables import Document
from server.verify import verify
from server.verify_appeals import check_appeals

TODAY = date(2026, 11, 4)
LAYER_OF_F = "(SELECT id FROM document WHERE section='F@family#1')"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("appeal")
    store = Store.open(Settings(data_dir=folder))
    assert example_appeal.create(store, TODAY)
    store.close()
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copytree(made, tmp_path / "data")
    found = Store.open(Settings(data_dir=tmp_path / "data"))
    yield found
    found.close()


def spoil(store: Store, *statements: str) -> None:
    def write(session: Session) -> None:
        for statement in statements:
            assert session.connection().execute(text(statement)).rowcount >= 1

    store.write_sync(write)


def faults(store: Store) -> list[str]:
    ((found, line),) = check_appeals(store)
    assert all(fault in line for fault in found)
    return found


def test_a_sound_appeal_is_one_line_after_its_documents(store: Store) -> None:
    assert [] == faults(store)
    results = verify(store, Settings())
    assert all(result.ok for result in results)
    assert ["/appeal 1: the same, " in result.line for result in results].index(True) == len(results) - 1


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE issued_section SET value=replace(value, 'autistic', 'artistic') WHERE section='B'",
            "section B of issued version 1 is not what its hash says",
        ),
        (
            "UPDATE issued_section SET value=replace(value, 'Zo', 'Jo') WHERE section='A'",
            "section A of issued version 1 is not what its hash says",
        ),
        (
            "UPDATE issued_section SET hash=replace(hash, substr(hash, 1, 1), 'x') WHERE section='F'",
            "section F of issued version 1 is not what its hash says",
        ),
        ("DELETE FROM issued_section WHERE section='C'", "issued version 1 as a whole is not what its hash says"),
        ("UPDATE issued_version SET hash='0'", "issued version 1 as a whole is not what its hash says"),
        (
            "UPDATE working_version SET payload=CAST(replace(CAST(payload AS TEXT), 'autistic', 'artistic') AS BLOB)"
            " WHERE number=2",
            "frozen version 2 is not what its hash says",
        ),
        ("UPDATE working_version SET hash='0' WHERE number=1", "frozen version 1 is not what its hash says"),
        (
            f"UPDATE layer_seen SET seq=seq+1 WHERE document_id={LAYER_OF_F}",
            "the register has seen entry 19 of F, family, which ends before",
        ),
        (
            "UPDATE proposal SET hash='0' WHERE section='F' AND number=1",
            "proposal F-1 has other words in the log than in the register",
        ),
        (
            "UPDATE proposal SET first_by='somebody' WHERE section='B' AND number=2",
            "proposal B-2 was first written by somebody else",
        ),
        (
            "UPDATE proposal SET last_by='somebody' WHERE section='G' AND number=1",
            "proposal G-1 was last written by somebody else",
        ),
        ("UPDATE proposal SET record_id='nobody' WHERE section='F' AND number=1", "proposal F-1 is in no log"),
        ("UPDATE proposal SET record_id='nobody' WHERE section='F' AND number=1", "is not in the register"),
    ],
)
def test_every_tampered_row_is_found(store: Store, statement: str, fault: str) -> None:
    spoil(store, statement)

    assert fault in "; ".join(faults(store))
    assert not verify(store, Settings())[-1].ok


def test_a_tampered_entry_of_a_layer_is_found(store: Store) -> None:
    spoil(store, f"UPDATE log_entry SET payload=x'0101' WHERE seq=2 AND document_id={LAYER_OF_F}")

    assert "cannot be replayed" in faults(store)[0]


def test_an_entry_signed_by_somebody_else_is_found(store: Store) -> None:
    other = "(SELECT id FROM person WHERE email LIKE 'dev.%')"
    spoil(store, f"UPDATE log_entry SET author={other} WHERE seq=1 AND document_id={LAYER_OF_F}")

    assert ["proposal F-1 was first written by somebody else"] == [one for one in faults(store) if "first" in one]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appeal SET sections='7'",
        "UPDATE issued_section SET value='[]' WHERE section='I'",
        "UPDATE working_version SET payload='words' WHERE number=1",
        "UPDATE layer_seen SET seq='late'",
    ],
)
def test_rows_nobody_can_read_are_told_plainly(store: Store, statement: str) -> None:
    spoil(store, statement)

    assert ["cannot be read: something in its rows is not of the kind it should be"] == faults(store)


def written(store: Store, changes: list[tuple[str, dict[str, object]]], *, follow: bool) -> None:
    """More entries in the family's layer of F, and, if wanted, the register led up to them in one go."""

    def write(db: Session) -> None:
        (document,) = db.exec(select(Document.id).where(Document.section == "F@family#1"))
        assert document is not None
        for number, (author, record) in enumerate(changes):
            content = load(db, document, LAYER)
            update = write_layer(content.replica.full_update(), {"more": record}, 77 + number)
            assert update is not None
            append_within(db, document, head(db, document), [Entry(UPDATE, update, author)])
        if follow:
            plan = db.exec(select(Document.plan_id)).first()
            assert plan is not None
            found = Followed(baseline_of_appeal(db, 1, "F"))
            catch_up(db, plan, 1, "F", found)

    store.write_sync(write)


def record(wording: str) -> dict[str, object]:
    story = stories.load(TODAY).baselines["F"]
    block = next(iter(story.texts()))
    return {"type": "text", "block": block.id, "from": 0, "to": 0, "at": 0, "rank": "V", "wording": wording}


def test_a_register_that_lies_behind_its_log_is_sound(store: Store) -> None:
    written(store, [("somebody", record("New. "))], follow=False)

    assert [] == faults(store)


@pytest.mark.parametrize("wordings", [("New. ",), ("New. ", "", "Newer. "), ("", "New. ", "Newer. ", "New. ")])
def test_words_that_came_and_went_while_nobody_looked_are_no_fault(store: Store, wordings: tuple[str, ...]) -> None:
    written(store, [(f"writer {number % 2}", record(one)) for number, one in enumerate(wordings)], follow=True)

    assert [] == faults(store)


def test_whoever_never_wrote_in_a_proposal_is_found_even_then(store: Store) -> None:
    written(store, [("one", record(words)) for words in ("New. ", "Newer. ", "New. ")], follow=True)
    spoil(store, "UPDATE proposal SET last_by='another' WHERE record_id='more'")

    (fault,) = faults(store)
    assert fault.endswith("was last written by somebody else")
