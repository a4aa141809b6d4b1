"""Which document a name means: ``F`` is the text of a section, ``F@family`` a layer of the appeal that is open now.

On the wire and in addresses the short name stands; in the store a layer's name has the appeal (``F@family#3``), and a
private draft's its turn (``F@family-draft#3.7``), so that a later appeal never meets an earlier one's proposals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from crdt.schema import LAYER, SCHEMA, Schema
from sections.addresses import Address, parse
from server.redline.tables import Appeal, AppealTurn

SIDES = ("family", "authority")
"""The sides that write layers; the tribunal's words come with its order."""


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """The appeal of a plan that is open now. ``turns``: side -> number of the private turn under way."""

    id: int
    version_id: int
    sections: tuple[str, ...]
    turns: Mapping[str, int]

    @property
    def private_turns(self) -> frozenset[str]:
        return frozenset(self.turns)


def open_appeal(session: Session, plan_id: str) -> OpenAppeal | None:
    """The plan's open appeal, if there is one."""
    appeal = session.exec(select(Appeal).where(Appeal.plan_id == plan_id, col(Appeal.closed_at).is_(None))).first()
    if appeal is None or appeal.id is None:
        return None
    turns = session.exec(
        select(AppealTurn).where(AppealTurn.appeal_id == appeal.id, col(AppealTurn.sent_at).is_(None))
    ).all()
    return OpenAppeal(
        appeal.id, appeal.version_id, tuple(appeal.sections), {turn.side: turn.id for turn in turns if turn.id}
    )


def stored_name(name: str, appeal: OpenAppeal | None) -> str | None:
    """The name in the store of a document asked for now; None when there is no such document now."""
    address = parse(name)
    if address is None:
        return None
    return stored(address, appeal)


def stored(address: Address, appeal: OpenAppeal | None) -> str | None:
    """The same, of a name that was read already."""
    if not address.layer:
        return address.section
    if appeal is None or address.section not in appeal.sections or address.layer not in SIDES:
        return None
    if not address.private:
        return f"{address}#{appeal.id}"
    turn = appeal.turns.get(address.layer)
    return None if turn is None else f"{address}#{appeal.id}.{turn}"


def layer_name(section: str, side: str, appeal_id: int) -> str:
    """The name in the store of a side's shared layer."""
    return f"{section}@{side}#{appeal_id}"


def is_layer(name: str) -> bool:
    """Whether a document of this name holds proposals rather than text."""
    return "@" in name


def is_private(name: str) -> bool:
    """Whether a document of this name is one side's private draft."""
    return "-draft#" in name


def schema_of(name: str) -> Schema:
    """What a document of this name may hold."""
    return LAYER if is_layer(name) else SCHEMA
