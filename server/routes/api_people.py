"""The API for people on a plan: who has access, inviting, ending access."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, EmailStr, Field
from starlette import status

from sections.rights import ROLES
from server.acts import Invitation, end_access, invite
from server.auth import PersonDep
from server.plan_access import OnPlan, people_on
from server.routes.api_plans import Strict, problems
from server.routes.asking import OfficeDep, RowId, StandingDep, demand, done
from server.typed import Day, Line

router = APIRouter(prefix="/api/plans/{plan_id}/people", tags=["people"])


class PersonOut(BaseModel):
    """One person's access to a plan."""

    access: int = Field(description="Use this to end the access.")
    person: str
    name: str
    email: str | None = Field(description="Only for those who may invite.")
    role: str
    role_title: str
    party: str
    acts_for: str | None
    expires_on: date | None
    invited_at: datetime
    ended_at: datetime | None
    current: bool


class InvitationIn(Strict):
    """Whom to invite, as what, and until when."""

    email: EmailStr
    name: Line = Field(max_length=120)
    role: str
    party: str | None = Field(None, description="Left out: the party that belongs to the role.")
    expires_on: Day | None = Field(None, description="The last day of access.")
    acts_for: str | None = Field(None, description="For an advocate: the person id of whom they act for.")


@router.get("", responses=problems(403, 404))
async def list_people(standing: StandingDep, office: OfficeDep) -> list[PersonOut]:
    """Everybody who has or had access."""
    demand(standing, "see_people")
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    addresses = standing.may("invite").allowed
    return [_out(one, addresses=addresses, today=standing.today) for one in everybody]


def _out(one: OnPlan, *, addresses: bool, today: date) -> PersonOut:
    access = one.access
    return PersonOut(
        access=access.id or 0,
        person=one.person.id,
        name=one.person.name,
        email=one.person.email if addresses else None,
        role=access.role,
        role_title=one.role_title,
        party=access.party,
        acts_for=access.acts_for,
        expires_on=access.expires_on,
        invited_at=access.invited_at,
        ended_at=access.ended_at,
        current=one.current(today),
    )


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 422))
async def invite_person(body: InvitationIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> PersonOut:
    """Give somebody access and send them a message."""
    rule = ROLES.get(body.role)
    party = body.party or (rule.parties[0] if rule else "")
    wanted = Invitation(str(body.email), body.name, body.role, party, body.expires_on, body.acts_for)
    access = done(await invite(office, person, standing.plan.id, wanted))
    return await _find(standing, office, access.id)


@router.delete("/{access}", responses=problems(403, 404))
async def end_one(access: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep) -> PersonOut:
    """End somebody's access. Their live connections to this plan close within a second."""
    done(await end_access(office, person, standing.plan.id, access))
    return await _find(standing, office, access)


async def _find(standing: StandingDep, office: OfficeDep, access: int | None) -> PersonOut:
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    one = next(one for one in everybody if one.access.id == access)
    return _out(one, addresses=True, today=standing.today)
