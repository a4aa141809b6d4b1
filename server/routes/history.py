"""A section's history: the time line, any moment, who wrote what, and putting an earlier wording back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from server.acts import Office, Refused
from server.auth import PersonDep
from server.forms import Form
from server.history import restore
from server.history.books import Histories
from server.history.overview import overview
from server.history.pages import Asked, View, change_html, history_page, moment_page
from server.history.restore import Wanted
from server.history.seen import looked
from server.history.telling import moment_words, show
from server.pages import render
from server.plan_access import Standing
from server.routes.asking import OfficeDep, SectionDep, StandingDep, TurnedAway, demand

router = APIRouter(include_in_schema=False)

LAST_ENTRY = 2**31 - 1
Entry = Annotated[int | None, Query(ge=0, le=LAST_ENTRY)]
Passage = Annotated[str, Query(max_length=40)]


def histories(request: Request) -> Histories:
    """The histories of this server."""
    found: Histories = request.app.state.histories
    return found


async def items_of(office: Office, plan_id: str, label: str) -> dict[str, dict[str, Any]]:
    """Every item of the plan by its id, with where it is to be read."""
    found = {}
    for item in await office.live.items(plan_id):
        where = "" if item["section"] == label else f"/plans/{plan_id}/sections/{item['section']}"
        found[item["id"]] = item | {"href": f"{where}#item-{item['id']}"}
    return found


@router.get("/plans/{plan_id}/history")
async def plan_history(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Who wrote last in each section."""
    plan_id, person_id = standing.plan.id, standing.access.person_id
    found = await office.store.aread(lambda db: overview(db, plan_id, person_id))
    return render(request, "history/plan.html", plan=standing.plan, sections=found)


@router.get("/plans/{plan_id}/sections/{section}/history")
async def history(
    request: Request,
    rule: SectionDep,
    standing: StandingDep,
    office: OfficeDep,
    at: Entry = None,
    since: Annotated[int | None, Query(alias="from", ge=0, le=LAST_ENTRY)] = None,
    view: View = "changes",
    before: Annotated[int | None, Query(ge=1, le=LAST_ENTRY)] = None,
    done: Annotated[int, Query(ge=0, le=1)] = 0,
) -> Response:
    """One moment and the time line."""
    plan_id = standing.plan.id
    asked = Asked(plan_id, rule, at, since, view, before, standing.may("write", rule.label).allowed)
    lookup = await items_of(office, plan_id, rule.label)
    page = await histories(request).ask(
        standing.access.person_id, lambda db, these: history_page(db, these, asked, lookup)
    )
    return render(
        request,
        "history/section.html",
        plan=standing.plan,
        section=rule,
        page=page,
        moment=page.moment,
        asked=page.moment.asked,
        put_back_done=bool(done),
    )


@router.get("/plans/{plan_id}/sections/{section}/history/moment")
async def moment(
    request: Request,
    rule: SectionDep,
    standing: StandingDep,
    office: OfficeDep,
    at: Entry = None,
    view: View = "changes",
    before: Annotated[int | None, Query(ge=1, le=LAST_ENTRY)] = None,
) -> Response:
    """Only the moment, for the slider."""
    plan_id = standing.plan.id
    asked = Asked(plan_id, rule, at, None, view, before, standing.may("write", rule.label).allowed)
    lookup = await items_of(office, plan_id, rule.label)
    shown = await histories(request).ask(
        standing.access.person_id, lambda db, these: moment_page(db, these, asked, lookup)
    )
    return render(request, "history/moment.html", plan=standing.plan, section=rule, moment=shown)


@router.get("/plans/{plan_id}/sections/{section}/history/put-back")
async def put_back_page(
    request: Request,
    rule: SectionDep,
    standing: StandingDep,
    office: OfficeDep,
    at: Annotated[int, Query(ge=0, le=LAST_ENTRY)],
    passage: Passage = "",
) -> Response:
    """What putting it back would change, before anything is done."""
    return await _check(request, office, standing, Wanted(rule.label, at, passage), "")


async def _check(request: Request, office: Office, standing: Standing, wanted: Wanted, wrong: str) -> Response:
    demand(standing, "write", wanted.section)
    plan_id, label = standing.plan.id, wanted.section

    def look(db: Any, these: Histories) -> tuple[restore.Plan | Refused, str]:
        then = show(db, these, plan_id, label, wanted.at).step
        return restore.plan(db, these, plan_id, wanted), "" if then is None else moment_words(then.ended)

    planned, when = await histories(request).ask(standing.access.person_id, look)
    back = f"/plans/{plan_id}/sections/{label}/history?at={wanted.at}"
    context: dict[str, Any] = {"plan": standing.plan, "label": label, "wanted": wanted, "back": back, "when": when}
    if isinstance(planned, Refused):
        return render(request, "history/cannot.html", planned.status, refused=planned, **context)
    lookup = await items_of(office, plan_id, label)
    return render(
        request,
        "history/put_back.html",
        409 if wrong else 200,
        errors={"here": wrong} if wrong else {},
        planned=planned,
        text=change_html(planned.compared.tree, label, lookup),
        words=restore.words_of(planned),
        **context,
    )


@router.post("/plans/{plan_id}/sections/{section}/history/put-back")
async def put_back(
    request: Request, rule: SectionDep, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Puts it back, unless that place has changed since it was shown."""
    form = await Form.read(request)
    at = form.raw("at")
    passage = form.raw("passage")[:40]
    known = int(at) if at.isascii() and at.isdigit() and len(at) < 10 else 0
    wanted = Wanted(rule.label, known, passage)
    refused = await restore.put_back(office, histories(request), person, standing, wanted, form.raw("here")[:64])
    if refused is restore.CHANGED_MEANWHILE:
        return await _check(request, office, standing, wanted, refused.field_words)
    if refused is not None:
        raise TurnedAway(refused)
    return RedirectResponse(f"/plans/{standing.plan.id}/sections/{rule.label}/history?done=1", status_code=303)


@router.post("/plans/{plan_id}/sections/{section}/looked")
async def have_looked(rule: SectionDep, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """A page that showed the section live is being left."""
    await looked(office, standing.plan.id, rule.label, person.person_id)
    return Response(status_code=204)
