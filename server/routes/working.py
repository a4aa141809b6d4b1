"""The working document of an appeal for reading: at a glance, one section in each view, and every proposal in words.

What is decided, drafted in private or closed is in the files beside it. Everyone on the plan may read these pages.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from sections.redline.records import records
from server.auth import PersonDep
from server.pages import render
from server.redline import looks
from server.redline.appeals import past_appeals
from server.redline.desk import NO_APPEAL, Seen, see, speaks_for
from server.redline.lengths import pages_now
from server.redline.pages_count import PageCounts
from server.redline.tables import WorkingVersion
from server.redline.versions import read_sections
from server.routes.asking import OfficeDep, SectionDep, StandingDep, TurnedAway, demand, done
from server.working_cards import cards
from server.working_pages.reading import ListPage
from server.working_reads import Told, told, version_rows
from server.working_values import PLAIN_VIEWS, VIEWS
from server.working_view import changes_text, overview, section_line, section_page, text_of

router = APIRouter(include_in_schema=False)

_VIEWS = tuple(one.name for one in VIEWS)
_PLAIN_VIEWS = tuple(one.name for one in PLAIN_VIEWS)


@router.get("/plans/{plan_id}/working")
async def overview_page(request: Request, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """The working document at a glance. After the appeal: what became of it."""
    appeal, plan_id = standing.appeal, standing.plan.id
    if appeal is None:
        past = await office.store.aread(lambda db: past_appeals(db, plan_id))
        if not past:
            raise TurnedAway(NO_APPEAL)
        return RedirectResponse(f"/plans/{plan_id}/working/closed", status_code=303)
    demand(standing, "see_working")
    states = await read_sections(office, plan_id, standing)

    def read(db: Session) -> tuple[Told, list[WorkingVersion], bool]:
        versions = version_rows(db, appeal.id)
        known = told(db, plan_id, appeal.id, states, also=[row.by for row in versions])
        return known, versions, speaks_for(db, appeal.id, person.person_id, standing.access.party)

    known, versions, speaks = await office.store.aread(read)
    pages = pages_now(request.app.state.page_counts, office.settings.council, standing, states)
    page = overview(standing, states, known, versions, speaks=speaks, pages=pages)
    return render(request, "working/overview.html", page=page)


@router.get("/plans/{plan_id}/working/{section}")
async def section(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """One section in one view, complete for reading without JavaScript."""
    seen = done(await see(office, person, standing.plan.id, rule.label))
    asked = request.query_params.get("view", "")
    name = asked if asked in (_VIEWS if seen.side else _PLAIN_VIEWS) else "key"
    colour = request.query_params.get("colour") == "on"
    there = f"/plans/{standing.plan.id}/working/{rule.label}"

    def read(db: Session) -> tuple[Told, Markup]:
        known = told_of(db, seen)
        if name == "since":
            look, found = looks.changes(db, seen)
            before = {} if look is None else records(seen.state.baseline, look.records)
            return known, changes_text(seen.state, found, before, seen.state.known, there=there)
        return known, text_of(seen, name, colour=colour)

    known, text = await office.store.aread(read)
    counts: PageCounts = request.app.state.page_counts
    pages = counts.last(seen.state.appeal.id or 0)

    def made() -> Response:
        page = section_page(seen, known, text, name=name, colour=colour, pages=pages)
        return render(request, "working/section.html", page=page)

    return await asyncio.to_thread(made)  # a long page must not hold up those who type


@router.get("/plans/{plan_id}/working/{section}/list")
async def worded_list(
    request: Request, standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep
) -> Response:
    """Every proposal of the section as a sentence, with everything one may do with it."""
    seen = done(await see(office, person, standing.plan.id, rule.label))
    known = await office.store.aread(lambda db: told_of(db, seen))
    show = "open" if request.query_params.get("show") == "open" else "all"

    def made() -> Response:
        found = cards(seen, known)
        page = ListPage(
            plan=standing.plan,
            label=rule.label,
            title=rule.title,
            cards=tuple(card for card in found if show == "all" or not card.settled),
            sections=tuple(
                section_line(label) for label in ([] if seen.standing.appeal is None else seen.standing.appeal.sections)
            ),
            show=show,
        )
        return render(request, "working/list.html", page=page)

    return await asyncio.to_thread(made)


@router.post("/plans/{plan_id}/working/{section}/seen")
async def seen_it(standing: StandingDep, rule: SectionDep, person: PersonDep, office: OfficeDep) -> Response:
    """Says that this person's side has looked, and shows that nothing has changed since."""
    done(await looks.looked(office, person, standing.plan.id, rule.label))
    return RedirectResponse(f"/plans/{standing.plan.id}/working/{rule.label}?view=since", status_code=303)


def told_of(db: Session, seen: Seen) -> Told:
    """What the cards of one section tell beside the words."""
    return told(db, seen.standing.plan.id, seen.state.appeal.id or 0, [seen.state])
