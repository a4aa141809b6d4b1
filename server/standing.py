"""What one person may do to one plan's sections now: looked up once, asked for every single message.

A plan's facts and everybody's access are read together and replaced together, so a message is never judged by half
of a change. Time enters as an argument. Rooms and connections may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from crdt.presence import Stamp, stamp
from sections.addresses import parse
from sections.facts import Actor, PlanFacts
from sections.rights import Decision, may, may_layer, party_label, role_label
from sections.stages import section_mode, section_reason
from server.codes import REFUSALS, Code
from server.day import day_at, end_of
from server.layers import OpenAppeal, open_appeal, stored
from server.plan_access import everybody_on, plan_facts
from server.tables import Change, Plan

Clock = Callable[[], float]
"""Seconds since the epoch."""

UNKNOWN = Decision(False, Code.UNKNOWN_DOCUMENT.value, REFUSALS[Code.UNKNOWN_DOCUMENT].sentence)
OVER = Decision(
    False, Code.LOCKED.value, "This part of the working document is closed. Load the page again to see where it stands."
)
SIGNED_OUT = Decision(False, Code.SIGNED_OUT.value, REFUSALS[Code.SIGNED_OUT].sentence)

_ASK_AFTER = 0.75
"""The part of a token's life after which a fresh one is asked for."""

COLOURS = (
    ("#b3005e", "pink"),
    ("#1d70b8", "blue"),
    ("#00703c", "green"),
    ("#6f3fa0", "purple"),
    ("#b54708", "orange"),
    ("#0b6e6e", "teal"),
    ("#8c2d19", "brown"),
    ("#4a4f54", "grey"),
)
"""Caret colours (all 4.5:1 on white) and their words; ``Person.colour`` is an index into them."""


@dataclass(frozen=True, slots=True)
class OnPlan:
    """One person on the plan."""

    actor: Actor
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class PlanState:
    """One plan at one moment: its stage and who is on it. Replaced as a whole when anything changed."""

    plan_id: str
    facts: PlanFacts
    people: Mapping[str, OnPlan]
    appeal: OpenAppeal | None = None
    number: int = 0
    """Grows with every change of what is read here; kept by the database (``tables.Change``)."""

    def actor(self, person_id: str) -> Actor | None:
        """The person's standing; None when they are not on the plan."""
        found = self.people.get(person_id)
        return None if found is None else found.actor


def read_plan(session: Session, plan_id: str) -> PlanState | None:
    """The plan as it is committed now; None when there is no such plan."""
    change = session.get(Change, (plan_id, "rights"))
    plan = session.get(Plan, plan_id)
    if plan is None:
        return None
    people: dict[str, OnPlan] = {}
    for person_id, actor, name, colour in everybody_on(session, plan_id):
        # Rows come oldest first: the newest access that was not ended is the one that counts.
        known = people.get(person_id)
        if known is None or known.actor.ended or not actor.ended:
            people[person_id] = OnPlan(actor, name, colour)
    appeal = open_appeal(session, plan_id)
    number = 0 if change is None else change.number
    return PlanState(plan_id, plan_facts(plan, appeal), people, appeal, number)


class Standing:
    """One person's rights on one document, decided anew whenever the plan, the day or the token changed.

    ``section`` is the document's name within the plan: ``F``, ``F@family``. ``stored`` is the name it had in the store
    when it was opened: a document of an appeal or a turn that is over stays closed, whatever bears its name later.
    """

    __slots__ = (
        "_address",
        "_clock",
        "_plan",
        "_token_ends",
        "_until",
        "ask_at",
        "mode",
        "person_id",
        "read",
        "reason",
        "section",
        "session_id",
        "show",
        "stored",
        "write",
    )

    def __init__(
        self, person_id: str, session_id: str, section: str, plan: PlanState, token_ends: datetime, clock: Clock
    ) -> None:
        self.person_id = person_id
        self.session_id = session_id
        self.section = section
        self._address = parse(section)
        self.stored = None if self._address is None else stored(self._address, plan.appeal)
        self._clock = clock
        self._token_ends = token_ends.timestamp()
        self.ask_at = self._when_to_ask()
        self.settle(plan)

    @property
    def until(self) -> float:
        """When these decisions must be made again."""
        return self._until

    @property
    def facts(self) -> PlanFacts:
        return self._plan.facts

    def fresh(self) -> bool:
        """Whether the decisions still hold; if not, they are made again. Called for every message."""
        if self._clock() >= self._until:
            self.settle(self._plan)
        return self.read.allowed

    def renew(self, token_ends: datetime, session_id: str) -> None:
        """Takes a fresh token of the same person."""
        self._token_ends = token_ends.timestamp()
        self.ask_at = self._when_to_ask()
        self.session_id = session_id
        self.settle(self._plan)

    def _when_to_ask(self) -> float:
        """When a fresh token is asked for: well before this one ends."""
        now = self._clock()
        return now + _ASK_AFTER * (self._token_ends - now)

    def settle(self, plan: PlanState) -> None:
        """Decides everything for this plan as it is now."""
        self._plan = plan
        now = self._clock()
        today = day_at(now)
        address = self._address
        label = "" if address is None else address.section
        self.mode = section_mode(plan.facts, label).value
        self.reason = section_reason(plan.facts, label)
        if now >= self._token_ends:
            self._until = float("inf")
            self.read = self.write = self.show = SIGNED_OUT
            return
        self._until = min(self._token_ends, end_of(today))
        actor = plan.actor(self.person_id)
        self.read = self.write = self.show = may(actor, "read", plan.facts, today=today)
        if not self.read.allowed:
            return
        if address is None:
            self.read = self.write = self.show = UNKNOWN
            return
        if address.layer:
            self.read = may_layer(actor, plan.facts, address, "read", today=today)
            # Whoever may not look at drafts hears the same whether there is one or not.
            hidden = self.read.code == Code.NOT_ALLOWED.value
            if not hidden and (self.stored is None or stored(address, plan.appeal) != self.stored):
                self.read = self.write = self.show = OVER
                return
            self.write = may_layer(actor, plan.facts, address, "write", today=today) if self.read.allowed else self.read
        else:
            self.write = may(actor, "write", plan.facts, address.section, today=today)
        self.show = may(actor, "show_presence", plan.facts, today=today) if self.read.allowed else self.read

    def stamp(self) -> Stamp | None:
        """What others see of this person; None when they are not to be shown."""
        person = self._plan.people.get(self.person_id)
        if person is None or not self.show.allowed:
            return None
        colour, word = COLOURS[person.colour % len(COLOURS)]
        return stamp(
            name=person.name,
            role=role_label(person.actor.role),
            party=party_label(person.actor.party),
            colour=colour,
            colour_word=word,
        )

    @property
    def name(self) -> str:
        """The person's name, for the people on the plan; never for a log."""
        person = self._plan.people.get(self.person_id)
        return "" if person is None else person.name

    @property
    def party(self) -> str:
        """The party this person belongs to; empty for somebody who is not on the plan."""
        person = self._plan.people.get(self.person_id)
        return "" if person is None else person.actor.party

    @property
    def role(self) -> str:
        person = self._plan.people.get(self.person_id)
        return "" if person is None else person.actor.role
