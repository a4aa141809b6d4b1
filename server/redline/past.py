"""Which appeal somebody asks for: the one that is open, or one that has ended, counted from the first.

Of an appeal that has ended everything stays readable: its versions, what became of it, and the proof. Routes and the
command line import it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from server.redline.desk import appeals_of
from server.redline.tables import Appeal


@dataclass(frozen=True, slots=True)
class Asked:
    """An appeal of a plan. ``past``: its place among those that have ended, from 1; None while it is open."""

    appeal: Appeal
    past: int | None

    @property
    def id(self) -> int:
        """Its number in the database."""
        return self.appeal.id or 0


def asked_for(db: Session, plan_id: str, past: int | None = None) -> Asked | None:
    """The appeal that is open, or else the last one; with ``past`` that one of those that have ended."""
    ended = [one for one in reversed(appeals_of(db, plan_id)) if one.closed_at is not None]
    if past is not None:
        return Asked(ended[past - 1], past) if 1 <= past <= len(ended) else None
    current = next((one for one in appeals_of(db, plan_id) if one.closed_at is None), None)
    if current is not None:
        return Asked(current, None)
    return Asked(ended[-1], len(ended)) if ended else None
