"""One port for several processes: they share a listening socket, and whoever has the fewest connections takes the next.

Live connections last for hours, so an uneven spread would last for hours too: after a restart everybody would sit with
whoever was there first. A socket of each worker's own (SO_REUSEPORT) spreads by chance, and loses what waits on it when
its worker ends; on the shared one nothing is ever lost. Each worker writes down its number of connections on a board in
shared memory, and steps back for a moment while another has fewer. Only for a moment: the other may be stuck.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import socket
import tempfile
from collections.abc import Callable
from typing import Any

CELL = 4
ABSENT = -1
Begin = Callable[[Any], None]

STEP_BACK_SECONDS = 0.01
"""How long a worker leaves the next connection to the others; then it takes one, whoever has fewer."""


class Board:
    """How many connections each worker has, or ``ABSENT``. Every worker writes its own cell only."""

    def __init__(self, file: int, cells: int) -> None:
        self.file = file
        self._cells = memoryview(mmap.mmap(file, cells * CELL)).cast("i")

    @classmethod
    def fresh(cls, cells: int) -> Board:
        """A board nobody is on yet, in a file without a name."""
        with tempfile.TemporaryFile() as made:
            made.truncate(cells * CELL)
            board = cls(os.dup(made.fileno()), cells)
        for cell in range(cells):
            board.write(cell, ABSENT)
        return board

    @property
    def cells(self) -> int:
        return len(self._cells)

    def write(self, cell: int, count: int) -> None:
        """This worker has so many."""
        self._cells[cell] = count

    def read(self, cell: int) -> int:
        """So many has that one."""
        return self._cells[cell]

    def another_has_fewer(self, cell: int) -> bool:
        """Whether somebody else should take the next one."""
        mine = self.read(cell)
        return any(0 <= self.read(other) < mine for other in range(self.cells) if other != cell)


class Listener:
    """Takes connections from the shared socket, one at a time, and hands each to a protocol of its own.

    The first one makes the socket listen: before anybody serves, whoever comes is turned away at once.
    """

    def __init__(
        self, shared: socket.socket, board: Board, cell: int, protocol: Callable[[], asyncio.BaseProtocol], backlog: int
    ) -> None:
        self._shared = shared
        self._board = board
        self._cell = cell
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._arriving: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.TimerHandle | None = None
        self._open = True
        board.write(cell, 0)
        shared.listen(backlog)
        self._listen()

    def count(self, connections: int) -> None:
        """Puts the number on the board right: connections end, too."""
        if self._open:
            self._board.write(self._cell, connections + len(self._arriving))

    def close(self) -> None:
        """Takes no more; those who wait are left to the others."""
        if self._open:
            self._open = False
            self._board.write(self._cell, ABSENT)
            self._loop.remove_reader(self._shared.fileno())
            if self._waiting is not None:
                self._waiting.cancel()

    async def wait_closed(self) -> None:
        """Waits until those who were taken have their protocol."""
        if self._arriving:
            await asyncio.wait(self._arriving)

    def _listen(self) -> None:
        self._waiting = None
        if self._open:
            self._loop.add_reader(self._shared.fileno(), self._somebody_is_there)

    def _somebody_is_there(self) -> None:
        if self._board.another_has_fewer(self._cell):
            self._step_back(STEP_BACK_SECONDS, self._after_stepping_back)
        else:
            self._take()

    def _after_stepping_back(self) -> None:
        self._waiting = None
        self._take()  # if somebody is still there: whoever has fewer may be stuck
        if self._waiting is None:
            self._listen()

    def _step_back(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._shared.fileno())
        self._waiting = self._loop.call_later(seconds, then)

    def _take(self) -> None:
        try:
            taken, _ = self._shared.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another was quicker, or they went away
        except OSError:  # no more files: those who wait are left to the others for a while
            self._step_back(1.0, self._listen)
            return
        taken.setblocking(False)
        if taken.family != socket.AF_UNIX:
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.serve(taken)

    def serve(self, taken: socket.socket, begin: Begin | None = None) -> None:
        """Gives a connection a protocol. ``begin`` tells it what was read of the connection before."""
        if self._open:
            self._board.write(self._cell, self._board.read(self._cell) + 1)
        task = self._loop.create_task(self._begin(taken, begin), name="arrival")
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _begin(self, taken: socket.socket, begin: Begin | None) -> None:
        try:
            transport, protocol = await self._loop.connect_accepted_socket(self._protocol, taken)
        except OSError:
            taken.close()  # they went away meanwhile
            return
        if begin is not None and not transport.is_closing():
            begin(protocol)
