"""With which of several workers the people of a plan sit, and how a connection gets there.

Any worker may serve any plan: what is written, and in which order, the database decides. But an edit costs least where
everybody who sees it is in one process. So a page says for which plan it comes (``/live?plan=…``), and the worker that
took the connection hands it on, before a word of answer, to the one where that plan is at home. What stands there is a
hint: it gives nobody a right, and a wrong one costs nothing but time. ``worker`` and ``workers`` use it.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import socket
import sys
import termios
import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

from server.listening import Board

REQUEST_BYTES = 128 * 1024
"""Largest request that is handed on; heads are bounded well below by ``header_bytes``."""
_PLAN = "plan"
_LONGEST_PLAN = 64
_UNEVEN = 1000
"""A home that has more than twice our connections and so many more is not sent any."""
STUCK_SECONDS = 1.0
"""A home that lets a connection wait this long is passed over."""
_KIND = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM

Arrive = Callable[[socket.socket, bytes], None]
"""Takes a connection that was handed on, with the request that was read from it."""


def line() -> tuple[socket.socket, socket.socket]:
    """Two ends, for reading and for writing, of a line to one worker; nobody ever waits on it."""
    reading, writing = socket.socketpair(socket.AF_UNIX, _KIND)
    reading.setblocking(False)
    writing.setblocking(False)
    return reading, writing


def drain(reading: socket.socket) -> None:
    """Closes the connections that were handed to a worker which has ended: they are made again elsewhere."""
    while (found := _received(reading)) is not None:
        found[0].close()


def plan_named(url: bytes) -> str:
    """The plan that a request says it is for; empty when it says none."""
    _, _, query = url.partition(b"?")
    found = parse_qs(query.decode("ascii", "replace")).get(_PLAN, [""])[0] if query else ""
    return found if len(found) <= _LONGEST_PLAN else ""


class Homes:
    """One worker's view of where plans are at home. ``reading`` is its own line, ``writing`` those to all cells."""

    def __init__(
        self, board: Board, cell: int, places: int, reading: socket.socket, writing: Sequence[socket.socket]
    ) -> None:
        self._board = board
        self._cell = cell
        self._places = places
        self._reading = reading
        self._writing = writing
        self._arrive: Arrive | None = None
        self._leaving = False
        self._empty_at: dict[int, float] = {}
        """When nobody was last seen to wait on a line."""

    def open(self, arrive: Arrive) -> None:
        """Takes what others hand on, from now on."""
        self._arrive = arrive
        asyncio.get_running_loop().add_reader(self._reading.fileno(), self._somebody_comes)

    def leave(self) -> None:
        """Takes nobody more: who still comes is handed on to somebody who stays."""
        self._leaving = True

    def close(self) -> None:
        """Ends; connections that were handed to us and not taken are ended too."""
        if self._arrive is not None:
            self._arrive = None
            asyncio.get_running_loop().remove_reader(self._reading.fileno())
            drain(self._reading)

    def home(self, plan: str) -> int | None:
        """The cell of the worker where this plan is at home, unless that is ours. It moves as workers come and go."""
        there = {cell % self._places: cell for cell in range(self._board.cells) if self._board.read(cell) >= 0}
        if not there:
            return None
        best = max(there, key=lambda place: hashlib.blake2b(f"{place} {plan}".encode(), digest_size=8).digest())
        cell = there[best]
        if cell == self._cell:
            return None
        crowded = self._board.read(cell) > 2 * max(0, self._board.read(self._cell)) + _UNEVEN
        return cell if self._leaving or not (crowded or self._is_stuck(cell)) else None

    def _is_stuck(self, cell: int) -> bool:
        """Whether it has let connections wait that were handed to it, by whomever."""
        now = time.monotonic()
        try:
            waiting = int.from_bytes(fcntl.ioctl(self._writing[cell], termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except OSError:
            return False  # not every system tells
        if not waiting:
            self._empty_at[cell] = now
        return now - self._empty_at.setdefault(cell, now) > STUCK_SECONDS

    def hand_on(self, plan: str, connection: int, request: bytes) -> bool:
        """Gives this connection (a file number; the caller closes its own) to its home; False: it stays here."""
        cell = self.home(plan)
        if cell is None or len(request) > REQUEST_BYTES:
            return False
        try:
            socket.send_fds(self._writing[cell], [request], [connection])
        except OSError:
            return False  # too many are on the way there, or nobody reads any more
        return True

    def _somebody_comes(self) -> None:
        found = _received(self._reading)
        if found is None or self._arrive is None:
            return
        connection, request = found
        if self._leaving and self.hand_on(plan_named(request.split(b" ", 2)[1]), connection.fileno(), request):
            connection.close()
        else:
            self._arrive(connection, request)


def _received(reading: socket.socket) -> tuple[socket.socket, bytes] | None:
    try:
        request, files, _, _ = socket.recv_fds(reading, REQUEST_BYTES, 1)
        return socket.socket(fileno=files[0]), request
    except (OSError, IndexError):
        return None
