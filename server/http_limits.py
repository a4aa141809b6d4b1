"""What a TCP connection may ask of us before its request is understood: bytes, time, and how many at once.

uvicorn's HTTP protocol bounds none of these. ``/live`` handshakes come the same way, so they are bounded too.
Bodies are not counted here: the edge does that. It leans on internals of uvicorn, whose version is pinned.
``serve`` and ``control_frames`` may import it.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from server.homes import plan_named

if TYPE_CHECKING:
    from server.serve import Configuration

LINGER_SECONDS = 1.0
"""Time the other end has to read why it was refused, while what it still sends is thrown away."""
LINGER_BYTES = 1024 * 1024
"""What is thrown away at most before it is cut off."""
_PIPELINED = 16
"""Requests that may wait on one connection for the answer to an earlier one. Browsers and proxies send none."""
_SENTENCES = {
    400: b"This request cannot be read.",
    431: b"The headers of this request are too long. Delete the cookies of this site and try again.",
}


class Unwanted(Exception):
    """Stops the parser, which turns it into an error of its own."""


class BoundedHttp(HttpToolsProtocol):
    """A request's head is held to ``header_bytes`` and ``header_seconds``; connections to ``connections_total``."""

    def __init__(
        self,
        config: Configuration,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.settings
        self._homes = config.homes
        self._was_handed = False
        self._held = 0
        """Bytes the parser holds or has skipped since it last completed a head, a chunk or a message."""
        self._passed = 0
        """Bytes of this piece that were body."""
        self._moved = False
        self._refused = False
        self._thrown_away = 0
        self._status = 400
        self._answering: RequestResponseCycle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections_total:
            self._refused = True
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._thrown_away += len(data)
            if self._thrown_away > LINGER_BYTES:
                self.transport.abort()
            return
        self._moved = False
        self._passed = 0
        super().data_received(data)
        self._held = 0 if self._moved else self._held + len(data) - self._passed
        if self._held > self._limits.header_bytes and not self._refused:
            self._refuse(431)

    def handle_websocket_upgrade(self) -> None:
        if self._busy or not self.url.isascii():
            self._refuse(400)  # the WebSocket protocol would not know what to do with it, and leave it open
        elif not self._hand_on():
            super().handle_websocket_upgrade()

    # Several workers

    def handed(self, request: bytes) -> None:
        """Another worker has read this request from our connection, and says it is for us."""
        self._was_handed = True
        self.data_received(request)

    def _hand_on(self) -> bool:
        """Gives the connection to the worker where its plan is at home; False: it stays here."""
        plan = "" if self._homes is None or self._was_handed else plan_named(self.url)
        if self._homes is None or not plan:
            return False
        lines = [b"%b %b HTTP/1.1" % (self.scope["method"].encode(), self.url)]
        lines += [b"%b: %b" % (name, value) for name, value in self.scope["headers"]]
        request = b"\r\n".join([*lines, b"", b""])
        connection: socket.socket = self.transport.get_extra_info("socket")
        if not self._homes.hand_on(plan, connection.fileno(), request):
            return False
        self.connections.discard(self)
        self.transport.abort()  # our end of it alone: nothing is said on the connection
        return True

    # What the parser finds

    def on_headers_complete(self) -> None:
        self._moved = True
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > self._limits.header_bytes:
            self._status = 431
            raise Unwanted
        if len(self.pipeline) >= _PIPELINED:
            raise Unwanted
        self._unset_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._passed += len(body)
        super().on_body(body)

    def on_chunk_complete(self) -> None:
        """A chunk of a body is over: what follows is another, or the trailers, which are headers too."""
        self._moved = True

    def on_message_complete(self) -> None:
        self._moved = True
        super().on_message_complete()

    # Time

    @property
    def _busy(self) -> bool:
        return self._answering is not None and not self._answering.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_head()

    def _expect_head(self) -> None:
        self._unset_deadline()
        self._deadline = self.loop.call_later(self._limits.header_seconds, self._late)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        if self._busy:
            self._expect_head()
        elif not self.transport.is_closing():
            self.transport.close()

    # Refusing

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._status)

    def _refuse(self, status: int) -> None:
        """Says why, unless an answer is under way; then reads no more and closes."""
        self._refused = True
        self._unset_deadline()
        under_way = self._answering if self._busy else None
        if under_way is None or not under_way.response_started:
            self.transport.write(refusal(status))
        if under_way is not None:
            under_way.disconnected = True
            under_way.message_event.set()
        self.pipeline.clear()
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def refusal(status: int) -> bytes:
    """A whole answer that refuses a request and ends the connection."""
    words = _SENTENCES[status]
    return b"".join(
        (
            STATUS_LINE[status],
            b"content-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\nconnection: close\r\n",
            b"content-length: %d\r\n\r\n" % len(words),
            words,
        )
    )
