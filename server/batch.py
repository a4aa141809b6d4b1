"""Appends of one instant, written together. Only the log imports it.

The heads of all sections concerned are locked first, in one order for everybody: from there to the commit nobody else
appends to them. Rights are read after that, so an edit is written by the rights that stand before it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Dialect, UpdateBase, bindparam, insert, update
from sqlmodel import col

from server.entries import Appended, Conflict, Entry, Outcome, Row, Saved
from server.tables import Document, LogEntry

READ_ROWS = 2000

MOVE_HEAD = (
    update(Document)
    .where(col(Document.id) == bindparam("document"), col(Document.seq) == bindparam("before"))
    .values(seq=bindparam("last"))
)
COLUMNS = ("document_id", "seq", "kind", "payload", "author", "at")
INSERT = insert(LogEntry).values({name: bindparam(name) for name in COLUMNS})

_HEADS_AND_RIGHTS = (
    "SELECT document.id, document.seq, change.number FROM document "
    "LEFT JOIN change ON change.plan_id = document.plan_id AND change.kind = 'rights' "
    "WHERE document.id IN (SELECT value FROM json_each(?))"
)
_HEADS_ON_POSTGRES = "SELECT id, seq FROM document WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_RIGHTS_ON_POSTGRES = (
    "SELECT document.id, change.number FROM document JOIN change ON change.plan_id = document.plan_id "
    "AND change.kind = 'rights' WHERE document.id = ANY(%s)"
)
_MOVE_ALL = (
    "UPDATE document SET seq = moved.last FROM unnest(%b::int[], %b::int[], %b::int[]) AS moved(id, before, last) "
    "WHERE document.id = moved.id AND document.seq = moved.before"
)
_INSERT_ALL = (
    "INSERT INTO log_entry (document_id, seq, kind, payload, author, at) "
    "SELECT * FROM unnest(%b::int[], %b::int[], %b::text[], %b::bytea[], %b::text[], %b::timestamptz[])"
)
"""All at once. PostgreSQL takes many statements sent together for one that goes on until their end has come: should we
stand still in the middle of them, no time limit of it would ever free the heads."""
_APPEND = (
    "SELECT append_if_next(%s::int[], %s::int[], %s::int[], %s::int[], "
    "%s::int[], %s::int[], %b::text[], %b::bytea[], %b::text[], %b::timestamptz[])"
)
"""Numbers as PostgreSQL writes them down: half of what it costs to have the driver look at each."""
_ROWS = "SELECT seq, kind, payload, author FROM log_entry WHERE document_id = {0} AND seq > {0} ORDER BY seq LIMIT {1}"

_Values = tuple[int, int, str, bytes, str, Any]
"""A row of the log, as ``COLUMNS`` has it."""


class _Next(NamedTuple):
    """What the appends for one section are to stand on, and where they end."""

    before: int
    last: int
    rights: int | None


class _Statement:
    """A statement made once for one database, for a bare cursor."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None

    def values(self, **values: object) -> object:
        """The values as the driver wants them: in order, or by name."""
        return values if self._order is None else tuple([values[name] for name in self._order])


class Batch:
    """Writes batches of appends through a cursor, the same way on every database."""

    def __init__(self, dialect: Dialect, ask: Callable[[Appended, Sequence[Row], int], bool]) -> None:
        self._ask = ask
        self.failures: Counter[int] = Counter()
        """How often something was not written, by document."""
        self._move = _Statement(MOVE_HEAD, dialect)
        self._insert = _Statement(INSERT, dialect)
        self._time = LogEntry.__table__.c.at.type.bind_processor(dialect)  # type: ignore[attr-defined]
        self._postgres = dialect.name == "postgresql"
        self._rows = _ROWS.format("%s" if self._postgres else "?", READ_ROWS + 1)

    def at_once(self, cursor: Any, jobs: Sequence[Appended]) -> list[Outcome] | None:
        """All of them in one statement that is a transaction by itself, when they stand on just what they expect.

        None, with nothing written and nothing locked, when that is not so or not known: then ``__call__`` looks at
        each. Five journeys to the database less; and no head is ever locked while the database waits for us.
        """
        if not self._postgres:
            return None
        expected: dict[int, _Next] = {}
        rows: list[_Values] = []
        for job in jobs:
            known = expected.get(job.document_id) or _Next(job.before, job.before, job.rights)
            fits = known.last == job.before and (known.rights is None or job.rights in (None, known.rights))
            if not fits or job.heard != self.failures[job.document_id]:
                return None
            rights = job.rights if known.rights is None else known.rights
            expected[job.document_id] = _Next(known.before, job.last, rights)
            rows += self._values(job)
        documents, seqs, *columns = zip(*rows, strict=True)
        numbers = [_numbers(column) for column in (expected, *zip(*expected.values(), strict=True), documents, seqs)]
        done = cursor.execute(_APPEND, [*numbers, *map(list, columns)]).fetchone()[0]
        return [Saved(job.last) for job in jobs] if done else None

    def __call__(self, cursor: Any, jobs: Sequence[Appended]) -> list[Outcome]:
        """A job that may not be written is left out, whole; the others are written."""
        heads, rights = self._heads_and_rights(cursor, sorted({job.document_id for job in jobs}))
        outcomes: list[Outcome] = []
        moves: dict[int, tuple[int, int]] = {}
        rows: list[_Values] = []
        failed: set[int] = set()
        for job in jobs:
            job.doomed = job.document_id in failed or job.heard != self.failures[job.document_id]
            head = None if job.doomed else heads.get(job.document_id)
            outcome = self._judged(cursor, job, head, rights.get(job.document_id) or 0)
            if outcome == Conflict():
                failed.add(job.document_id)
            if outcome is None:
                outcome = Saved(job.last)
                moves[job.document_id] = (moves.get(job.document_id, (job.before, 0))[0], job.last)
                heads[job.document_id] = job.last
                rows += self._values(job)
            outcomes.append(outcome)
        if rows:
            self._write(cursor, moves, rows)
        return outcomes

    def _heads_and_rights(self, cursor: Any, documents: list[int]) -> tuple[dict[int, int], dict[int, int | None]]:
        """The heads, locked, and the numbers of rights that stand from then on."""
        if self._postgres:  # two statements: the second sees what was committed while the first waited for the heads
            heads = dict(cursor.execute(_HEADS_ON_POSTGRES, (documents,)).fetchall())
            return heads, dict(cursor.execute(_RIGHTS_ON_POSTGRES, (documents,)).fetchall())
        found = cursor.execute(_HEADS_AND_RIGHTS, (json.dumps(documents),)).fetchall()
        return {one: seq for one, seq, _ in found}, {one: number for one, _, number in found}

    def _values(self, job: Appended) -> list[_Values]:
        at = job.at if self._time is None else self._time(job.at)
        return [
            (job.document_id, seq, kind, payload, author, at)
            for seq, (kind, payload, author) in enumerate(job.entries, job.before + 1)
        ]

    def _write(self, cursor: Any, moves: dict[int, tuple[int, int]], rows: list[_Values]) -> None:
        if self._postgres:
            cursor.execute(_MOVE_ALL, [list(moves), *map(list, zip(*moves.values(), strict=True))])
            cursor.execute(_INSERT_ALL, [list(column) for column in zip(*rows, strict=True)])
            return
        moved = [self._move.values(document=key, before=before, last=last) for key, (before, last) in moves.items()]
        cursor.executemany(self._move.text, moved)
        cursor.executemany(
            self._insert.text, [self._insert.values(**dict(zip(COLUMNS, row, strict=True))) for row in rows]
        )

    def _judged(self, cursor: Any, job: Appended, head: int | None, rights: int) -> Outcome | None:
        """What became of a job, if that is known before it is written."""
        if head == job.before and job.rights in (None, rights):
            return None
        if head is None or head < job.before:
            return Conflict()
        found = [
            Row(seq, kind, bytes(payload), author)
            for seq, kind, payload, author in cursor.execute(self._rows, (job.document_id, job.before)).fetchall()
        ]
        if [Entry(row.kind, row.payload, row.author) for row in found[: len(job.entries)]] == job.entries:
            return Saved(job.last)  # an earlier try was written after all, though the answer never came
        if len(found) != head - job.before or not self._ask(job, found, rights):
            return Conflict()  # where not all is found, it is too much, or this very batch writes it
        return None


def _numbers(values: Iterable[int | None]) -> str:
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
