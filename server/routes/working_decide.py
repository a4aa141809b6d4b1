"""Deciding on proposals by forms: the page that shows exactly which words are meant, evidence, and reasons.

What was made together is decided together, so the page asks for the whole of it. A form sends back the hash of the
words that were shown; on any other words nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sections.appeal import check_evidence
from sections.redline import register
from server.acts import Office, Refused
from server.auth import PersonDep, SignedIn
from server.codes import Code
from server.forms import Form, Shown
from server.pages import render
from server.redline.decisions import (
    LONGEST_REASON,
    Source,
    Wanted,
    add_evidence,
    decide,
    from_register,
    give_reason,
    own_row,
    remove_evidence,
    withdraw,
)
from server.redline.desk import Seen, see
from server.routes.asking import OfficeDep, SectionDep, StandingDep, TurnedAway, demand, done
from server.routes.working import told_of
from server.typed import LARGEST_ID
from server.working_cards import cards
from server.working_decision import decide_page, together
from server.working_pages.deciding import AskAct, ForOne
from server.working_values import Card

router = APIRouter(include_in_schema=False)

ACTS: tuple[AskAct, ...] = get_args(AskAct)
MOST_TOGETHER = 200
_FIELDS = 2 * MOST_TOGETHER + 10


def _act_of(text: str) -> AskAct:
    if text not in ACTS:
        raise TurnedAway(
            Refused(Code.MALFORMED, "Choose what to do with the proposal. Go back to the list of proposals.")
        )
    return text


def _gone() -> TurnedAway:
    return TurnedAway(from_register(register.Refused("withdrawn")))


async def _page(
    request: Request,
    office: Office,
    who: SignedIn,
    seen: Seen,
    act: AskAct,
    asked: Sequence[str],
    values: Shown,
    errors: dict[str, str],
) -> Response:
    keys = together(seen.state, asked)
    if not keys:
        raise _gone()
    known = await office.store.aread(lambda db: told_of(db, seen))
    page = decide_page(seen, known, act, keys, who.person_id)
    return render(
        request, "working/decide.html", status=422 if errors else 200, page=page, values=values, errors=errors
    )


@router.get("/plans/{plan_id}/working/{section}/decide")
async def ask(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Which words exactly, how they would read, who has to say yes, and what happens next."""
    act = _act_of(request.query_params.get("act", ""))
    seen = done(await see(office, person, standing.plan.id, rule.label))
    return await _page(request, office, person, seen, act, request.query_params.getlist("key"), Shown(), {})


@router.post("/plans/{plan_id}/working/{section}/decide")
async def decided(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Decides, for exactly the words that were shown, and goes back to them."""
    plan_id, label = standing.plan.id, rule.label
    form = await Form.read(request, most=_FIELDS)
    act = _act_of(form.raw("act"))
    wanted = _wanted(form)
    reason = form.text("reason", most=LONGEST_REASON, what="The reason")
    seen = done(await see(office, person, plan_id, label))
    keys = [one.key for one in wanted]
    if set(together(seen.state, keys)) != set(keys):
        raise _gone() if not together(seen.state, keys) else TurnedAway(from_register(register.Refused("not-current")))
    if not form.errors:
        refused = await _do(office, person, plan_id, label, act, wanted, reason)
        if refused is None:
            number = seen.state.rows[keys[0]].label
            return RedirectResponse(f"/plans/{plan_id}/working/{label}#card-{number}", status_code=303)
        if refused.field != "reason":
            raise TurnedAway(refused)
        form.errors["reason"] = refused.field_words
    return await _page(request, office, person, seen, act, keys, form.values, form.errors)


def _wanted(form: Form) -> list[Wanted]:
    """The proposals of the form, each with the hash that was shown, until the first number that is missing."""
    found: list[Wanted] = []
    while len(found) < MOST_TOGETHER and (key := form.raw(f"key-{len(found) + 1}")):
        found.append(Wanted(key, form.raw(f"hash-{len(found) + 1}")))
    return found


async def _do(
    office: Office, who: SignedIn, plan_id: str, label: str, act: AskAct, wanted: Sequence[Wanted], reason: str
) -> Refused | None:
    if act == "withdraw":
        outcome = await withdraw(office, who, plan_id, label, wanted)
    else:
        outcome = await decide(office, who, plan_id, label, act, wanted, reason)
    return outcome if isinstance(outcome, Refused) else None


async def _own(office: Office, who: SignedIn, plan_id: str, label: str, key: str) -> Card:
    """The card of a proposal that this person's own side may say more about."""
    seen = done(await see(office, who, plan_id, label))
    demand(seen.standing, "give_evidence")
    done(own_row(seen, key))
    known = await office.store.aread(lambda db: told_of(db, seen))
    return next(card for card in cards(seen, known) if card.key == key)


@router.get("/plans/{plan_id}/working/{section}/evidence")
async def evidence_form(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """The evidence for a proposal, and a form for more."""
    card = await _own(office, person, standing.plan.id, rule.label, request.query_params.get("key", ""))
    page = ForOne(standing.plan, rule.label, card)
    return render(request, "working/evidence.html", page=page, values=Shown())


@router.post("/plans/{plan_id}/working/{section}/evidence")
async def name_evidence(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Names one more source, and goes back to the proposal."""
    form = await Form.read(request)
    card = await _own(office, person, standing.plan.id, rule.label, form.raw("key"))
    source = Source(
        document=form.line("document", most=200, what="The document"),
        author=form.line("author", most=120, what="The name"),
        role=form.line("role", most=120, what="Their work"),
        dated=form.day("dated", "The date"),
        page=form.line("page", most=20, what="The page"),
        paragraph=form.line("paragraph", most=20, what="The paragraph"),
    )
    for problem in check_evidence(
        source.document, source.author, source.role, source.dated, source.page, source.paragraph, today=standing.today
    ):
        field = "dated-day" if problem.field == "dated" else problem.field
        form.errors.setdefault(field, problem.sentence.rstrip("."))
    if form.errors:
        page = ForOne(standing.plan, rule.label, card)
        return render(request, "working/evidence.html", status=422, page=page, values=form.values, errors=form.errors)
    done(await add_evidence(office, person, standing.plan.id, rule.label, card.key, source))
    return _back_to(standing.plan.id, rule.label, card)


@router.post("/plans/{plan_id}/working/{section}/evidence/remove")
async def take_evidence_out(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Takes one source out; that it was there stays in the record."""
    form = await Form.read(request)
    card = await _own(office, person, standing.plan.id, rule.label, form.raw("key"))
    number = form.raw("id")
    evidence = int(number) if number.isascii() and number.isdigit() and len(number) < len(str(LARGEST_ID)) else 0
    done(await remove_evidence(office, person, standing.plan.id, rule.label, evidence))
    return _back_to(standing.plan.id, rule.label, card)


@router.get("/plans/{plan_id}/working/{section}/reason")
async def reason_form(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Why the side proposes this, to write or change."""
    card = await _own(office, person, standing.plan.id, rule.label, request.query_params.get("key", ""))
    page = ForOne(standing.plan, rule.label, card)
    return render(request, "working/reason.html", page=page, values=Shown(reason=card.reason))


@router.post("/plans/{plan_id}/working/{section}/reason")
async def say_why(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Keeps the reason, and goes back to the proposal."""
    form = await Form.read(request)
    card = await _own(office, person, standing.plan.id, rule.label, form.raw("key"))
    reason = form.text("reason", most=LONGEST_REASON, what="The reason")
    if form.errors:
        page = ForOne(standing.plan, rule.label, card)
        return render(request, "working/reason.html", status=422, page=page, values=form.values, errors=form.errors)
    done(await give_reason(office, person, standing.plan.id, rule.label, card.key, reason))
    return _back_to(standing.plan.id, rule.label, card)


def _back_to(plan_id: str, label: str, card: Card) -> Response:
    return RedirectResponse(f"/plans/{plan_id}/working/{label}#card-{card.number}", status_code=303)
