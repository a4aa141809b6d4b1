"""Who in one room has asked for the text, and is answered once all of it is on disk: one answer a turn of the loop.

Nothing is made before it can be sent, and each seat is owed one answer at most, to the last thing it asked. While
others write without a pause one whole copy is made for all who wait. Only ``room`` imports it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from crdt.replica import ReplicaBroken
from server.outbox import Parcel
from server.replay import NOTHING
from server.seat import Seat

if TYPE_CHECKING:
    from server.room import Room

log = structlog.get_logger("alongside.live")


class Answers:
    """The seats that wait; what each has is in ``seat.asked``."""

    __slots__ = ("_room", "_under_way", "_waiting")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._waiting: dict[Seat, None] = {}
        self._under_way = False

    def add(self, seat: Seat) -> None:
        """One more who waits."""
        self._waiting[seat] = None
        self._start()

    def at_once(self, seat: Seat) -> None:
        """Answers a seat whose turn it is now; the room is quiet."""
        text = self._text(seat.asked or NOTHING)
        if text is None:
            self.add(seat)
        else:
            self._send(seat, text)

    def _start(self) -> None:
        if self._waiting and not self._under_way:
            self._under_way = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        if self._room.order.held:
            self._room.order.later(self._begin)
        else:
            self._room.when_durable(self._answer, self._begin)

    def _answer(self) -> None:
        self._under_way = False
        try:
            if self._room.quiet:
                self._some()
            elif not self._room.order.held:
                self._all_alike()
        finally:
            self._start()

    def _some(self) -> None:
        """Answers until one answer had to be made; the rest have the next turn."""
        while self._waiting:
            seat = next(iter(self._waiting))
            del self._waiting[seat]
            if not self._wants(seat):
                continue
            vector = seat.asked or NOTHING
            made = not self._room.content.has_answer(vector)
            text = self._text(vector)
            if text is None:
                self._waiting[seat] = None
                return
            self._send(seat, text)
            if made:
                return

    def _all_alike(self) -> None:
        """Others go on writing: one copy is made now, and sent to all who wait when it is on disk."""
        seats = [seat for seat in self._waiting if self._wants(seat)]
        self._waiting.clear()
        text = self._text(NOTHING) if seats else None
        if text is None:
            self._waiting.update(dict.fromkeys(seats))
            return
        copy = text

        def send() -> None:
            for seat in seats:
                self._send(seat, copy)

        def lost() -> None:
            for seat in seats:
                self.add(seat)

        self._room.when_durable(send, lost)

    def _wants(self, seat: Seat) -> bool:
        """Whether an answer is to be made: not for whoever left or may not read, nor for whoever takes none now."""
        if not self._room.may_read(seat, unanswered=False):
            return False
        if seat.stale or seat.holder.outbox.blocked:
            seat.asked = None
            seat.holder.outbox.owe(seat)
            return False
        return True

    def _text(self, vector: bytes) -> Parcel | None:
        room = self._room
        try:
            return room.content.answer(room.name, vector)
        except ReplicaBroken as broken:
            log.critical("replica_broken", section=room.name, seq=room.seq, error=str(broken))
            room.rebuild_soon()
            return None

    def _send(self, seat: Seat, text: Parcel) -> None:
        seat.asked = None
        if not seat.leaving:
            seat.joined = True
            seat.holder.outbox.copy(text, seat)
            self._room.audience.everyone(seat)
