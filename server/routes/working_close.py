"""The end of an appeal: recording the order, checking the text that will be issued, and what came of it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from sections.appeal_dates import issue_by
from sections.redline.closing import NotClosed
from sections.rights import party_label
from server.acts import Refused
from server.auth import PersonDep
from server.codes import Code
from server.forms import Form, Shown, date_values
from server.pages import day_words, render
from server.plan_access import Standing, people_by_id
from server.redline.appeals import facts_of
from server.redline.closings import OUTCOMES, Ending, Order, Said, close_appeal, look_at_end, proof
from server.redline.desk import NO_APPEAL
from server.redline.past import asked_for
from server.redline.state import SectionState, read_section
from server.redline.tables import Appeal, IssuedVersion
from server.redline.versions import read_sections, versions_of
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand, done
from server.typed import LARGEST_ID
from server.working_ends import (
    HOW,
    changes_in,
    differences_in,
    field_of,
    left_to_decide,
    order_section,
    own_parts,
    proof_words,
    words_for,
)
from server.working_order import RECOMMENDED
from server.working_pages.ending import Close, CloseCheck, Closed
from server.working_values import Answer
from server.working_versions import version_lines

router = APIRouter(include_in_schema=False)

_MOST_FIELDS = 5_000
_LONGEST = 20_000
_RULINGS = ("ordered", "refused")
_OWN = "own"


async def _states(office: OfficeDep, standing: Standing) -> list[SectionState]:
    """The sections in dispute, for somebody who may close the appeal."""
    demand(standing, "close_appeal")
    if standing.appeal is None:
        raise TurnedAway(NO_APPEAL)
    return await read_sections(office, standing.plan.id, standing)


def _page(
    request: Request,
    standing: Standing,
    states: Sequence[SectionState],
    values: Shown,
    errors: dict[str, str],
    filled: Collection[str] = (),
) -> Response:
    page = Close(standing.plan, tuple(order_section(state, filled) for state in states))
    status = 422 if errors else 200
    return render(request, "working/close.html", status=status, page=page, values=values, errors=errors)


@router.get("/plans/{plan_id}/working/close")
async def close_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What is left to say about each proposal."""
    return _page(request, standing, await _states(office, standing), Shown(), {})


@router.post("/plans/{plan_id}/working/close")
async def close(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Shows the text that will be issued; with ``confirmed`` issues exactly that."""
    states = await _states(office, standing)
    form = await Form.read(request, most=_MOST_FIELDS)
    if filled := _rest(form, states):
        return _page(request, standing, states, Shown({**form.values, **filled}), {}, filled)
    order = _order(form, states)
    if form.errors:
        return _page(request, standing, states, form.values, form.errors)
    if form.raw("confirmed") == "yes":
        closed = await close_appeal(office, person, standing.plan.id, order, form.raw("hash"))
        done(closed)
        return RedirectResponse(f"/plans/{standing.plan.id}/working/closed", status_code=303)
    ending = done(await look_at_end(office, person, standing.plan.id, order))
    if not ending.ready:
        return _page(request, standing, states, form.values, _in_the_way(ending))
    return render(request, "working/close_check.html", page=_check(standing, form, order, ending, states))


def _rest(form: Form, states: Sequence[SectionState]) -> dict[str, str]:
    """The answers to fill in where a section's rest was answered at once; they are shown again before they count."""
    if form.raw("how") != "order" or form.raw("confirmed"):
        return {}
    return {
        field_of(state, key): form.raw(f"rest-{state.section}")
        for state in states
        for key in left_to_decide(state)
        if form.raw(f"rest-{state.section}") in _RULINGS and not form.raw(field_of(state, key))
    }


def _order(form: Form, states: Sequence[SectionState]) -> Order:
    """What was said, as far as it is complete; the rest is in ``form.errors``."""
    outcome = form.choice("how", OUTCOMES, missing="Select how the appeal ended")
    on = form.day("ordered_on", "The date")
    if on is None and "ordered_on-day" not in form.errors and outcome in ("order", "consent"):
        form.errors["ordered_on-day"] = "Enter the date of the order"
    rulings: dict[str, dict[str, Said]] = {}
    for state in states if outcome == "order" else ():
        for key in left_to_decide(state):
            said = _said(form, state, key)
            if said is not None:
                rulings.setdefault(state.section, {})[key] = said
    return Order(outcome, on, rulings)


def _said(form: Form, state: SectionState, key: str) -> Said | None:
    field = field_of(state, key)
    ruling = form.raw(field)
    if ruling in _RULINGS:
        return Said(ruling, {})
    if ruling != _OWN:
        return None
    words = {
        part: form.text(f"{field}-{part}", most=_LONGEST, what="The tribunal’s words")
        for part, _ in own_parts(state, key)
    }
    if not any(words.values()):
        form.errors[f"{field}-wording"] = f"Enter the tribunal’s own words for {state.rows[key].label}"
    return Said("words", words)


def _in_the_way(ending: Ending) -> dict[str, str]:
    """What stands in the way, at the field to mend."""
    errors: dict[str, str] = {}
    for one in ending.sections:
        if not isinstance(one.result, NotClosed):
            continue
        state, numbers = one.state, one.state.numbers
        for key in one.result.undecided:
            errors[field_of(state, key)] = f"Select what became of {numbers[key]}"
        for key in one.result.unknown:
            if key in state.rows:
                errors[f"{field_of(state, key)}-wording"] = f"The words for {numbers[key]} must differ from the plan’s"
        for clash, sentence in zip(one.result.conflicts, _clashes(one.result, numbers), strict=True):
            at = next((key for key in (clash.key, clash.other) if key in left_to_decide(state)), None)
            errors.setdefault("how" if at is None else field_of(state, at), sentence.rstrip("."))
    return errors or {"how": "Something changed meanwhile. Load this page again"}


def _clashes(result: NotClosed, numbers: dict[str, str]) -> tuple[str, ...]:
    return NotClosed((), (), result.conflicts).sentences(numbers)


def _check(standing: Standing, form: Form, order: Order, ending: Ending, states: Sequence[SectionState]) -> CloseCheck:
    answers = [
        Answer("How the appeal ended", (HOW[order.outcome],), "how", (("how", order.outcome),)),
        Answer(
            "Date",
            (day_words(order.order_on),),
            "ordered_on-day",
            tuple(date_values("ordered_on", order.order_on).items()),
        ),
    ]
    for state in states:
        said_as = words_for(state)
        for key, said in order.rulings.get(state.section, {}).items():
            field = field_of(state, key)
            if said.ruling == "words":
                fields = [(f"{field}-{part}", form.raw(f"{field}-{part}")) for part, _ in own_parts(state, key)]
                lines = (f"{said_as.own}:", *(words for _, words in fields if words))
                sent = ((field, _OWN), *fields)
            else:
                called = said_as.ordered if said.ruling == "ordered" else said_as.refused
                lines, sent = (called,), ((field, said.ruling),)
            answers.append(Answer(state.rows[key].label, lines, field, sent))
    changes = changes_in(ending)
    return CloseCheck(
        plan=standing.plan,
        answers=tuple(answers),
        changes=changes,
        differences=differences_in(ending),
        hash=ending.shown,
        recommends=any(words_for(state) is RECOMMENDED for state in states),
        issue_by=_issue_by(states[0].appeal, order.outcome, order.order_on) if changes else None,
    )


def _issue_by(appeal: Appeal, outcome: str, on: date | None) -> date | None:
    if outcome == "withdrawn" or on is None:
        return None
    facts = facts_of(appeal)
    return issue_by(type(facts)(number=facts.number, sections=facts.sections, sent_on=facts.sent_on, ordered_on=on))


@router.get("/plans/{plan_id}/working/closed")
async def closed_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What became of the last appeal."""
    return await _closed(request, standing, office, None)


@router.get("/plans/{plan_id}/working/closed/{past}")
async def earlier_closed_page(
    request: Request, past: Annotated[int, Path(ge=1, le=LARGEST_ID)], standing: StandingDep, office: OfficeDep
) -> Response:
    """What became of an earlier one, counted from the first."""
    return await _closed(request, standing, office, past)


async def _closed(request: Request, standing: Standing, office: OfficeDep, past: int | None) -> Response:
    demand(standing, "see_working")
    found = await office.store.aread(lambda db: asked_for(db, standing.plan.id, past))
    if found is None or found.past is None:
        sentence = (
            "No appeal about this plan has ended." if found is None else "The appeal about this plan is still open."
        )
        raise TurnedAway(Refused(Code.UNKNOWN_DOCUMENT, sentence))
    appeal, registrar = found.appeal, office.live.registrar
    states = [
        await read_section(office.store, registrar, standing.plan.id, found.id, section) for section in appeal.sections
    ]

    def read(db: Session) -> Closed:
        proven = proof(db, appeal, states)
        issued = db.get(IssuedVersion, appeal.issued_id) if appeal.issued_id is not None else None
        closer = people_by_id(db, [appeal.closed_by or ""]).get(appeal.closed_by or "")
        return Closed(
            plan=standing.plan,
            appeal_number=appeal.number,
            closed_on=appeal.closed_on or standing.today,
            how=HOW[appeal.outcome] + (f" It is dated {day_words(appeal.order_on)}." if appeal.order_on else ""),
            by="" if closer is None else f"{closer.name}, {party_label('authority').lower()}",
            issue_by=_issue_by(appeal, appeal.outcome, appeal.order_on) if issued is not None else None,
            versions=version_lines(db, standing.plan.id, versions_of(db, found.id), found.past),
            hash="" if issued is None else issued.hash,
            proof=proof_words(proven, amended=issued is not None),
            holds=proven.holds,
            may_see_record=standing.may("see_audit").allowed,
        )

    return render(request, "working/closed.html", page=await office.store.aread(read))
