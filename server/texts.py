"""The text of sections as the server itself reads and writes it: through rooms, as everybody does.

What is read is on disk, and what was written is on disk when the writing returns. ``StoreFailed`` when the store does
not answer. ``live`` offers it to routes and acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from crdt.blocks import Tree, content_hash, items
from sections.catalogue import LABELS
from server.codes import Code, PlanError
from server.database import StoreFailed
from server.room import Room
from server.rooms import Rooms
from server.waiting import patiently, resolve


class NotWritten(PlanError):
    """The server's own text was not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = Code(code)


async def tree_of(rooms: Rooms, plan_id: str, section: str) -> Tree:
    """The section's text. It is shared: never change it."""
    return (await _read(await rooms.open(plan_id, section)))[1]


async def items_of(rooms: Rooms, plan_id: str) -> list[dict[str, Any]]:
    """All needs, outcomes and provisions of a plan, in order: id, section, label, kind, title, refs."""
    found: list[dict[str, Any]] = []
    for section in LABELS:
        for item in items(await tree_of(rooms, plan_id, section)):
            one = {"id": item.id, "section": section, "label": item.label(section), "kind": item.kind}
            found.append(one | {"title": item.title, "refs": list(item.refs)})
    return found


async def state_of(rooms: Rooms) -> list[dict[str, Any]]:
    """What every open room holds: document, number of the last entry, content hash."""
    found = []
    for room in rooms.all():
        seq, tree = await _read(room)
        found.append({"document": room.document_id, "seq": seq, "hash": content_hash(tree)})
    return found


async def seed(
    rooms: Rooms, plan_id: str, section: str, update: bytes, author: str, may: Callable[[Room], str]
) -> None:
    """Writes an update as ``author``. ``NotWritten`` if it was refused.

    ``may`` is asked when the update's turn has come, as rights may have changed by then: a code refuses it.
    """
    room = await rooms.open(plan_id, section)
    outcome: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    room.put(update, author, lambda code: resolve(outcome, code), lambda: may(room))
    code = await patiently(outcome)
    if code is not None:
        raise NotWritten(code)


async def _read(room: Room) -> tuple[int, Tree]:
    await asyncio.sleep(0)  # whoever reads many sections does each in a step of its own
    outcome: asyncio.Future[tuple[int, Tree]] = asyncio.get_running_loop().create_future()
    if not room.read(lambda seq, tree: resolve(outcome, (seq, tree))):
        raise StoreFailed("The store does not answer.")
    return await patiently(outcome)
