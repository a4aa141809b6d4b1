"""One section: the page with the editor for whoever may write now, plain HTML for everybody else."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from crdt.blocks import is_empty
from crdt.schema import SCHEMA
from sections.catalogue import SECTIONS, SectionRule
from sections.stages import Mode, in_dispute, mode
from server.documents.html import render as to_html
from server.history.seen import looked, news
from server.pages import render
from server.plan_access import Standing, stage_number
from server.routes.asking import OfficeDep, SectionDep, StandingDep
from server.routes.preference import Wish, wishes_on
from server.section_lines import section_line, section_lines

router = APIRouter(include_in_schema=False)

_EMPTY = Markup('<p class="govuk-body app-quiet">{}</p>')
NOTHING_YET = _EMPTY.format("Nothing is written here yet.")
LAWFULLY_BLANK = _EMPTY.format("Blank, as the law requires at this stage.")


def words_when_empty(stage: str, label: str) -> Markup:
    """What stands in place of a text that is not there. Section I must be blank until the plan is being finalised."""
    early = stage_number(stage) < stage_number("finalising")
    return LAWFULLY_BLANK if label == "I" and early and mode(stage, label) is not Mode.OPEN else NOTHING_YET


async def section_text(office: OfficeDep, standing: Standing, label: str, *, level: int = 2) -> tuple[Markup, bool]:
    """A section's text as HTML with links to the items of other sections, and whether it is empty."""
    plan_id = standing.plan.id
    tree = await office.live.tree(plan_id, label)
    lookup = {}
    for item in await office.live.items(plan_id):
        here = item["section"] == label
        where = "" if here else f"/plans/{plan_id}/sections/{item['section']}"
        lookup[item["id"]] = item | {"href": f"{where}#item-{item['id']}"}
    empty = is_empty(tree)
    return (words_when_empty(standing.plan.stage, label) if empty else to_html(tree, label, lookup, level)), empty


def etag_of(text: str, *, may_write: bool) -> str:
    """A name for exactly this text and right."""
    return '"' + hashlib.sha256(f"{may_write}\n{text}".encode()).hexdigest()[:24] + '"'


def neighbours(label: str) -> tuple[SectionRule | None, SectionRule | None]:
    """The sections before and after."""
    at = next(i for i, rule in enumerate(SECTIONS) if rule.label == label)
    return (SECTIONS[at - 1] if at else None), (SECTIONS[at + 1] if at + 1 < len(SECTIONS) else None)


@router.get("/plans/{plan_id}/sections/{section}")
async def section_page(request: Request, rule: SectionDep, standing: StandingDep, office: OfficeDep) -> Response:
    """Write it, or read it and see why it cannot be written."""
    lines = await section_lines(office.live, standing)
    line = next(one for one in lines if one.label == rule.label)
    before, after = neighbours(rule.label)
    told = await news(office, request.app.state.histories, standing, rule.label)
    await looked(office, standing.plan.id, rule.label, standing.access.person_id)
    shared: dict[str, Any] = {
        "plan": standing.plan,
        "standing": standing,
        "role_title": standing.role_title,
        "section": rule,
        "lines": lines,
        "line": line,
        "before": before,
        "after": after,
        "news": told,
        "preference": await preference_beside(office, standing, rule.label),
    }
    if line.may_write:
        return render(request, "sections/write.html", schema_version=SCHEMA.version, **shared)
    text, _ = await section_text(office, standing, rule.label)
    disputed = in_dispute(standing.facts, rule.label)
    return render(
        request, "sections/closed.html", text=text, etag=etag_of(text, may_write=False), appeal=disputed, **shared
    )


async def preference_beside(office: OfficeDep, standing: Standing, label: str) -> dict[str, object] | None:
    """What stands beside section I; None for every other section."""
    if label != "I":
        return None
    may_see = standing.may("see_preference").allowed
    wishes: list[Wish] = await wishes_on(office, standing.plan.id) if may_see else []
    return {"may_see": may_see, "latest": wishes[0] if wishes else None}


@router.get("/plans/{plan_id}/sections/{section}/text")
async def section_fragment(request: Request, rule: SectionDep, standing: StandingDep, office: OfficeDep) -> Response:
    """Only the text, for a page that asks whether there is newer text. 304 when there is none."""
    text, empty = await section_text(office, standing, rule.label)
    line = section_line(standing, rule.label, empty=empty)
    headers = {"ETag": etag_of(text, may_write=line.may_write), "X-May-Write": "true" if line.may_write else "false"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)
