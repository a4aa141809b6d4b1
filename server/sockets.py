"""``/live``: the handshake, and the plain way of carrying frames (through ASGI).

The Origin is checked before anything is accepted. With fast sockets the connection is handed to the protocol itself
once it is accepted; both ways are held to the same tests. ``app`` mounts it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from server import polling
from server.auth.origins import is_own_origin
from server.codes import Code
from server.connection import Connection
from server.fast_sockets import EXTENSION, FastSocket
from server.live import Live
from server.outbox import Parcel
from server.polling import Polling
from server.problems import problem

log = structlog.get_logger("alongside.live")
router = APIRouter()

_FOREIGN = (
    "This connection did not come from a page of this service, so it was not opened. "
    "Open the plan at the service’s own address; programs leave the Origin header out."
)
_GOODBYE_SECONDS = 5.0
"""Time the last words to a client may take."""


def mount(app: FastAPI) -> None:
    """Adds ``/live`` to the application, and the way round blocked WebSockets."""
    app.include_router(router)
    app.state.polling = Polling()
    app.include_router(polling.router)


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Carries the frames of one connection, until it ends."""
    server: Live = socket.app.state.live
    origin = socket.headers.get("origin")
    if origin is not None and not is_own_origin(origin, server.settings):
        log.warning("foreign_origin")
        await socket.send_denial_response(problem("not-from-our-page", detail=_FOREIGN))
        return
    fast = socket.scope.get("extensions", {}).get(EXTENSION)
    plain = PlainSocket(socket)
    sink: FastSocket | PlainSocket = fast if server.settings.fast_sockets and isinstance(fast, FastSocket) else plain
    connection = server.connect(sink)
    if connection is None:
        await socket.send_denial_response(problem(Code.BUSY))
        return
    try:
        await socket.accept()
        if isinstance(sink, FastSocket):
            sink.take_over(connection)
            await connection.finished.wait()
        else:
            await plain.carry(connection)
    finally:
        connection.gone()


@router.get("/live/state", include_in_schema=False)
async def state(request: Request) -> Response:
    """What every open room holds, for ``alongside verify``, which knows the word in the lock file."""
    server: Live = request.app.state.live
    given = request.headers.get("x-alongside-word", "")
    if not secrets.compare_digest(given.encode(), server.word.encode()):
        return Response(status_code=404)
    return JSONResponse(await server.state())


class PlainSocket:
    """Frames through ASGI: one task writes, the route reads."""

    def __init__(self, socket: WebSocket) -> None:
        self.blocked = False
        self._socket = socket
        self._out: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._readable = asyncio.Event()
        self._readable.set()
        self._goodbye: tuple[int, str] | None = None

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Queues messages for the writing task; until it is through, this socket counts as blocked."""
        for parcel in parcels:
            self._out.extend(parcel.messages)
        self.blocked = True
        self._more.set()

    def close(self, code: int, reason: str) -> None:
        """Lets the writing task finish, then closes."""
        self._goodbye = (code, reason)
        self._more.set()

    def pause(self) -> None:
        """Stops reading."""
        self._readable.clear()

    def resume(self) -> None:
        """Reads again."""
        self._readable.set()

    async def carry(self, connection: Connection) -> None:
        """Reads and writes until either end is done."""
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(connection), name="socket writer")
            reading = group.create_task(self._read(connection), name="socket reader")
            await connection.finished.wait()
            reading.cancel()
            await asyncio.wait((writing,), timeout=_GOODBYE_SECONDS)
            writing.cancel()

    async def _read(self, connection: Connection) -> None:
        while True:
            await self._readable.wait()
            message: Any = await self._socket.receive()
            if message["type"] != "websocket.receive":
                connection.gone()
                self._more.set()
                return
            data = message.get("bytes")
            if data is None:
                connection.receive_text()
            else:
                connection.receive(data)

    async def _write(self, connection: Connection) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._out:
                    await self._socket.send_bytes(self._out.popleft())
                if self._goodbye is not None:
                    await self._socket.close(*self._goodbye)
                if connection.finished.is_set():
                    return
                self.blocked = False
                connection.outbox.drained()
        except (WebSocketDisconnect, RuntimeError):
            connection.gone()  # the other end went away while we spoke
