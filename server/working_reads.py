"""What pages of the working document read beside a section's state: who people are, what happened, which versions.

A fixed number of queries, however many proposals there are. Nothing here decides or words anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from server.plan_access import people_by_id, people_on
from server.redline.desk import speakers
from server.redline.state import SectionState
from server.redline.tables import ProposalEvent, WorkingVersion


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody a page names. ``on_behalf`` is whom an advocate acts for."""

    name: str
    role: str = ""
    side: str = ""
    on_behalf: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page tells beside the words: people by id, events by proposal, who speaks for a side, the last version."""

    names: Mapping[str, Named]
    events: Mapping[int, tuple[ProposalEvent, ...]]
    speakers: Mapping[str, tuple[str, ...]]
    version: int


def told(
    db: Session, plan_id: str, appeal_id: int, states: Iterable[SectionState], *, also: Iterable[str] = ()
) -> Told:
    """Everything the cards of these sections tell, and who ``also`` is. At most seven queries."""
    found = list(states)
    rows = [row for state in found for row in state.rows.values()]
    events: dict[int, list[ProposalEvent]] = {}
    for event in db.exec(
        select(ProposalEvent)
        .where(col(ProposalEvent.proposal_id).in_([row.id for row in rows]))
        .order_by(col(ProposalEvent.id))
    ):
        events.setdefault(event.proposal_id, []).append(event)
    spoken = speakers(db, appeal_id)
    ids = {*also, *(event.by for many in events.values() for event in many)}
    ids |= {by for row in rows for by in (row.first_by, row.last_by)}
    ids |= {yes.person_id for state in found for many in state.confirmations.values() for yes in many}
    ids |= {one.person_id for many in spoken.values() for one in many}
    return Told(
        names=names_of(db, plan_id, ids),
        events={key: tuple(many) for key, many in events.items()},
        speakers={side: tuple(one.person_id for one in many) for side, many in spoken.items()},
        version=last_version(db, appeal_id),
    )


def names_of(db: Session, plan_id: str, ids: Iterable[str] = ()) -> dict[str, Named]:
    """Everybody who is or was on the plan, and these people. At most three queries."""
    found: dict[str, Named] = {}
    for one in people_on(db, plan_id):
        behalf = "" if one.acts_for is None else one.acts_for.name
        found[one.person.id] = Named(one.person.name, one.role_title, one.access.party, behalf)
    for person in people_by_id(db, set(ids) - found.keys()).values():
        found[person.id] = Named(person.name)
    return found


def last_version(db: Session, appeal_id: int) -> int:
    """The number of the newest frozen version; 0 before the first."""
    newest = db.exec(select(func.max(WorkingVersion.number)).where(WorkingVersion.appeal_id == appeal_id)).one()
    return newest or 0


def version_rows(db: Session, appeal_id: int) -> list[WorkingVersion]:
    """Every version, the newest first. Their bytes are left in the database."""
    return list(
        db.exec(
            select(WorkingVersion)
            .where(WorkingVersion.appeal_id == appeal_id)
            .order_by(col(WorkingVersion.number).desc())
            .options(defer(WorkingVersion.payload, raiseload=True))  # type: ignore[arg-type]
        )
    )
