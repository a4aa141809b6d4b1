"""The record of who did what to a plan, for the officers who look after it. It never shows plan text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.pages import render
from server.record import entries
from server.routes.asking import OfficeDep, StandingDep, demand
from server.typed import LARGEST_ID

router = APIRouter(include_in_schema=False)

A_PAGE = 40


@router.get("/plans/{plan_id}/record")
async def record_page(
    request: Request,
    standing: StandingDep,
    office: OfficeDep,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """One page of the record, the newest first; ``before`` is the last act of the page one comes from."""
    demand(standing, "see_audit")
    plan_id, side = standing.plan.id, standing.access.party
    found = await office.store.aread(lambda db: entries(db, plan_id, side, before=before, limit=A_PAGE + 1))
    shown = found[:A_PAGE]
    return render(
        request,
        "record/record.html",
        plan=standing.plan,
        entries=shown,
        older=shown[-1].id if len(found) > A_PAGE else None,
        newest=before is None,
    )
