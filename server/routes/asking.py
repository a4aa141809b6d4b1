"""What plan routes ask for: the office, and the person's standing on the plan in the address.

A plan one is not on, a plan that does not exist and nonsense in the address all give the same 404.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request

from sections.catalogue import SectionRule, find
from server.acts import NOT_ON_PLAN, Office, Refused
from server.auth import PersonDep
from server.codes import Code, PlanError
from server.day import today
from server.plan_access import Standing, find_standing
from server.typed import LARGEST_ID

T = TypeVar("T")


class TurnedAway(PlanError):
    """Ends a request with a refusal; ``server.routes.errors`` answers it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused
        self.code = Code(refused.code)


def office(request: Request) -> Office:
    """What acts work with."""
    found: Office = request.app.state.office
    return found


OfficeDep = Annotated[Office, Depends(office)]
RowId = Annotated[int, Path(ge=0, le=LARGEST_ID)]
"""The number of a row in an address, no larger than a database can be asked for."""


async def standing(plan_id: str, person: PersonDep, office: OfficeDep) -> Standing:
    """The person's standing on the plan, or 404."""
    found = await office.store.aread(lambda db: find_standing(db, plan_id, person.person_id, today()))
    if found is None:
        raise TurnedAway(NOT_ON_PLAN)
    return found


StandingDep = Annotated[Standing, Depends(standing)]


def section_rule(section: str, person: PersonDep) -> SectionRule:
    """The section in the address, or 404; whoever is not signed in is asked to sign in first, whatever it says."""
    rule = find(section)
    if rule is None:
        raise TurnedAway(
            Refused(Code.UNKNOWN_DOCUMENT, "There is no section at this address. A plan has the sections A to K.")
        )
    return rule


SectionDep = Annotated[SectionRule, Depends(section_rule)]


def demand(standing: Standing, action: str, section: str | None = None) -> None:
    """Turns the request away unless the rules allow the action."""
    decision = standing.may(action, section)
    if not decision.allowed:
        raise TurnedAway(Refused(decision.code, decision.sentence))


def done(result: T | Refused) -> T:
    """The result of an act, or the request turned away."""
    if isinstance(result, Refused):
        raise TurnedAway(result)
    return result
