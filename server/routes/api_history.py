"""The API for a section's history: the time line, and the text at any moment. Read only.

An earlier wording is put back by an ordinary edit, over the WebSocket like every other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from crdt.blocks import content_hash
from server.acts import Refused
from server.codes import Code
from server.history.books import Histories
from server.history.pages import text_html
from server.history.people import Who
from server.history.telling import Shown, Step, hands, show, time_line
from server.routes.api_plans import problems
from server.routes.asking import OfficeDep, SectionDep, StandingDep, TurnedAway
from server.routes.history import LAST_ENTRY, histories, items_of

router = APIRouter(prefix="/api/plans/{plan_id}/sections/{section}", tags=["text"])

A_PAGE = 50


class WriterOut(BaseModel):
    """Somebody who wrote, with the role they had then."""

    person_id: str = Field(description="`system` for what the service itself put in.")
    name: str
    role: str


class BurstWriter(WriterOut):
    """One of those who wrote in a burst."""

    entries: int = Field(description="How many entries of the log are theirs.")


class StepOut(BaseModel):
    """One burst of writing, or a move of the plan to another stage."""

    first: int = Field(description="Its first entry in the section's log.")
    last: int = Field(description="Its last entry: the moment after it.")
    begun_at: datetime
    ended_at: datetime
    people: list[BurstWriter]
    stage: str = Field(description="The title of the stage the plan moved to; empty for a burst.")


class TimeLineOut(BaseModel):
    """A part of the time line, the newest first."""

    seq: int = Field(description="The last committed entry of the section's log.")
    steps: list[StepOut]
    before: int | None = Field(description="Ask again with this for the older part; null when there is none.")


class ChangedOut(BaseModel):
    """How much changed in one place."""

    place: str = Field(description="An item's label, or empty for text outside the items.")
    added: int = Field(description="Words.")
    removed: int = Field(description="Words.")


class WordsOut(BaseModel):
    """Words that one person wrote in one burst."""

    text: str
    by: WriterOut
    at: datetime = Field(description="When the burst began.")
    moved_by: WriterOut | None = Field(description="Who moved them to where they stand, if somebody else did.")


class MomentOut(BaseModel):
    """A section as it was after one entry of its log."""

    seq: int
    tree: dict[str, Any] = Field(description="The text as a tree of plain values.")
    content_hash: str
    html: str
    since: int = Field(description="The entry before the burst this moment is in.")
    changes: list[ChangedOut] = Field(description="What changed since then, counted.")
    passages: list[list[WordsOut]] = Field(description="Who wrote what, passage by passage, in the order of the text.")


def _writer(who: Who) -> WriterOut:
    return WriterOut(person_id=who.person_id, name=who.name, role=who.role)


def _step(step: Step) -> StepOut:
    people = [
        BurstWriter(person_id=who.person_id, name=who.name, role=who.role, entries=count)
        for who, count in zip(step.people, step.counts, strict=True)
    ]
    return StepOut(
        first=step.first, last=step.seq, begun_at=step.begun, ended_at=step.ended, people=people, stage=step.stage
    )


@router.get("/history", responses=problems(404))
async def list_history(
    request: Request,
    rule: SectionDep,
    standing: StandingDep,
    before: Annotated[int | None, Query(ge=1, le=LAST_ENTRY)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = A_PAGE,
) -> TimeLineOut:
    """Who wrote when, by burst: one person's run of edits without a pause, or several who wrote together."""
    plan_id = standing.plan.id
    found = await histories(request).ask(
        standing.access.person_id, lambda db, these: time_line(db, these, plan_id, rule.label, before, limit)
    )
    return TimeLineOut(seq=found.head, steps=[_step(one) for one in found.steps], before=found.older)


@router.get("/history/{seq}", responses=problems(404))
async def get_moment(
    request: Request,
    rule: SectionDep,
    standing: StandingDep,
    office: OfficeDep,
    seq: Annotated[int, Path(ge=0, le=LAST_ENTRY)],
) -> MomentOut:
    """The text at one moment, what changed in the burst it is in, and who wrote which words of it."""
    plan_id, label = standing.plan.id, rule.label

    def look(db: Session, these: Histories) -> tuple[Shown, list[list[WordsOut]]]:
        shown = show(db, these, plan_id, label, seq)
        told = hands(db, these, plan_id, label, shown.moment)
        passages = [
            [
                WordsOut(
                    text=one.text,
                    by=_writer(one.who),
                    at=one.at,
                    moved_by=None if one.mover is None else _writer(one.mover),
                )
                for one in many
            ]
            for many in told.values()
        ]
        return shown, passages

    shown, passages = await histories(request).ask(standing.access.person_id, look)
    if seq > shown.head:
        raise TurnedAway(Refused(Code.UNKNOWN_DOCUMENT, "This section has no such entry yet. Ask for an earlier one."))
    lookup = await items_of(office, plan_id, label)
    return MomentOut(
        seq=shown.seq,
        tree=shown.moment.tree,
        content_hash=content_hash(shown.moment.tree),
        html=str(text_html(shown.moment.tree, label, lookup)),
        since=shown.since,
        changes=[ChangedOut(place=one.place, added=one.added, removed=one.removed) for one in shown.compared.changes],
        passages=passages,
    )
