"""What the register derives: the hash of a proposal, whether it is agreed, and which acts are refused.

Agreement exists only while an entitled person of each side has confirmed the present hash; it is never stored as such.
Nothing here trusts a word of a layer about author, number or status: those come from the log. Pure; for the server.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sections.redline.baseline import Baseline
from sections.redline.overlap import conflicts
from sections.redline.records import Record, to_value

Status: TypeAlias = Literal[
    "withdrawn", "proposed", "countered", "agreed", "reopened", "not agreed", "pending panel", "ordered", "refused"
]
AGREEING = ("authority", "family")
SETTLED: frozenset[Status] = frozenset({"agreed", "ordered"})

REFUSALS: dict[str, str] = {
    "not-current": "The wording has changed since you looked. Read it again, then decide.",
    "not-entitled": "You may read this, but others decide for your side. The working document’s first page names them.",
    "withdrawn": "This proposal was withdrawn. There is nothing left to decide.",
    "overlap": "Words in it already belong to an agreed proposal. Withdraw or answer one of the two first.",
    "answer": "Another wording in this exchange is agreed already. Only one can be: withdraw or change that one first.",
    "removed": "An agreed proposal takes out the passage this one is in. Withdraw one of the two first.",
    "panel": "The council’s panel decides this first. Both sides can decide when its answer is recorded here.",
    "closed": "The tribunal’s order settles this. It can no longer be changed here.",
}
"""Every refusal of this file as a sentence for the person who acted."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One entitled person's yes, on behalf of a side, to one hash."""

    side: str
    person: str
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the register keeps of one proposal. ``hash`` is the last one seen; decisions stand for that hash only."""

    key: str
    hash: str
    confirmations: tuple[Confirmation, ...] = ()
    reopened: bool = False
    not_agreed: tuple[str, ...] = ()
    panel: Literal["", "pending", "approved", "declined"] = ""
    order: Literal["", "ordered", "refused"] = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was not done, with its code, its sentence, and the proposals that stand against it."""

    code: str
    against: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return REFUSALS[self.code]


@dataclass(frozen=True, slots=True)
class Act:
    """Who decides: the person, the side they speak for, whether they may now, and the hash they were shown."""

    person: str
    side: str
    entitled: bool
    shown: str


def record_hash(baseline: Baseline, record: Record) -> str:
    """SHA-256 of the whole record as it is read: range, place, rank and every wording, on this version."""
    value = [baseline.version, baseline.section, baseline.hash, record.key, to_value(record)]
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def opened(baseline: Baseline, record: Record) -> Entry:
    """The entry of a proposal first seen now."""
    return Entry(record.key, record_hash(baseline, record))


def observe(entry: Entry, present: str) -> tuple[Entry, tuple[str, ...]]:
    """The entry once the log brought this hash, and what to tell both sides: ``changed`` or ``reopened``.

    Decisions on the old wording are gone for good: typing the old words back does not bring an agreement back.
    Even an order stands for its wording only, so that nothing is issued that was not ordered: close layers before it.
    """
    if present == entry.hash:
        return entry, ()
    if entry.order:
        return replace(entry, hash=present, order="", confirmations=(), reopened=True), ("reopened",)
    was_agreed = is_agreed(entry)
    decided = bool(entry.confirmations or entry.not_agreed or entry.panel)
    later = Entry(entry.key, present, reopened=was_agreed or entry.reopened)
    return later, ("reopened",) if was_agreed else ("changed",) if decided else ()


def is_agreed(entry: Entry) -> bool:
    """Whether an entitled person of each side has confirmed the present hash, and no panel has still to decide."""
    sides = {yes.side for yes in entry.confirmations if yes.hash == entry.hash}
    return sides.issuperset(AGREEING) and entry.panel in ("", "approved")


def status(record: Record, entry: Entry, *, answered: bool) -> Status:
    """The one status a proposal has now; ``answered``: a live counter-proposal points at it."""
    if entry.order:
        return entry.order
    if not record.live:
        return "withdrawn"
    if entry.panel == "pending":
        return "pending panel"
    if is_agreed(entry):
        return "agreed"
    if entry.not_agreed or entry.panel == "declined":
        return "not agreed"
    if entry.reopened:
        return "reopened"
    return "countered" if answered else "proposed"


def standing(baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry]) -> dict[str, Status]:
    """The status of every proposal. An entry that has not seen the present hash counts as observing it now."""
    answered = {record.counters for record in known.values() if record.counters and record.live}
    found: dict[str, Status] = {}
    for key, record in known.items():
        present = record_hash(baseline, record)
        entry, _ = observe(entries.get(key, Entry(key, present)), present)
        found[key] = status(record, entry, answered=key in answered)
    return found


def confirm(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], key: str, act: Act
) -> Entry | Refused:
    """The entry with this person's yes. The yes that would complete an agreement is refused where it cannot stand."""
    entry = _open_to(baseline, known, entries, key, act)
    if isinstance(entry, Refused):
        return entry
    if entry.panel in ("pending", "declined"):
        return Refused("panel")
    others = tuple(yes for yes in entry.confirmations if (yes.side, yes.person) != (act.side, act.person))
    later = replace(
        entry,
        confirmations=(*others, Confirmation(act.side, act.person, act.shown)),
        not_agreed=tuple(side for side in entry.not_agreed if side != act.side),
    )
    if is_agreed(later):
        against = conflicts(baseline, known, known[key], settled(baseline, known, entries))
        if against:
            return Refused(against[0].why, tuple(conflict.other for conflict in against))
        later = replace(later, reopened=False)
    return later


def disagree(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], key: str, act: Act
) -> Entry | Refused:
    """The entry with this side's no; that side's earlier yes is taken back, visibly."""
    entry = _open_to(baseline, known, entries, key, act)
    if isinstance(entry, Refused):
        return entry
    kept = tuple(yes for yes in entry.confirmations if yes.side != act.side)
    no = tuple(dict.fromkeys((*entry.not_agreed, act.side)))
    return replace(entry, confirmations=kept, not_agreed=no, reopened=entry.reopened or is_agreed(entry))


def ask_panel(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], key: str, act: Act
) -> Entry | Refused:
    """The entry as a matter for the authority's panel: pending, whatever was confirmed, until the panel decided."""
    entry = _open_to(baseline, known, entries, key, act)
    if isinstance(entry, Refused):
        return entry
    return Refused("not-entitled") if act.side != "authority" else replace(entry, panel="pending")


def panel_decided(entry: Entry, decision: Literal["approved", "declined"]) -> Entry:
    """The entry after the panel: approved lets both sides agree; declined is not agreed."""
    return replace(entry, panel=decision) if entry.panel == "pending" else entry


def answers_older_words(baseline: Baseline, known: Mapping[str, Record], key: str) -> bool:
    """Whether the wording this counter-proposal answers has changed since, or is gone."""
    record = known.get(key)
    if record is None or not record.counters:
        return False
    other = known.get(record.counters)
    return other is None or not other.live or record_hash(baseline, other) != record.counters_hash


def settled(baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The keys that go into the next version: agreed or ordered on their present wording."""
    return tuple(key for key, now in standing(baseline, known, entries).items() if now in SETTLED)


def may_order(baseline: Baseline, known: Mapping[str, Record], keys: Iterable[str]) -> tuple[str, ...]:
    """The keys an order cannot take up together: not live, or clashing with one named before."""
    found: list[str] = []
    taken: list[str] = []
    for key in keys:
        record = known.get(key)
        if record is None or not record.live or conflicts(baseline, known, record, taken):
            found.append(key)
        else:
            taken.append(key)
    return tuple(found)


def _open_to(
    baseline: Baseline, known: Mapping[str, Record], entries: Mapping[str, Entry], key: str, act: Act
) -> Entry | Refused:
    """The entry as it stands now, if this person may decide on what they were shown."""
    record = known.get(key)
    if record is None or not record.live:
        return Refused("withdrawn")
    if not act.entitled or act.side not in AGREEING:
        return Refused("not-entitled")
    present = record_hash(baseline, record)
    if act.shown != present:
        return Refused("not-current")
    entry, _ = observe(entries.get(key, Entry(key, present)), present)
    return Refused("closed") if entry.order else entry
