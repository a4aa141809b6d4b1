"""Where a plan is, and moving it on: the page, the confirm page with its reasons, the done page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from sections import stages
from sections.clock import deadlines, what_next, where_are_we
from sections.rights import ROLES, role_label, writes
from sections.words import listed, mid_sentence
from server.acts import Refused
from server.auth import PersonDep
from server.forms import Form, Shown
from server.moves import MoveState, look_at_move, move_stage
from server.pages import render
from server.plan_access import people_by_id
from server.record import moves_of, reasons_of
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, done
from server.routes.plans import step_row
from server.tables import Person, StageMove

router = APIRouter(include_in_schema=False)

LONGEST_REASON = 2000
REASON_FIELDS = {"early_reason": "early_reason", "section_i_lawful": "eotas_reason"}
REASON_LABELS = {
    "early_reason": "Why is the plan being finalised before the family’s 15 days are over?",
    "eotas_reason": "If section I stays empty: why will education not be in a school or college?",
}


@router.get("/plans/{plan_id}/stage")
async def stage_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Where the plan is, its dates, and the moves there are."""
    stage = stages.stage(standing.plan.stage)
    moves = [
        {
            "move": move,
            "decision": standing.may("move_stage", to=move.to),
            "who": listed([mid_sentence(role_label(role)) for role in move.roles], "or"),
        }
        for move in stage.moves
    ]
    signer = standing.plan.finalised_by
    sees_reasons = standing.may("see_audit").allowed

    def read(db: Session) -> tuple[dict[str, Person], list[StageMove]]:
        made = [one for one in moves_of(db, standing.plan.id) if reasons_of(one)] if sees_reasons else []
        return people_by_id(db, [one.by for one in made] + ([signer] if signer else [])), made

    named, made = await office.store.aread(read)
    return render(
        request,
        "stages/stage.html",
        reasons=[
            {"at": one.at, "name": named[one.by].name, "to": stages.stage(one.to).title, "said": reasons_of(one)}
            for one in made
        ],
        plan=standing.plan,
        stage=stage,
        moves=moves,
        steps=[step_row(step) for step in where_are_we(standing.facts, standing.today)],
        deadlines=deadlines(standing.facts, standing.today),
        next_step=what_next(standing.facts, standing.today),
        signer=named[signer].name if signer in named else "",
        since=standing.plan.stage_since,
    )


def changes(origin: str, to: str) -> list[str]:
    """What a move opens and locks, section by section, in words."""
    opened = [label for label in stages.stage(to).open if stages.mode(origin, label) is not stages.Mode.OPEN]
    closed = [label for label in stages.stage(origin).open if stages.mode(to, label) is not stages.Mode.OPEN]
    said = []
    if opened:
        writers = [mid_sentence(role_label(role)) for role in ROLES if opened[0] in writes(role, to)]
        who = f" It can be written by: {listed(writers, 'or')}." if len(opened) == 1 else ""
        said.append(f"{_sections(opened)} unlocked.{who}")
    if closed:
        said.append(
            f"{_sections(closed)} locked. Everyone on the plan can still read {'it' if len(closed) == 1 else 'them'}."
        )
    if not opened and not closed:
        said.append("No section is locked or unlocked.")
    return said


def _sections(labels: list[str]) -> str:
    return f"Section {labels[0]} is" if len(labels) == 1 else f"Sections {listed(labels)} are"


def _confirm(request: Request, state: MoveState, values: Shown, errors: dict[str, str]) -> Response:
    missing = state.outstanding()
    blocked = [need for need in missing if need.key not in REASON_FIELDS]
    asked = [REASON_FIELDS[need.key] for need in missing if need.key in REASON_FIELDS]
    return render(
        request,
        "stages/confirm.html",
        status=422 if errors else 200,
        plan=state.standing.plan,
        move=state.move,
        origin=stages.stage(state.move.origin),
        target=stages.stage(state.move.to),
        changes=changes(state.move.origin, state.move.to),
        signs="finalised_by" in state.move.sets,
        dates="draft_served_on" in state.move.sets,
        family_until=stages.last_day_for_family(state.standing.today),
        today=state.standing.today,
        blocked=blocked,
        asked=asked,
        labels=REASON_LABELS,
        values=values,
        errors=errors,
    )


@router.get("/plans/{plan_id}/stage/done")
async def moved(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Done: where the plan is now, by whom and when."""
    signer = standing.plan.finalised_by
    named = await office.store.aread(lambda db: people_by_id(db, [signer] if signer else []))
    return render(
        request,
        "stages/done.html",
        plan=standing.plan,
        stage=stages.stage(standing.plan.stage),
        next_step=what_next(standing.facts, standing.today),
        since=standing.plan.stage_since,
        signer=named[signer].name if signer in named else "",
    )


@router.get("/plans/{plan_id}/stage/{to}")
async def confirm(request: Request, to: str, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """What the move will do, before it is done."""
    state = done(await look_at_move(office, person, standing.plan.id, to))
    return _confirm(request, state, Shown(), {})


@router.post("/plans/{plan_id}/stage/{to}")
async def move(request: Request, to: str, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Makes the move."""
    state = done(await look_at_move(office, person, standing.plan.id, to))
    form = await Form.read(request)
    reasons = {name: form.text(name, most=LONGEST_REASON, what="The reason") for name in REASON_LABELS}
    if form.raw("origin") != state.move.origin:
        raise TurnedAway(
            Refused("busy", "Somebody else has just changed this plan. Look at where it is now, then try again.")
        )
    if not form.errors:
        moved = await move_stage(office, person, standing.plan.id, to, **reasons)
        if not isinstance(moved, Refused):
            return RedirectResponse(f"/plans/{standing.plan.id}/stage/done", status_code=303)
        field = REASON_FIELDS.get(moved.field)
        if moved.field and field is None:
            return _confirm(request, state, form.values, {})
        if field is None:
            raise TurnedAway(moved)
        form.errors[field] = moved.sentence
    return _confirm(request, state, form.values, form.errors)
