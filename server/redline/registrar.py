"""Keeps the register of an appeal in step with the layers' logs: numbers, authors, and decisions that no longer stand.

It reads the log and nothing else, so a server that died in between goes on where the register ends. Every answer and
every act asks for a section first, and gets it as it is on disk. One of it belongs to the live documents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from sqlalchemy import update
from sqlmodel import Session, col

from crdt.schema import LAYER
from sections.redline.baseline import Baseline, from_value
from sections.redline.records import Record
from sections.redline.register import observe
from server.codes import Code, PlanError
from server.database import Store
from server.layers import SIDES, OpenAppeal, layer_name
from server.log import document_id
from server.logged import Logged
from server.redline.rows import appeal_row, end_confirmations, entry_of, note, proposals_of, write_entry
from server.redline.tables import IssuedSection, LayerSeen, Proposal
from server.redline.watch import Stamped, Touch, Watch, stamped_after
from server.snapshots import load

log = structlog.get_logger("alongside.redline")

_PAUSE_SECONDS = 0.25
"""How long typing is gathered before the register is written."""
_MOST_TRIES = 5


class RegisterBehind(PlanError):
    """The register could not be brought up to date now."""

    code = Code.BUSY


class Moved(Exception):
    """Somebody else has written since this was read: read again."""


@dataclass(slots=True)
class Followed:
    """One section of one appeal: a watch for each layer that exists."""

    baseline: Baseline
    documents: dict[str, int] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    decided: bool = False
    """Whether anybody has decided on anything here: then every entry is looked at."""
    asked: bool = True
    """Whether anybody has asked for it since it was last looked whether it is in use."""
    idle_since: float | None = None


@dataclass(frozen=True, slots=True)
class Layers:
    """The proposals of both sides as they are on disk, and up to which entry of each document."""

    baseline: Baseline
    known: Mapping[str, Record]
    hashes: Mapping[str, str]
    heads: Mapping[int, int]


class Spawn(Protocol):
    """Starts a task in the server's task group."""

    def __call__(self, name: str, work: Coroutine[Any, Any, None]) -> None: ...


class Registrar:
    """``tell(plan_id, section)`` is called when people should look at the register again."""

    def __init__(self, store: Store, spawn: Spawn, tell: Callable[[str, str], None]) -> None:
        self._store = store
        self._spawn = spawn
        self._tell = tell
        self._sections: dict[tuple[int, str], Followed] = {}
        self._due: set[tuple[int, str]] = set()

    def grown(self, room: Logged) -> None:
        """A layer's log has grown: the register follows, in a moment."""
        name, _, numbers = room.stored.partition("#")
        if "-draft" in name:
            return
        key = (int(numbers), name.partition("@")[0])
        if key not in self._due:
            self._due.add(key)
            self._spawn("register", self._follow(room.name.partition("/")[0], *key))

    async def _follow(self, plan_id: str, appeal_id: int, section: str) -> None:
        await asyncio.sleep(_PAUSE_SECONDS)
        self._due.discard((appeal_id, section))
        await self.layers(plan_id, appeal_id, section)

    async def layers(self, plan_id: str, appeal_id: int, section: str) -> Layers:
        """Both sides' proposals as they are on disk, with the register written up to there."""
        key = (appeal_id, section)
        found = self._sections.get(key)
        if found is None:
            baseline = await self._store.aread(lambda db: baseline_of_appeal(db, appeal_id, section))
            found = self._sections.setdefault(key, Followed(baseline))
        found.asked = True
        async with found.lock:
            for _ in range(_MOST_TRIES):
                try:
                    if await self._catch_up(plan_id, appeal_id, section, found):
                        self._tell(plan_id, section)
                except Moved:
                    found.watches.clear()
                except BaseException:
                    found.watches.clear()  # they may be ahead of the register now
                    raise
                else:
                    return _layers(found)
        raise RegisterBehind

    def forget(self, appeal_id: int) -> None:
        """The appeal is closed, or its decisions were written by somebody else."""
        for key in [key for key in self._sections if key[0] == appeal_id]:
            del self._sections[key]

    def put_away_idle(self, in_use: Collection[int], now: float, idle_seconds: float) -> None:
        """Drops the sections of appeals of which no room is open, once nobody has asked for them for a while.

        Nothing is lost: what they hold is on disk, and read again when somebody asks.
        """
        for key, found in list(self._sections.items()):
            if key[0] in in_use or key in self._due or found.asked or found.lock.locked():
                found.asked, found.idle_since = False, None
                continue
            if found.idle_since is None:
                found.idle_since = now
            if now - found.idle_since >= idle_seconds:
                del self._sections[key]

    def decided(self, appeal_id: int, section: str) -> None:
        """Somebody has decided on something in this section: from now on every entry is looked at."""
        found = self._sections.get((appeal_id, section))
        if found is not None:
            found.decided = True

    async def _catch_up(self, plan_id: str, appeal_id: int, section: str, found: Followed) -> bool:
        fresh = await self._store.aread(lambda db: _read(db, plan_id, appeal_id, section, found))
        touches, seen = await asyncio.to_thread(_taken, found, fresh)  # slow where every entry is looked at
        if seen:
            return await self._store.write(lambda db: _record(db, appeal_id, section, touches, seen))
        return False


def catch_up(db: Session, plan_id: str, appeal_id: int, section: str, found: Followed) -> Layers:
    """The same inside one transaction, while no server has the layers open. Thrown away with it, ``found`` goes too."""
    touches, seen = _taken(found, _read(db, plan_id, appeal_id, section, found))
    if seen:
        _record(db, appeal_id, section, touches, seen)
    return _layers(found)


def baseline_of_appeal(db: Session, appeal_id: int, section: str) -> Baseline:
    """The issued text that proposals of this appeal stand on."""

    return baseline_of(db, appeal_row(db, appeal_id).version_id, section)


def baseline_of(db: Session, version_id: int, section: str) -> Baseline:
    """One section of an issued version; a text that is not what its hash says stops everything."""
    row = db.get_one(IssuedSection, (version_id, section))
    found = from_value(row.value)
    if found is None or found.hash != row.hash:
        log.critical("baseline_differs", version=version_id, section=section)
        raise RegisterBehind(f"section {section} of version {version_id} is not what was issued")
    return found


def _layers(found: Followed) -> Layers:
    known: dict[str, Record] = {}
    hashes: dict[str, str] = {}
    for side in sorted(found.watches):
        known.update(found.watches[side].known)
        hashes.update(found.watches[side].hashes)
    heads = {found.documents[side]: watch.seq for side, watch in found.watches.items()}
    return Layers(found.baseline, known, hashes, heads)


def _read(db: Session, plan_id: str, appeal_id: int, section: str, found: Followed) -> dict[str, list[Stamped]]:
    """What the logs hold beyond the watches; makes watches for layers met for the first time."""
    fresh: dict[str, list[Stamped]] = {}
    rows = proposals_of(db, appeal_id, section)
    found.decided = found.decided or any(
        row.reopened or row.not_agreed or row.panel or row.ordered or row.id in rows.confirmed for row in rows
    )
    for side in SIDES:
        document = found.documents.get(side) or document_id(db, plan_id, layer_name(section, side, appeal_id))
        if document is None:
            continue
        found.documents[side] = document
        if side not in found.watches:
            seen = db.get(LayerSeen, document)
            content = load(db, document, LAYER, upto=0 if seen is None else seen.seq)
            found.watches[side] = Watch(found.baseline, side, content)
        fresh[side] = list(stamped_after(db, document, found.watches[side].seq))
    return fresh


def _taken(found: Followed, fresh: Mapping[str, list[Stamped]]) -> tuple[list[Touch], dict[int, tuple[int, int]]]:
    """What these entries did to the proposals, by time; and of each document that grew, from where to where."""
    touches: list[Touch] = []
    seen: dict[int, tuple[int, int]] = {}
    for side, entries in fresh.items():
        watch = found.watches[side]
        before = watch.seq
        touches += watch.take(entries, closely=found.decided)
        if watch.seq != before:
            seen[found.documents[side]] = (before, watch.seq)
    return sorted(touches, key=lambda touch: touch.at), seen


def _record(
    db: Session, appeal_id: int, section: str, touches: list[Touch], seen: Mapping[int, tuple[int, int]]
) -> bool:
    """Writes what was seen; ``Moved`` when another process has done so already. Whether people should look."""
    for document, (before, after) in seen.items():
        _move_mark(db, document, before, after)
    news = False
    rows = {row.key: row for row in proposals_of(db, appeal_id, section)}
    number = max((row.number for row in rows.values()), default=0)
    for touch in touches:
        record, row = touch.record, rows.get(touch.record.key)
        if row is None:
            if not record.live:
                continue
            number += 1
            row = Proposal(
                appeal_id=appeal_id,
                section=section,
                side=record.side,
                record_id=record.id,
                number=number,
                hash=touch.hash,
                not_agreed=[],
                first_by=touch.by,
                first_at=touch.at,
                last_by=touch.by,
                last_at=touch.at,
            )
            db.add(row)
            db.flush()
            rows[record.key] = row
            note(db, row, "proposed", touch.by, record.side, touch.at)
        else:
            entry, told = observe(entry_of(db, row), touch.hash)
            for what in told:
                note(db, row, what, touch.by, record.side, touch.at)
            if told:
                end_confirmations(db, row, touch.at)
            was = touch.before is not None and touch.before.live
            if was != record.live:
                note(db, row, "proposed again" if record.live else "withdrawn", touch.by, record.side, touch.at)
            write_entry(row, entry)
            row.last_by, row.last_at = touch.by, touch.at
            db.add(row)
        news = True
    return news


def _move_mark(db: Session, document: int, before: int, after: int) -> None:
    if before == 0 and db.get(LayerSeen, document) is None:
        db.add(LayerSeen(document_id=document, seq=after))
        db.flush()
        return
    moved = db.connection().execute(
        update(LayerSeen).where(col(LayerSeen.document_id) == document, col(LayerSeen.seq) == before).values(seq=after)
    )
    if moved.rowcount != 1:
        raise Moved


__all__ = [
    "Followed",
    "Layers",
    "Moved",
    "OpenAppeal",
    "RegisterBehind",
    "Registrar",
    "baseline_of",
    "baseline_of_appeal",
    "catch_up",
]
