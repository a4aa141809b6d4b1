"""The API for the end of an appeal: what would be issued, closing it, and the proof that it was issued as ordered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from server.auth import PersonDep
from server.redline.closings import Ending, Order, Said, close_appeal, look_at_end
from server.routes.api_plans import Strict, problems
from server.routes.api_working import AppealOut, Hash, appeal_out
from server.routes.asking import OfficeDep, StandingDep, done
from server.typed import Day, Text

router = APIRouter(prefix="/api/plans/{plan_id}/appeal", tags=["working document"])


class SaidIn(Strict):
    """What the tribunal said of one proposal. ``words``: its own, by part (``wording`` first)."""

    ruling: Literal["ordered", "refused", "words"]
    words: dict[str, Annotated[Text, Field(max_length=20_000)]] = Field(default_factory=dict, max_length=42)


class OrderIn(Strict):
    """How the appeal ended. A consent order takes up what is agreed and needs no rulings."""

    outcome: Literal["order", "consent", "withdrawn"]
    order_on: Day | None = None
    rulings: dict[str, dict[str, SaidIn]] = Field(default_factory=dict, max_length=12)


class CloseIn(OrderIn):
    """The same, with what the check showed."""

    shown: Hash


class DifferenceOut(BaseModel):
    """One block of the plan that will read otherwise."""

    id: str
    type: str
    before: str | None
    after: str | None


class SectionEndOut(BaseModel):
    """One section as it would be issued."""

    section: str
    ready: bool
    sentences: list[str] = Field(description="What stands in the way.")
    outcomes: dict[str, str]
    changed: list[DifferenceOut]


class EndingOut(BaseModel):
    """What would be issued."""

    ready: bool
    shown: str = Field(description="Send this to close the appeal exactly so.")
    sections: list[SectionEndOut]


def order_of(body: OrderIn) -> Order:
    rulings = {
        section: {key: Said(said.ruling, said.words) for key, said in many.items()}
        for section, many in body.rulings.items()
    }
    return Order(body.outcome, body.order_on, rulings)


def ending_out(ending: Ending) -> EndingOut:
    sections = []
    for one in ending.sections:
        outcomes: dict[str, Any] = dict(getattr(one.result, "outcomes", {}))
        changed = [DifferenceOut.model_validate(found, from_attributes=True) for found in one.changed]
        sections.append(
            SectionEndOut(
                section=one.state.section,
                ready=not one.sentences,
                sentences=list(one.sentences),
                outcomes=outcomes,
                changed=changed,
            )
        )
    return EndingOut(ready=ending.ready, shown=ending.shown, sections=sections)


@router.post("/check", responses=problems(403, 404, 422))
async def check_order(body: OrderIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> EndingOut:
    """What would be issued by this order; nothing is changed."""
    return ending_out(done(await look_at_end(office, person, standing.plan.id, order_of(body))))


@router.post("/close", responses=problems(403, 404, 409, 422))
async def close(body: CloseIn, standing: StandingDep, person: PersonDep, office: OfficeDep) -> AppealOut:
    """Close the appeal and issue the amended final plan, exactly as the check showed it."""
    return appeal_out(done(await close_appeal(office, person, standing.plan.id, order_of(body), body.shown)))
