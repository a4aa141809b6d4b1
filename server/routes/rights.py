"""Who may write what, as a plain table, for the present stage or any other."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from sections import stages
from sections.rights import rights_table, writes
from sections.words import listed
from server.pages import render
from server.routes.asking import StandingDep
from server.section_lines import reasons_in

router = APIRouter(include_in_schema=False)


@router.get("/plans/{plan_id}/rights")
async def rights_page(request: Request, standing: StandingDep, stage: str = "") -> Response:
    """The table for one stage."""
    shown = stages.find(stage) or stages.stage(standing.plan.stage)
    disputed = standing.facts.disputed
    mine = writes(standing.access.role, shown.key)
    return render(
        request,
        "rights/rights.html",
        plan=standing.plan,
        shown=shown,
        now=standing.plan.stage,
        stages=stages.STAGES,
        rows=rights_table(shown.key, disputed),
        reasons=reasons_in(shown.key, disputed),
        mine=mine,
        mine_words=listed(mine),
        role_title=standing.role_title,
    )
