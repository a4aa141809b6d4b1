"""Drafting in private and sending it: before anything is sent, exactly the words that the other side will get.

A draft is read only for somebody of its own side, and only here and in its own live document.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sections.addresses import Address
from sections.redline.layer import layer_of
from sections.redline.records import records
from sections.redline.views import since
from sections.rights import may_layer
from server.acts import Office, Refused
from server.auth import PersonDep
from server.codes import Code
from server.forms import Form
from server.pages import render
from server.plan_access import Standing
from server.redline.desk import NO_APPEAL
from server.redline.state import SectionState
from server.redline.turns import begin_turn, send_turn
from server.redline.versions import read_sections
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand, done
from server.working_cards import THE_SIDE
from server.working_pages.deciding import TurnPage
from server.working_values import SectionChanges
from server.working_view import changes_text, in_private, my_side, section_line

router = APIRouter(include_in_schema=False)

_OTHER = {"family": "authority", "authority": "family"}


def _side(standing: Standing) -> str:
    """The side of somebody who may take turns now, or the request is turned away."""
    demand(standing, "take_turns")
    if standing.appeal is None:
        raise TurnedAway(NO_APPEAL)
    side = my_side(standing)
    if side is None:
        raise TurnedAway(Refused(Code.NOT_ALLOWED, standing.may("take_turns").sentence))
    return side


@router.get("/plans/{plan_id}/working/turn")
async def turn_page(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """What drafting in private means; while a side does: exactly what it would send."""
    side = _side(standing)
    private = in_private(standing)
    to: Literal["private", "send"] = "send" if private else "private"
    sending = await _sending(office, standing, side) if private else ()
    page = TurnPage(standing.plan, to, THE_SIDE[_OTHER[side]], sending)
    return render(request, "working/turn.html", page=page)


async def _sending(office: Office, standing: Standing, side: str) -> tuple[SectionChanges, ...]:
    """Section by section, what the draft would change in what the other side sees; only sections that would change."""
    found = []
    for state in await read_sections(office, standing.plan.id, standing):
        changes = await _unsent(office, standing, state, side)
        if changes is not None:
            found.append(changes)
    return tuple(found)


async def _unsent(office: Office, standing: Standing, state: SectionState, side: str) -> SectionChanges | None:
    address = Address(state.section, side, private=True)
    decision = may_layer(standing.actor, standing.facts, address, "read", today=standing.today)
    if not decision.allowed:
        raise TurnedAway(Refused(decision.code, decision.sentence))
    tree = await office.live.tree(standing.plan.id, str(address))
    before, after = state.layer(side), records(state.baseline, {side: layer_of(tree)})
    changes = since(before, after)
    if not changes:
        return None
    there = f"/plans/{standing.plan.id}/working/{state.section}"
    text = changes_text(state, changes, before, after, there=there)
    return SectionChanges(state.section, section_line(state.section).title, text)


@router.post("/plans/{plan_id}/working/turn")
async def take_turn(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Begins to draft in private, or sends what was drafted."""
    _side(standing)
    form = await Form.read(request)
    to = form.raw("to")
    if to == "private":
        done(await begin_turn(office, person, standing.plan.id))
    elif to == "send":
        done(await send_turn(office, person, standing.plan.id))
    else:
        raise TurnedAway(Refused(Code.MALFORMED, "Choose whether to draft in private or to send what you drafted."))
    return RedirectResponse(f"/plans/{standing.plan.id}/working", status_code=303)
