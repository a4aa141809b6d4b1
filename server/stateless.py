"""What our own client says beside its edits: what it was made from and when, and whether it shows what we hold.

Anything else is not for us and is passed over. Nothing here changes a text. Only ``connection`` imports it.
"""

from __future__ import annotations

import json
from typing import Any

from server import sameness
from server.codes import Code
from server.seat import Seat


def hear(seat: Seat, text: str) -> None:
    """Takes one message of a client."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(said, dict):
        return
    if said.get("type") == "hello":
        _greet(seat, said)
    elif said.get("type") == "check":
        sameness.check(seat, said)


def _greet(seat: Seat, said: dict[str, Any]) -> None:
    """Who comes from another life of the store is turned away before they can offer anything from it."""
    if said.get("schema") != seat.room.content.ledger.schema.version:
        seat.room.refuse(seat, Code.STALE_SCHEMA, None, unanswered=False)
    elif said.get("epoch", seat.holder.epoch) != seat.holder.epoch:
        seat.room.refuse(seat, Code.STALE_EPOCH, None, unanswered=False)
