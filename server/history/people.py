"""Who people were when they wrote: their names, and the roles they had on the plan then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from sections.rights import role_label
from sections.words import listed, mid_sentence
from server.log import SYSTEM
from server.plan_access import OnPlan, people_by_id, people_on
from server.record import SERVICE, SOMEBODY


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as a history names them."""

    person_id: str
    name: str
    role: str = ""

    @property
    def words(self) -> str:
        """``Leila Tarran, parent or carer``."""
        return f"{self.name}, {mid_sentence(self.role)}" if self.role else self.name


class People:
    """Everybody who is or was on a plan, and whoever else wrote in it."""

    def __init__(self, db: Session, plan_id: str, authors: Iterable[str] = ()) -> None:
        self._on: dict[str, list[OnPlan]] = {}
        for one in people_on(db, plan_id):
            self._on.setdefault(one.person.id, []).append(one)
        others = {author for author in authors if author != SYSTEM} - self._on.keys()
        self._others = {person.id: person.name for person in people_by_id(db, others).values()}

    def then(self, person_id: str, at: datetime) -> Who:
        """Who they were at this moment."""
        if person_id == SYSTEM:
            return Who(person_id, SERVICE)
        stays = self._on.get(person_id)
        if not stays:
            return Who(person_id, self._others.get(person_id, SOMEBODY.capitalize()))
        stay = next((one for one in reversed(stays) if _aware(one.access.invited_at) <= at), stays[0])
        return Who(person_id, stay.person.name, role_label(stay.access.role))


def together(people: Iterable[Who]) -> str:
    """Several people in a sentence, each with their role."""
    found = list(people)
    if len(found) == 1:
        return found[0].words
    return listed([f"{one.name} ({mid_sentence(one.role)})" if one.role else one.name for one in found])


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
