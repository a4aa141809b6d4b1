"""Reading and printing: one section, or the whole plan with a table of contents."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crdt.blocks import Tree, is_empty
from sections import stages
from sections.catalogue import SECTIONS, SectionRule
from server.documents.html import ItemLookup
from server.documents.html import render as to_html
from server.pages import day_words, render
from server.plan_access import Standing
from server.routes.asking import OfficeDep, SectionDep, StandingDep
from server.routes.plans import fact_rows
from server.routes.sections import section_text, words_when_empty
from server.section_lines import all_trees

router = APIRouter(include_in_schema=False)


def paper_words(standing: Standing) -> str:
    """What stands at the head of every printed copy: a draft must say that it is one."""
    stage = stages.stage(standing.plan.stage)
    return stage.title if standing.plan.stage == "final" else f"DRAFT – {stage.title}"


def css_string(words: str) -> str:
    """The words as a CSS string in which nothing can end the string. The space after an escape belongs to it."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):06x} " for c in words) + '"'


@router.get("/plans/{plan_id}/paper.css")
async def paper(request: Request, standing: StandingDep) -> Response:
    """What stands at the head of every printed page. A loose page still says which plan, and that it is a draft."""
    council = request.app.state.settings.council
    boxes = {
        "top-left": f"{council}, plan {standing.plan.reference}",
        "top-center": paper_words(standing),
        "top-right": f"Printed {day_words(standing.today)}",
    }
    rules = "".join(f"@{box}{{content:{css_string(words)};font:9pt arial,sans-serif}}" for box, words in boxes.items())
    first = "".join(f"@{box}{{content:none}}" for box in boxes)
    return Response(f"@page{{{rules}}}@page :first{{{first}}}", media_type="text/css")


@router.get("/plans/{plan_id}/read")
async def read_plan(request: Request, standing: StandingDep, office: OfficeDep) -> Response:
    """The whole plan on one page."""
    plan_id = standing.plan.id
    trees = await all_trees(office.live, plan_id)
    lookup = {item["id"]: item for item in await office.live.items(plan_id)}
    sections = [(rule, _shown(rule, trees[rule.label], lookup, standing)) for rule in SECTIONS]
    return render(
        request,
        "read/plan.html",
        plan=standing.plan,
        facts=fact_rows(standing, edit=False),
        sections=sections,
        stage=stages.stage(standing.plan.stage),
        paper=paper_words(standing),
        printed=standing.today,
    )


def _shown(rule: SectionRule, tree: Tree, lookup: ItemLookup, standing: Standing) -> dict[str, str]:
    if is_empty(tree):
        return {
            "text": words_when_empty(standing.plan.stage, rule.label),
            "note": stages.reason(standing.plan.stage, rule.label) if rule.label == "I" else "",
        }
    return {"text": to_html(tree, rule.label, lookup, 3), "note": ""}


@router.get("/plans/{plan_id}/sections/{section}/read")
async def read_section(request: Request, rule: SectionDep, standing: StandingDep, office: OfficeDep) -> Response:
    """One section to read or print."""
    text, _ = await section_text(office, standing, rule.label)
    return render(
        request,
        "read/section.html",
        plan=standing.plan,
        section=rule,
        text=text,
        stage=stages.stage(standing.plan.stage),
        paper=paper_words(standing),
        printed=standing.today,
        may_write=standing.may("write", rule.label).allowed,
    )
