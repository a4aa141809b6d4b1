"""Who can be chosen on the demo's sign-in page: the people of the example plan, and nobody else.

Only ``routes.sign_in`` imports this, and only asks it when demo mode is on.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from sections import example
from sections.rights import party_label, role_label
from server.database import Store
from server.tables import Access, Person, Plan


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One button on the page."""

    person_id: str
    name: str
    role: str
    party: str
    story: str


async def demo_people(store: Store) -> tuple[DemoPerson, ...]:
    """The example's people in the order of its story, those whose access was taken away included: see what they see."""
    story = {person.email: person for person in example.load().people}
    order = {email: place for place, email in enumerate(story)}
    found = {row[0].email: row for row in await store.aread(_on_example) if row[0].email in story}
    return tuple(
        DemoPerson(person.id, person.name, role_label(role), party_label(party), story[email].story)
        for email, (person, role, party) in sorted(found.items(), key=lambda item: order[item[0]])
    )


async def demo_person(store: Store, person_id: str) -> str | None:
    """The id, if it is one of the example's people who may be chosen."""
    return next((person.person_id for person in await demo_people(store) if person.person_id == person_id), None)


def _on_example(db: Session) -> list[tuple[Person, str, str]]:
    rows = db.exec(
        select(Person, Access.role, Access.party)
        .join(Access, col(Access.person_id) == Person.id)
        .join(Plan, col(Plan.id) == Access.plan_id)
        .where(col(Plan.is_example).is_(True), col(Person.disabled_at).is_(None))
        .order_by(col(Access.id))  # the newest role of each counts
    ).all()
    return [(person, role, party) for person, role, party in rows]
