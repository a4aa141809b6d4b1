"""The API for a plan's text: the twelve sections, one section as a tree or HTML, all items. Read only.

Text is written over the WebSocket at /live and nowhere else.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from crdt.blocks import content_hash, is_empty
from sections.catalogue import section as rule_of
from server.routes.api_plans import problems
from server.routes.asking import OfficeDep, SectionDep, StandingDep
from server.routes.sections import section_text
from server.section_lines import section_line, section_lines

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["text"])


class SectionOut(BaseModel):
    """One section, as it is for the person asking."""

    label: str
    title: str
    law: str
    source: str
    status: str = Field(description="Not started, In progress, In dispute, Locked or Read only.")
    mode: str
    may_write: bool
    reason: str = Field(description="Why you may not write it; empty when you may.")
    document: str = Field(description="The document's name on the live connection.")


class SectionText(SectionOut):
    """One section with its text."""

    seq: int = Field(description="The last committed entry of its log.")
    content_hash: str
    tree: dict[str, Any] = Field(description="The text as a tree of plain values.")
    html: str


class ItemOut(BaseModel):
    """One need, outcome or provision."""

    id: str
    section: str
    label: str = Field(description="As people say it: B3, or H1-2.")
    kind: str
    title: str
    refs: list[str] = Field(description="Ids of the items it links to; one may be gone from the plan.")


def _out(plan_id: str, line: Any) -> dict[str, Any]:
    rule = rule_of(line.label)
    return {
        "label": line.label,
        "title": line.title,
        "law": rule.law,
        "source": rule.source,
        "status": line.status,
        "mode": line.mode,
        "may_write": line.may_write,
        "reason": line.reason,
        "document": f"{plan_id}/{line.label}",
    }


@router.get("/sections", responses=problems(404))
async def list_sections(standing: StandingDep, office: OfficeDep) -> list[SectionOut]:
    """The twelve sections: what each is, whether you may write it, and why not."""
    lines = await section_lines(office.live, standing)
    return [SectionOut(**_out(standing.plan.id, line)) for line in lines]


@router.get("/sections/{section}", responses=problems(404))
async def get_section(rule: SectionDep, standing: StandingDep, office: OfficeDep) -> SectionText:
    """One section's present text, as a tree and as HTML."""
    plan_id = standing.plan.id
    seq = await office.live.seq(plan_id, rule.label)  # asked first: the text is at least this new
    tree = await office.live.tree(plan_id, rule.label)
    text, _ = await section_text(office, standing, rule.label)
    empty = is_empty(tree)
    line = section_line(standing, rule.label, empty=empty)
    html = "" if empty else str(text)
    return SectionText(**_out(plan_id, line), seq=seq, content_hash=content_hash(tree), tree=tree, html=html)


@router.get("/items", responses=problems(404))
async def list_items(standing: StandingDep, office: OfficeDep) -> list[ItemOut]:
    """All needs, outcomes and provision of the plan, in the order of the plan."""
    return [ItemOut.model_validate(item) for item in await office.live.items(standing.plan.id)]
