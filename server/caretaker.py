"""What a room asks of whoever looks after all of them: reading, telling others, and what they know of rights.

Only ``room`` and its own parts import it; ``rooms`` is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from server.logged import Logged
    from server.seat import Seat


class Caretaker(Protocol):
    """Who does what waits."""

    def rebuild(self, room: Logged) -> None:
        """Reads the section from its log again, then calls ``room.rebuilt``."""

    def may_look(self, room: Logged) -> bool:
        """Whether the log may hold more than the room has been told of."""

    def look(self, room: Logged) -> None:
        """Reads what the log holds more than the room, which stands still, then calls ``room.looked``."""

    def grown(self, room: Logged, *, elsewhere: bool = False) -> None:
        """The log has grown, here or in another process."""

    def rights(self, room: Logged) -> int | None:
        """The number of the rights that everybody here was judged by last."""

    def settled(self, room: Logged, seat: Seat) -> None:
        """Decides this person's rights anew, who may have gone when they last were."""

    def shown(self, room: Logged, payload: bytes) -> None:
        """Somebody's place in the text was shown to the people here."""
