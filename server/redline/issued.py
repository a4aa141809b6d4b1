"""Issued versions of a plan: the texts that proposals stand on, and what a final plan says.

A version is made from the logs inside the transaction that needs it, and is never changed afterwards. Opening and
closing an appeal import it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from sqlmodel import Session, col, select

from crdt.blocks import Tree, content_hash, document
from sections.catalogue import LABELS
from sections.redline.baseline import Baseline, freeze, from_value, thaw, to_value
from server.log import document_id
from server.redline.tables import IssuedSection, IssuedVersion
from server.snapshots import load


def latest(db: Session, plan_id: str) -> IssuedVersion | None:
    """The newest issued version of a plan."""
    return db.exec(
        select(IssuedVersion).where(IssuedVersion.plan_id == plan_id).order_by(col(IssuedVersion.number).desc())
    ).first()


def sections_of(db: Session, version_id: int) -> dict[str, Baseline]:
    """Every section of an issued version. ValueError when a text is not what its hash says."""
    found: dict[str, Baseline] = {}
    for row in db.exec(select(IssuedSection).where(IssuedSection.version_id == version_id)):
        baseline = from_value(row.value)
        if baseline is None or baseline.hash != row.hash:
            raise ValueError(f"section {row.section} of version {version_id} is not what was issued")
        found[row.section] = baseline
    return {label: found[label] for label in LABELS if label in found}


def tree_now(db: Session, plan_id: str, section: str) -> Tree:
    """A section's text from its log as this transaction sees it."""
    number = document_id(db, plan_id, section)
    return document([]) if number is None else load(db, number).tree()


def issue_present(db: Session, plan_id: str, by: str, on: date, now: datetime | None = None) -> IssuedVersion:
    """The issued version that says what the plan says now; made if there is none yet."""
    newest = latest(db, plan_id)
    trees = {label: tree_now(db, plan_id, label) for label in LABELS}
    if newest is not None and newest.id is not None:
        issued = sections_of(db, newest.id)
        if all(content_hash(thaw(issued[label])) == content_hash(trees[label]) for label in LABELS):
            return newest
    number = 1 if newest is None else newest.number + 1
    baselines = {label: freeze(tree, label, number) for label, tree in trees.items()}
    return issue(db, plan_id, baselines, number, "final", by, on, now)


def issue(
    db: Session,
    plan_id: str,
    baselines: Mapping[str, Baseline],
    number: int,
    kind: str,
    by: str,
    on: date,
    now: datetime | None = None,
) -> IssuedVersion:
    """Writes a new version with these texts."""
    version = IssuedVersion(
        plan_id=plan_id, number=number, kind=kind, on=on, by=by, at=now or datetime.now(UTC), hash=hash_of(baselines)
    )
    db.add(version)
    db.flush()
    assert version.id is not None  # noqa: S101 - the flush has given it one
    for label, baseline in baselines.items():
        db.add(IssuedSection(version_id=version.id, section=label, value=to_value(baseline), hash=baseline.hash))
    db.flush()
    return version


def hash_of(baselines: Mapping[str, Baseline]) -> str:
    """What a whole version is known by: the hashes of its sections, in order."""
    value = [[label, baselines[label].hash] for label in LABELS if label in baselines]
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
