"""Signing in to one section: whose token it is, and a place in the section for whoever may read it.

Rights are asked before a section is loaded, and a plan one is not on looks like one that does not exist. The last look
at everything comes after the last await. Only connections import it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from server.auth.sessions import SignedIn
from server.auth.tokens import Refused
from server.codes import Code, PlanError
from server.outbox import Tick
from server.paces import Paces
from server.rooms import Rooms, UnknownDocument
from server.seat import Seat
from server.settings import Settings
from server.standing import Clock, PlanState, Standing

if TYPE_CHECKING:
    from server.connection import Connection


class Server(Protocol):
    """What a connection needs of the server."""

    settings: Settings
    epoch: str
    """Which life of the store is served."""
    rooms: Rooms
    tick: Tick
    clock: Clock
    monotonic: Callable[[], float]
    paces: Paces
    looks: int
    """How often sign-ins and access were read again because another process had written."""

    async def read_token(self, token: str) -> SignedIn | Refused:
        """Whose token this is."""

    def is_over(self, session_id: str) -> bool:
        """Whether this sign-in has ended."""

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Starts a task in the server's task group."""

    def ended(self, connection: Connection) -> None:
        """The connection is gone."""

    def audit(self, act: str, person_id: str | None, plan_id: str | None, detail: dict[str, Any]) -> None:
        """Writes an audit event."""


class Arrival:
    """A section that is being signed in to: its frames wait, within bounds."""

    __slots__ = ("frames", "session_id", "started")

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.started = False
        self.session_id: str | None = None
        """Known once the token has been read."""

    @property
    def size(self) -> int:
        return sum(map(len, self.frames))


async def read_token(server: Server, token: str) -> SignedIn | Code:
    """Whose token this is, as long as the sign-in lasts."""
    while True:
        looks = server.looks
        try:
            found = await server.read_token(token)
        except PlanError as trouble:
            return trouble.code
        if isinstance(found, Refused):
            return Code(found.code)
        if server.is_over(found.session_id):
            return Code.SIGNED_OUT
        if looks == server.looks:
            return found  # else somebody wrote meanwhile, and whoever looked did not know of this sign-in yet


async def sit(server: Server, connection: Connection, name: str, person: SignedIn) -> Seat | Code:
    """A place in the section, if they may read it. Nothing is awaited between that look and sitting down."""
    plan_id, _, section = name.partition("/")
    rooms = server.rooms

    def standing(plan: PlanState) -> Standing:
        return Standing(person.person_id, person.session_id, section, plan, person.token_expires_at, server.clock)

    try:
        while True:
            first = standing(await rooms.plan(plan_id))
            if not first.read.allowed:
                rooms.forget_plan(plan_id)
                return Code(first.read.code)
            if first.stored is None:
                rooms.forget_plan(plan_id)
                return Code.UNKNOWN_DOCUMENT
            room = await rooms.open(plan_id, section)
            plan = rooms.plans.get(plan_id)
            if plan is not None and rooms.find(plan_id, section) is room:
                break
    except UnknownDocument:
        return Code.NOT_ON_PLAN
    except PlanError as trouble:
        return trouble.code
    found = standing(plan)
    if not found.read.allowed:
        return Code(found.read.code)
    return Code.SIGNED_OUT if server.is_over(person.session_id) else Seat(connection, room, found)
