"""The API for plans: mine, starting one, one plan's facts and stage, who is here now."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette import status

from sections import stages
from sections.clock import deadlines, what_next, where_are_we
from server.acts import Facts, edit_facts, start_plan
from server.auth import PersonDep
from server.day import today
from server.plan_access import Standing, my_plans
from server.problems import MEDIA_TYPE
from server.routes.asking import OfficeDep, StandingDep, demand, done
from server.section_lines import here_summary, who_is_here
from server.typed import Day, Line

router = APIRouter(prefix="/api/plans", tags=["plans"])


class Problem(BaseModel):
    """Why something was not done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for the person.")
    code: str = Field(description="One of the refusal codes.")
    field: str | None = Field(None, description="The field to mend, where there is one.")


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an endpoint, for the OpenAPI document."""
    return {code: {"model": Problem, "content": {MEDIA_TYPE: {}}} for code in (401, *codes)}


class Strict(BaseModel):
    """A request body: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PlanFactsIn(Strict):
    """The facts that are typed in. Use initials or a chosen name, never the full name."""

    reference: Annotated[Line, Field(max_length=40)]
    child: Annotated[Line, Field(max_length=60, description="Initials or a chosen name.")]
    request_received_on: Day | None = None
    meeting_on: Day | None = None

    def facts(self) -> Facts:
        return Facts(self.reference, self.child, self.request_received_on, self.meeting_on)


class PlanIn(PlanFactsIn):
    """A new plan."""

    stage: str = Field(stages.FIRST_STAGE, description="gathering or drafting")


class PlanChange(Strict):
    """Facts to change; what is left out stays. An explicit null takes a date away."""

    reference: Annotated[Line, Field(max_length=40)] | None = None
    child: Annotated[Line, Field(max_length=60)] | None = None
    request_received_on: Day | None = None
    meeting_on: Day | None = None


class PlanOut(BaseModel):
    """A plan, and what the person asking is on it."""

    id: str
    reference: str
    child: str
    stage: str
    stage_title: str
    stage_since: datetime
    request_received_on: date | None
    meeting_on: date | None
    draft_served_on: date | None
    finalised_on: date | None
    my_role: str
    my_party: str
    my_access_expires_on: date | None


class StepOut(BaseModel):
    """One step of "Where we are"."""

    key: str
    title: str
    state: str
    day: date | None
    sentence: str


class DeadlineOut(BaseModel):
    """One date that the law sets."""

    key: str
    title: str
    due: date
    kind: str
    state: str
    sentence: str
    source: str


class PlanDetail(PlanOut):
    """A plan with where it is and what is next."""

    next: str
    steps: list[StepOut]
    deadlines: list[DeadlineOut]


class HereOut(BaseModel):
    """Somebody who has a section open."""

    name: str
    role: str
    sections: list[str]
    sentence: str


class PresenceOut(BaseModel):
    """Who is here now."""

    summary: str
    people: list[HereOut]
    sections: dict[str, int] = Field(description="Section -> how many people have it open.")


def plan_out(standing: Standing) -> dict[str, Any]:
    """The plan as the API shows it."""
    plan = standing.plan
    return plan.model_dump(include=set(PlanOut.model_fields)) | {
        "stage_title": stages.stage(plan.stage).title,
        "my_role": standing.access.role,
        "my_party": standing.access.party,
        "my_access_expires_on": standing.access.expires_on,
    }


def _detail(standing: Standing) -> PlanDetail:
    facts, day = standing.facts, standing.today
    return PlanDetail(
        **plan_out(standing),
        next=what_next(facts, day),
        steps=[StepOut.model_validate(step, from_attributes=True) for step in where_are_we(facts, day)],
        deadlines=[DeadlineOut.model_validate(one, from_attributes=True) for one in deadlines(facts, day)],
    )


@router.get("", responses=problems())
async def list_plans(person: PersonDep, office: OfficeDep) -> list[PlanOut]:
    """The plans I am on."""
    mine = await office.store.aread(lambda db: my_plans(db, person.person_id, today()))
    return [PlanOut(**plan_out(one)) for one in mine]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(403, 422))
async def create_plan(body: PlanIn, person: PersonDep, office: OfficeDep) -> PlanOut:
    """Start a plan (council staff). The person who starts it is its case officer."""
    plan = done(await start_plan(office, person, body.facts(), body.stage))
    mine = await office.store.aread(lambda db: my_plans(db, person.person_id, today()))
    return PlanOut(**plan_out(next(one for one in mine if one.plan.id == plan.id)))


@router.get("/{plan_id}", responses=problems(404))
async def get_plan(standing: StandingDep) -> PlanDetail:
    """One plan: facts, stage, where we are, what is next."""
    return _detail(standing)


@router.patch("/{plan_id}", responses=problems(403, 404, 422))
async def change_plan(body: PlanChange, standing: StandingDep, person: PersonDep, office: OfficeDep) -> PlanDetail:
    """Change the facts of a plan. Dates of legal acts are set by moving the stage, never here."""
    demand(standing, "edit_facts")
    plan, given = standing.plan, body.model_fields_set
    changed = await edit_facts(
        office,
        person,
        plan.id,
        Facts(
            reference=body.reference or plan.reference,
            child=body.child or plan.child,
            request_received_on=body.request_received_on
            if "request_received_on" in given
            else plan.request_received_on,
            meeting_on=body.meeting_on if "meeting_on" in given else plan.meeting_on,
        ),
    )
    return _detail(Standing(done(changed), standing.access, standing.today))


@router.get("/{plan_id}/presence", responses=problems(403, 404))
async def presence(standing: StandingDep, office: OfficeDep) -> PresenceOut:
    """Who has a section open now."""
    demand(standing, "see_presence")
    here = who_is_here(office.live, standing)
    counts: dict[str, int] = {}
    for one in here:
        for label in one.sections:
            counts[label] = counts.get(label, 0) + 1
    people = [HereOut(name=one.name, role=one.role, sections=list(one.sections), sentence=one.sentence) for one in here]
    return PresenceOut(summary=here_summary(here), people=people, sections=counts)
