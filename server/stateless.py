"""What our own client says beside its edits: which schema it was made from, and whether it shows what we hold.

Anything else is not for us and is passed over. Nothing here changes a text. Only ``connection`` imports it.
"""

from __future__ import annotations

import json

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
    if said.get("type") == "hello" and said.get("schema") != seat.room.content.ledger.schema.version:
        seat.room.refuse(seat, Code.STALE_SCHEMA, None, unanswered=False)
    elif said.get("type") == "check":
        sameness.check(seat, said)
