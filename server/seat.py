"""One section open on one connection: what this person may do there, what they are owed, what others are shown.

A seat belongs to one room and one connection and decides nothing about text. Only rooms and connections import it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from crdt import frames
from server.codes import Code, refusal
from server.outbox import Outbox, Parcel
from server.paces import Pace, Turns
from server.standing import Standing

if TYPE_CHECKING:
    from server.room import Room


class Holder(Protocol):
    """What a seat needs of its connection."""

    outbox: Outbox
    pace: Pace

    @property
    def epoch(self) -> str:
        """Which life of the store is served."""

    def now(self) -> float:
        """Seconds on a clock that never steps."""

    def left(self, seat: Seat, code: str) -> None:
        """The section is closed for it, with this code."""

    def close(self, code: Code) -> None:
        """Ends the whole connection."""

    def commit_begun(self) -> None:
        """One more of its updates waits for the disk."""

    def commit_ended(self) -> None:
        """One less."""

    def malformed(self, detail: str) -> None:
        """Counts a message nobody could read."""


class Seat:
    """``joined``: it has been sent the text and gets what others write. ``leaving``: it was refused or closed."""

    __slots__ = (
        "alarmed_at",
        "asked",
        "asked_for_token",
        "checked_at",
        "holder",
        "joined",
        "leaving",
        "owed",
        "room",
        "stale",
        "standing",
        "turns",
    )

    def __init__(self, holder: Holder, room: Room, standing: Standing) -> None:
        self.holder = holder
        self.room = room
        self.standing = standing
        self.joined = False
        self.stale = False
        self.leaving = False
        self.asked_for_token = False
        self.owed = 0
        """Acknowledgements held back until the client has sent what went missing on the way."""
        self.asked: bytes | None = None
        """What the client said it has when it last asked for the rest; None once that is answered."""
        self.turns = Turns(holder.pace, holder.now)
        self.checked_at: float | None = None
        """When its text was last compared with ours."""
        self.alarmed_at: int | None = None
        """The entry at which its text was found to differ."""

    def send(self, parcel: Parcel) -> None:
        """Something that is never dropped."""
        self.holder.outbox.put(parcel)

    def acknowledge(self) -> None:
        """Tells the client that its next unanswered message is on disk."""
        self.holder.outbox.put(self.room.saved)

    def refresh(self) -> None:
        """Sends the section afresh."""
        if not self.leaving:
            self.room.refresh(self)

    def tell_plan(self) -> None:
        """Tells the client where the plan stands and what this person may do here."""
        standing = self.standing
        text = json.dumps(
            {
                "type": "plan",
                "epoch": self.holder.epoch,
                "stage": standing.facts.stage,
                "mode": standing.mode,
                "may_write": standing.write.allowed,
                "reason": "" if standing.write.allowed else standing.write.sentence,
            }
        )
        self.send(Parcel.of(frames.stateless(self.room.name, text)))

    def ask_for_token(self) -> None:
        """Asks the client for a fresh token, once per token."""
        self.asked_for_token = True
        self.send(Parcel.of(frames.token_request(self.room.name)))

    def say_refused(self, code: str, sentence: str | None, *, unanswered: bool) -> None:
        """The last words of a refusal; then the section is closed for this client."""
        name = self.room.name
        words = {"type": "refused", "code": code, "sentence": sentence or refusal(code).sentence}
        messages = [frames.sync_status(name, False)] if unanswered else []
        messages += [frames.stateless(name, json.dumps(words)), frames.close(name, code)]
        self.send(Parcel(messages))
        self.holder.left(self, code)
