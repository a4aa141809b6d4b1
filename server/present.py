"""Who is here: the people with a section open now, of those who may be shown to the others.

Who drafts in private is shown to nobody. ``live`` offers it to pages, the API and other processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.layers import is_private
from server.room import Room


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has a section open now, and may be shown to the others."""

    person_id: str
    name: str
    role: str
    section: str


def present_in(rooms: Iterable[Room]) -> list[Present]:
    """Everybody in these rooms who may be shown, once for each section they have open."""
    return [
        Present(
            seat.standing.person_id,
            seat.standing.name,
            seat.standing.role,
            seat.standing.section.partition("@")[0],
        )
        for room in rooms
        if not is_private(room.stored)
        for seat in room.audience.seats
        if seat.standing.show.allowed
    ]
