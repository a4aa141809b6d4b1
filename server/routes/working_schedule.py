"""Both wordings of everything that is in dispute, side by side, to read and to print."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.acts import Refused
from server.codes import Code
from server.pages import render
from server.redline.versions import read_sections
from server.routes.asking import OfficeDep, StandingDep, TurnedAway
from server.routes.working_versions import asked
from server.working_pages.versions import Schedule
from server.working_schedule import schedule_sections

router = APIRouter(include_in_schema=False)


@router.get("/plans/{plan_id}/working/schedule")
async def schedule_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What is not agreed now."""
    found = await asked(office, standing, None)
    if found.past is not None:
        raise TurnedAway(Refused(Code.UNKNOWN_DOCUMENT, "The appeal has ended. Nothing is in dispute any more."))
    states = await read_sections(office, standing.plan.id, standing)
    page = Schedule(standing.plan, found.appeal.number, standing.today, schedule_sections(states))
    return render(request, "working/schedule.html", page=page)
