"""Opening an appeal, and changing the facts of the open one: the questions, a page to check, and then the act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from sections import catalogue
from sections.appeal import APPEALABLE, appeal_number, check_appeal, outcome_hint
from sections.words import listed, mid_sentence
from server.acts import Refused
from server.auth import PersonDep
from server.codes import Code
from server.forms import Form, Shown, date_values
from server.pages import day_words, render
from server.plan_access import Standing
from server.redline.appeals import Candidate, Change, Opening, candidates, change_appeal, start_appeal
from server.redline.desk import NO_APPEAL, speakers
from server.redline.rows import appeal_row
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand
from server.working_pages.opening import Candidate as Asked
from server.working_pages.opening import Open, OpenCheck, Tick
from server.working_values import Answer

router = APIRouter(include_in_schema=False)

_SIDES = {"family": "Family", "authority": "Council"}
_DAYS = {
    "sent_on": "Day the tribunal sent the appeal to the council",
    "filing_on": "Day by which to send the working document",
    "hearing_on": "Date of the hearing",
}
_MOST_NUMBER = 20


def _title(label: str) -> str:
    rule = catalogue.find(label)
    return label if rule is None else f"{label}, {rule.title}"


def _named(one: Candidate) -> str:
    return f"{one.name}, {mid_sentence(one.role_title)}, for the {mid_sentence(_SIDES[one.side])}"


def _page(
    request: Request,
    standing: Standing,
    known: Sequence[Candidate],
    form: Form,
    number: str = "",
    fixed: Collection[str] = (),
) -> Response:
    page = Open(
        plan=standing.plan,
        sections=tuple(
            Tick(
                label,
                _title(label).partition(", ")[2],
                outcome_hint(label),
                ticked=bool(form.raw(f"section-{label}")),
                fixed=label in fixed,
            )
            for label in APPEALABLE
        ),
        people=tuple(
            Asked(one.person_id, _named(one), ticked=bool(form.raw(f"speaks-{one.person_id}"))) for one in known
        ),
        changing=number,
    )
    status = 422 if form.errors else 200
    return render(request, "working/open.html", status=status, page=page, values=form.values, errors=form.errors)


def _opening(form: Form, known: Sequence[Candidate], number: str, today: date) -> Opening:
    """The facts as they were typed; what cannot stand is in ``form.errors``."""
    chosen = tuple(one.person_id for one in known if form.raw(f"speaks-{one.person_id}"))
    days = {name: form.day(name, what) for name, what in _DAYS.items()}
    typed = form.line("appeal_number", most=_MOST_NUMBER, what="The appeal number")
    opening = Opening(
        number or appeal_number(typed) or typed,
        tuple(label for label in APPEALABLE if form.raw(f"section-{label}")),
        days["sent_on"],
        days["hearing_on"],
        days["filing_on"],
        chosen,
    )
    for problem in check_appeal(opening.facts, today=today):
        field = f"{problem.field}-day" if problem.field in _DAYS else problem.field
        form.errors.setdefault(field, problem.sentence.rstrip("."))
    for side, name in _SIDES.items():
        if not any(one.side == side and one.person_id in chosen for one in known):
            form.errors.setdefault("speakers", f"Select who speaks for the {mid_sentence(name)}")
    return opening


def _check(request: Request, standing: Standing, known: Sequence[Candidate], opening: Opening) -> Response:
    sections = tuple((f"section-{label}", "yes") for label in opening.sections)
    number = (("appeal_number", opening.number),)
    people = [one for one in known if one.person_id in opening.speakers]
    answers = (
        Answer("Sections in dispute", tuple(map(_title, opening.sections)), "sections", sections),
        Answer("Appeal number", (opening.number,), "appeal_number", number),
        *(_day_answer(name, what, getattr(opening, name)) for name, what in _DAYS.items()),
        Answer(
            "Who speaks for each side",
            tuple(map(_named, people)),
            "speakers",
            tuple((f"speaks-{one.person_id}", "yes") for one in people),
        ),
    )
    return render(request, "working/open_check.html", page=OpenCheck(standing.plan, answers, _will(opening)))


def _day_answer(name: str, what: str, day: date | None) -> Answer:
    return Answer(what, (day_words(day),), f"{name}-day", tuple(date_values(name, day).items()))


def _will(opening: Opening) -> tuple[str, ...]:
    many = "Section" if len(opening.sections) == 1 else "Sections"
    return (
        "The plan stays in force, and its text stays as it was issued.",
        f"{many} {listed(list(opening.sections))} can be worked on: both sides propose changes, and answer each other.",
        "Everybody on the plan can read the working document.",
    )


@router.get("/plans/{plan_id}/working/open")
async def open_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """The questions about an appeal."""
    demand(standing, "open_appeal")
    if standing.appeal is not None:
        return RedirectResponse(f"/plans/{standing.plan.id}/working", status_code=303)
    known = await office.store.aread(lambda db: candidates(db, standing))
    ticked = {f"speaks-{one.person_id}": "yes" for one in known if one.side == "family"}
    return _page(request, standing, known, Form(ticked))


@router.post("/plans/{plan_id}/working/open")
async def open_appeal(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Shows what will be done; with ``confirmed`` does it."""
    demand(standing, "open_appeal")
    known = await office.store.aread(lambda db: candidates(db, standing))
    form = await Form.read(request)
    opening = _opening(form, known, "", standing.today)
    if form.errors:
        return _page(request, standing, known, form)
    if form.raw("confirmed") != "yes":
        return _check(request, standing, known, opening)
    opened = await start_appeal(office, person, standing.plan.id, opening)
    return _answer(standing, opened if isinstance(opened, Refused) else None)


@router.get("/plans/{plan_id}/working/change")
async def change_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """The same questions with the answers there are."""
    number, known, shown = await office.store.aread(lambda db: _present(db, standing))
    return _page(request, standing, known, Form(shown), number, _disputed(standing))


@router.post("/plans/{plan_id}/working/change")
async def change(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Other dates, more sections, other people who speak."""
    number, known, _ = await office.store.aread(lambda db: _present(db, standing))
    form = await Form.read(request)
    opening = _opening(form, known, number, standing.today)
    if not set(_disputed(standing)) <= set(opening.sections):
        form.errors["sections"] = "A section already in dispute stays in dispute"
    if form.errors:
        return _page(request, standing, known, form, number, _disputed(standing))
    wanted = Change(opening.sections, opening.sent_on, opening.hearing_on, opening.filing_on, opening.speakers)
    changed = await change_appeal(office, person, standing.plan.id, wanted)
    return _answer(standing, changed if isinstance(changed, Refused) else None)


def _disputed(standing: Standing) -> tuple[str, ...]:
    return () if standing.appeal is None else standing.appeal.sections


def _present(db: Session, standing: Standing) -> tuple[str, list[Candidate], Shown]:
    """The appeal's number, who could speak, and the form filled in with what is known."""
    demand(standing, "edit_appeal")
    if standing.appeal is None:
        raise TurnedAway(NO_APPEAL)
    appeal = appeal_row(db, standing.appeal.id)
    shown = {f"section-{label}": "yes" for label in appeal.sections}
    shown |= {f"speaks-{row.person_id}": "yes" for rows in speakers(db, standing.appeal.id).values() for row in rows}
    for name in _DAYS:
        shown |= date_values(name, getattr(appeal, name))
    return appeal.number, candidates(db, standing), Shown(shown)


def _answer(standing: Standing, refused: Refused | None) -> Response:
    """On to the working document; what only just became impossible is told on a page of its own."""
    if refused is not None:
        raise TurnedAway(Refused(Code.LOCKED, refused.sentence) if refused.field else refused)
    return RedirectResponse(f"/plans/{standing.plan.id}/working", status_code=303)
