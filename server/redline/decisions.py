"""Deciding on proposals: agree, do not agree, ask the panel, withdraw; giving reasons and evidence.

Each act names the wording that was shown; on any other wording nothing is decided. The rules are in
``sections/redline/register``. Pages and API use these functions and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias, get_args

from sqlmodel import Session

from sections.redline import register
from sections.redline.overlap import group_of
from sections.redline.records import to_value, withdrawn
from sections.redline.register import Entry, is_agreed
from sections.redline.views import reads_as
from server.acts import Acting, Office, Refused, audit
from server.auth import SignedIn
from server.codes import Code, refusal
from server.redline.desk import Seen, act, see
from server.redline.rows import end_confirmations, note, write_entry
from server.redline.tables import Evidence, Proposal, ProposalConfirmation
from server.redline.writing import write_proposals
from server.typed import clean_text

DecisionAct: TypeAlias = Literal["agree", "disagree", "panel", "panel-approved", "panel-declined"]
ACTS: tuple[str, ...] = get_args(DecisionAct)

ACTION = {
    "agree": "decide",
    "disagree": "decide",
    "panel": "ask_panel",
    "panel-approved": "panel_decides",
    "panel-declined": "panel_decides",
}
"""The right that each of them needs."""
_NOTED = {"disagree": "not agreed", "panel": "panel asked", "panel-approved": "panel approved"} | {
    "panel-declined": "panel declined"
}
LONGEST_REASON = 4000


@dataclass(frozen=True, slots=True)
class Wanted:
    """One proposal by key, and the hash of the wording that was shown."""

    key: str
    hash: str


async def decide(
    office: Office, who: SignedIn, plan_id: str, section: str, what: str, wanted: Sequence[Wanted], reason: str = ""
) -> int | Refused:
    """One decision on one or more proposals, all or none of them. How many were decided."""
    words = clean_text(reason)
    if what not in ACTS or not wanted:
        return Refused(Code.MALFORMED, "Choose what to do, and with which proposal.")
    if what == "disagree" and not words:
        return Refused(Code.MALFORMED, "Write why your side does not agree.", "reason")
    if len(words) > LONGEST_REASON:
        return Refused(Code.TOO_BIG, f"The reason must be {LONGEST_REASON:,} characters or fewer.", "reason")
    return await act(
        office,
        who,
        plan_id,
        section,
        ACTION[what],
        lambda db, seen: decide_within(db, who, seen, what, wanted, words, datetime.now(UTC)),
    )


def decide_within(
    db: Session, who: Acting, seen: Seen, what: str, wanted: Sequence[Wanted], reason: str, now: datetime
) -> int | Refused:
    """The same as part of a transaction, for somebody who has the right to."""
    state = seen.state
    asked = {one.key: one.hash for one in wanted}
    entries = dict(state.entries)
    decided: list[tuple[Proposal, Entry]] = []
    for key, shown in asked.items():
        row = state.rows.get(key)
        if row is None or key not in state.known:
            return from_register(register.Refused("withdrawn"))
        if not set(group_of(state.known, key)) <= asked.keys():
            return refused_as(Code.GROUPED)
        entry = _one(seen, who, what, entries, key, shown)
        if isinstance(entry, register.Refused):
            return from_register(entry, state.numbers)
        entries[key] = entry
        decided.append((row, entry))
    for row, entry in decided:
        _write(db, who, seen, what, row, entry, reason, now)
    audit(
        db,
        f"proposal-{what}",
        who.person_id,
        state.appeal.plan_id,
        moment=now,
        appeal=state.appeal.id,
        proposals=[row.label for row, _ in decided],
    )
    return len(decided)


def _one(
    seen: Seen, who: Acting, what: str, entries: dict[str, Entry], key: str, shown: str
) -> Entry | register.Refused:
    state = seen.state
    if what in ("panel-approved", "panel-declined"):
        entry = entries[key]
        if shown != state.hashes.get(key):
            return register.Refused("not-current")
        if entry.panel != "pending":
            return register.Refused("panel")
        return register.panel_decided(entry, "approved" if what == "panel-approved" else "declined")
    person = register.Act(who.person_id, seen.side or "", entitled=seen.speaks or what == "panel", shown=shown)
    rule: dict[str, Callable[..., Entry | register.Refused]] = {
        "agree": register.confirm,
        "disagree": register.disagree,
        "panel": register.ask_panel,
    }
    return rule[what](state.baseline, state.known, entries, key, person)


def _write(
    db: Session, who: Acting, seen: Seen, what: str, row: Proposal, entry: Entry, reason: str, now: datetime
) -> None:
    state, side = seen.state, seen.side or ""
    assert row.id is not None  # noqa: S101 - it came from the database
    before = state.entries[row.key]
    write_entry(row, entry)
    db.add(row)
    if what == "agree":
        end_confirmations(db, row, now, side, who.person_id)
        shown = list(reads_as(state.baseline, state.known, state.standing, row.key))
        db.add(
            ProposalConfirmation(
                proposal_id=row.id, side=side, person_id=who.person_id, hash=entry.hash, reads_as=shown, at=now
            )
        )
        note(db, row, "agreed" if is_agreed(entry) else "confirmed", who.person_id, side, now, words=reason)
        return
    if what == "disagree":
        end_confirmations(db, row, now, side)
        if is_agreed(before):
            note(db, row, "reopened", who.person_id, side, now)
    note(db, row, _NOTED[what], who.person_id, side, now, words=reason)


async def give_reason(
    office: Office, who: SignedIn, plan_id: str, section: str, key: str, reason: str
) -> Proposal | Refused:
    """Why a side proposes this, in its own words."""
    words = clean_text(reason)
    if len(words) > LONGEST_REASON:
        return Refused(Code.TOO_BIG, f"The reason must be {LONGEST_REASON:,} characters or fewer.", "reason")
    return await act(
        office,
        who,
        plan_id,
        section,
        "give_evidence",
        lambda db, seen: reason_within(db, who, seen, key, words, datetime.now(UTC)),
    )


def reason_within(db: Session, who: Acting, seen: Seen, key: str, words: str, now: datetime) -> Proposal | Refused:
    """The same as part of a transaction, for somebody who has the right to."""
    row = own_row(seen, key)
    if isinstance(row, Refused):
        return row
    row.reason = words
    db.add(row)
    note(db, row, "reason given", who.person_id, row.side, now, words=words)
    return row


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a document that a proposal rests on, as it was typed."""

    document: str
    author: str
    role: str
    dated: date | None
    page: str
    paragraph: str


async def add_evidence(
    office: Office, who: SignedIn, plan_id: str, section: str, key: str, source: Source
) -> Evidence | Refused:
    """One more source for one of the own side's proposals; ``sections.appeal`` has checked its form."""
    return await act(
        office,
        who,
        plan_id,
        section,
        "give_evidence",
        lambda db, seen: evidence_within(db, who, seen, key, source, datetime.now(UTC)),
    )


def evidence_within(
    db: Session, who: Acting, seen: Seen, key: str, source: Source, now: datetime
) -> Evidence | Refused:
    """The same as part of a transaction, for somebody who has the right to."""
    row = own_row(seen, key)
    if isinstance(row, Refused):
        return row
    assert row.id is not None  # noqa: S101 - it came from the database
    evidence = Evidence(
        proposal_id=row.id,
        document=source.document,
        author=source.author,
        role=source.role,
        dated=source.dated,
        page=source.page,
        paragraph=source.paragraph,
        side=row.side,
        by=who.person_id,
        at=now,
    )
    db.add(evidence)
    note(db, row, "evidence added", who.person_id, row.side, now)
    db.flush()
    return evidence


async def remove_evidence(
    office: Office, who: SignedIn, plan_id: str, section: str, evidence_id: int
) -> Evidence | Refused:
    """Takes a source of the own side away; that it was there stays in the record."""

    def write(db: Session, seen: Seen) -> Evidence | Refused:
        found = db.get(Evidence, evidence_id)
        row = next((row for row in seen.state.rows.values() if found and row.id == found.proposal_id), None)
        if found is None or row is None or found.removed_at is not None:
            return Refused(
                Code.MALFORMED, "This evidence was taken out already. Load the page again to see what is there."
            )
        if row.side != seen.side:
            return refused_as(Code.NOT_ENTITLED)
        found.removed_at, found.removed_by = datetime.now(UTC), who.person_id
        db.add(found)
        note(db, row, "evidence removed", who.person_id, row.side, found.removed_at)
        return found

    return await act(office, who, plan_id, section, "give_evidence", write)


def own_row(seen: Seen, key: str) -> Proposal | Refused:
    """The line of a live proposal of the person's own side."""
    row, record = seen.state.rows.get(key), seen.state.known.get(key)
    if row is None or record is None or not record.live:
        return from_register(register.Refused("withdrawn"))
    return (
        row
        if row.side == seen.side
        else Refused(Code.NOT_ENTITLED, "This is the other side’s proposal. You can answer it with other wording.")
    )


def from_register(refused: register.Refused, numbers: dict[str, str] | None = None) -> Refused:
    """A refusal of the register's rules, with the numbers of the proposals that stand against it."""
    against = [numbers[key] for key in refused.against if numbers and key in numbers]
    sentence = refused.sentence + (f" See {', '.join(against)}." if against else "")
    return Refused(Code(refused.code), sentence)


def refused_as(code: Code) -> Refused:
    """The refusal a code stands for, with its own sentence."""
    return Refused(code, refusal(code).sentence)


async def withdraw(
    office: Office, who: SignedIn, plan_id: str, section: str, wanted: Sequence[Wanted]
) -> int | Refused:
    """Takes own proposals back, all or none of them: they propose nothing any more, and keep number and history.

    What was made together is withdrawn together. How many were.
    """
    if not wanted:
        return Refused(Code.MALFORMED, "Choose which proposal to withdraw.")
    seen = await see(office, who, plan_id, section)
    if isinstance(seen, Refused):
        return seen
    ghosts: dict[str, dict[str, Any]] = {}
    asked = {one.key: one.hash for one in wanted}
    for key, shown in asked.items():
        row = own_row(seen, key)
        if isinstance(row, Refused):
            return row
        if not set(group_of(seen.state.known, key)) <= asked.keys():
            return refused_as(Code.GROUPED)
        if seen.state.hashes[key] != shown:
            return from_register(register.Refused("not-current"))
        if row.ordered:
            return from_register(register.Refused("closed"))
        ghost = withdrawn(seen.state.known[key])
        ghosts[ghost.id] = to_value(ghost)
    refused = await write_proposals(office, who, seen, ghosts)
    return len(ghosts) if refused is None else refused
