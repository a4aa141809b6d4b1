"""Changing several documents of a plan in one step, while none of them takes an edit.

Every room is settled and held, everything judged so far is on disk, then one transaction writes whatever belongs
together: rows, and entries in the documents' logs. Afterwards the logs are read again, rights are settled, and what
people wrote meanwhile is judged by what is now. ``live`` offers it to routes and acts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from sqlmodel import Session

from sections.catalogue import LABELS
from sections.stages import mode
from server.database import Store, StoreFailed
from server.log import MODE, SYSTEM, Entry, HeadMoved, append_within
from server.room import Room
from server.rooms import Rooms
from server.standing import PlanState

T = TypeVar("T")

PATIENCE_SECONDS = 10.0


class Holding(Protocol):
    """What this needs of ``live``."""

    store: Store
    rooms: Rooms

    def flush(self) -> None:
        """Hands what is queued to the writing thread."""

    def settle(self, plan: PlanState) -> None:
        """Decides everybody's rights anew."""

    def read_plan_for_sure(self, plan_id: str) -> Awaitable[PlanState]:
        """The plan after a committed change."""


async def settled(rooms: Rooms, plan_id: str, names: Sequence[str]) -> list[Room]:
    """The rooms of these documents, moving, with everything judged so far on disk."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = [await rooms.open(plan_id, name) for name in names]
            for room in found:
                done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                room.settled(lambda done=done: None if done.done() else done.set_result(None))  # type: ignore[misc]
                await done
            known = [rooms.find(plan_id, name) for name in names]
            if known == found and not any(room.order.held for room in found):
                return found


async def rewrite(live: Holding, plan_id: str, names: Sequence[str], write: Callable[[Session], T]) -> T:
    """Runs ``write`` in one transaction while the named documents stand still; it may append to their logs."""
    rooms = await settled(live.rooms, plan_id, names)
    # From here to the write nothing is awaited: no edit can come between.
    for room in rooms:
        room.order.hold()
    live.flush()
    try:
        done = await live.store.write(write)
    except BaseException:
        for room in rooms:
            room.order.release()
        raise
    live.settle(await live.read_plan_for_sure(plan_id))
    for room in rooms:
        live.rooms.rebuild(room)  # lets it go when the log has been read
    return done


def mode_entry(to_stage: str, section: str) -> Entry:
    """What a section's log says of a move of its plan to another stage."""
    payload = json.dumps({"stage": to_stage, "mode": mode(to_stage, section).value}).encode()
    return Entry(MODE, payload, SYSTEM)


async def move_stage(live: Holding, plan_id: str, write: Callable[[Session], None], to_stage: str) -> None:
    """Runs ``write`` and notes the new mode in all twelve logs, in one transaction: whole or not at all."""
    rooms = await settled(live.rooms, plan_id, LABELS)
    # From here to the write nothing is awaited: no edit can come between.
    taken: list[tuple[Room, int, int]] = []
    for room in rooms:
        room.order.hold()
        taken.append((room, room.take_entry(), room.lineage))
    live.flush()

    def transaction(session: Session) -> None:
        write(session)
        for (room, before, _), section in zip(taken, LABELS, strict=True):
            append_within(session, room.document_id, before, [mode_entry(to_stage, section)])

    try:
        try:
            await live.store.write(transaction)
        except HeadMoved as late:
            raise StoreFailed("The plan changed while its stage was being moved.") from late
    except BaseException:
        for room, before, lineage in taken:
            room.give_back_entry(before, lineage)
            room.order.release()
        raise
    live.settle(await live.read_plan_for_sure(plan_id))
    for room, before, _ in taken:
        room.committed(before + 1)
        room.order.release()
