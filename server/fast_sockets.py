"""Frames straight between the socket and its connection, once FastAPI has accepted it.

A small subclass of uvicorn's sans-I/O WebSocket protocol: whole binary messages are unmasked here, everything else
(control frames, fragments, errors, closing) is left to the library, which is only ever given whole frames. It leans on
internals of uvicorn, whose version is pinned; with ``fast_sockets`` off the plain way does the same.
"""

from __future__ import annotations

from asyncio import BaseTransport
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the compiled part
    from websockets.utils import apply_mask

from server.control_frames import BoundedSocket
from server.outbox import HIGH_WATER, Parcel

if TYPE_CHECKING:
    from server.connection import Connection

EXTENSION = "alongside.fast"
_BINARY_WHOLE = 0x82
_MASKED = 0x80


class FastSocket(BoundedSocket):
    """Until ``take_over`` it is uvicorn's own protocol; from then on a connection's sink."""

    connection: Connection | None = None
    blocked = False
    _paused = False
    _fragments = False
    _beyond = False
    _rest = b""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: dict[str, Any] | None = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def take_over(self, connection: Connection) -> None:
        """Hands every further message to the connection, those that came meanwhile first."""
        self.connection = connection
        while not self.queue.empty():
            event: Any = self.queue.get_nowait()
            if event["type"] == "websocket.receive":
                self._deliver(event.get("bytes"))
            else:
                connection.gone()
                return
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._reading()

    # Frames in

    def data_received(self, data: bytes) -> None:
        connection = self.connection
        if connection is None or self._beyond or self._refused:
            super().data_received(data)
            return
        if self._rest:
            data = self._rest + data
        self._rest = data
        self._read(connection)

    def _read(self, connection: Connection) -> None:
        """Takes whole frames from what has come; keeps the beginning of the next one."""
        data = self._rest
        size = len(data)
        at = 0
        limit = self.config.ws_max_size
        while not connection.paused and size - at >= 2:
            first, second = data[at], data[at + 1]
            length = second & 0x7F
            body = at + 6
            if length == 126:
                body = at + 8
                if size < at + 4:
                    break
                length = (data[at + 2] << 8) | data[at + 3]
            elif length == 127:
                body = at + 14
                if size < at + 10:
                    break
                length = int.from_bytes(data[at + 2 : at + 10], "big")
            if length > limit or not second & _MASKED:
                self._beyond = True  # the library says what is wrong, and closes
                self._rest = b""
                super().data_received(data[at:])
                return
            end = body + length
            if size < end:
                break
            if first == _BINARY_WHOLE and not self._fragments:
                connection.receive(apply_mask(data[body:end], data[body - 4 : body]))
            else:
                self._leave_to_library(data[at:end], first)
            at = end
            if self.disconnected or self._refused or self._beyond or self.transport.is_closing():
                self._rest = b""  # else, even after our goodbye: its answer is behind what is still on the way
                return
        self._rest = data[at:] if at else data

    def _leave_to_library(self, frame: bytes, first: int) -> None:
        opcode = first & 0x0F
        if opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._fragments = not first & 0x80
        super().data_received(frame)

    def handle_events(self) -> None:
        super().handle_events()
        if self.connection is not None and self.conn.parser_exc is not None:
            self._beyond = True

    def send_receive_event_to_app(self) -> None:
        if self.connection is None:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self._deliver(data if self.curr_msg_data_type == "bytes" else None)

    def _deliver(self, data: bytes | None) -> None:
        assert self.connection is not None  # noqa: S101 - set before anything is delivered
        if data is None:
            self.connection.receive_text()
        else:
            self.connection.receive(data)

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._gone()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._gone()

    def refuse_flood(self) -> None:
        super().refuse_flood()
        self._gone()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._gone()

    def _gone(self) -> None:
        self._rest = b""
        if self.connection is not None:
            self.connection.gone()

    # Frames out

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Everything in one write."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(
                parcels[0].framed if len(parcels) == 1 else b"".join([parcel.framed for parcel in parcels])
            )

    def close(self, code: int, reason: str) -> None:
        """Says goodbye; the other end has a little while to answer."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._paused = False
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.blocked = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.blocked = False
        if self.connection is not None:
            self.connection.outbox.drained()

    # Pace

    def pause(self) -> None:
        """Stops reading; a message under way is kept."""
        self._reading()

    def resume(self) -> None:
        """Reads again, what was kept first."""
        self.loop.call_soon(self._again)

    def _again(self) -> None:
        connection = self.connection
        if connection is not None and not connection.paused and not self.close_sent and not self.disconnected:
            if self._rest:
                self._read(connection)
            self._reading()

    def _reading(self) -> None:
        wanted = self.connection is not None and self.connection.paused
        if wanted != self._paused and not self.transport.is_closing():
            self._paused = wanted
            if wanted:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()
