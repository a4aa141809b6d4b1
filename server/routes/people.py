"""People on a plan: who has access, inviting somebody (form, check answers, done), ending access (confirm)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sections.rights import PARTIES, ROLES, party_label, role_label
from sections.words import mid_sentence
from server.acts import Invitation, Refused, check_invitation, end_access, invite
from server.auth import PersonDep
from server.forms import Form, Shown
from server.pages import render
from server.plan_access import OnPlan, Standing, people_on
from server.routes.asking import OfficeDep, RowId, StandingDep, TurnedAway, demand

router = APIRouter(include_in_schema=False)

FIELDS = ("email", "name", "role", "party", "acts_for", "expires-day", "expires-month", "expires-year")


@router.get("/plans/{plan_id}/people")
async def people_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Who has access, and who had it."""
    demand(standing, "see_people")
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    return render(
        request,
        "people/list.html",
        plan=standing.plan,
        current=[_line(one) for one in everybody if one.current(standing.today)],
        past=[_line(one) for one in everybody if not one.current(standing.today)],
        may_invite=standing.may("invite").allowed,
        may_end=standing.may("end_access").allowed,
    )


def _line(one: OnPlan) -> dict[str, Any]:
    return {
        "one": one,
        "role": one.role_title,
        "party": party_label(one.access.party),
    }


def _families(people: list[OnPlan], standing: Standing) -> list[OnPlan]:
    """Whom an advocate may act for."""
    return [one for one in people if one.access.role in ("parent", "young_person") and one.current(standing.today)]


def _role_choices() -> list[dict[str, Any]]:
    """All roles, under the party they belong to."""
    choices: list[dict[str, Any]] = []
    for party, label in PARTIES.items():
        rules = [rule for rule in ROLES.values() if rule.parties[0] == party]
        choices += [{"divider": label}] if rules else []
        choices += [{"value": rule.key, "text": rule.label, "hint": {"text": rule.about}} for rule in rules]
    return choices


async def _form_page(
    request: Request, standing: Standing, office: OfficeDep, values: Shown, errors: dict[str, str]
) -> Response:
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    return render(
        request,
        "people/invite.html",
        status=422 if errors else 200,
        plan=standing.plan,
        values=values,
        errors=errors,
        roles=_role_choices(),
        families=[
            {"value": one.person.id, "text": f"{one.person.name}, {mid_sentence(one.role_title)}"}
            for one in _families(everybody, standing)
        ],
    )


@router.get("/plans/{plan_id}/people/invite")
async def invite_form(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """Whom to invite."""
    demand(standing, "invite")
    return await _form_page(request, standing, office, Shown(), {})


def _invitation(form: Form) -> Invitation:
    email = form.email("email")
    name = form.line("name", missing="Enter the person’s name", most=120, what="Name")
    role = form.choice("role", ROLES, missing="Select what the person is on this plan")
    acts_for = form.raw("acts_for") if role == "advocate" else ""
    if role == "advocate" and not acts_for:
        form.errors["acts_for"] = "Select who the advocate acts for"
    parties = ROLES[role].parties if role else tuple(PARTIES)
    party = form.raw("party") or parties[0]
    if role and party not in parties:
        party = parties[0]
    return Invitation(email, name, role, party, form.day("expires", "The last day of access"), acts_for or None)


@router.post("/plans/{plan_id}/people/invite")
async def check_answers(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What will happen, before it happens."""
    demand(standing, "invite")
    form = await Form.read(request)
    if form.raw("again"):
        return await _form_page(request, standing, office, form.values, {})
    wanted = _invitation(form)
    if not form.errors:
        refused = await office.store.aread(lambda db: check_invitation(db, standing, wanted))
        if refused is not None:
            form.errors[refused.field] = refused.field_words
    if form.errors:
        return await _form_page(request, standing, office, form.values, form.errors)
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    family = {one.person.id: one.person.name for one in _families(everybody, standing)}
    return render(
        request,
        "people/check.html",
        plan=standing.plan,
        wanted=wanted,
        role=role_label(wanted.role),
        about=ROLES[wanted.role].about,
        party=party_label(wanted.party),
        acts_for=family.get(wanted.acts_for or "", ""),
        sent={name: form.values[name] for name in FIELDS},
    )


@router.post("/plans/{plan_id}/people/invite/send")
async def send_invitation(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Gives access and sends the message."""
    demand(standing, "invite")
    form = await Form.read(request)
    wanted = _invitation(form)
    if form.errors:
        return await _form_page(request, standing, office, form.values, form.errors)
    access = await invite(office, person, standing.plan.id, wanted)
    if isinstance(access, Refused):
        if access.field:
            return await _form_page(request, standing, office, form.values, {access.field: access.field_words})
        raise TurnedAway(access)
    return RedirectResponse(f"/plans/{standing.plan.id}/people/{access.id}/invited", status_code=303)


async def _one(standing: Standing, office: OfficeDep, access_id: int) -> OnPlan:
    everybody = await office.store.aread(lambda db: people_on(db, standing.plan.id))
    found = next((one for one in everybody if one.access.id == access_id), None)
    if found is None:
        raise TurnedAway(Refused("unknown-document", "There is nobody at this address. Go back to the list of people."))
    return found


@router.get("/plans/{plan_id}/people/{access_id}/invited")
async def invited(request: Request, access_id: RowId, standing: StandingDep, office: OfficeDep) -> Response:
    """Done: somebody was invited."""
    demand(standing, "invite")
    one = await _one(standing, office, access_id)
    return render(request, "people/invited.html", plan=standing.plan, one=one, role=one.role_title)


@router.get("/plans/{plan_id}/people/{access_id}/end")
async def confirm_end(request: Request, access_id: RowId, standing: StandingDep, office: OfficeDep) -> Response:
    """What ending this access means."""
    demand(standing, "end_access")
    one = await _one(standing, office, access_id)
    return render(request, "people/end.html", plan=standing.plan, one=one, role=one.role_title, problem="")


@router.post("/plans/{plan_id}/people/{access_id}/end")
async def end(
    request: Request, access_id: RowId, standing: StandingDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Ends it, and goes back to the list."""
    demand(standing, "end_access")
    one = await _one(standing, office, access_id)
    ended = await end_access(office, person, standing.plan.id, access_id)
    if isinstance(ended, Refused):
        shown = {"plan": standing.plan, "one": one, "role": one.role_title, "problem": ended.sentence}
        return render(request, "people/end.html", status=ended.status, **shown)
    if ended.person_id == person.person_id:
        return RedirectResponse("/plans", status_code=303)
    return RedirectResponse(f"/plans/{standing.plan.id}/people", status_code=303)
