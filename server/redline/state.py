"""One section of an open appeal as it is on disk: the baseline, every proposal, and where each of them stands.

Read in one step, so that a proposal and the decisions on it belong together. Everything that shows, decides, freezes or
exports starts from this value; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlmodel import Session, col, select

from sections.redline.baseline import Baseline
from sections.redline.records import Record, records
from sections.redline.register import Entry, Status, record_hash, standing
from server.database import Store
from server.layers import SIDES, layer_name
from server.log import document_id, head
from server.redline.registrar import Followed, Layers, Moved, RegisterBehind, Registrar, catch_up
from server.redline.rows import appeal_row, entry_from, proposals_of, standing_confirmations
from server.redline.tables import (
    Appeal,
    Evidence,
    LayerSeen,
    Proposal,
    ProposalConfirmation,
    TribunalWording,
)

_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class SectionState:
    """Everything about one section at one moment. ``known`` holds the tribunal's words too."""

    appeal: Appeal
    section: str
    baseline: Baseline
    known: Mapping[str, Record]
    hashes: Mapping[str, str]
    heads: Mapping[int, int]
    rows: Mapping[str, Proposal]
    entries: Mapping[str, Entry]
    standing: Mapping[str, Status]
    confirmations: Mapping[int, list[ProposalConfirmation]]
    evidence: Mapping[int, list[Evidence]]

    @property
    def numbers(self) -> dict[str, str]:
        """The number people use, by key."""
        return {key: row.label for key, row in self.rows.items()}

    def layer(self, side: str) -> dict[str, Record]:
        """One side's own proposals by key."""
        return {key: record for key, record in self.known.items() if record.side == side}


async def read_section(store: Store, registrar: Registrar, plan_id: str, appeal_id: int, section: str) -> SectionState:
    """The section with the register written up to what its layers hold on disk."""
    for _ in range(_MOST_TRIES):
        layers = await registrar.layers(plan_id, appeal_id, section)
        try:
            return await store.aread(lambda db, layers=layers: state_of(db, appeal_id, section, layers))  # type: ignore[misc]
        except Moved:
            continue
    raise RegisterBehind


def state_of(db: Session, appeal_id: int, section: str, layers: Layers) -> SectionState:
    """The state of these layers with the register as this transaction sees it; ``Moved`` when they do not belong."""
    for document, seq in layers.heads.items():
        seen = db.get(LayerSeen, document, populate_existing=True)  # its mark moves past the session
        if (0 if seen is None else seen.seq) != seq:
            raise Moved
    rows = {row.key: row for row in proposals_of(db, appeal_id, section)}
    ids = [row.id for row in rows.values() if row.id is not None]
    confirmations = standing_confirmations(db, ids)
    evidence: dict[int, list[Evidence]] = {}
    for one in db.exec(
        select(Evidence)
        .where(col(Evidence.proposal_id).in_(ids), col(Evidence.removed_at).is_(None))
        .order_by(col(Evidence.id))
    ):
        evidence.setdefault(one.proposal_id, []).append(one)
    tribunal = {
        word.record_id: word.value
        for word in db.exec(
            select(TribunalWording).where(TribunalWording.appeal_id == appeal_id, TribunalWording.section == section)
        )
    }
    spoken = records(layers.baseline, {"tribunal": tribunal})
    known = {**layers.known, **spoken}
    entries = {key: entry_from(row, confirmations.get(row.id or 0, [])) for key, row in rows.items() if key in known}
    return SectionState(
        appeal=appeal_row(db, appeal_id),
        section=section,
        baseline=layers.baseline,
        known=known,
        hashes={**layers.hashes, **{key: record_hash(layers.baseline, record) for key, record in spoken.items()}},
        heads=layers.heads,
        rows=rows,
        entries=entries,
        standing=standing(layers.baseline, known, entries),
        confirmations=confirmations,
        evidence=evidence,
    )


def read_within(db: Session, state: SectionState) -> SectionState:
    """The section anew, inside a transaction that writes, with the register written up to there: it cannot be late.

    For when people write without a pause. It takes longer than ``still_so``, and others wait to write meanwhile.
    """
    assert state.appeal.id is not None  # noqa: S101 - it came from the database
    plan_id, appeal_id = state.appeal.plan_id, state.appeal.id
    layers = catch_up(db, plan_id, appeal_id, state.section, Followed(state.baseline))
    return state_of(db, appeal_id, state.section, layers)


def still_so(db: Session, state: SectionState) -> SectionState:
    """The state again inside a transaction that writes; ``Moved`` when a layer has grown since."""
    assert state.appeal.id is not None  # noqa: S101 - it came from the database
    for side in SIDES:
        document = document_id(db, state.appeal.plan_id, layer_name(state.section, side, state.appeal.id))
        if document is not None and head(db, document) != state.heads.get(document, 0):
            raise Moved
    layers = Layers(
        state.baseline,
        {key: record for key, record in state.known.items() if record.side != "tribunal"},
        {key: digest for key, digest in state.hashes.items() if not key.startswith("tribunal:")},
        state.heads,
    )
    return state_of(db, state.appeal.id, state.section, layers)


Now: TypeAlias = Callable[[Session, SectionState], SectionState]
TRIES: tuple[Now, ...] = (still_so, still_so, still_so, read_within)
"""How an act reads a section again in its transaction, try by try: the last one is never too late."""
