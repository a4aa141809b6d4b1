"""The people of one section who are connected to other server processes, as those processes said last.

What is said here was stamped there, and is shown as it is. It fades when nobody repeats it: a process that was killed
says nothing more. Only ``audience`` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crdt.limits import Limits
from crdt.presence import Entry, read
from crdt.wire import Malformed

FADES_SECONDS = 25.0
"""How long somebody is shown after their process last spoke of them; processes speak more often than that."""

ROOMS = Limits(awareness_bytes=4 * 1024 * 1024)
"""A whole room may be in one message."""
_MOST = 4096


@dataclass(slots=True)
class _There:
    clock: int
    state: str | None
    node: str
    heard_at: float


class Elsewhere:
    """Clients of other processes, by client id; those who left are remembered for a while, for their clocks."""

    __slots__ = ("_clock", "_there")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._there: dict[int, _There] = {}

    def hear(self, payload: bytes, node: str) -> list[Entry]:
        """Takes what another process says; gives what is new in it."""
        entries = read(payload, ROOMS)
        if isinstance(entries, Malformed):
            return []
        news: list[Entry] = []
        now = self._clock()
        for client, clock, state in entries:
            known = self._there.get(client)
            if known is not None and (clock < known.clock or (known.node != node and clock == known.clock)):
                continue
            if known is None and len(self._there) >= _MOST:
                continue
            if known is None or clock > known.clock or known.state != state:
                news.append((client, clock, state))
            self._there[client] = _There(clock, state, node, now)
        return news

    def told(self, client: int) -> int:
        """The newest clock people were told of this client."""
        known = self._there.get(client)
        return 0 if known is None else known.clock

    def shown(self) -> list[Entry]:
        """Everybody there now."""
        return [(client, one.clock, one.state) for client, one in self._there.items() if one.state is not None]

    def faded(self) -> list[Entry]:
        """Those nobody has spoken of for too long: others must be told that they are gone."""
        late = self._clock() - FADES_SECONDS
        gone: list[Entry] = []
        for client, one in list(self._there.items()):
            if one.heard_at > late:
                continue
            if one.state is None:
                del self._there[client]
            else:
                gone.append((client, one.clock + 1, None))
                self._there[client] = _There(one.clock + 1, None, one.node, self._clock())
        return gone
