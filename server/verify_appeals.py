"""Checks the appeals of a store: what was issued and frozen is what its hash says, and the register what the logs say.

The register is compared with a replay of each layer up to the entry it was written to; one that lies behind its log is
sound. Decisions are acts of people and cannot be replayed. It changes nothing. ``verify`` and tests import it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from crdt.replica import ReplicaBroken
from sections.redline.baseline import Baseline, from_value
from sections.redline.records import Record
from server.codes import PlanError
from server.database import Store
from server.layers import SIDES, layer_name
from server.log import document_id, head
from server.redline.issued import hash_of
from server.redline.rows import proposals_of
from server.redline.tables import Appeal, IssuedSection, IssuedVersion, LayerSeen, Proposal, WorkingVersion
from server.redline.watch import Touch, Watch, stamped_after


def check_appeals(store: Store) -> list[tuple[list[str], str]]:
    """For each appeal, open or closed, what is wrong with it and one line that says so."""
    appeals = store.read(lambda db: db.exec(select(Appeal.id, Appeal.plan_id).order_by(col(Appeal.id))).all())
    return [_check(store, number, f"{plan_id}/appeal {number}") for number, plan_id in appeals if number is not None]


def _check(store: Store, number: int, name: str) -> tuple[list[str], str]:
    try:
        found = store.read(lambda db: _faults(db, number))
    except (PlanError, ReplicaBroken) as trouble:
        faults = [f"cannot be replayed: {trouble}"]
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        faults = ["cannot be read: something in its rows is not of the kind it should be"]
    else:
        faults = found.faults
        if not faults:
            counted = (_counted(found.proposals, "proposal"), _counted(found.versions, "frozen version"))
            return [], f"{name}: the same, {', '.join(counted)}"
    return faults, f"{name}: {'; '.join(faults)}"


@dataclass(slots=True)
class _Found:
    faults: list[str] = field(default_factory=list)
    proposals: int = 0
    versions: int = 0


def _faults(db: Session, number: int) -> _Found:
    found = _Found()
    appeal = db.get_one(Appeal, number)
    baselines: dict[str, Baseline] = {}
    for version_id in (appeal.version_id, appeal.issued_id):
        if version_id is not None:
            faults, texts = _issued(db, version_id)
            found.faults += faults
            baselines = baselines or texts
    for version in db.exec(select(WorkingVersion).where(WorkingVersion.appeal_id == number)).all():
        found.versions += 1
        if hashlib.sha256(version.payload).hexdigest() != version.hash:
            found.faults.append(f"frozen version {version.number} is not what its hash says")
    for section in appeal.sections:
        if section in baselines:  # else its text was faulty, and said to be
            rows = {row.key: row for row in proposals_of(db, number, section)}
            found.proposals += len(rows)
            found.faults += _register(db, appeal, baselines[section], section, rows)
    return found


def _issued(db: Session, version_id: int) -> tuple[list[str], dict[str, Baseline]]:
    version = db.get_one(IssuedVersion, version_id)
    faults: list[str] = []
    texts: dict[str, Baseline] = {}
    for row in db.exec(select(IssuedSection).where(IssuedSection.version_id == version_id)).all():
        baseline = from_value(row.value)
        if baseline is None or baseline.hash != row.hash:
            faults.append(f"section {row.section} of issued version {version.number} is not what its hash says")
        else:
            texts[row.section] = baseline
    if not faults and hash_of(texts) != version.hash:
        faults.append(f"issued version {version.number} as a whole is not what its hash says")
    return faults, texts


def _register(
    db: Session, appeal: Appeal, baseline: Baseline, section: str, rows: Mapping[str, Proposal]
) -> Iterator[str]:
    known: dict[str, Record] = {}
    touches: dict[str, list[Touch]] = {}
    hashes: dict[str, str] = {}
    for side in SIDES:
        document = document_id(db, appeal.plan_id, layer_name(section, side, appeal.id or 0))
        seen = None if document is None else db.get(LayerSeen, document)
        if document is None or seen is None:
            continue
        if seen.seq > head(db, document):
            yield f"the register has seen entry {seen.seq} of {section}, {side}, which ends before"
            continue
        watch = Watch(baseline, side)
        entries = (entry for entry in stamped_after(db, document, 0) if entry.row.seq <= seen.seq)
        for touch in watch.take(entries, closely=True):
            touches.setdefault(touch.record.key, []).append(touch)
        known.update(watch.known)
        hashes.update(watch.hashes)
    for key in sorted(known.keys() | {key for key, row in rows.items() if row.side in SIDES}):
        yield from (f"proposal {fault}" for fault in _line(key, known.get(key), hashes, touches.get(key, []), rows))


def _line(
    key: str, record: Record | None, hashes: Mapping[str, str], touches: list[Touch], rows: Mapping[str, Proposal]
) -> Iterator[str]:
    """What is wrong with one line of the register. The register looks at runs of entries, so it may not have seen
    words that came and went; where some did, anybody who wrote in the proposal may stand in it."""
    row = rows.get(key)
    if record is None or row is None:
        if record is None:
            yield f"{rows[key].label} is in no log"
        elif record.live:
            yield f"{key} is not in the register"
        return
    if row.hash != hashes[key]:
        yield f"{row.label} has other words in the log than in the register"
    authors = {touch.by for touch in touches}
    seen_all = len({touch.hash for touch in touches}) == len(touches) and all(one.record.live for one in touches[:-1])
    first, last = ({touches[0].by}, {touches[-1].by}) if seen_all else (authors, authors)
    if row.first_by not in first:
        yield f"{row.label} was first written by somebody else"
    if row.last_by not in last:
        yield f"{row.label} was last written by somebody else"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
