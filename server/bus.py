"""How one server process tells the others what happened. Alone, there is nobody to tell.

Everything here is only a hint: it may be lost, repeated, late and out of order. The log decides about text, and the
database about rights; where people stand in a text is all that has no other home. ``rooms`` and ``live`` may import it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Grown:
    """Entries up to ``seq`` of a document are on disk, since ``at`` (seconds since the epoch, for figures only)."""

    plan_id: str
    document_id: int
    seq: int
    at: float


@dataclass(frozen=True, slots=True)
class RightsMoved:
    """Somebody's rights on a plan are not what they were."""

    plan_id: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A sign-in has ended."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """People of one side (empty: everybody) with a layer of this section open should look at ``what`` again."""

    plan_id: str
    section: str
    what: str
    side: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where people stand in a document, as an awareness message in hexadecimal."""

    plan_id: str
    document_id: int
    payload: str


@dataclass(frozen=True, slots=True)
class WhoIsThere:
    """Asks every process to say who is in this document."""

    plan_id: str
    document_id: int


@dataclass(frozen=True, slots=True)
class Following:
    """A process has documents of this plan open, and wants to hear what happens in it."""

    plan_id: str


@dataclass(frozen=True, slots=True)
class Here:
    """Everybody of this plan who is connected to one process: person, name, role, section."""

    plan_id: str
    people: tuple[tuple[str, str, str, str], ...]


Hint = Grown | RightsMoved | SignedOut | Told | Standing | WhoIsThere | Following | Here
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Grown, RightsMoved, SignedOut, Told, Standing, WhoIsThere, Following, Here)
}

Heard = Callable[[Hint, str], None]
"""Takes a hint and the name of the process it came from, on the event loop."""
Answer = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any] | None]]
"""Answers a question (its kind, its body) of another process; None when it has nothing to say."""


CameBack = Callable[[str], None]
"""Hints of this plan (empty: of every plan) may have been missed until now."""


def to_value(hint: Hint) -> dict[str, Any]:
    """A hint as JSON can carry it."""
    return {"kind": type(hint).__name__, **asdict(hint)}


def from_value(value: Any) -> Hint | None:
    """A hint another process sent; None for anything else."""
    if not isinstance(value, dict):
        return None
    kind = KINDS.get(value.pop("kind", ""))
    try:
        if kind is Here:
            return Here(value["plan_id"], tuple((str(a), str(b), str(c), str(d)) for a, b, c, d in value["people"]))
        return None if kind is None else kind(**value)
    except (TypeError, ValueError, KeyError):
        return None


class Bus(Protocol):
    """The way to the other processes that serve the same database."""

    node: str
    """The name of this process, new with every start."""
    alone: bool
    """True when there can be no other process."""
    well: bool
    """True while hints come through."""

    async def start(self, heard: Heard, answer: Answer, came_back: CameBack) -> None:
        """From now on ``heard`` is called; ``came_back`` whenever hints may have been missed."""

    async def stop(self) -> None:
        """Says and hears nothing more."""

    def publish(self, hint: Hint) -> None:
        """Tells the other processes; never waits, never fails."""

    def follow(self, plan_id: str) -> None:
        """From now on hears of this plan."""

    def unfollow(self, plan_id: str) -> None:
        """Not any more."""

    async def ask(self, node: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of one process; None when it does not answer in time."""


class LoneBus:
    """The bus of a process that hears nothing of others: because there are none, or because nothing carries hints.

    In the second case others are found by looking into the database, a moment later.
    """

    def __init__(self, node: str = "one", *, alone: bool = True) -> None:
        self.node = node
        self.alone = alone
        self.well = alone

    async def start(self, heard: Heard, answer: Answer, came_back: CameBack) -> None:
        """Nobody will speak."""

    async def stop(self) -> None:
        """Nobody spoke."""

    def publish(self, hint: Hint) -> None:
        """Nobody hears it."""

    def follow(self, plan_id: str) -> None:
        """Nothing to hear."""

    def unfollow(self, plan_id: str) -> None:
        """Nothing was heard."""

    async def ask(self, node: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Nobody answers."""
        return None
