"""Who can be chosen on the demo's sign-in page: the people of the example plans, and nobody else.

Only ``routes.sign_in`` imports this, and only asks it when demo mode is on.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from sections import example, example_appeal
from sections.rights import party_label, role_label
from server.database import Store
from server.tables import Access, Person, Plan


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One button on the page. ``story``: their part in the draft; ``in_appeal``: their part in the other plan."""

    person_id: str
    name: str
    role: str
    party: str
    story: str
    in_appeal: str


async def demo_people(store: Store) -> tuple[DemoPerson, ...]:
    """The examples' people in the order of the stories; those whose access was taken away too: see what they see."""
    rows = await store.aread(_on_examples)
    newest = {row[0].email: row for row in rows}
    appealed = {person.email for person, _, _, reference in rows if reference == example_appeal.reference()}
    draft = {person.email: person.story for person in example.load().people}
    appeal = {person.email: person.story for person in example_appeal.people() if person.email in appealed}
    found = []
    for email in dict.fromkeys((*draft, *appeal)):
        if email in newest:
            person, role, party, _ = newest[email]
            stories = draft.get(email, ""), appeal.get(email, "")
            found.append(DemoPerson(person.id, person.name, role_label(role), party_label(party), *stories))
    return tuple(found)


async def demo_person(store: Store, person_id: str) -> str | None:
    """The id, if it is one of the examples' people who may be chosen."""
    return next((person.person_id for person in await demo_people(store) if person.person_id == person_id), None)


def _on_examples(db: Session) -> list[tuple[Person, str, str, str]]:
    rows = db.exec(
        select(Person, Access.role, Access.party, Plan.reference)
        .join(Access, col(Access.person_id) == Person.id)
        .join(Plan, col(Plan.id) == Access.plan_id)
        .where(col(Plan.is_example).is_(True), col(Person.disabled_at).is_(None))
        .order_by(col(Access.id))  # the newest role of each counts
    ).all()
    return [(person, role, party, reference) for person, role, party, reference in rows]
