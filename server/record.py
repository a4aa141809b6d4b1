"""The record of who did what to a plan, as data and in plain words. It only reads.

Every act that is ever audited has its words here; a test holds the table to the code. The words say who was invited or
whose access ended, because the record's readers see the list of people too. They never say what a section holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from sections.rights import role_label
from sections.stages import find
from sections.words import listed, mid_sentence
from server.plan_access import people_by_id, people_on
from server.tables import AuditEvent, StageMove

ACTS: Mapping[str, str] = {
    # on a plan
    "example-made": "Made this example plan.",
    "plan-started": "Started the plan in the stage “{stage}”.",
    "facts-changed": "Changed the facts of the plan: {fields}.",
    "invited": "Invited {person} as {role}.",
    "access-ended": "Ended the access of {person}.",
    "preference-stated": "Said which school or college the family would like.",
    "stage-moved": "Moved the plan from “{origin}” to “{to}”.",
    "exported": "Took a copy of the {what}.",
    "wording-put-back": "Put an earlier wording back in section {section}.",
    # in an appeal
    "appeal-opened": "Opened an appeal about this plan.",
    "appeal-changed": "Changed the facts of the appeal.",
    "appeal-closed": "Recorded how the appeal ended, and closed it.",
    "turn-begun": "Began to draft in private for their side.",
    "turn-sent": "Sent what their side had drafted in private.",
    "version-frozen": "Made version {version} of the working document.",
    "version-filed": "Recorded that version {version} of the working document went to the tribunal.",
    "word-brought": "Brought a Word file back, to look at what is in it.",
    "word-taken": "Took proposals up from a Word file.",
    # on the service, apart from any plan
    "person-added": "Was added to the service.",
    "signed-in": "Signed in.",
    "signed-out": "Signed out, or was signed out.",
    "code-asked": "Asked for a code to sign in.",
    "code-refused": "Entered a code that did not work.",
    "council-sign-in-tied": "Signed in with a council account for the first time.",
    "council-sign-in-refused": "Could not sign in with a council account.",
    "live-connection-closed": "Was disconnected because something unreadable was sent.",
    # on proposals of an appeal
    "proposal-agree": "Agreed, for their side, to the words of {proposals}.",
    "proposal-disagree": "Did not agree, for their side, to the words of {proposals}.",
    "proposal-panel": "Asked the panel about {proposals}.",
    "proposal-panel-approved": "Recorded that the panel approved {proposals}.",
    "proposal-panel-declined": "Recorded that the panel declined {proposals}.",
}
ONE_SIDES_OWN = ("turn-begun", "word-brought", "word-taken")
"""Acts that nobody outside the side that did them is told of: that it drafts in private is its own affair."""
FIELDS: Mapping[str, str] = {
    "reference": "the reference",
    "child": "who the plan is for",
    "request_received_on": "the day the request was received",
    "meeting_on": "the day of the meeting",
}
REASONS: Mapping[str, str] = {
    "early_reason": "Why before the family’s 15 days were over",
    "eotas_reason": "Why section I stays blank",
}
SERVICE = "The service"
SOMEBODY = "somebody no longer known"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as a person reads it. ``reasons`` are the ones somebody had to give, each with what it is for."""

    id: int
    at: datetime
    name: str
    role: str
    sentence: str
    reasons: tuple[tuple[str, str], ...]


def events(db: Session, plan_id: str, side: str, *, before: int | None, limit: int) -> list[AuditEvent]:
    """What was done to a plan, as somebody of ``side`` may know it, the newest first; only acts before ``before``."""
    told = or_(
        col(AuditEvent.act).not_in(ONE_SIDES_OWN), col(AuditEvent.detail)["side"].as_string() == side
    )  # an act without its side is shown to nobody
    query = select(AuditEvent).where(col(AuditEvent.plan_id) == plan_id, told)
    if before is not None:
        query = query.where(col(AuditEvent.id) < before)
    return list(db.exec(query.order_by(col(AuditEvent.id).desc()).limit(limit)))


def entries(db: Session, plan_id: str, side: str, *, before: int | None, limit: int) -> list[Entry]:
    """The same, in plain words. Six queries, however many acts."""
    found = events(db, plan_id, side, before=before, limit=limit)
    roles = {one.person.id: one.role_title for one in people_on(db, plan_id)}
    ids = [one.person_id for one in found] + [one.detail.get("person") for one in found]
    names = {person.id: person.name for person in people_by_id(db, (who for who in ids if who)).values()}
    moves = {one.id: one for one in moves_of(db, plan_id)} if any("move" in one.detail for one in found) else {}
    return [
        Entry(
            id=one.id or 0,
            at=one.at,
            name=names.get(one.person_id or "", SERVICE),
            role=roles.get(one.person_id or "", ""),
            sentence=in_words(one.act, one.detail, names),
            reasons=reasons_of(moves.get(one.detail.get("move"))),
        )
        for one in found
    ]


def moves_of(db: Session, plan_id: str) -> list[StageMove]:
    """Every move of a plan to another stage, the newest first. Only for those who may see the record."""
    return list(db.exec(select(StageMove).where(StageMove.plan_id == plan_id).order_by(col(StageMove.id).desc())))


def reasons_of(move: StageMove | None) -> tuple[tuple[str, str], ...]:
    """The reasons somebody gave for a move, each with what it is for."""
    said = [] if move is None else [(words, getattr(move, key)) for key, words in REASONS.items()]
    return tuple((words, reason) for words, reason in said if reason)


def in_words(act: str, detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What somebody did, as a sentence; an act nobody knows any more is shown by its name."""
    known = {
        "proposals": listed(detail.get("proposals") or ()) or "a proposal",
        "stage": _stage(detail.get("stage")),
        "origin": _stage(detail.get("origin")),
        "to": _stage(detail.get("to")),
        "fields": _fields(detail.get("fields") or ()),
        "person": names.get(detail.get("person") or "", SOMEBODY),
        "role": mid_sentence(role_label(detail.get("role") or "")),
        "what": detail.get("what") or "plan",
        "version": detail.get("version") or "one",
        "section": detail.get("section") or "not recorded",
    }
    return ACTS.get(act, f"{act.replace('-', ' ').capitalize()}.").format(**known)


def _stage(key: str | None) -> str:
    stage = find(key or "")
    return stage.title if stage else "not recorded"


def _fields(keys: Iterable[str]) -> str:
    return listed([FIELDS.get(key, key) for key in keys]) or "not recorded"
