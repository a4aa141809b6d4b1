"""What a WebSocket may send beside its messages: pings, pongs and crumbs of messages cost, and are few.

A ping makes us answer, a crumb makes us remember, and neither is counted where messages are. Held to by both ways of
carrying frames, before anybody has signed in. It leans on internals of uvicorn, whose version is pinned.
``fast_sockets`` is the only one to import it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from server.http_limits import LINGER_BYTES, LINGER_SECONDS, refusal
from server.rates import Bucket

if TYPE_CHECKING:
    from server.serve import Configuration

BURST = 50
"""Control frames at once before the average counts."""
_CRUMB_BYTES = 1024
"""A part of a message that is smaller costs as much as a ping; browsers cut at 16 KiB or more."""


class BoundedSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with an end to what costs us something and them nothing."""

    _refused = False
    _thrown_away = 0

    def __init__(
        self,
        config: Configuration,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._control = Bucket(config.settings.control_frames_per_second, BURST, self.loop.time())
        self._most_unread = config.settings.outbox_bytes

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._thrown_away += len(data)
            if self._thrown_away > LINGER_BYTES:
                self.transport.abort()
            return
        super().data_received(data)
        if not self.handshake_initiated:
            self._refuse_handshake()

    def handle_events(self) -> None:
        """The pongs of one piece leave together; to somebody who does not read them they do not leave at all."""
        super().handle_events()
        if self.conn.writes and not self._refused:
            pongs = b"".join(self.conn.data_to_send())
            if self.writable.is_set() and self.transport.get_write_buffer_size() <= self._most_unread:
                self.transport.write(pongs)

    # What costs

    def handle_ping(self) -> None:
        self._affords()

    def handle_pong(self, event: Frame) -> None:
        if self._affords():
            super().handle_pong(event)

    def handle_text(self, event: Frame) -> None:
        if not _is_crumb(event) or self._affords():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if not _is_crumb(event) or self._affords():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if not _is_crumb(event) or self._affords():
            super().handle_cont(event)

    def _affords(self) -> bool:
        if self._refused:
            return False
        if not self._control.take(1, self.loop.time()):
            self.refuse_flood()
            return False
        return True

    # The end

    def refuse_flood(self) -> None:
        """Closes with 1008; nothing that was owed for the flood is sent."""
        self.conn.data_to_send()
        self.conn.fail(CloseCode.POLICY_VIOLATION, "too many control frames")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.POLICY_VIOLATION})
        self._last_words(b"".join(self.conn.data_to_send()))

    def _refuse_handshake(self) -> None:
        """uvicorn passes handshakes on whole; one the library cannot read would stay open, unanswered."""
        self.handshake_complete = True
        self._last_words(b"".join(self.conn.data_to_send()) or refusal(400))

    def _last_words(self, words: bytes) -> None:
        self._refused = True
        self.close_sent = True
        self.frames = []
        if not self.transport.is_closing():
            self.transport.write(words)
            self.transport.write_eof()
        self._abort_soon()

    def _abort_soon(self) -> None:
        """A closing connection waits until everything was read; somebody who never reads would keep it."""
        if self.close_timer is None and not self.disconnected:
            self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        if self.transport.is_closing():
            self._abort_soon()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._abort_soon()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_soon()


def _is_crumb(event: Frame) -> bool:
    return not event.fin and len(event.data) < _CRUMB_BYTES
