"""What acts and pages of an appeal work with: the open appeal of a plan, its sections, and who speaks for whom.

The one way in from routes: every function here asks the rules before it tells anything. Acts live beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session, col, select

from server.acts import Acting, Office, Refused, allowed_to
from server.auth import SignedIn
from server.codes import Code
from server.plan_access import Standing
from server.redline.registrar import Moved, RegisterBehind
from server.redline.rows import appeal_row
from server.redline.state import TRIES, Now, SectionState, read_section
from server.redline.tables import Appeal, Speaker

T = TypeVar("T")

NO_APPEAL = Refused(Code.UNKNOWN_DOCUMENT, "No appeal is open on this plan, so there is no working document to show.")
NOT_IN_DISPUTE = Refused(
    Code.UNKNOWN_DOCUMENT, "This section is not in dispute in the appeal. You can read it with the rest of the plan."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One section for one person: its state, their standing, and whether they speak for their side."""

    state: SectionState
    standing: Standing
    speaks: bool

    @property
    def side(self) -> str | None:
        """The side this person belongs to in the appeal; None for everybody else."""
        party = self.standing.access.party
        return party if party in ("family", "authority") else None


def open_appeal_of(standing: Standing) -> int | Refused:
    """The number of the plan's open appeal."""
    return NO_APPEAL if standing.appeal is None else standing.appeal.id


async def see(office: Office, who: SignedIn, plan_id: str, section: str) -> Seen | Refused:
    """One section of the working document, for somebody who may read it."""
    found = await office.store.aread(lambda db: _standing(db, who, plan_id, "see_working", section))
    if isinstance(found, Refused):
        return found
    standing, speaks = found
    assert standing.appeal is not None  # noqa: S101 - _standing has refused that
    state = await read_section(office.store, office.live.registrar, plan_id, standing.appeal.id, section)
    return Seen(state, standing, speaks)


async def act(
    office: Office,
    who: SignedIn,
    plan_id: str,
    section: str,
    action: str,
    write: Callable[[Session, Seen], T | Refused],
) -> T | Refused:
    """Does something to one section's register in one transaction, on the state that was looked at.

    ``write`` decides first and writes then: what it returns as ``Refused`` must have written nothing. It is called
    again when an edit came in between.
    """
    for now in TRIES:
        seen = await see(office, who, plan_id, section)
        if isinstance(seen, Refused):
            return seen

        def transaction(db: Session, seen: Seen = seen, now: Now = now) -> T | Refused:
            return act_within(db, who, plan_id, section, action, lambda: now(db, seen.state), write)

        try:
            done = await office.store.write(transaction)
        except Moved:
            continue
        if action != "see_working" and not isinstance(done, Refused) and seen.state.appeal.id is not None:
            office.live.registrar.decided(seen.state.appeal.id, section)
            office.live.tell(plan_id, section, "register")
        return done
    raise RegisterBehind


def act_within(
    db: Session,
    who: Acting,
    plan_id: str,
    section: str,
    action: str,
    state_now: Callable[[], SectionState],
    write: Callable[[Session, Seen], T | Refused],
) -> T | Refused:
    """The same as part of a transaction that is under way. ``state_now`` reads the section inside it."""
    allowed = _standing(db, who, plan_id, action, section)
    if isinstance(allowed, Refused):
        return allowed
    standing, speaks = allowed
    state = state_now()
    if standing.appeal is None or standing.appeal.id != state.appeal.id:
        raise Moved
    return write(db, Seen(state, standing, speaks))


def _standing(db: Session, who: Acting, plan_id: str, action: str, section: str) -> tuple[Standing, bool] | Refused:
    allowed = allowed_to(db, who, plan_id, action)
    if isinstance(allowed, Refused):
        return allowed
    if allowed.appeal is None:
        return NO_APPEAL
    if section not in allowed.appeal.sections:
        return NOT_IN_DISPUTE
    return allowed, speaks_for(db, allowed.appeal.id, who.person_id, allowed.access.party)


def speaks_for(db: Session, appeal_id: int, person_id: str, side: str) -> bool:
    """Whether this person may decide for this side now; that they have access is asked elsewhere."""
    return (
        db.exec(
            select(Speaker.id).where(
                Speaker.appeal_id == appeal_id,
                Speaker.person_id == person_id,
                Speaker.side == side,
                col(Speaker.ended_at).is_(None),
            )
        ).first()
        is not None
    )


def speakers(db: Session, appeal_id: int) -> Mapping[str, list[Speaker]]:
    """Who speaks for each side, in the order they were named."""
    found: dict[str, list[Speaker]] = {"family": [], "authority": []}
    for row in db.exec(
        select(Speaker).where(Speaker.appeal_id == appeal_id, col(Speaker.ended_at).is_(None)).order_by(col(Speaker.id))
    ):
        found.setdefault(row.side, []).append(row)
    return found


def appeals_of(db: Session, plan_id: str) -> list[Appeal]:
    """Every appeal of a plan, the newest first."""
    return list(db.exec(select(Appeal).where(Appeal.plan_id == plan_id).order_by(col(Appeal.id).desc())))


__all__ = [
    "NOT_IN_DISPUTE",
    "NO_APPEAL",
    "Seen",
    "act",
    "act_within",
    "appeal_row",
    "appeals_of",
    "open_appeal_of",
    "see",
    "speakers",
    "speaks_for",
]
