"""The order in one room: what waits for the disk, and what waits for the room to move again.

Everything leaves in the order it came, exactly once: to its end when the disk has it, or to its loss. Only ``room``
imports it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from server.seat import Seat

Work = Callable[[], None]


class Pending(NamedTuple):
    """What may happen once entry ``seq`` is on disk: an edit is shown (``message``), or ``then``; else ``lost``.

    ``again`` judges an edit once more; an edit without it is on disk already, and only waits to be shown.
    """

    seq: int
    seat: Seat | None
    message: bytes | None
    then: Work | None
    lost: Work | None
    again: Work | None = None


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
    def waiting(self) -> int:
        """How much waits for the disk."""
        return len(self._pending)

    @property
    def held(self) -> bool:
        """The room stands still."""
        return self._held is not None

    def edit(
        self,
        seq: int,
        seat: Seat | None,
        message: bytes,
        again: Work,
        then: Work | None = None,
        lost: Work | None = None,
    ) -> None:
        """An edit that is shown once entry ``seq`` is on disk."""
        self._pending.append(Pending(seq, seat, message, then, lost, again))

    def behind(self, messages: Sequence[bytes]) -> None:
        """Entries of another process are on disk before all that waits, and are shown after it: it does not know them.

        What waits has moved up by as many entries.
        """
        moved = [item._replace(seq=item.seq + len(messages)) for item in self._pending]
        last = moved[-1].seq if moved else 0
        self._pending = deque(moved + [Pending(last, None, message, None, None) for message in messages])

    def when_durable(self, seq: int, then: Work, lost: Work, again: Work | None = None) -> None:
        """Calls ``then`` once everything queued so far is on disk, or ``lost`` if it could not be saved.

        ``again`` is called instead of ``lost`` when what it waited for is judged once more.
        """
        if self._pending:
            self._pending.append(Pending(seq, None, None, then, lost, again))
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

    def hold(self) -> None:
        """From now on messages wait, in order, until ``release``."""
        self._holds += 1
        if self._held is None:
            self._held = []

    def later(self, work: Work) -> None:
        """Waits for ``release``."""
        assert self._held is not None  # noqa: S101 - asked before
        self._held.append(work)

    def first(self, works: Sequence[Work]) -> None:
        """These wait for ``release``, before all that waits for it already."""
        assert self._held is not None  # noqa: S101 - asked before
        self._held[:0] = works

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
