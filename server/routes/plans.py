"""My plans, starting one, and a plan's home."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sections import stages
from sections.clock import Step, what_next, where_are_we
from sections.rights import may_start_plan, role_label
from server.acts import STARTING_STAGES, Facts, Refused, start_plan
from server.auth import PersonDep
from server.day import today
from server.forms import Form, Shown
from server.pages import day_words, render
from server.plan_access import Standing, my_plans
from server.routes.appeal_notice import appeal_notice
from server.routes.asking import OfficeDep, StandingDep, TurnedAway
from server.section_lines import here_summary, reasons_in, section_lines, who_is_here

router = APIRouter(include_in_schema=False)

LONGEST_REFERENCE, LONGEST_CHILD = 40, 60


@router.get("/plans")
async def plan_list(request: Request, person: PersonDep, office: OfficeDep) -> Response:
    """The plans I am on."""
    mine = await office.store.aread(lambda db: my_plans(db, person.person_id, today()))
    rows = [
        {
            "plan": one.plan,
            "access": one.access,
            "role_title": one.role_title,
            "stage_title": stages.stage(one.plan.stage).title,
        }
        for one in mine
    ]
    return render(request, "plans/list.html", plans=rows, may_start=may_start_plan(is_staff=person.is_staff).allowed)


def facts_of(form: Form) -> Facts:
    """The facts of a plan as typed in; look at ``form.errors`` before using them."""
    return Facts(
        reference=form.line("reference", missing="Enter a reference", most=LONGEST_REFERENCE, what="Reference"),
        child=form.line(
            "child", missing="Enter initials or a chosen name", most=LONGEST_CHILD, what="Initials or name"
        ),
        request_received_on=form.day("request", "The day the request was received"),
        meeting_on=form.day("meeting", "The day of the meeting"),
    )


def _officers_only(person: PersonDep) -> None:
    decision = may_start_plan(is_staff=person.is_staff)
    if not decision.allowed:
        raise TurnedAway(Refused(decision.code, decision.sentence))


def _new(request: Request, values: Shown, errors: dict[str, str]) -> Response:
    offered = [stages.stage(key) for key in STARTING_STAGES]
    return render(
        request,
        "plans/new.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        role_title=role_label("case_officer"),
        stages=[{"value": one.key, "text": one.title, "hint": {"text": one.sentence}} for one in offered],
    )


@router.get("/plans/new")
async def new_plan(request: Request, person: PersonDep) -> Response:
    """The form that starts a plan."""
    _officers_only(person)
    return _new(request, Shown(stage=stages.FIRST_STAGE), {})


@router.post("/plans/new")
async def make_plan(request: Request, person: PersonDep, office: OfficeDep) -> Response:
    """Starts the plan and opens its home."""
    _officers_only(person)
    form = await Form.read(request)
    facts = facts_of(form)
    stage = form.choice("stage", STARTING_STAGES, missing="Select where the plan is now")
    if form.errors:
        return _new(request, form.values, form.errors)
    plan = await start_plan(office, person, facts, stage)
    if isinstance(plan, Refused):
        if plan.field:
            return _new(request, form.values, {plan.field: plan.field_words})
        raise TurnedAway(plan)
    return RedirectResponse(f"/plans/{plan.id}", status_code=303)


def fact_rows(standing: Standing, *, edit: bool) -> list[dict[str, Any]]:
    """The plan's facts as a summary list; with ``edit``, links to change what may be changed."""
    plan = standing.plan
    change = f"/plans/{plan.id}/facts" if edit else ""
    rows = [
        _row("Who the plan is for", plan.child, change and f"{change}#child", "initials or chosen name"),
        _row("Reference", plan.reference, change and f"{change}#reference", "reference"),
        _row(
            "Request received",
            day_words(plan.request_received_on),
            change and f"{change}#request-day",
            "day of request",
        ),
        _row("Meeting", day_words(plan.meeting_on), change and f"{change}#meeting-day", "day of the meeting"),
    ]
    if plan.draft_served_on:
        rows.append(_row("Draft sent", day_words(plan.draft_served_on)))
    if plan.finalised_on:
        rows.append(_row("Finalised", day_words(plan.finalised_on)))
    return rows


def _row(key: str, value: str, change: str = "", what: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {"key": {"text": key}, "value": {"text": value}}
    link = {"href": change, "text": "Change", "visuallyHiddenText": what}
    return row | {"actions": {"items": [link]}} if change else row


def step_row(step: Step) -> dict[str, str]:
    """One line of "Where we are" for the page."""
    state = {"done": "done", "current": "now"}.get(step.state, "later")
    day = day_words(step.day) if step.day else ""
    said = [day, step.sentence] if step.state in ("current", "next") else [day]
    return {"title": step.title, "state": state, "detail": ". ".join(part for part in said if part)}


@router.get("/plans/{plan_id}")
async def plan_home(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """A plan's home."""
    lines = await section_lines(office.live, standing)
    here = who_is_here(office.live, standing)
    stage = stages.stage(standing.plan.stage)
    return render(
        request,
        "plans/home.html",
        plan=standing.plan,
        standing=standing,
        role_title=standing.role_title,
        stage=stage,
        lines=lines,
        reasons=reasons_in(stage.key, standing.facts.disputed),
        facts=fact_rows(standing, edit=standing.may("edit_facts").allowed),
        steps=[step_row(step) for step in where_are_we(standing.facts, standing.today)],
        next_step=what_next(standing.facts, standing.today),
        present=here,
        presence_summary=here_summary(here),
        may_see_presence=standing.may("see_presence").allowed,
        may_see_people=standing.may("see_people").allowed,
        may_see_preference=standing.may("see_preference").allowed,
        may_see_record=standing.may("see_audit").allowed,
        may_move=any(standing.may("move_stage", to=move.to).allowed for move in stage.moves),
        appeal=await appeal_notice(office, standing),
        may_open_appeal=standing.appeal is None and standing.may("open_appeal").allowed,
    )
