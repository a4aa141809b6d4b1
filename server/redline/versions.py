"""Frozen working documents, WD1, WD2 and so on: the whole appeal at one moment as bytes that never change.

A version is made from the state on disk, in one transaction for all sections, and is known by the hash of its bytes.
What changed since the last one is worked out from the two, never written down by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from sections.appeal import citation
from sections.redline.baseline import Baseline, from_value
from sections.redline.baseline import to_value as baseline_value
from sections.redline.records import Record, records, to_value
from sections.redline.register import Status
from sections.redline.views import Change, since
from server.acts import Acting, Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code
from server.day import london
from server.layers import SIDES
from server.plan_access import Standing
from server.redline.desk import NO_APPEAL
from server.redline.registrar import Moved, RegisterBehind
from server.redline.rows import appeal_row
from server.redline.state import TRIES, Now, SectionState, read_section
from server.redline.tables import WorkingVersion

FORMAT = "alongside-working-document"


@dataclass(frozen=True, slots=True)
class FrozenSection:
    """One section of a frozen version."""

    label: str
    baseline: Baseline
    known: Mapping[str, Record]
    standing: Mapping[str, Status]
    numbers: Mapping[str, str]
    citations: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A version read back from its bytes."""

    value: Mapping[str, Any]
    sections: Mapping[str, FrozenSection]


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What became of one section's proposals between two versions."""

    label: str
    changes: tuple[Change, ...]
    statuses: tuple[tuple[str, str, str], ...]
    """Key, status before, status now, for proposals whose wording stayed."""


def section_value(state: SectionState) -> dict[str, Any]:
    """One section at one moment as plain values: the text, every proposal, and where each stands."""
    layers: dict[str, dict[str, Any]] = {side: {} for side in (*SIDES, "tribunal")}
    for record in state.known.values():
        layers[record.side][record.id] = to_value(record)
    return {
        "section": state.section,
        "baseline": baseline_value(state.baseline),
        "layers": {side: dict(sorted(layer.items())) for side, layer in layers.items()},
        "proposals": {
            key: {
                "number": row.label,
                "status": state.standing[key],
                "hash": state.hashes[key],
                "reason": row.reason,
                "evidence": list(citations_of(state, key)),
                "confirmed": sorted([yes.side, yes.person_id] for yes in state.confirmations.get(row.id or 0, [])),
            }
            for key, row in sorted(state.rows.items())
            if key in state.known
        },
    }


def citations_of(state: SectionState, key: str) -> tuple[str, ...]:
    """The footnotes of a proposal, in the order they were given."""
    row = state.rows.get(key)
    found = [] if row is None else state.evidence.get(row.id or 0, [])
    return tuple(citation(one.document, one.author, one.role, one.dated, one.page, one.paragraph) for one in found)


async def read_sections(office: Office, plan_id: str, standing: Standing) -> list[SectionState]:
    """Every section in dispute, each as it is on disk."""
    assert standing.appeal is not None  # noqa: S101 - asked before
    return [
        await read_section(office.store, office.live.registrar, plan_id, standing.appeal.id, section)
        for section in standing.appeal.sections
    ]


async def freeze_version(office: Office, who: SignedIn, plan_id: str) -> WorkingVersion | Refused:
    """The next version from what is shared now. Nothing of a private draft is in it."""
    for now in TRIES:
        allowed = await office.store.aread(lambda db: allowed_to(db, who, plan_id, "freeze_version"))
        if isinstance(allowed, Refused):
            return allowed
        if allowed.appeal is None:
            return NO_APPEAL
        states = await read_sections(office, plan_id, allowed)
        try:
            done = await office.store.write(lambda db, states=states, now=now: _freeze(db, who, plan_id, states, now))  # type: ignore[misc]
        except Moved:
            continue
        return done
    raise RegisterBehind


def _freeze(
    db: Session, who: SignedIn, plan_id: str, states: Sequence[SectionState], now: Now
) -> WorkingVersion | Refused:
    allowed = allowed_to(db, who, plan_id, "freeze_version")
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None or allowed.appeal.sections != tuple(state.section for state in states):
        raise Moved
    return freeze_within(db, who, allowed, [now(db, state) for state in states], datetime.now(UTC))


def freeze_within(
    db: Session, who: Acting, allowed: Standing, fresh: Sequence[SectionState], now: datetime
) -> WorkingVersion:
    """The same as part of a transaction: the next version of these states, for somebody who has the right to."""
    assert allowed.appeal is not None  # noqa: S101 - asked before
    last = newest(db, allowed.appeal.id)
    number = 1 if last is None else last.number + 1
    appeal = appeal_row(db, allowed.appeal.id)
    on = london(now).date()
    payload = canonical(
        {
            "format": FORMAT,
            "reference": allowed.plan.reference,
            "appeal": appeal.number,
            "version": number,
            "on": on.isoformat(),
            "party": allowed.access.party,
            "sections": [section_value(state) for state in fresh],
        }
    )
    version = WorkingVersion(
        appeal_id=allowed.appeal.id,
        number=number,
        on=on,
        side=allowed.access.party,
        by=who.person_id,
        at=now,
        hash=hashlib.sha256(payload).hexdigest(),
        payload=payload,
    )
    db.add(version)
    db.flush()
    audit(
        db,
        "version-frozen",
        who.person_id,
        appeal.plan_id,
        moment=now,
        appeal=appeal.id,
        version=number,
        hash=version.hash,
    )
    return version


async def file_version(office: Office, who: SignedIn, plan_id: str, number: int) -> WorkingVersion | Refused:
    """Records that a version went to the tribunal today. Filed once; a later change makes the next version."""
    return await office.store.write(lambda db: file_within(db, who, plan_id, number, datetime.now(UTC)))


def file_within(db: Session, who: Acting, plan_id: str, number: int, now: datetime) -> WorkingVersion | Refused:
    """The same as part of a transaction."""
    allowed = allowed_to(db, who, plan_id, "file_version")
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None:
        return NO_APPEAL
    found = find(db, allowed.appeal.id, number)
    if found is None:
        return Refused(
            Code.UNKNOWN_DOCUMENT,
            "There is no such version of the working document. Choose one from the list of versions.",
        )
    if found.filed_on is not None:
        return Refused(Code.LOCKED, f"Version {number} is filed already. A later change makes the next version.")
    found.filed_on, found.filed_by = london(now).date(), who.person_id
    db.add(found)
    audit(db, "version-filed", who.person_id, plan_id, moment=now, appeal=allowed.appeal.id, version=number)
    return found


def newest(db: Session, appeal_id: int) -> WorkingVersion | None:
    """The last version of an appeal."""
    return db.exec(
        select(WorkingVersion).where(WorkingVersion.appeal_id == appeal_id).order_by(col(WorkingVersion.number).desc())
    ).first()


def find(db: Session, appeal_id: int, number: int) -> WorkingVersion | None:
    """One version by its number."""
    return db.exec(
        select(WorkingVersion).where(WorkingVersion.appeal_id == appeal_id, WorkingVersion.number == number)
    ).first()


def versions_of(db: Session, appeal_id: int) -> list[WorkingVersion]:
    """Every version, the newest first."""
    return list(
        db.exec(
            select(WorkingVersion)
            .where(WorkingVersion.appeal_id == appeal_id)
            .order_by(col(WorkingVersion.number).desc())
        )
    )


def canonical(value: Any) -> bytes:
    """One spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def thawed(version: WorkingVersion) -> Frozen:
    """What the bytes of a version say. ValueError when they are not what their hash says."""
    if hashlib.sha256(version.payload).hexdigest() != version.hash:
        raise ValueError(f"version {version.number} of appeal {version.appeal_id} is not what was frozen")
    value = json.loads(version.payload)
    return Frozen(value, {one["section"]: _section(one) for one in value["sections"]})


def frozen_section(state: SectionState) -> FrozenSection:
    """The present state in the form that a frozen one has."""
    return _section(section_value(state))


def _section(value: Mapping[str, Any]) -> FrozenSection:
    baseline = from_value(value["baseline"])
    if baseline is None:
        raise ValueError("a frozen section is not what its hash says")
    proposals = value["proposals"]
    return FrozenSection(
        label=value["section"],
        baseline=baseline,
        known=records(baseline, value["layers"]),
        standing={key: one["status"] for key, one in proposals.items()},
        numbers={key: one["number"] for key, one in proposals.items()},
        citations={key: tuple(one["evidence"]) for key, one in proposals.items()},
        reasons={key: one["reason"] for key, one in proposals.items()},
    )


def changes_between(
    before: Mapping[str, FrozenSection], after: Mapping[str, FrozenSection]
) -> tuple[SectionChange, ...]:
    """What became of every proposal from one version to the next, section by section; only sections that changed."""
    found: list[SectionChange] = []
    for label, now in after.items():
        then = before.get(label)
        old = {} if then is None else then.known
        changes = since(old, now.known)
        reworded = {change.key for change in changes}
        was: Mapping[str, Status] = {} if then is None else then.standing
        statuses = tuple(
            (key, was[key], status)
            for key, status in now.standing.items()
            if key in was and was[key] != status and key not in reworded
        )
        if changes or statuses:
            found.append(SectionChange(label, changes, statuses))
    return tuple(found)
