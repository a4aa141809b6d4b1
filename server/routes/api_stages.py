"""The API for a plan's stage, the table of rights, and the family's preference."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette import status

from sections import stages
from sections.rights import rights_table
from server.acts import Refused as ActRefused
from server.acts import state_preference
from server.auth import PersonDep
from server.codes import Code
from server.moves import look_at_move, move_stage
from server.routes.api_plans import Strict, problems
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand, done
from server.routes.preference import wishes_on
from server.typed import Line, Text

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["stages and rights"])


class NeedOut(BaseModel):
    """What a move still needs."""

    key: str
    title: str
    sentence: str


class MoveOut(BaseModel):
    """A step that leads on from here."""

    to: str
    title: str
    next: str
    warning: str
    roles: list[str]
    allowed: bool
    sentence: str = Field(description="Why you may not, when you may not.")
    outstanding: list[NeedOut]


class StageOut(BaseModel):
    """Where a plan is and where it may go."""

    stage: str
    title: str
    sentence: str
    since: datetime
    draft_served_on: date | None
    finalised_on: date | None
    moves: list[MoveOut]


class MoveIn(Strict):
    """A deliberate step. Reasons are kept in the plan's record."""

    to: str
    early_reason: Annotated[Text, Field(max_length=2000)] = ""
    eotas_reason: Annotated[Text, Field(max_length=2000)] = ""


class RightsOut(BaseModel):
    """One line of the table of who may write what."""

    section: str
    title: str
    mode: str
    reason: str
    roles: list[str]
    writers: list[str]


class WishOut(BaseModel):
    """What the family said it would like."""

    wish: str
    why: str
    person: str
    name: str
    at: datetime


class WishIn(Strict):
    """A school or college, or a type, and why."""

    wish: Line = Field(max_length=300)
    why: Annotated[Text, Field(min_length=1, max_length=4000)]


@router.get("/stage", responses=problems(404))
async def get_stage(standing: StandingDep, person: PersonDep, office: OfficeDep) -> StageOut:
    """Where the plan is, and the steps that lead on."""
    plan = standing.plan
    rule = stages.stage(plan.stage)
    moves = []
    for move in rule.moves:
        decision = standing.may("move_stage", to=move.to)
        state = await look_at_move(office, person, plan.id, move.to) if decision.allowed else None
        needs = () if state is None or isinstance(state, ActRefused) else state.outstanding()
        moves.append(
            MoveOut(
                to=move.to,
                title=move.title,
                next=move.next,
                warning=move.warning,
                roles=list(move.roles),
                allowed=decision.allowed,
                sentence="" if decision.allowed else decision.sentence,
                outstanding=[NeedOut.model_validate(need, from_attributes=True) for need in needs],
            )
        )
    return StageOut(
        stage=rule.key,
        title=rule.title,
        sentence=rule.sentence,
        since=plan.stage_since,
        draft_served_on=plan.draft_served_on,
        finalised_on=plan.finalised_on,
        moves=moves,
    )


@router.post("/stage", responses=problems(403, 404, 422))
async def post_stage(body: MoveIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> StageOut:
    """Move the plan to another stage. Every section's lock changes in the same instant."""
    plan_id = standing.plan.id
    reasons = body.model_dump(exclude={"to"})
    plan = done(await move_stage(office, person, plan_id, body.to, **reasons))
    return await get_stage(type(standing)(plan, standing.access, standing.today), person, office)


@router.get("/rights", responses=problems(404))
async def get_rights(standing: StandingDep, stage: str | None = None) -> list[RightsOut]:
    """Who may write which section, in the present stage or in the one asked for."""
    asked = stages.find(stage) if stage else stages.stage(standing.plan.stage)
    if asked is None:
        raise TurnedAway(ActRefused(Code.MALFORMED, f"The stages are: {', '.join(stages.STAGE_KEYS)}.", "stage"))
    rows = rights_table(asked.key, standing.facts.disputed)
    return [RightsOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/preference", responses=problems(403, 404))
async def get_preference(standing: StandingDep, office: OfficeDep) -> list[WishOut]:
    """What the family said, the newest first."""
    demand(standing, "see_preference")
    wishes = await wishes_on(office, standing.plan.id)
    return [WishOut(wish=one.wish, why=one.why, person=one.person_id, name=one.name, at=one.at) for one in wishes]


@router.post("/preference", status_code=status.HTTP_201_CREATED, responses=problems(403, 404, 409, 422))
async def post_preference(body: WishIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> WishOut:
    """Say which school or college, or which type, and why. Earlier statements stay."""
    said = done(await state_preference(office, person, standing.plan.id, body.wish, body.why))
    return WishOut(wish=said.wish, why=said.why, person=person.person_id, name=person.name, at=said.at)
