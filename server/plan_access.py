"""Somebody's standing on a plan, fetched through these few functions and nowhere else.

A plan one is not on and a plan that does not exist give the same answer. Nothing here decides anything:
it hands plain facts to ``sections.rights``. Routes and ``acts`` import this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from sections.facts import Actor, PlanFacts
from sections.rights import Decision, may, role_label
from sections.stages import STAGE_KEYS
from server.layers import OpenAppeal, open_appeal
from server.tables import Access, Person, Plan


@dataclass(frozen=True, slots=True)
class Standing:
    """One person on one plan, today."""

    plan: Plan
    access: Access
    today: date
    appeal: OpenAppeal | None = None

    @property
    def facts(self) -> PlanFacts:
        return plan_facts(self.plan, self.appeal)

    @property
    def actor(self) -> Actor:
        return actor_of(self.access)

    @property
    def role_title(self) -> str:
        return role_label(self.access.role)

    def may(self, action: str, section: str | None = None, *, to: str | None = None) -> Decision:
        """Whether this person may do it now, and what to tell them."""
        return may(self.actor, action, self.facts, section, today=self.today, to=to)


@dataclass(frozen=True, slots=True)
class OnPlan:
    """One line of the list of people: the access and whose it is."""

    access: Access
    person: Person
    acts_for: Person | None
    invited_by: Person

    @property
    def role_title(self) -> str:
        return role_label(self.access.role)

    def current(self, today: date) -> bool:
        """True while this access lets them in."""
        expires = self.access.expires_on
        return self.access.ended_at is None and (expires is None or today <= expires)


def plan_facts(plan: Plan, appeal: OpenAppeal | None = None) -> PlanFacts:
    """What the rules need to know about a plan, and the appeal that is open, if one is."""
    return PlanFacts(
        stage=plan.stage,
        request_received_on=plan.request_received_on,
        meeting_on=plan.meeting_on,
        draft_served_on=plan.draft_served_on,
        finalised_on=plan.finalised_on,
        disputed=() if appeal is None else appeal.sections,
        private_turns=frozenset() if appeal is None else appeal.private_turns,
    )


def actor_of(access: Access) -> Actor:
    """What the rules need to know about one person on a plan."""
    return Actor(
        role=access.role,
        party=access.party,
        ended=access.ended_at is not None,
        expires_on=access.expires_on,
        acts_for=access.acts_for,
    )


def find_standing(session: Session, plan_id: str, person_id: str, today: date) -> Standing | None:
    """The person's standing if it lets them read the plan today, else None. One query; three for a final plan."""
    row = session.exec(
        select(Plan, Access)
        .join(Access, col(Access.plan_id) == col(Plan.id))
        .where(col(Plan.id) == plan_id, col(Access.person_id) == person_id, col(Access.ended_at).is_(None))
        .order_by(col(Access.id).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    appeal = open_appeal(session, plan_id) if row[0].stage == "final" else None
    standing = Standing(plan=row[0], access=row[1], today=today, appeal=appeal)
    return standing if standing.may("read").allowed else None


def my_plans(session: Session, person_id: str, today: date) -> list[Standing]:
    """Every plan the person may read today, the newest first. One query."""
    rows = session.exec(
        select(Plan, Access)
        .join(Access, col(Access.plan_id) == col(Plan.id))
        .where(col(Access.person_id) == person_id, col(Access.ended_at).is_(None))
        .order_by(col(Plan.created_at).desc(), col(Access.id).desc())
    ).all()
    seen: set[str] = set()
    found = []
    for plan, access in rows:
        standing = Standing(plan=plan, access=access, today=today)
        if plan.id not in seen and standing.may("read").allowed:
            found.append(standing)
        seen.add(plan.id)
    return found


def everybody_on(session: Session, plan_id: str) -> list[tuple[str, Actor, str, int]]:
    """Everybody who is or was on the plan, in the order they came: who, as what, their name and colour. One query."""
    rows = session.execute(
        select_columns(
            col(Access.person_id),
            col(Access.role),
            col(Access.party),
            col(Access.ended_at),
            col(Access.expires_on),
            col(Access.acts_for),
            col(Person.name),
            col(Person.colour),
        )
        .join(Person, col(Person.id) == col(Access.person_id))
        .where(col(Access.plan_id) == plan_id)
        .order_by(col(Access.id))
    )
    return [
        (person_id, Actor(role, party, ended_at is not None, expires_on, acts_for), name, colour)
        for person_id, role, party, ended_at, expires_on, acts_for, name, colour in rows
    ]


def people_on(session: Session, plan_id: str) -> list[OnPlan]:
    """Everybody who is or was on the plan, in the order they came. Two queries, however many they are."""
    rows = session.exec(
        select(Access, Person)
        .join(Person, col(Person.id) == col(Access.person_id))
        .where(col(Access.plan_id) == plan_id)
        .order_by(col(Access.id))
    ).all()
    others = {access.invited_by for access, _ in rows} | {access.acts_for for access, _ in rows if access.acts_for}
    named = people_by_id(session, others) | {person.id: person for _, person in rows}
    return [
        OnPlan(
            access=access,
            person=person,
            acts_for=named.get(access.acts_for) if access.acts_for else None,
            invited_by=named[access.invited_by],
        )
        for access, person in rows
    ]


def people_by_id(session: Session, ids: Iterable[str]) -> dict[str, Person]:
    """People by id. One query."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {person.id: person for person in session.exec(select(Person).where(col(Person.id).in_(wanted)))}


def stage_number(stage: str) -> int:
    """Where a stage stands in the order of stages; after the last for an unknown one."""
    return STAGE_KEYS.index(stage) if stage in STAGE_KEYS else len(STAGE_KEYS)
