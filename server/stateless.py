"""What our own client says beside its edits: which schema it was made from, and whether it shows what we hold.

Anything else is not for us and is passed over. Nothing here changes a text. Only ``connection`` imports it.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from crdt import frames
from crdt.replica import ReplicaBroken
from crdt.schema import SCHEMA
from server.codes import Code
from server.outbox import Parcel
from server.seat import Seat

log = structlog.get_logger("alongside.live")


def hear(seat: Seat, text: str) -> None:
    """Takes one message of a client."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(said, dict):
        return
    if said.get("type") == "hello" and said.get("schema") != SCHEMA.version:
        seat.room.refuse(seat, Code.STALE_SCHEMA, None, unanswered=False)
    elif said.get("type") == "check":
        _check(seat, said)


def _check(seat: Seat, said: dict[str, Any]) -> None:
    """Equal clocks alone prove nothing, so hashes are compared; a difference is an alarm, told on both sides."""
    room, clocks = seat.room, said.get("clocks")
    if not room.quiet or seat.leaving or not seat.standing.fresh() or not isinstance(clocks, dict):
        return
    if {client: clock for client, clock in clocks.items() if clock} != {
        str(client): clock for client, clock in room.content.ledger.clocks().items() if clock
    }:
        return  # one of us has edits that the other has not got yet
    try:
        same = room.content.hash() == said.get("hash")
    except ReplicaBroken:
        return
    if not same:
        log.critical("browser_differs", section=room.name, person=seat.standing.person_id, seq=room.seq)
    seat.send(Parcel.of(frames.stateless(room.name, json.dumps({"type": "checked", "same": same}))))
