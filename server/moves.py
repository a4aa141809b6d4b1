"""Moving a plan to another stage: a deliberate, dated, audited act, and the locks of all sections with it.

What the move needs is asked twice: for the confirm page, and again inside the transaction, from the log itself, so that
no edit and no other move can come between. Pages and API use this; nothing else changes a plan's stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from crdt.blocks import is_empty
from sections import stages
from server.acts import NOT_ON_PLAN, Office, Refused, allowed_to, audit
from server.auth import SignedIn
from server.codes import Code, PlanError
from server.log import document_id, rows_after
from server.plan_access import Standing
from server.replay import Content
from server.tables import Plan, StageMove
from server.typed import clean_text

BLANK_I = frozenset({"section_i_empty", "section_i_lawful"})  # what depends on the words in section I


class Overtaken(PlanError):
    """Somebody else moved the plan, or wrote in section I, while this was on its way."""

    code = Code.BUSY


@dataclass(frozen=True, slots=True)
class MoveState:
    """One move as it stands for one person: what it still needs before it may be made."""

    move: stages.Move
    standing: Standing
    section_i_empty: bool

    def outstanding(self, early_reason: str = "", eotas_reason: str = "") -> tuple[stages.Need, ...]:
        """What is still missing, given the reasons written so far."""
        return stages.outstanding(
            self.move,
            today=self.standing.today,
            draft_served_on=self.standing.plan.draft_served_on,
            section_i_empty=self.section_i_empty,
            early_reason=early_reason,
            eotas_reason=eotas_reason,
        )


async def look_at_move(office: Office, who: SignedIn, plan_id: str, to: str) -> MoveState | Refused:
    """A move the person may make, or why they may not."""
    allowed = await office.store.aread(lambda db: allowed_to(db, who, plan_id, "move_stage", to=to))
    if isinstance(allowed, Refused):
        return allowed
    move = stages.find_move(allowed.plan.stage, to)
    if move is None:  # the rules said yes to a move they do not know: a bug in the rules
        raise ValueError(f"no move to {to}")
    return MoveState(move, allowed, is_empty(await office.live.tree(plan_id, "I")))


async def move_stage(
    office: Office, who: SignedIn, plan_id: str, to: str, *, early_reason: str = "", eotas_reason: str = ""
) -> Plan | Refused:
    """The deliberate step to another stage: dates, audit row and the locks of all sections in one transaction."""
    state = await look_at_move(office, who, plan_id, to)
    if isinstance(state, Refused):
        return state
    reasons = {"early_reason": clean_text(early_reason), "eotas_reason": clean_text(eotas_reason)}
    missing = state.outstanding(**reasons)
    if missing:
        return Refused(Code.MALFORMED, missing[0].sentence, missing[0].key)
    write = _moving(who, plan_id, state.move, reasons, believed_empty=state.section_i_empty)
    try:
        await office.live.move_stage(plan_id, write, to)
    except Overtaken:
        return Refused(Code.BUSY, "Somebody else has just changed this plan. Look at where it is now, then try again.")
    plan = await office.store.aread(lambda db: db.get(Plan, plan_id))
    return plan if plan is not None else NOT_ON_PLAN


def _moving(
    who: SignedIn, plan_id: str, move: stages.Move, reasons: dict[str, str], *, believed_empty: bool
) -> Callable[[Session], None]:
    def write(db: Session) -> None:
        allowed = allowed_to(db, who, plan_id, "move_stage", to=move.to)
        if isinstance(allowed, Refused) or allowed.plan.stage != move.origin:
            raise Overtaken
        if BLANK_I & set(move.needs) and section_i_is_empty(db, plan_id) is not believed_empty:
            raise Overtaken
        plan = allowed.plan
        signed: dict[str, Any] = {"finalised_by": who.person_id}
        for name in move.clears:
            setattr(plan, name, None)
        for name in move.sets:
            setattr(plan, name, signed.get(name, allowed.today))
        plan.stage = move.to
        plan.stage_since = datetime.now(UTC)
        db.add(plan)
        # The words may hold a name, so they stand with the plan; the audit trail only says that there are some.
        made = StageMove(
            plan_id=plan_id,
            origin=move.origin,
            to=move.to,
            by=who.person_id,
            at=plan.stage_since,
            early_reason=reasons["early_reason"],
            eotas_reason=reasons["eotas_reason"],
        )
        db.add(made)
        db.flush()
        given: dict[str, Any] = {"reason_given": True, "move": made.id} if any(reasons.values()) else {}
        audit(db, "stage-moved", who.person_id, plan_id, origin=move.origin, to=move.to, **given)

    return write


def section_i_is_empty(db: Session, plan_id: str) -> bool:
    """Whether section I holds no words, from the log as this transaction sees it."""
    document = document_id(db, plan_id, "I")
    if document is None:
        return True
    content = Content()
    content.take(rows_after(db, document, 0))
    return is_empty(content.tree())
