"""Whether a browser shows the text that the server holds: the same edits, and the same words in the same order.

Equal clocks prove nothing by themselves (two replicas can differ for ever under equal state vectors), so content
hashes are compared. It changes nothing; a difference is an alarm, and the page takes a fresh copy. Only
``stateless`` imports it.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from crdt import frames
from crdt.replica import ReplicaBroken
from server import live_metrics
from server.outbox import Parcel
from server.seat import Seat

log = structlog.get_logger("alongside.live")

_HASH_LENGTH = 64
_PAUSE_SECONDS = 10.0
"""Between two times that a seat may have a text hashed; what is hashed already is answered in between."""


def check(seat: Seat, said: dict[str, Any]) -> None:
    """Answers ``{"type": "check", "clocks": {…}, "hash": …}``; says nothing while the two hold different edits."""
    clocks, digest = _clocks(said.get("clocks")), said.get("hash")
    if clocks is None or not isinstance(digest, str) or len(digest) != _HASH_LENGTH or not _alike(seat, clocks):
        return
    now = seat.holder.now()
    if seat.checked_at is not None and now - seat.checked_at < _PAUSE_SECONDS and not seat.room.content.hashed:
        return
    seat.checked_at = now
    asked: dict[int, int] = clocks
    seat.turns.take(lambda: _compare(seat, asked, digest))


def _alike(seat: Seat, clocks: dict[int, int]) -> bool:
    """Whether both hold the same edits, all of them on disk, and the seat may be told so."""
    room = seat.room
    if seat.leaving or not room.quiet or not seat.standing.fresh():
        return False
    return clocks == {client: clock for client, clock in room.content.ledger.clocks().items() if clock}


def _compare(seat: Seat, clocks: dict[int, int], digest: str) -> None:
    room = seat.room
    if not _alike(seat, clocks):
        return
    try:
        same = room.content.hash() == digest
    except ReplicaBroken:
        room.rebuild_soon()
        return
    if not same and seat.alarmed_at != room.seq:
        seat.alarmed_at = room.seq
        live_metrics.TEXTS_DIFFER.inc()
        log.critical("texts_differ", section=room.name, person=seat.standing.person_id, seq=room.seq)
    seat.send(Parcel.of(frames.stateless(room.name, json.dumps({"type": "checked", "same": same}))))


def _clocks(said: object) -> dict[int, int] | None:
    """Client id to clock, from JSON (whose keys are strings), without those at 0; None when it is anything else."""
    if not isinstance(said, dict):
        return None
    found: dict[int, int] = {}
    for client, clock in said.items():
        if not (client.isascii() and client.isdigit() and len(client) <= 16 and type(clock) is int):
            return None
        if clock:
            found[int(client)] = clock
    return found
