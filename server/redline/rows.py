"""The rows of the register, read and written: between the tables and the values of ``sections/redline/register``.

Only the registrar and the acts of an appeal import it; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlmodel import Session, col, select

from sections.redline.register import Confirmation, Entry
from server.redline.tables import Appeal, Proposal, ProposalConfirmation, ProposalEvent

Panel = Literal["", "pending", "approved", "declined"]
Ordered = Literal["", "ordered", "refused"]


@dataclass(frozen=True, slots=True)
class Rows:
    """The proposals of one section, and the ids of those that somebody has confirmed."""

    rows: tuple[Proposal, ...]
    confirmed: frozenset[int]

    def __iter__(self) -> Iterator[Proposal]:
        return iter(self.rows)


def appeal_row(db: Session, appeal_id: int) -> Appeal:
    """The appeal; a number nobody gave out is a bug."""
    return db.get_one(Appeal, appeal_id)


def proposals_of(db: Session, appeal_id: int, section: str) -> Rows:
    """Every line of the register of one section, by number. Two queries."""
    rows = db.exec(
        select(Proposal)
        .where(Proposal.appeal_id == appeal_id, Proposal.section == section)
        .order_by(col(Proposal.number))
    ).all()
    ids = [row.id for row in rows]
    confirmed = db.exec(
        select(ProposalConfirmation.proposal_id).where(
            col(ProposalConfirmation.proposal_id).in_(ids), col(ProposalConfirmation.ended_at).is_(None)
        )
    ).all()
    return Rows(tuple(rows), frozenset(confirmed))


def standing_confirmations(db: Session, proposal_ids: list[int]) -> dict[int, list[ProposalConfirmation]]:
    """The confirmations that have not ended, by proposal. One query."""
    found: dict[int, list[ProposalConfirmation]] = {}
    rows = db.exec(
        select(ProposalConfirmation)
        .where(col(ProposalConfirmation.proposal_id).in_(proposal_ids), col(ProposalConfirmation.ended_at).is_(None))
        .order_by(col(ProposalConfirmation.id))
    )
    for row in rows:
        found.setdefault(row.proposal_id, []).append(row)
    return found


def entry_of(db: Session, row: Proposal) -> Entry:
    """The register's value of one row."""
    assert row.id is not None  # noqa: S101 - it came from the database
    return entry_from(row, standing_confirmations(db, [row.id]).get(row.id, []))


def entry_from(row: Proposal, confirmations: list[ProposalConfirmation]) -> Entry:
    """The same, with its confirmations at hand."""
    return Entry(
        key=row.key,
        hash=row.hash,
        confirmations=tuple(Confirmation(yes.side, yes.person_id, yes.hash) for yes in confirmations),
        reopened=row.reopened,
        not_agreed=tuple(row.not_agreed),
        panel=cast(Panel, row.panel),
        order=cast(Ordered, row.ordered),
    )


def write_entry(row: Proposal, entry: Entry) -> None:
    """Takes over what the register's rules decided, but for the confirmations."""
    row.hash = entry.hash
    row.reopened = entry.reopened
    row.not_agreed = list(entry.not_agreed)
    row.panel = entry.panel
    row.ordered = entry.order


def end_confirmations(db: Session, row: Proposal, at: datetime, side: str = "", person: str = "") -> None:
    """Ends the confirmations of a proposal (of one side, or of one person) that still stand."""
    query = select(ProposalConfirmation).where(
        ProposalConfirmation.proposal_id == row.id, col(ProposalConfirmation.ended_at).is_(None)
    )
    for yes in db.exec(query).all():
        if (not side or yes.side == side) and (not person or yes.person_id == person):
            yes.ended_at = at
            db.add(yes)


def note(db: Session, row: Proposal, act: str, by: str, side: str, at: datetime, *, words: str = "") -> None:
    """Writes one change of state into the proposal's history."""
    assert row.id is not None  # noqa: S101 - it has been flushed
    db.add(ProposalEvent(proposal_id=row.id, act=act, by=by, side=side, at=at, words=words, hash=row.hash))
