"""The people in one section and what they are shown: edits and presence, encoded once, to everyone but their author.

It decides nothing and knows no text; a room tells it what is on disk and may be shown. Only ``room`` imports it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from crdt import frames
from crdt.limits import Limits
from crdt.presence import Entry, Presence, read, write
from crdt.wire import Malformed
from server.elsewhere import ROOMS, Elsewhere
from server.outbox import Parcel
from server.seat import Seat

Edit = tuple[Seat | None, Parcel]
"""Who wrote it, and the message that shows it."""


class Audience:
    """``seats`` in the order they came."""

    __slots__ = ("_carets", "_elsewhere", "_name", "_presence", "_shown", "seats")

    def __init__(
        self,
        name: str,
        limits: Limits,
        owner_of: Callable[[int], str | None],
        shown: Callable[[bytes], None] = lambda payload: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``shown`` is told of every presence message that goes out, for the people of other processes."""
        self._name = name
        self._shown = shown
        self._elsewhere = Elsewhere(clock)
        self._presence = Presence(limits, owner_of, self._elsewhere.told)
        self._carets: dict[Seat, bytes] = {}
        self.seats: dict[Seat, None] = {}

    def enter(self, seat: Seat) -> None:
        """Gives a place; nothing is shown there until the text has been sent."""
        self.seats[seat] = None
        self._presence.join(seat, seat.standing.person_id, seat.standing.stamp())

    def leave(self, seat: Seat) -> None:
        """Takes the place away; others will see them go."""
        self.seats.pop(seat, None)
        self._carets.pop(seat, None)
        self._note(seat, self._presence.leave(seat))

    def restamp(self, seat: Seat) -> None:
        """What is said about this person may have changed."""
        self._note(seat, self._presence.restamp(seat, seat.standing.stamp()))

    def hear(self, seat: Seat, payload: bytes) -> Malformed | None:
        """Takes a presence message; ``show`` tells the others."""
        shown = self._presence.receive(seat, payload)
        if isinstance(shown, Malformed):
            return shown
        self._note(seat, shown)
        return None

    def _note(self, seat: Seat, payload: bytes | None) -> None:
        if payload is not None:
            self._carets[seat] = payload

    def everyone(self, seat: Seat) -> None:
        """Shows one person everybody else."""
        payload = self._presence.full(seat)
        there = self._elsewhere.shown()
        if there:
            here = [] if payload is None else read(payload, ROOMS)
            payload = write([*here, *there]) if not isinstance(here, Malformed) else write(there)
        if payload is not None:
            seat.holder.outbox.put(Parcel.of(frames.awareness(self._name, payload)), seat)

    def hear_elsewhere(self, payload: bytes, node: str) -> None:
        """Where people are who are connected to another process."""
        self._show_elsewhere(self._elsewhere.hear(payload, node))

    def fade(self) -> None:
        """Lets go of people whose process has not spoken of them for a while."""
        self._show_elsewhere(self._elsewhere.faded())

    def _show_elsewhere(self, entries: Sequence[Entry]) -> None:
        told: list[Entry] = []
        for client, clock, state in entries:
            if not self._presence.shows(client):
                told.append((client, clock, state))
            elif state is None:  # they left there, and had come here before
                again = self._presence.tell_again(client)
                if again is not None:
                    self._to_all(again)
                    self._shown(again)
        if told:
            self._to_all(write(told))

    def _to_all(self, payload: bytes) -> None:
        parcel = Parcel.of(frames.awareness(self._name, payload))
        for seat in tuple(self.seats):
            if seat.joined:
                seat.holder.outbox.put(parcel, seat)

    def all_here(self) -> bytes | None:
        """Everybody who is shown by this process."""
        return self._presence.full()

    def show(self, edits: Sequence[Edit]) -> None:
        """Shows these edits, and where people are now, to everyone who has the text."""
        if self._carets:
            carets, self._carets = self._carets, {}
            presence = [(seat, Parcel.of(frames.awareness(self._name, payload))) for seat, payload in carets.items()]
            edits = [*edits, *presence]
            for payload in carets.values():
                self._shown(payload)
        if not edits:
            return
        everything = Parcel.joined([parcel for _, parcel in edits])
        authors = {author for author, _ in edits}
        for seat in tuple(self.seats):
            if not seat.joined:
                continue
            if seat not in authors:
                seat.holder.outbox.put(everything, seat)
                continue
            others = [parcel for author, parcel in edits if author is not seat]
            if others:
                seat.holder.outbox.put(Parcel.joined(others), seat)
