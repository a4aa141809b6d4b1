"""Changing the facts of a plan."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from server.acts import Refused, edit_facts
from server.auth import PersonDep
from server.forms import Form, Shown, date_values
from server.pages import render
from server.plan_access import Standing
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand
from server.routes.plans import facts_of

router = APIRouter(include_in_schema=False)


def _page(request: Request, standing: Standing, values: Shown, errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return render(request, "plans/facts.html", status=status, plan=standing.plan, values=values, errors=errors)


@router.get("/plans/{plan_id}/facts")
async def facts_form(request: Request, standing: StandingDep) -> Response:
    """The facts as they are, to change."""
    demand(standing, "edit_facts")
    plan = standing.plan
    dates = date_values("request", plan.request_received_on) | date_values("meeting", plan.meeting_on)
    return _page(request, standing, Shown(reference=plan.reference, child=plan.child, **dates), {})


@router.post("/plans/{plan_id}/facts")
async def change_facts(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Saves the facts and goes back to the plan."""
    demand(standing, "edit_facts")
    form = await Form.read(request)
    facts = facts_of(form)
    if form.errors:
        return _page(request, standing, form.values, form.errors)
    changed = await edit_facts(office, person, standing.plan.id, facts)
    if isinstance(changed, Refused):
        if changed.field:
            return _page(request, standing, form.values, {changed.field: changed.field_words})
        raise TurnedAway(changed)
    return RedirectResponse(f"/plans/{standing.plan.id}", status_code=303)
