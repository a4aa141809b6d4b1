"""Who may do what: ``may``, and ``may_layer`` for proposals in an appeal, from ``rights.toml`` and ``stages.toml``.

Asked for every live message, so every answer is worked out once at import and looked up. It never raises for a
role, party, stage or section read from a database: what is not known is refused. Pure. Anybody may import this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Literal

from sections import stages
from sections.addresses import SIDES, Address
from sections.catalogue import LABELS, SECTIONS, BadRules, edition_of, rules_file
from sections.facts import Actor, PlanFacts
from sections.stages import STAGE_KEYS, Mode
from sections.words import day_in_words, listed, mid_sentence

__all__ = [
    "ACTIONS",
    "EDITION",
    "PARTIES",
    "ROLES",
    "Actor",
    "Decision",
    "PlanFacts",
    "RightsRow",
    "RoleRule",
    "check_standing",
    "may",
    "may_layer",
    "may_start_plan",
    "party_label",
    "rights_table",
    "role_label",
    "writes",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no. ``code`` is empty for yes; ``sentence`` is for the person who asked."""

    allowed: bool
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RoleRule:
    """One role: its label, its parties, the sections it writes in each stage, and whether it proposes in an appeal."""

    key: str
    label: str
    about: str
    parties: tuple[str, ...]
    acts_for_someone: bool
    proposes: bool
    writes: dict[str, tuple[str, ...]]

    @property
    def reads_only(self) -> bool:
        """True for a role that writes nothing in any stage."""
        return not any(self.writes.values())


@dataclass(frozen=True, slots=True)
class RightsRow:
    """One line of the plan's table of who may write what."""

    section: str
    title: str
    mode: Mode
    reason: str
    roles: tuple[str, ...]
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _ActionRule:
    roles: tuple[str, ...]
    stages: tuple[str, ...]
    allowed: Decision
    refused: Decision
    refused_by_stage: Decision


def _role(key: str, row: dict[str, Any], groups: dict[str, list[str]]) -> RoleRule:
    writes: dict[str, tuple[str, ...]] = dict.fromkeys(STAGE_KEYS, ())
    for group, labels in row.get("writes", {}).items():
        if not set(labels) <= set(LABELS):
            raise BadRules(f"rights.toml: {key} writes a section that does not exist")
        for stage in groups[group]:
            if not set(labels) <= set(stages.stage(stage).open):
                raise BadRules(f"rights.toml: {key} writes in {stage} what stages.toml locks")
            writes[stage] = tuple(labels)
    return RoleRule(
        key=key,
        label=row["label"],
        about=row["about"],
        parties=tuple(row["parties"]),
        acts_for_someone=row.get("acts_for_someone", False),
        proposes=row.get("proposes", False),
        writes=writes,
    )


def _action(row: dict[str, Any]) -> _ActionRule:
    return _ActionRule(
        roles=tuple(row["roles"]),
        stages=tuple(row.get("stages", STAGE_KEYS)),
        allowed=Decision(True, "", row["allowed"]),
        refused=Decision(False, "not-allowed", row["refused"]),
        refused_by_stage=Decision(False, "locked", row.get("refused_by_stage", row["refused"])),
    )


_RULES = rules_file("rights.toml")
_SAY: dict[str, str] = _RULES["sentences"]
_SAY_LAYER: dict[str, str] = _RULES["layers"]

EDITION = edition_of(_RULES)
PARTIES: dict[str, str] = {key: row["label"] for key, row in _RULES["parties"].items()}
ROLES: dict[str, RoleRule] = {key: _role(key, row, _RULES["groups"]) for key, row in _RULES["roles"].items()}
_ACTIONS: dict[str, _ActionRule] = {key: _action(row) for key, row in _RULES["actions"].items()}
ACTIONS: tuple[str, ...] = ("write", *_ACTIONS, "move_stage", "finalise", "start_plan")

_NOT_ON_PLAN = Decision(False, "not-on-plan", _SAY["not_on_plan"])
_ENDED = Decision(False, "not-on-plan", _SAY["ended"])
_MISFIT = Decision(False, "not-allowed", _SAY["misfit"])
_ACTS_FOR_NOBODY = Decision(False, "not-allowed", _SAY["acts_for_nobody"])
_UNKNOWN_SECTION = Decision(False, "unknown-document", _SAY["unknown_section"])
_UNKNOWN_DOCUMENT = Decision(False, "unknown-document", _SAY_LAYER["unknown"])
_UNKNOWN_STAGE = Decision(False, "locked", _SAY["unknown_stage"])
_NO_SUCH_ACTION = Decision(False, "not-allowed", _SAY["no_such_action"])
_NO_SUCH_MOVE = Decision(False, "not-allowed", _SAY["no_such_move"])
_MAY_MOVE = Decision(True, "", _SAY["may_move"])
_MAY_START = Decision(True, "", _SAY["may_start"])
_MAY_NOT_START = Decision(False, "not-allowed", _SAY["may_not_start"])
_FITS = Decision(True, "", _SAY["fits"])

# What somebody acting for nobody in particular may still do.
_WITHOUT_ACTING = frozenset({"read", "see_presence", "show_presence", "see_people", "see_preference", "see_working"})


def _decide_write(role: RoleRule, stage: str, section: str) -> Decision:
    if stages.mode(stage, section) is not Mode.OPEN:
        return Decision(False, "locked", stages.reason(stage, section))
    if section in role.writes[stage]:
        return Decision(True, "", _SAY["may_write"].format(section=section))
    key = "reads_only" if role.reads_only else "council_only" if section == "I" else "may_not_write"
    return Decision(False, "not-allowed", _SAY[key].format(role=role.label, section=section))


_WRITE: dict[tuple[str, str, str | None, str], Decision] = {
    (role.key, party, section, stage): _decide_write(role, stage, section)
    for role in ROLES.values()
    for party in role.parties
    for section in LABELS
    for stage in STAGE_KEYS
}

_Turn = Literal["none", "live", "private"]


def _decide_layer(role: RoleRule, party: str, address: Address, action: str, turn: _Turn) -> Decision:
    def answer(code: str, key: str) -> Decision:
        side = _SAY_LAYER[address.layer]
        return Decision(not code, code, _SAY_LAYER[key].format(section=address.section, side=side, role=role.label))

    ours = party == address.layer
    reading = action == "read"
    draft = "_draft" if address.private else ""
    if turn == "none":
        return answer("unknown-document", "nothing_to_read") if reading else answer("locked", "not_disputed")
    if address.private and not ours:
        return answer("not-allowed", "not_yours_to_see")
    if reading:
        return answer("", f"may_read{draft}") if role.key in _ACTIONS["read"].roles else _ACTIONS["read"].refused
    if not ours:
        return answer("not-allowed", "other_side" if party in SIDES else "not_a_side")
    if not role.proposes:
        return answer("not-allowed", "reads_only")
    if address.private != (turn == "private"):
        return answer("locked", "in_the_open" if address.private else "in_private")
    return answer("", f"may_write{draft}")


_Asked = tuple[str, str, str, str, bool, str, _Turn]
_TURNS: tuple[_Turn, ...] = ("none", "live", "private")
_LAYER: dict[_Asked, Decision] = {
    (role.key, party, section, side, private, action, turn): _decide_layer(
        role, party, Address(section, side, private), action, turn
    )
    for role in ROLES.values()
    for party in role.parties
    for section, side, private, action, turn in product(LABELS, SIDES, (False, True), ("read", "write"), _TURNS)
}
_ACTING_ROLES = frozenset(role.key for role in ROLES.values() if role.acts_for_someone)


def may(
    actor: Actor | None,
    action: str,
    plan: PlanFacts,
    section: str | None = None,
    *,
    today: date,
    to: str | None = None,
) -> Decision:
    """Whether a person may do something to a plan now, and what to tell them.

    ``actor`` is None for somebody who is not on the plan; ``to`` is the stage a ``move_stage`` leads to. A yes to a
    move is about the person only: what else the move needs is ``stages.outstanding``.
    """
    if actor is None or actor.ended or (actor.expires_on is not None and today > actor.expires_on):
        return _without_access(actor)
    if action == "write" and (actor.role not in _ACTING_ROLES or actor.acts_for):
        known = _WRITE.get((actor.role, actor.party, section, plan.stage))
        if known is not None:
            return known
    return _answer(actor, action, plan, section, to)


def may_layer(
    actor: Actor | None, facts: PlanFacts, address: Address, action: Literal["read", "write"], *, today: date
) -> Decision:
    """Whether a person may read or write a document now: a section, or one side's proposals, shared or in private.

    While a section is in dispute, everyone on the plan reads what is shared. The people who propose for a side write
    its layer, or its draft during a private turn, and nobody outside that party ever reads the draft.
    """
    if not address.layer:
        return may(actor, action, facts, address.section, today=today)
    if actor is None or actor.ended or (actor.expires_on is not None and today > actor.expires_on):
        return _without_access(actor)
    turn: _Turn = "none"
    if stages.in_dispute(facts, address.section):
        turn = "private" if address.layer in facts.private_turns else "live"
    found = _LAYER.get((actor.role, actor.party, address.section, address.layer, address.private, action, turn))
    if found is None:
        role = ROLES.get(actor.role)
        return _MISFIT if role is None or actor.party not in role.parties else _UNKNOWN_DOCUMENT
    if found.allowed and not actor.acts_for and actor.role in _ACTING_ROLES and (action == "write" or address.private):
        return _ACTS_FOR_NOBODY
    return found


def _without_access(actor: Actor | None) -> Decision:
    if actor is None:
        return _NOT_ON_PLAN
    if actor.ended or actor.expires_on is None:
        return _ENDED
    return Decision(False, "not-on-plan", _SAY["expired"].format(day=day_in_words(actor.expires_on)))


def _answer(actor: Actor, action: str, plan: PlanFacts, section: str | None, to: str | None) -> Decision:
    """Everything that is not the quick path of a write."""
    role = ROLES.get(actor.role)
    if role is None or actor.party not in role.parties:
        return _MISFIT
    if section is not None and section not in LABELS:
        return _UNKNOWN_SECTION
    if plan.stage not in STAGE_KEYS:
        return _UNKNOWN_STAGE
    if role.acts_for_someone and not actor.acts_for and action not in _WITHOUT_ACTING:
        return _ACTS_FOR_NOBODY
    if action == "write":
        return _UNKNOWN_SECTION
    if action == "finalise":
        return _decide_move(role, plan, "finalising")
    if action == "move_stage":
        return _decide_move(role, plan, to)
    if action == "start_plan":
        return _MAY_NOT_START
    rule = _ACTIONS.get(action)
    if rule is None:
        return _NO_SUCH_ACTION
    if role.key not in rule.roles:
        return rule.refused
    return rule.allowed if plan.stage in rule.stages else rule.refused_by_stage


def _decide_move(role: RoleRule, plan: PlanFacts, to: str | None) -> Decision:
    move = stages.find_move(plan.stage, to or "")
    if move is None:
        return _NO_SUCH_MOVE
    if role.key in move.roles:
        return _MAY_MOVE
    who = listed([mid_sentence(role_label(key)) for key in move.roles], "or")
    return Decision(False, "not-allowed", _SAY["may_not_move"].format(who=who))


def may_start_plan(*, is_staff: bool) -> Decision:
    """Whether somebody may start a new plan: council staff only."""
    return _MAY_START if is_staff else _MAY_NOT_START


def check_standing(role: str, party: str, acts_for: str | None = None) -> Decision:
    """Whether a role, a party and a person acted for fit together: asked before an invitation is sent."""
    rule = ROLES.get(role)
    if rule is None:
        return Decision(False, "not-allowed", _SAY["unknown_role"])
    if party not in rule.parties:
        return Decision(False, "not-allowed", _SAY["wrong_party"].format(role=rule.label, party=party_label(party)))
    if rule.acts_for_someone and not acts_for:
        return Decision(False, "not-allowed", _SAY["needs_acts_for"])
    return _FITS


def role_label(role: str) -> str:
    """The role in plain words; ``Someone`` for a role nobody has heard of."""
    rule = ROLES.get(role)
    return "Someone" if rule is None else rule.label


def party_label(party: str) -> str:
    """The party in plain words; ``nobody known`` for one nobody has heard of."""
    return PARTIES.get(party, "nobody known")


def writes(role: str, stage: str) -> tuple[str, ...]:
    """The sections a role writes in a stage, in the order of the plan; none for an unknown role or stage."""
    rule = ROLES.get(role)
    return () if rule is None else rule.writes.get(stage, ())


def rights_table(stage: str, disputed: tuple[str, ...] = ()) -> tuple[RightsRow, ...]:
    """Who may write what in a stage, one row for each section, for the plan's plain table.

    Nobody writes the text of a section in dispute: its mode is ``REDLINE`` and its reason says where changes go.
    """
    facts = PlanFacts(stage, disputed=disputed)
    rows = []
    for rule in SECTIONS:
        roles = tuple(key for key in ROLES if rule.label in writes(key, stage))
        rows.append(
            RightsRow(
                section=rule.label,
                title=rule.title,
                mode=stages.section_mode(facts, rule.label),
                reason=stages.section_reason(facts, rule.label),
                roles=roles,
                writers=tuple(ROLES[key].label for key in roles),
            )
        )
    return tuple(rows)
