"""The API for the record of who did what to a plan. It holds no plan text, no names and no reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from server.record import events
from server.routes.api_plans import problems
from server.routes.asking import OfficeDep, StandingDep, demand
from server.typed import LARGEST_ID

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["audit"])

MOST = 500


class EventOut(BaseModel):
    """One act."""

    id: int
    at: datetime
    act: str
    person: str | None = Field(description="The person's id.")
    detail: dict[str, Any]


@router.get("/audit", responses=problems(403, 404))
async def get_audit(
    standing: StandingDep,
    office: OfficeDep,
    before: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Only acts before this id: for the next page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[EventOut]:
    """What was done to this plan, the newest first. What only one side may know is shown to that side alone."""
    demand(standing, "see_audit")

    def read(db: Session) -> list[EventOut]:
        return [
            EventOut(id=one.id or 0, at=one.at, act=one.act, person=one.person_id, detail=one.detail)
            for one in events(db, standing.plan.id, standing.access.party, before=before, limit=limit)
        ]

    return await office.store.aread(read)
