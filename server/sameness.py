"""Whether a browser shows the text that the server holds: the same edits, and the same words in the same order.

Equal clocks prove nothing by themselves (two replicas can differ for ever under equal state vectors), so content
hashes are compared. It changes nothing; a difference is an alarm, and the page takes a fresh copy. Only connections
import it.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from crdt import frames
from crdt.blocks import Tree, content_hash
from server import live_metrics
from server.outbox import Parcel
from server.seat import Seat

log = structlog.get_logger("alongside.live")

_HASH_LENGTH = 64


def check(seat: Seat, said: dict[str, Any]) -> None:
    """Answers ``{"type": "check", "clocks": {…}, "hash": …}``; says nothing while the two hold different edits."""
    clocks, digest = _clocks(said.get("clocks")), said.get("hash")
    room = seat.room
    if clocks is None or not isinstance(digest, str) or len(digest) != _HASH_LENGTH or not room.quiet:
        return

    def compare(seq: int, tree: Tree) -> None:
        if seat.leaving or seq != room.seq or clocks != room.content.ledger.clocks():
            return
        same = content_hash(tree) == digest
        if not same:
            live_metrics.TEXTS_DIFFER.inc()
            log.critical("texts_differ", section=room.name, person=seat.standing.person_id, seq=seq)
        seat.send(Parcel.of(frames.stateless(room.name, json.dumps({"type": "checked", "same": same}))))

    room.read(compare)


def _clocks(said: object) -> dict[int, int] | None:
    """Client id to clock, from JSON (whose keys are strings); None when it is anything else."""
    if not isinstance(said, dict):
        return None
    found: dict[int, int] = {}
    for client, clock in said.items():
        if not (client.isascii() and client.isdigit() and len(client) <= 16 and type(clock) is int):
            return None
        found[int(client)] = clock
    return found
