"""The order in one room: what waits for the disk, and what waits for the room to move again.

Everything leaves in the order it came, exactly once: to its end when the disk has it, or to its loss. Only ``room``
imports it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from server.seat import Seat

Work = Callable[[], None]


class Pending(NamedTuple):
    """What may happen once entry ``seq`` is on disk: an edit is shown (``message``), or ``then``; else ``lost``."""

    seq: int
    seat: Seat | None
    message: bytes | None
    then: Work | None
    lost: Work | None


class Order:
    """Two queues: ``pending`` for the disk, and one for messages that came while the room was held."""

    __slots__ = ("_held", "_holds", "_pending")

    def __init__(self) -> None:
        self._pending: deque[Pending] = deque()
        self._held: list[Work] | None = None
        self._holds = 0

    @property
    def pending(self) -> bool:
        """Something waits for the disk."""
        return bool(self._pending)

    @property
    def held(self) -> bool:
        """The room stands still."""
        return self._held is not None

    def edit(self, seq: int, seat: Seat | None, message: bytes) -> None:
        """An edit that is shown once entry ``seq`` is on disk."""
        self._pending.append(Pending(seq, seat, message, None, None))

    def when_durable(self, seq: int, then: Work, lost: Work) -> None:
        """Calls ``then`` once everything queued so far is on disk, or ``lost`` if it could not be saved."""
        if self._pending:
            self._pending.append(Pending(seq, None, None, then, lost))
        else:
            then()

    def until(self, last: int) -> Iterator[Pending]:
        """Takes out what waited for entries up to ``last``."""
        pending = self._pending
        while pending and pending[0].seq <= last:
            yield pending.popleft()

    def give_up(self) -> deque[Pending]:
        """Takes out everything that waits for the disk: it will not get there."""
        lost, self._pending = self._pending, deque()
        return lost

    def cap(self, seq: int) -> None:
        """Nothing waits for an entry after ``seq``: there will be none."""
        self._pending = deque(item._replace(seq=min(item.seq, seq)) for item in self._pending)

    def hold(self) -> None:
        """From now on messages wait, in order, until ``release``."""
        self._holds += 1
        if self._held is None:
            self._held = []

    def later(self, work: Work) -> None:
        """Waits for ``release``."""
        assert self._held is not None  # noqa: S101 - asked before
        self._held.append(work)

    def release(self) -> None:
        """Takes up what waited, once everybody who held has let go."""
        self._holds -= 1
        if self._holds == 0:
            held, self._held = self._held, None
            for work in held or ():
                work()

    def stir(self) -> None:
        """Offers what waits again without letting go; what must go on waiting comes back by itself."""
        held, self._held = self._held, []
        for work in held or ():
            work()
