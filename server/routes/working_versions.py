"""The numbered versions of a working document: the list, one of them with what changed, making one, filing one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from sections.appeal import page_status
from server.acts import Office, Refused
from server.auth import PersonDep
from server.codes import Code
from server.pages import render
from server.plan_access import Standing
from server.redline.desk import NO_APPEAL
from server.redline.lengths import pages_now, pages_of
from server.redline.pages_count import PageCounts
from server.redline.past import Asked, asked_for
from server.redline.versions import file_version, find, freeze_version, read_sections, thawed, versions_of
from server.routes.asking import OfficeDep, StandingDep, TurnedAway, demand, done
from server.typed import LARGEST_ID
from server.working_pages.versions import VersionPage, Versions
from server.working_versions import changes_of, version_lines

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Past = Annotated[int | None, Query(alias="appeal", ge=1, le=LARGEST_ID)]
"""Which of the appeals that have ended, from the first; none: the one that is open, or the last."""

NO_VERSION = Refused(
    Code.UNKNOWN_DOCUMENT, "There is no such version of the working document. Choose one from the list of versions."
)


async def asked(office: Office, standing: Standing, past: int | None) -> Asked:
    """The appeal somebody asks for, or the request turned away."""
    demand(standing, "see_working")
    found = await office.store.aread(lambda db: asked_for(db, standing.plan.id, past))
    if found is None:
        raise TurnedAway(NO_APPEAL)
    return found


@router.get("/plans/{plan_id}/working/versions")
async def versions_page(request: Request, standing: StandingDep, office: OfficeDep, past: Past = None) -> Response:
    """Every version, the newest first."""
    found = await asked(office, standing, past)
    versions = await office.store.aread(lambda db: versions_of(db, found.id))
    lines = await office.store.aread(lambda db: version_lines(db, standing.plan.id, versions, found.past))
    counts: PageCounts = request.app.state.page_counts
    lengths = [pages_of(counts, office, standing.plan, found.appeal, version) for version in versions]
    lines = tuple(replace(line, pages=length) for line, length in zip(lines, lengths, strict=True))
    may_freeze = found.past is None and standing.may("freeze_version").allowed
    length = None
    if may_freeze:
        states = await read_sections(office, standing.plan.id, standing)
        length = pages_now(counts, office.settings.council, standing, states)
    count = None if length is None else page_status(length, found.appeal.hearing_on)
    page = Versions(standing.plan, lines, may_freeze=may_freeze, pages=count)
    return render(request, "working/versions.html", page=page)


@router.post("/plans/{plan_id}/working/versions")
async def make_version(standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Freezes what is shared now, and shows it."""
    version = done(await freeze_version(office, person, standing.plan.id))
    return RedirectResponse(f"/plans/{standing.plan.id}/working/versions/{version.number}", status_code=303)


@router.get("/plans/{plan_id}/working/versions/{number}")
async def version_page(
    request: Request, number: Number, standing: StandingDep, office: OfficeDep, past: Past = None
) -> Response:
    """One version, and what changed since the one before."""
    found = await asked(office, standing, past)
    versions = await office.store.aread(lambda db: versions_of(db, found.id))
    version = next((one for one in versions if one.number == number), None)
    if version is None:
        raise TurnedAway(NO_VERSION)
    before = next((one for one in versions if one.number < number), None)
    pages = pages_of(request.app.state.page_counts, office, standing.plan, found.appeal, version)

    def read(db: Session) -> VersionPage:
        (line,) = version_lines(db, standing.plan.id, [version], found.past)
        cards = f"/plans/{standing.plan.id}/working" if found.past is None else None
        return VersionPage(
            plan=standing.plan,
            version=replace(line, pages=pages),
            changed=changes_of(None if before is None else thawed(before), thawed(version), cards),
            before=None if before is None else before.number,
            limit=page_status(pages or 0, found.appeal.hearing_on).limit,
            newest=versions[0].number == number,
            may_file=found.past is None and version.filed_on is None and standing.may("file_version").allowed,
        )

    return render(request, "working/version.html", page=await office.store.aread(read))


@router.post("/plans/{plan_id}/working/versions/{number}/filed")
async def filed(number: Number, standing: StandingDep, person: PersonDep, office: OfficeDep) -> Response:
    """Records that this version went to the tribunal today."""
    done(await file_version(office, person, standing.plan.id, number))
    return RedirectResponse(f"/plans/{standing.plan.id}/working/versions/{number}", status_code=303)


__all__ = ["NO_VERSION", "Number", "Past", "asked", "find", "router"]
