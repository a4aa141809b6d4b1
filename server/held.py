"""Changing several documents of a plan in one step, while none of them takes an edit.

Every room is settled and held, everything judged so far is on disk, then one transaction writes whatever belongs
together: rows, and entries in the documents' logs. Afterwards the logs are read again, rights are settled, and what
people wrote meanwhile is judged by what is now. ``live`` offers it to routes and acts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from sqlmodel import Session

from sections.catalogue import LABELS
from sections.stages import mode
from server.database import Store
from server.log import MODE, SYSTEM, Entry, append_within, heads
from server.room import Room
from server.rooms import Rooms
from server.standing import PlanState
from server.waiting import PATIENCE_SECONDS, resolve

T = TypeVar("T")


class Holding(Protocol):
    """What this needs of ``live``."""

    store: Store
    rooms: Rooms

    def flush(self) -> None:
        """Hands what is queued to the writing thread."""

    def settle(self, plan: PlanState) -> None:
        """Decides everybody's rights anew."""

    def tell_others(self, plan_id: str) -> None:
        """Tells other processes that rights on this plan have changed."""

    def read_plan_for_sure(self, plan_id: str) -> Awaitable[PlanState]:
        """The plan after a committed change."""


async def settled(rooms: Rooms, plan_id: str, names: Sequence[str]) -> list[Room]:
    """The rooms of these documents, moving, with everything judged so far on disk."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = [await rooms.open(plan_id, name) for name in names]
            for room in found:
                done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                room.settled(partial(resolve, done, None))
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

    def transaction(session: Session) -> T:
        heads(session, [room.document_id for room in rooms])  # nor in any other process
        return write(session)

    try:
        done = await live.store.write(transaction)
    except BaseException:
        for room in rooms:
            room.order.release()
        raise
    live.settle(await live.read_plan_for_sure(plan_id))
    for room in rooms:
        live.rooms.rebuild(room)  # lets it go when the log has been read
    live.tell_others(plan_id)
    return done


def mode_entry(to_stage: str, section: str) -> Entry:
    """What a section's log says of a move of its plan to another stage."""
    payload = json.dumps({"stage": to_stage, "mode": mode(to_stage, section).value}).encode()
    return Entry(MODE, payload, SYSTEM)


async def move_stage(live: Holding, plan_id: str, write: Callable[[Session], None], to_stage: str) -> None:
    """Runs ``write`` and notes the new mode in all twelve logs, in one transaction: whole or not at all."""
    rooms = await settled(live.rooms, plan_id, LABELS)
    # From here to the write nothing is awaited: no edit can come between.
    for room in rooms:
        room.order.hold()
    live.flush()

    def transaction(session: Session) -> dict[int, int]:
        before = heads(session, [room.document_id for room in rooms])
        write(session)
        for room, section in zip(rooms, LABELS, strict=True):
            append_within(session, room.document_id, before[room.document_id], [mode_entry(to_stage, section)])
        return before

    try:
        before = await live.store.write(transaction)
    except BaseException:
        for room in rooms:
            room.order.release()
        raise
    live.settle(await live.read_plan_for_sure(plan_id))
    for room in rooms:
        if before[room.document_id] == room.durable:
            room.written_within(room.durable + 1)
            room.order.release()
        else:  # another process had written since
            live.rooms.rebuild(room)
    live.tell_others(plan_id)
