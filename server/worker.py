"""One of several server processes on one port: what ``workers`` starts, as a program of its own.

Its settings are the environment's, as the parent read them. It tells the parent when it serves, stops in good order
when the parent says so or is gone, and never outlives it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial

import structlog

from server.app import create_app
from server.homes import Homes
from server.http_limits import BoundedHttp
from server.listening import Board, Listener
from server.logs import set_up_logs
from server.serve import BACKLOG, Configuration, Server, configuration, enough_files
from server.settings import Settings
from server.workers import LEAVE, PRIVATE, READY

log = structlog.get_logger("alongside.serve")


class WorkerServer(Server):
    """A server that shares its port, and has a parent."""

    def __init__(
        self, config: Configuration, shared: socket.socket, board: Board, cell: int, parent: int, homes: Homes
    ) -> None:
        super().__init__(config)
        self._homes = config.homes = homes
        self._shared = shared
        self._board = board
        self._cell = cell
        self._parent = socket.socket(fileno=parent)
        self._listener: Listener | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup([])
        loop = asyncio.get_running_loop()
        protocol = partial(BoundedHttp, self.config, self.server_state, self.lifespan.state, loop)
        self._listener = Listener(self._shared, self._board, self._cell, protocol, BACKLOG)
        self.servers = [self._listener]  # type: ignore[list-item]
        self._homes.open(self._handed)
        self._parent.setblocking(False)
        loop.add_reader(self._parent.fileno(), self._hear)
        self._parent.send(READY)

    async def on_tick(self, counter: int) -> bool:
        if self._listener is not None:
            self._listener.count(len(self.server_state.connections))
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._homes.leave()
        await super().shutdown(sockets)
        self._homes.close()

    def _handed(self, connection: socket.socket, request: bytes) -> None:
        if self._listener is not None:
            self._listener.serve(connection, lambda protocol: protocol.handed(request))

    def _hear(self) -> None:
        """The parent has somebody in our place already, or is gone."""
        try:
            said = self._parent.recv(64)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            asyncio.get_running_loop().remove_reader(self._parent.fileno())
            log.warning("parent_gone")
        elif said == LEAVE:
            self.config.draining.hurried = True
        self.config.draining.begin()
        self.should_exit = True


def main(arguments: Sequence[str]) -> None:
    """``SOCKET BOARD CELLS CELL PARENT LINE LINES…``: numbers of open files, and the worker's place."""
    shared, board_file, cells, cell, parent, reading, *writing = map(int, arguments)
    os.umask(PRIVATE)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for the parent, though a terminal sends it to all of us
    settings = Settings()
    set_up_logs(settings.log_level)
    structlog.contextvars.bind_contextvars(worker=cell)
    enough_files(settings)
    listening = socket.socket(fileno=shared)
    board = Board(board_file, cells)
    lines = [socket.socket(fileno=number) for number in writing]
    homes = Homes(board, cell, cells // 2, socket.socket(fileno=reading), lines)
    WorkerServer(configuration(create_app(settings), settings), listening, board, cell, parent, homes).run()


if __name__ == "__main__":
    main(sys.argv[1:])
