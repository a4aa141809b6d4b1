"""The stages of a plan: what is open in each, why the rest is locked, and which moves lead on.

The stages are data in ``stages.toml``, checked at import. Pure: values in, values out. A stage or section that
nobody has heard of is locked, never an exception: both may come from a database. Anybody may import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sections.catalogue import LABELS, BadRules, edition_of, rules_file
from sections.facts import PlanFacts

REPRESENTATION_DAYS = 15  # regulation 13(1)(a): counted from the day of service, which is day one
UNKNOWN_REASON = "This part of the plan cannot be written now. Ask your case officer."


class Mode(StrEnum):
    """What may happen to the text of one section."""

    OPEN = "open"
    REDLINE = "redline"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Need:
    """Something a move asks for before it may be made, and the sentence shown while it is missing."""

    key: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Move:
    """A deliberate step from one stage to another.

    ``sets`` and ``clears`` name the facts of the plan that the step dates, signs or empties.
    """

    origin: str
    to: str
    title: str
    next: str
    confirm: str
    warning: str
    roles: tuple[str, ...]
    needs: tuple[str, ...]
    sets: tuple[str, ...]
    clears: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageRule:
    """One stage. ``locked`` maps each locked section to the reason, in plain words."""

    key: str
    title: str
    sentence: str
    open: tuple[str, ...]
    locked: dict[str, str]
    moves: tuple[Move, ...]


def _move(origin: str, row: dict[str, Any]) -> Move:
    return Move(
        origin=origin,
        to=row["to"],
        title=row["title"],
        next=row["next"],
        confirm=row["confirm"],
        warning=row["warning"],
        roles=tuple(row["roles"]),
        needs=tuple(row["needs"]),
        sets=tuple(row["sets"]),
        clears=tuple(row["clears"]),
    )


def _stage(row: dict[str, Any], reasons: dict[str, str]) -> StageRule:
    locked = {label: reasons[name] for name, labels in row.get("locked", {}).items() for label in labels}
    listed = list(row["open"]) + [label for labels in row.get("locked", {}).values() for label in labels]
    if sorted(listed) != sorted(LABELS):
        raise BadRules(f"stages.toml: {row['key']} must list every section exactly once")
    return StageRule(
        key=row["key"],
        title=row["title"],
        sentence=row["sentence"],
        open=tuple(row["open"]),
        locked=locked,
        moves=tuple(_move(row["key"], move) for move in row.get("moves", [])),
    )


def _checked(stages: tuple[StageRule, ...], needs: dict[str, Need]) -> tuple[StageRule, ...]:
    keys = [rule.key for rule in stages]
    if len(set(keys)) != len(keys):
        raise BadRules("stages.toml: two stages have one key")
    for rule in stages:
        for move in rule.moves:
            if move.to not in keys or any(need not in needs for need in move.needs):
                raise BadRules(
                    f"stages.toml: the move from {rule.key} to {move.to} leads or asks for something unknown"
                )
    return stages


_RULES = rules_file("stages.toml")

EDITION = edition_of(_RULES)
NEEDS: dict[str, Need] = {key: Need(key, row["title"], row["sentence"]) for key, row in _RULES["needs"].items()}
STAGES: tuple[StageRule, ...] = _checked(tuple(_stage(row, _RULES["reasons"]) for row in _RULES["stages"]), NEEDS)
STAGE_KEYS: tuple[str, ...] = tuple(rule.key for rule in STAGES)
FIRST_STAGE: str = STAGE_KEYS[0]
LAST_STAGE: str = STAGE_KEYS[-1]
DISPUTED_REASON: str = _RULES["appeal"]["disputed"]
_BY_KEY: dict[str, StageRule] = {rule.key: rule for rule in STAGES}


def stage(key: str) -> StageRule:
    """The rule of one stage; KeyError for a stage no plan has. Use ``find`` for a key from outside."""
    return _BY_KEY[key]


def find(key: str) -> StageRule | None:
    """The rule of one stage, or None."""
    return _BY_KEY.get(key)


def mode(stage: str, section: str) -> Mode:
    """What may happen to a section's text in a stage. Unknown stages and sections are locked."""
    rule = _BY_KEY.get(stage)
    return Mode.OPEN if rule is not None and section in rule.open else Mode.LOCKED


def reason(stage: str, section: str) -> str:
    """Why a section is locked in a stage, in plain words; empty when it is open."""
    rule = _BY_KEY.get(stage)
    if rule is None:
        return UNKNOWN_REASON
    return "" if section in rule.open else rule.locked.get(section, UNKNOWN_REASON)


def in_dispute(facts: PlanFacts, section: str) -> bool:
    """Whether an open appeal over the final plan disputes a section, so that each side may propose in its layer."""
    return facts.stage == LAST_STAGE and section in facts.disputed


def section_mode(facts: PlanFacts, section: str) -> Mode:
    """What may happen to a section's text now: as the stage says, or ``REDLINE`` while the section is in dispute."""
    return Mode.REDLINE if in_dispute(facts, section) and section in LABELS else mode(facts.stage, section)


def section_reason(facts: PlanFacts, section: str) -> str:
    """Why a section's own text cannot be written now, in plain words; empty when it can."""
    if section_mode(facts, section) is Mode.REDLINE:
        return DISPUTED_REASON
    return reason(facts.stage, section)


def moves(stage: str) -> tuple[Move, ...]:
    """The moves that lead on from a stage; none from a stage nobody has heard of."""
    rule = _BY_KEY.get(stage)
    return () if rule is None else rule.moves


def find_move(stage: str, to: str) -> Move | None:
    """The move from one stage to another, or None when there is no such step."""
    return next((move for move in moves(stage) if move.to == to), None)


def last_day_for_family(draft_served_on: date) -> date:
    """The last day of the family's time after a draft is served: the day of service is day one."""
    return draft_served_on + timedelta(days=REPRESENTATION_DAYS - 1)


def outstanding(
    move: Move,
    *,
    today: date,
    draft_served_on: date | None,
    section_i_empty: bool,
    early_reason: str = "",
    eotas_reason: str = "",
) -> tuple[Need, ...]:
    """What a move still needs before it may be made; empty when nothing is missing.

    Without a date of service the family's time is taken not to be over.
    """
    time_is_over = draft_served_on is not None and today > last_day_for_family(draft_served_on)
    met = {
        "early_reason": time_is_over or bool(early_reason.strip()),
        "section_i_empty": section_i_empty,
        "section_i_lawful": not section_i_empty or bool(eotas_reason.strip()),
    }
    return tuple(NEEDS[key] for key in move.needs if not met.get(key, False))
