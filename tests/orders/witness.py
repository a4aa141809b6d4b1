"""A witness who reads every commit as it is made, and believes nothing but the database.

Each entry must fit on those before it, by the same gate; every clock must come once; nobody may have written who might
not, by what was committed then. ``faults`` is told of what must never be.
"""

from __future__ import annotations

import sqlite3

from server.log import UPDATE, Row
from server.replay import Content, LogUnsound
from tests.orders.pages import clocks_of

_LATE = (
    "SELECT seq FROM log_entry WHERE document_id = ? AND seq > ? AND kind = 'update' AND author NOT IN "
    "(SELECT person_id FROM access WHERE plan_id = ? AND ended_at IS NULL)"
)


class Witness:
    """Of one plan. ``contents``: each document as its log has it; ``clocks``: where its clients stood at each entry."""

    def __init__(self, file: str, plan: str, faults: list[str]) -> None:
        self.contents: dict[int, Content] = {}
        self.clocks: dict[int, list[dict[int, int]]] = {}
        self._plan = plan
        self._faults = faults
        self._connection = sqlite3.connect(file, isolation_level=None)

    def close(self) -> None:
        self._connection.close()

    def documents(self, connection: sqlite3.Connection | None = None) -> dict[int, int]:
        """Every document's number, and that of its last entry."""
        found = (connection or self._connection).execute(
            "SELECT id, seq FROM document WHERE plan_id = ?", (self._plan,)
        )
        return dict(found.fetchall())

    def committing(self, connection: sqlite3.Connection) -> None:
        """Looks at what is about to be committed, beside the rights that stand then."""
        for document in self.documents(connection):
            seen = self.contents[document].seq if document in self.contents else 0
            late = connection.execute(_LATE, (document, seen, self._plan)).fetchall()
            if late:
                self._faults.append(f"document {document}: entry {late[0][0]} by somebody who may not write")

    def committed(self) -> None:
        """Takes what was written, entry by entry."""
        for document, head in self.documents().items():
            content = self.contents.setdefault(document, Content())
            clocks = self.clocks.setdefault(document, [{}])
            rows = self._connection.execute(
                "SELECT seq, kind, payload, author FROM log_entry WHERE document_id = ? AND seq > ? ORDER BY seq",
                (document, content.seq),
            ).fetchall()
            for seq, kind, payload, author in rows:
                try:
                    content.take((Row(seq, kind, bytes(payload), author),))
                except LogUnsound as unsound:
                    self._faults.append(f"document {document}: {unsound}")
                    return
                if kind == UPDATE:
                    self._once(document, seq, bytes(payload), clocks[-1])
                clocks.append(content.ledger.clocks())
            if head != content.seq:
                self._faults.append(f"document {document}: the head says {head}, the log ends at {content.seq}")

    def _once(self, document: int, seq: int, payload: bytes, before: dict[int, int]) -> None:
        """What an entry brings goes on exactly where its clients stood."""
        for client, stretches in clocks_of(payload)[0].items():
            at = before.get(client, 0)
            for start, end in stretches:
                if start != at:
                    self._faults.append(f"document {document}: entry {seq} brings clock {start} of {client} at {at}")
                at = end
