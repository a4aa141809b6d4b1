"""What one decision is about, as values: which words, how they would read, who has to say yes, and what happens next.

Whether it would be refused is asked of the same rules that decide when the form comes back. No query and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sections.redline import register
from sections.redline.apply import resolved
from sections.redline.overlap import group_of
from sections.redline.register import AGREEING, SETTLED
from sections.redline.worded import places
from sections.words import listed
from server.documents.changes_html import compared
from server.redline.answers import rights_of
from server.redline.decisions import from_register
from server.redline.desk import Seen
from server.redline.state import SectionState
from server.working_cards import SIDE_NAMES, THE_SIDE, cards, day, may, name, waiting_for
from server.working_pages.deciding import AskAct, Confirming, Decide
from server.working_reads import Told
from server.working_values import ReadsAs

ACTIONS: dict[AskAct, str] = {
    "agree": "decide",
    "disagree": "decide",
    "withdraw": "give_evidence",
    "panel": "ask_panel",
    "panel-approved": "panel_decides",
    "panel-declined": "panel_decides",
}
"""What the page asks for, and the right it needs. Who may propose for a side may say where evidence is."""

_NEXT = {
    "disagree": "Everyone on the plan sees that your side does not agree, and why.",
    "withdraw": "Everyone on the plan sees that your side withdrew it.",
    "panel": "A panel member or the signing officer records here what the panel decided.",
    "panel-approved": "The people who speak for each side are asked for their yes or no.",
    "panel-declined": "Both sides see that it was not agreed. Your side can still offer other wording.",
}
_OVER = {
    "withdrawn": "This proposal was withdrawn. There is nothing left to decide.",
    "ordered": "The tribunal’s order settles this. It can no longer be changed here.",
    "refused": "The tribunal’s order settles this. It can no longer be changed here.",
}


def together(state: SectionState, keys: Iterable[str]) -> tuple[str, ...]:
    """These proposals and all that were made together with them, in the order of the register; none if one is gone."""
    wanted = set(keys)
    if not wanted or not all(key in state.rows and key in state.known for key in wanted):
        return ()
    everything = {other for key in wanted for other in (key, *group_of(state.known, key))}
    return tuple(key for key in state.rows if key in everything)


def decide_page(seen: Seen, told: Told, act: AskAct, keys: Sequence[str], person_id: str) -> Decide:
    """One decision and exactly which words it is about."""
    shown = {card.key: card for card in cards(seen, told)}
    return Decide(
        plan=seen.standing.plan,
        label=seen.state.section,
        act=act,
        cards=tuple(shown[key] for key in keys),
        readings=() if act == "withdraw" else readings(seen.state, keys),
        confirming=confirming(seen, told, keys) if act in ("agree", "panel-approved") else (),
        next_step=next_step(seen, act, keys),
        refused=refused(seen, act, keys, person_id),
    )


def readings(state: SectionState, keys: Sequence[str]) -> tuple[ReadsAs, ...]:
    """Every passage these proposals change, with all that is agreed: as it reads now, and with them."""
    settled = [key for key, now in state.standing.items() if now in SETTLED and key not in keys]
    without = resolved(state.baseline, state.known, settled)
    with_them = resolved(state.baseline, state.known, [*settled, *keys])
    before = {block.id: block.text or "" for block in without.texts()}
    after = {block.id: block.text or "" for block in with_them.texts()}
    where = places(with_them) | places(without) | places(state.baseline)
    return tuple(
        ReadsAs(
            where.get(block, "The text"),
            before.get(block, ""),
            after.get(block, ""),
            compared(before.get(block, ""), after.get(block, "")),
        )
        for block in dict.fromkeys((*before, *after))
        if before.get(block, "") != after.get(block, "")
    )


def confirming(seen: Seen, told: Told, keys: Sequence[str]) -> tuple[Confirming, ...]:
    """Each side, who speaks for it, and who has said yes to all of these words."""
    found = []
    for side in reversed(AGREEING):
        people = [name(told, person) for person in told.speakers.get(side, ())]
        given = [
            {
                yes.person_id: yes.at
                for yes in seen.state.confirmations.get(seen.state.rows[key].id or 0, [])
                if yes.side == side
            }
            for key in keys
        ]
        done = ""
        if given and all(given):
            person, at = max(given[0].items(), key=lambda yes: yes[1])
            done = f"{name(told, person)}, {day(at)}"
        found.append(Confirming(SIDE_NAMES[side], listed(people, "or") or "Nobody speaks for this side yet", done))
    return tuple(found)


def next_step(seen: Seen, act: AskAct, keys: Sequence[str]) -> str:
    """What happens after this decision, and who does it."""
    if act != "agree":
        return _NEXT[act]
    others = [side for side in AGREEING if side != seen.side and any(side in waiting_for(seen, key) for key in keys)]
    if others:
        return (
            f"Then {listed([THE_SIDE[side] for side in others])} is asked. It is agreed when both sides have said yes."
        )
    return "The other side has said yes already, so these words are then agreed."


def refused(seen: Seen, act: AskAct, keys: Sequence[str], person_id: str) -> str:
    """Why this cannot be done now; empty when it can."""
    decision = seen.standing.may(ACTIONS[act])
    if not decision.allowed:
        return decision.sentence
    state = seen.state
    entries = dict(state.entries)
    for key in keys:
        if over := _OVER.get(state.standing[key]):
            return over
        if act == "withdraw":
            if not may(seen, key, rights_of(seen)).withdraw:
                return _not_yours(seen, key)
        elif act in ("panel-approved", "panel-declined"):
            if entries[key].panel != "pending":
                return "Nobody has asked the panel about this, or its answer is recorded already."
        else:
            if act == "agree" and _said_yes(seen, key, person_id):
                return "You have said yes to these words already."
            rule = {"agree": register.confirm, "disagree": register.disagree, "panel": register.ask_panel}[act]
            entitled = seen.speaks or act == "panel"
            asked = register.Act(person_id, seen.side or "", entitled=entitled, shown=state.hashes[key])
            later = rule(state.baseline, state.known, entries, key, asked)
            if isinstance(later, register.Refused):
                return from_register(later, state.numbers).sentence
            entries[key] = later
    return ""


def _not_yours(seen: Seen, key: str) -> str:
    side = seen.state.rows[key].side
    if side != seen.side:
        return f"This was proposed by {THE_SIDE[side]}. Only its own side can withdraw it."
    return "Your side drafts in private now, so what is shared stays as it is. Withdraw it in your draft."


def _said_yes(seen: Seen, key: str, person_id: str) -> bool:
    given = seen.state.confirmations.get(seen.state.rows[key].id or 0, [])
    return any(yes.person_id == person_id and yes.side == seen.side for yes in given)
