"""Reads what other processes have written into the sections open here: for many sections in one query, again and again.

While one look at the database is under way, the next ones come together: the busier it is, the more one query does.
Only ``rooms`` imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import text
from sqlmodel import Session

from server.database import Store, StoreFailed
from server.log import Row
from server.logged import Logged

log = structlog.get_logger("alongside.rooms")

_AT_ONCE = 500
_MOST_ROWS = 20_000
_NEW_ROWS = text(
    "SELECT e.document_id, e.seq, e.kind, e.payload, e.author FROM unnest(cast(:documents AS integer[]), "
    "cast(:seqs AS integer[])) AS wanted(document, after) "
    "JOIN log_entry e ON e.document_id = wanted.document AND e.seq > wanted.after "
    "ORDER BY e.document_id, e.seq LIMIT :most"
)


class CatchingUp:
    """``heard_of`` says that there is more; rooms in which something of ours is under way find it by themselves."""

    def __init__(self, store: Store, spawn: Callable[[str, Coroutine[Any, Any, None]], None]) -> None:
        self._store = store
        self._spawn = spawn
        self._behind: dict[Logged, None] = {}
        self._looking = False

    def heard_of(self, room: Logged, seq: int) -> None:
        """Another process has written entries up to ``seq``; what this room has not got yet is read."""
        if seq <= room.durable:
            return
        room.behind = max(room.behind, seq)
        self._behind[room] = None
        if not self._looking:
            self._looking = True
            self._spawn("catch up", self._look())

    async def _look(self) -> None:
        try:
            while self._behind:
                rooms = [room for room in self._behind if room.durable < room.behind and room.quiet and not room.failed]
                rooms = rooms[:_AT_ONCE]
                if not rooms:
                    self._behind.clear()  # the others are told of it by their own next entry, or by the next look
                    return
                for room in rooms:
                    del self._behind[room]
                at = {room: (room.seq, room.lineage) for room in rooms}
                found = await self._store.aread(lambda session: _read(session, at))  # noqa: B023
                for room in rooms:
                    if at[room] == (room.seq, room.lineage) and room.quiet:
                        self._give(room, found.get(room.document_id, []))
                    else:
                        self._behind[room] = None
        except StoreFailed as trouble:
            log.warning("not_caught_up", error=type(trouble).__name__)
        finally:
            self._looking = False

    def _give(self, room: Logged, rows: Sequence[Row]) -> None:
        if not room.caught_up(rows):
            room.rights_moved = True
            room.read_again()


def _read(session: Session, at: Mapping[Logged, tuple[int, int]]) -> dict[int, list[Row]]:
    values = {
        "documents": [room.document_id for room in at],
        "seqs": [seq for seq, _ in at.values()],
        "most": _MOST_ROWS,
    }
    found: dict[int, list[Row]] = {}
    rows: Iterable[Any] = session.execute(_NEW_ROWS, values)
    for document, seq, kind, payload, author in rows:
        found.setdefault(document, []).append(Row(seq, kind, bytes(payload), author))
    return found
