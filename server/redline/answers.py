"""One section of the working document as the browser gets it: plain values, for one person, made anew each time.

Nothing that this person may not see is in it: of the other side's private draft not even that somebody types. The API
sends it; the page for people without JavaScript is made from the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from sections import keys
from sections.addresses import Address
from sections.catalogue import find as find_section
from sections.redline.baseline import to_value as baseline_value
from sections.redline.overlap import group_of
from sections.redline.records import to_value
from sections.redline.register import AGREEING, answers_older_words
from sections.redline.views import readings
from sections.redline.worded import worded
from sections.rights import may_layer, role_label
from server.layers import SIDES
from server.plan_access import people_by_id, people_on
from server.redline.desk import Seen
from server.redline.state import SectionState
from server.redline.tables import LastLook, Proposal, ProposalEvent
from server.redline.versions import citations_of

_OVER = frozenset({"withdrawn", "ordered", "refused"})


def answer(db: Session, seen: Seen) -> dict[str, Any]:
    """Everything the page of one section needs; docs/api.md says what each part means."""
    state, standing = seen.state, seen.standing
    appeal, plan = standing.appeal, standing.plan
    assert appeal is not None and seen.state.appeal.id is not None  # noqa: S101, PT018 - desk.see has asked
    rule, rights = find_section(state.section), rights_of(seen)
    events = _events(db, state)
    people = _people(db, seen, events)
    reads = readings(state.baseline, state.known, state.standing, [key for key in state.rows if key in state.known])
    sentences = {line.key: line for line in worded(state.baseline, state.known, state.standing, keys.DEFAULT)}
    return {
        "plan": plan.id,
        "reference": plan.reference,
        "section": state.section,
        "title": "" if rule is None else rule.title,
        "me": {
            "side": seen.side,
            "person": standing.access.person_id,
            "role": standing.role_title,
            "may_propose": _writes_to(seen) is not None,
            "may_decide": seen.speaks and standing.may("decide").allowed,
        },
        "baseline": baseline_value(state.baseline),
        "documents": _documents(seen),
        "write": _writes_to(seen),
        "turn": {
            "mine": _turn(seen, seen.side),
            "theirs": "live",  # whether the other side drafts in private is that side's own affair
        },
        "tribunal": {record.id: to_value(record) for record in state.layer("tribunal").values()},
        "profile": profile_value(keys.DEFAULT),
        "proposals": {
            key: _proposal(seen, rights, row, events.get(row.id or 0, []), sentences.get(key), reads[key])
            for key, row in state.rows.items()
            if key in state.known
        },
        "people": people,
        "seen": {"at": _last_look(db, seen)},
        "appeal": state.appeal.number,
    }


def profile_value(profile: keys.Profile) -> dict[str, Any]:
    """A key profile as plain values."""
    return {
        "name": profile.name,
        "hands": {
            name: {
                "name": hand.name,
                "letter": hand.letter,
                "style": sorted(profile.style(name, deleted=False)),
                "deleted": sorted(profile.style(name, deleted=True)),
                "colour": hand.colour,
                "line": hand.line,
            }
            for name, hand in profile.hands.items()
        },
    }


def _documents(seen: Seen) -> dict[str, str]:
    """The live documents to open: the side's own draft in place of its shared layer while it drafts in private."""
    plan_id, section = seen.standing.plan.id, seen.state.section
    found: dict[str, str] = {}
    for side in SIDES:
        private = side == seen.side and _turn(seen, side) == "private"
        address = Address(section, side, private)
        if _may(seen, address, write=False):
            found[side] = f"{plan_id}/{address}"
    return found


def _writes_to(seen: Seen) -> str | None:
    if seen.side is None:
        return None
    address = Address(seen.state.section, seen.side, _turn(seen, seen.side) == "private")
    return f"{seen.standing.plan.id}/{address}" if _may(seen, address, write=True) else None


def _may(seen: Seen, address: Address, *, write: bool) -> bool:
    standing = seen.standing
    return may_layer(
        standing.actor, standing.facts, address, "write" if write else "read", today=standing.today
    ).allowed


def _turn(seen: Seen, side: str | None) -> str:
    appeal = seen.standing.appeal
    return "private" if appeal is not None and side in appeal.turns else "live"


def _proposal(
    seen: Seen, rights: Rights, row: Proposal, events: list[ProposalEvent], line: Any, reads: tuple[str, ...]
) -> dict[str, Any]:
    state, key = seen.state, row.key
    confirmations = state.confirmations.get(row.id or 0, [])
    return {
        "key": key,
        "number": row.label,
        "side": row.side,
        "status": state.standing[key],
        "hash": state.hashes[key],
        "group": list(group_of(state.known, key)),
        "first_by": row.first_by,
        "first_at": row.first_at.isoformat(),
        "last_by": row.last_by,
        "last_at": row.last_at.isoformat(),
        "reason": row.reason,
        "evidence": [
            {
                "id": one.id,
                "document": one.document,
                "author": one.author,
                "role": one.role,
                "dated": one.dated.isoformat() if one.dated else None,
                "page": one.page,
                "paragraph": one.paragraph,
                "citation": cited,
            }
            for one, cited in zip(state.evidence.get(row.id or 0, []), citations_of(state, key), strict=True)
        ],
        "confirmations": [{"side": yes.side, "by": yes.person_id, "at": yes.at.isoformat()} for yes in confirmations],
        "waiting_for": [side for side in AGREEING if side not in {yes.side for yes in confirmations}],
        "not_agreed": list(row.not_agreed),
        "answers_older": answers_older_words(state.baseline, state.known, key),
        "reads_as": list(reads),
        "sentence": "" if line is None else line.sentence,
        "place": "" if line is None else line.place,
        "events": [
            {"at": one.at.isoformat(), "by": one.by, "side": one.side, "act": one.act, "words": one.words}
            for one in events
        ],
        "may": may_do(seen, key, rights),
    }


@dataclass(frozen=True, slots=True)
class Rights:
    """What the rules allow this person in the section, whatever the proposal; asked once for all of them."""

    writes: bool
    decides: bool
    asks_panel: bool
    panel_decides: bool
    gives_evidence: bool
    why_not: str


def rights_of(seen: Seen) -> Rights:
    """The person's rights now."""
    standing = seen.standing
    decide = standing.may("decide")
    return Rights(
        writes=_writes_to(seen) is not None,
        decides=seen.speaks and decide.allowed,
        asks_panel=seen.side == "authority" and standing.may("ask_panel").allowed,
        panel_decides=standing.may("panel_decides").allowed,
        gives_evidence=standing.may("give_evidence").allowed,
        why_not="Somebody else speaks for your side on this." if decide.allowed else decide.sentence,
    )


def may_do(seen: Seen, key: str, rights: Rights) -> dict[str, Any]:
    """What this person may do with one proposal now, and why not, where they may not decide."""
    state, standing = seen.state, seen.standing
    status, row = state.standing[key], state.rows[key]
    live = status not in _OVER
    decides = live and rights.decides
    panel = state.entries[key].panel
    mine = row.side == seen.side
    confirmed = any(
        yes.side == seen.side and yes.person_id == standing.access.person_id
        for yes in state.confirmations.get(row.id or 0, [])
    )
    writes = live and rights.writes
    return {
        "agree": decides and not confirmed and panel not in ("pending", "declined"),
        "disagree": decides and seen.side not in state.entries[key].not_agreed,
        "counter": writes and not mine and not key.startswith("tribunal:"),
        "withdraw": writes and mine,
        "panel": live and panel == "" and rights.asks_panel,
        "panel_decides": live and panel == "pending" and rights.panel_decides,
        "evidence": live and mine and rights.gives_evidence,
        "why_not": rights.why_not if live and not decides else "",
    }


def _events(db: Session, state: SectionState) -> Mapping[int, list[ProposalEvent]]:
    ids = [row.id for row in state.rows.values() if row.id is not None]
    found: dict[int, list[ProposalEvent]] = {}
    for event in db.exec(
        select(ProposalEvent).where(col(ProposalEvent.proposal_id).in_(ids)).order_by(col(ProposalEvent.id))
    ):
        found.setdefault(event.proposal_id, []).append(event)
    return found


def _people(db: Session, seen: Seen, events: Mapping[int, list[ProposalEvent]]) -> dict[str, dict[str, str]]:
    """Names and roles of everybody the answer names."""
    found: dict[str, dict[str, str]] = {}
    for one in people_on(db, seen.standing.plan.id):
        behalf = "" if one.acts_for is None else one.acts_for.name
        found[one.person.id] = {
            "name": one.person.name,
            "role": one.role_title,
            "side": one.access.party,
            "on_behalf": behalf,
        }
    named = {event.by for many in events.values() for event in many} | {row.last_by for row in seen.state.rows.values()}
    for person in people_by_id(db, named - found.keys()).values():
        found[person.id] = {"name": person.name, "role": role_label(""), "side": "", "on_behalf": ""}
    return found


def _last_look(db: Session, seen: Seen) -> str | None:
    if seen.side is None:
        return None
    look = db.get(LastLook, (seen.state.appeal.id, seen.state.section, seen.side))
    return None if look is None else look.at.isoformat()
