"""The cards of a section: every proposal in a sentence, with who, when, why, where it stands and what one may do.

Fills ``working_values.Card`` from a section's state. No query and no clock; the rules are asked through ``may_do``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sections.keys import DEFAULT
from sections.redline.register import AGREEING, answers_older_words
from sections.redline.views import answered_words
from sections.redline.worded import worded
from sections.words import day_in_words, listed, mid_sentence
from server.day import london
from server.documents.changes_html import answer
from server.redline.answers import Rights, may_do, rights_of
from server.redline.desk import Seen
from server.redline.tables import Proposal, ProposalEvent
from server.redline.versions import citations_of
from server.working_reads import Told
from server.working_values import NOTHING, Card, Event, Evidence, May

SIDE_NAMES = {"family": "Family", "authority": "Council", "tribunal": "Tribunal"}
THE_SIDE = {"family": "the family", "authority": "the council", "tribunal": "the tribunal"}
"""The same within a sentence."""

_DID = {
    "proposed": "proposed this",
    "proposed again": "proposed this again",
    "changed": "changed the wording",
    "withdrawn": "withdrew this",
    "confirmed": "said yes",
    "agreed": "said yes, so it was agreed",
    "not agreed": "did not agree",
    "panel asked": "asked the council’s panel",
    "panel approved": "recorded that the panel said yes",
    "panel declined": "recorded that the panel said no",
    "reason given": "said why",
    "evidence added": "named evidence",
    "evidence removed": "took evidence out",
    "ordered": "recorded that the tribunal ordered this",
    "refused": "recorded that the tribunal did not order this",
}
_NEXT = {
    "agreed": "nothing is left to do. Both sides said yes to these words.",
    "not agreed": "the tribunal decides, unless both sides still say yes.",
    "pending panel": "the council’s panel decides.",
}


def cards(seen: Seen, told: Told) -> tuple[Card, ...]:
    """Every proposal in the order of the text; those that were withdrawn come last."""
    state, rights = seen.state, rights_of(seen)
    found: list[Card] = []
    lines = {line.key: line for line in worded(state.baseline, state.known, state.standing, DEFAULT)}
    live = [key for key in lines if key in state.rows and state.standing[key] != "withdrawn"]
    rest = [key for key, row in state.rows.items() if key in state.known and key not in set(live)]
    for key in (*live, *rest):
        line = lines.get(key)
        gone = f"{SIDE_NAMES[state.rows[key].side]} withdrew this proposal."
        sentence = line.sentence if line is not None and key in live else gone
        found.append(_card(seen, rights, told, state.rows[key], "" if line is None else line.place, sentence))
    return tuple(found)


def _card(seen: Seen, rights: Rights, told: Told, row: Proposal, place: str, sentence: str) -> Card:
    state, key = seen.state, row.key
    record = state.known[key]
    again = row.last_by != row.first_by or day(row.last_at) != day(row.first_at)
    first = told.names.get(row.first_by)
    said_yes = state.confirmations.get(row.id or 0, [])
    evidence = state.evidence.get(row.id or 0, [])
    return Card(
        key=key,
        number=row.label,
        side=row.side,
        side_name=SIDE_NAMES[row.side],
        place=place,
        sentence=sentence,
        status=state.standing[key],
        first=who(told, row.first_by, row.first_at),
        last=who(told, row.last_by, row.last_at) if again else "",
        on_behalf="" if first is None else first.on_behalf,
        reason=row.reason,
        evidence=tuple(
            Evidence(str(one.id), cited) for one, cited in zip(evidence, citations_of(state, key), strict=True)
        ),
        confirmed=tuple(f"{SIDE_NAMES[yes.side]}: {name(told, yes.person_id)}, {day(yes.at)}" for yes in said_yes),
        not_agreed=tuple(_said_no(told, row, side) for side in row.not_agreed),
        answers=answered.label if (answered := state.rows.get(record.counters)) is not None else "",
        answer=answer(answered_words(state.known, key)) if record.live else NOTHING,
        answers_older=record.live and answers_older_words(state.baseline, state.known, key),
        next=next_words(seen, key),
        events=tuple(_events(told, told.events.get(row.id or 0, ()))),
        may=may(seen, key, rights),
        hash=state.hashes[key],
    )


def _said_no(told: Told, row: Proposal, side: str) -> str:
    """``Council: Dana Marsh, 9 January 2027``."""
    no = [one for one in told.events.get(row.id or 0, ()) if one.act == "not agreed" and one.side == side]
    return f"{SIDE_NAMES[side]}: {name(told, no[-1].by)}, {day(no[-1].at)}" if no else SIDE_NAMES[side]


def may(seen: Seen, key: str, rights: Rights) -> May:
    """What this person, with these rights in the section, may do with one proposal now."""
    found = may_do(seen, key, rights)
    return May(
        agree=found["agree"],
        disagree=found["disagree"],
        counter=found["counter"],
        withdraw=found["withdraw"],
        panel=found["panel"],
        panel_decides=found["panel_decides"],
        evidence=found["evidence"],
        reason=found["evidence"],
        why_not=found["why_not"],
    )


def next_words(seen: Seen, key: str) -> str:
    """What happens next with a proposal, and who does it; empty where nothing does."""
    status = seen.state.standing[key]
    if status in _NEXT:
        return _NEXT[status]
    if status not in ("proposed", "countered", "reopened"):
        return ""
    waiting = waiting_for(seen, key)
    said = listed([THE_SIDE[side] for side in waiting])
    if status == "countered":
        return f"{said} {'says' if len(waiting) == 1 else 'say'} yes or no to this wording or to the answer."
    return f"{said} {'says' if len(waiting) == 1 else 'each say'} yes or no."


def waiting_for(seen: Seen, key: str) -> tuple[str, ...]:
    """The sides that have not said yes to the present words, the family first."""
    said = {yes.side for yes in seen.state.confirmations.get(seen.state.rows[key].id or 0, [])}
    return tuple(side for side in reversed(AGREEING) if side not in said)


def _events(told: Told, events: Iterable[ProposalEvent]) -> Iterable[Event]:
    for one in events:
        if one.act == "reopened":
            words = f"It was agreed, and no longer is: {name(told, one.by)} changed something"
        else:
            words = f"{name(told, one.by)} {_DID.get(one.act, one.act)}"
        why = f": “{one.words}”" if one.words and one.act != "reason given" else ""
        yield Event(one.at, words + why)


def name(told: Told, person_id: str) -> str:
    """A person's name."""
    found = told.names.get(person_id)
    return "The service" if found is None else found.name


def who(told: Told, person_id: str, at: datetime) -> str:
    """``Ruth Ellis, parent, 3 January 2027``."""
    found = told.names.get(person_id)
    role = "" if found is None or not found.role else f", {mid_sentence(found.role)}"
    return f"{name(told, person_id)}{role}, {day(at)}"


def day(at: datetime) -> str:
    """The day of a moment in the United Kingdom, in words."""
    return day_in_words(london(at).date())
