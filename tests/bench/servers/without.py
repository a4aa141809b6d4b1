"""Our server with promises switched off, to see what each costs. For the bench alone: no setting does it.

``python without.py gate,durable,stamp serve …``

gate: whatever comes is taken, without a look at its bytes, its order or whose it is.
durable: the others are shown an edit before it is on disk; its author still hears "saved" after.
stamp: what somebody says of themselves and their cursor goes on to the others as it came.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from crdt.ledger import Accepted, Ledger, LedgerChange
from server import cli, room
from server.audience import Audience, Edit
from server.logged import Logged
from server.outbox import Parcel
from server.seat import Seat

_NOTHING = LedgerChange(())


def gate() -> None:
    def check(update: bytes, *_: object) -> Accepted:
        return Accepted(update, _NOTHING)

    def record(_ledger: Ledger, _accepted: Accepted, _owner: str) -> None:
        return None

    room.check = check  # type: ignore[assignment]
    Ledger.record = record  # type: ignore[method-assign]


def durable() -> None:
    queue, show_until, show = Logged.queue, Logged._show_until, Audience.show

    def at_once(self: Logged, verdict: Any, seat: Seat | None, message: bytes, *rest: Any, **more: Any) -> None:
        queue(self, verdict, seat, message, *rest, **more)
        self.audience.show([(seat, Parcel.of(message))])

    def carets_only(self: Audience, _edits: Sequence[Edit]) -> None:
        show(self, ())

    def answer_until(self: Logged, last: int) -> None:
        Audience.show = carets_only  # type: ignore[method-assign]
        try:
            show_until(self, last)
        finally:
            Audience.show = show  # type: ignore[method-assign]

    Logged.queue = at_once  # type: ignore[method-assign]
    Logged._show_until = answer_until  # type: ignore[method-assign]


def stamp() -> None:
    def hear(self: Audience, seat: Seat, payload: bytes) -> None:
        self._note(seat, payload)

    Audience.hear = hear  # type: ignore[method-assign]


REPLACED = ((room, "check"), (Ledger, "record"), (Logged, "queue"), (Logged, "_show_until"), (Audience, "hear"))
"""What is replaced; a test looks whether it is still there."""
PROMISES = {"gate": gate, "durable": durable, "stamp": stamp}

if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        PROMISES[name]()
    cli.main()
