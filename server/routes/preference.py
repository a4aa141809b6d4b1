"""The family's preferred school or college: stated, kept with its history, always apart from section I."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from server.acts import Office, state_preference
from server.auth import PersonDep
from server.forms import Form, Shown
from server.pages import render
from server.plan_access import Standing
from server.routes.asking import OfficeDep, StandingDep, demand, done
from server.tables import Person, Preference

router = APIRouter(include_in_schema=False)

LONGEST_WISH, LONGEST_WHY = 300, 4000


@dataclass(frozen=True, slots=True)
class Wish:
    """One statement: what, why, who, when."""

    wish: str
    why: str
    name: str
    person_id: str
    at: datetime


async def wishes_on(office: Office, plan_id: str) -> list[Wish]:
    """All statements, the newest first. One query."""

    def read(db: Session) -> list[Wish]:
        rows = db.exec(
            select(Preference, Person.name)
            .join(Person, col(Person.id) == col(Preference.person_id))
            .where(col(Preference.plan_id) == plan_id)
            .order_by(col(Preference.id).desc())
        ).all()
        return [Wish(one.wish, one.why, name, one.person_id, one.at) for one, name in rows]

    return await office.store.aread(read)


async def _page(
    request: Request, standing: Standing, office: Office, values: Shown, errors: dict[str, str]
) -> Response:
    decision = standing.may("state_preference")
    return render(
        request,
        "preference/preference.html",
        status=422 if errors else 200,
        plan=standing.plan,
        wishes=await wishes_on(office, standing.plan.id),
        may_state=decision.allowed,
        why_not=decision.sentence,
        values=values,
        errors=errors,
    )


@router.get("/plans/{plan_id}/preference")
async def preference_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What has been said, and the form for whoever may say it."""
    demand(standing, "see_preference")
    return await _page(request, standing, office, Shown(), {})


@router.post("/plans/{plan_id}/preference")
async def say(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Adds a statement."""
    demand(standing, "state_preference")
    form = await Form.read(request)
    wish = form.line(
        "wish", missing="Enter a school or college, or a type", most=LONGEST_WISH, what="The school, college or type"
    )
    why = form.text("why", missing="Say why", most=LONGEST_WHY, what="Your reasons")
    if form.errors:
        return await _page(request, standing, office, form.values, form.errors)
    done(await state_preference(office, person, standing.plan.id, wish, why))
    return RedirectResponse(f"/plans/{standing.plan.id}/preference", status_code=303)
