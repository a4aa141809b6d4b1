"""Reads of one room's text for the server itself: whole states of the log, never one that only half of it has.

Only ``room`` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crdt.blocks import Tree
from crdt.replica import ReplicaBroken

if TYPE_CHECKING:
    from server.room import Room

_MOST_READS = 256


class Readers:
    """Counts those who wait for the room to move."""

    __slots__ = ("_room", "_waiting")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._waiting = 0

    def read(self, done: Callable[[int, Tree], None]) -> bool:
        """Gives the text and the number of its last entry, once all of it is on disk. False: too many wait already."""
        room = self._room
        if room.order.held:
            if self._waiting >= _MOST_READS:
                return False
            self._waiting += 1
            room.order.later(lambda: self._again(done))
            return True
        seq, shifts = room.seq, room.shifts
        try:
            tree = room.content.tree()
        except ReplicaBroken:
            room.rebuild_soon()
            return self.read(done)

        def then() -> None:
            if shifts == room.shifts:
                done(seq, tree)
            else:
                self.read(done)  # others' words have come before some of these

        def lost() -> None:
            self.read(done)

        room.when_durable(then, lost)
        return True

    def _again(self, done: Callable[[int, Tree], None]) -> None:
        self._waiting -= 1
        self.read(done)
