"""One live connection: frames in, frames out, signing in to each section, and the limits that keep it civil.

Too much at once is not refused but slowed: reading pauses, nothing is lost. It knows no text; every message goes to a
room, which decides. It runs on the event loop and is driven by a socket, fast or plain.
"""

from __future__ import annotations

import asyncio

import structlog

from crdt import frames
from crdt.frames import AuthKind, Frame, Kind, SyncKind
from server import live_metrics, stateless, tracing
from server.arrivals import Arrival, Server, read_token, sit
from server.auth.sessions import SignedIn
from server.codes import Code, refusal
from server.outbox import Outbox, Parcel, Sink
from server.seat import Seat

log = structlog.get_logger("alongside.live")

_TEXT_FRAME = 1003
_SERVICE_RESTART = 1012
_WHOLE_CONNECTION = frozenset({Code.SIGNED_OUT, Code.NOT_ON_PLAN})
"""Refusals that end the connection once no section is left open on it."""


class Connection:
    """``person_id`` is known from the first token on, and never changes."""

    def __init__(self, server: Server, sink: Sink) -> None:
        settings = server.settings
        self._server = server
        self._sink = sink
        self.now = server.monotonic
        self.opened_at = self.now()
        self.pace = server.paces.fresh()
        """Its own; from the first token on, that of its person."""
        self.person_id: str | None = None
        self.seats: dict[str, Seat] = {}
        self.finished = asyncio.Event()
        self.paused = False
        self.outbox = Outbox(
            sink,
            server.tick,
            limit=settings.outbox_bytes,
            window=settings.outbox_overflow_seconds,
            clock=server.monotonic,
            overflowed=self._overflowed,
        )
        self._arrivals: dict[str, Arrival] = {}
        self._arriving = 0
        """Sign-ins under way, wanted or not."""
        self._malformed = 0
        self._kept = 0
        """Bytes of frames that wait for a sign-in."""
        self.waiting = 0
        """Its updates that are on their way to the disk."""
        self._full = False
        self._going = False
        self._rest: asyncio.TimerHandle | None = None

    @property
    def epoch(self) -> str:
        """Which life of the store is served."""
        return self._server.epoch

    # Frames in

    def receive(self, message: bytes) -> None:
        """Takes one binary message. Whatever is in it, this does not raise."""
        try:
            if tracing.tracer is None:
                self._receive(message)
            else:
                with tracing.root(tracing.MESSAGE, kind=int(frames.split(message)[1]), size=len(message)):
                    self._receive(message)
        except Exception:
            log.exception("message_failed", person=self.person_id)
            self.close(Code.MALFORMED)

    def _receive(self, message: bytes) -> None:
        if self.finished.is_set():
            return
        name, kind, offset = frames.split(message)
        now, pace = self.now(), self.pace
        if kind == Kind.AWARENESS:
            delay = pace.bytes.spend(len(message), now)
        else:
            delay = max(pace.frames.spend(1, now), pace.bytes.spend(len(message), now))
        if delay > 0:
            self._slow_down(delay)
        seat = self.seats.get(name)
        if seat is None:
            self._unseated(name, kind, message)
        elif kind == Kind.SYNC or kind == Kind.SYNC_REPLY:
            body = frames.sync_body(message, offset)
            if body is None:
                self.malformed("sync body")
            elif body[0] == SyncKind.UPDATE:
                seat.room.update(seat, body[1], message, step2=False)
            elif body[0] == SyncKind.STEP2:
                seat.room.update(seat, body[1], message, step2=True)
            else:
                seat.room.step1(seat, body[1])
        elif kind == Kind.AWARENESS:
            payload = frames.payload(message, offset)
            if payload is None:
                self.malformed("awareness body")
            elif pace.carets.take(1, now):
                seat.room.awareness(seat, payload)
        else:
            self._other(seat, message)

    def receive_text(self) -> None:
        """Takes a text message: there are none in this protocol."""
        self._end(_TEXT_FRAME, "binary messages only")

    def _unseated(self, name: str, kind: int, message: bytes) -> None:
        if kind == frames.UNKNOWN:
            self.malformed("no frame")
        elif not name:
            if kind == Kind.PING:
                self.outbox.put(Parcel.of(frames.pong()))
        elif kind == Kind.AUTH:
            self._auth(name, message)
        elif kind == Kind.CLOSE:
            self._stay_away(name)
        else:
            self._keep(name, message)

    def _other(self, seat: Seat, message: bytes) -> None:
        found = frames.decode(message)
        if not isinstance(found, Frame):
            self.malformed(found.detail)
        elif found.kind is Kind.AUTH:
            self._auth(found.document, message)
        elif found.kind is Kind.QUERY_AWARENESS:
            seat.room.who_is_here(seat)
        elif found.kind is Kind.CLOSE:
            self.leave(seat)
        elif found.kind is Kind.STATELESS:
            stateless.hear(seat, str(found.body))
        elif found.kind is Kind.PING:
            self.outbox.put(Parcel.of(frames.pong()))

    def malformed(self, detail: str) -> None:
        """Counts a message nobody could read; too many end the connection."""
        self._malformed += 1
        live_metrics.REFUSED.labels(code=Code.MALFORMED.value).inc()
        log.warning("malformed", person=self.person_id, detail=detail, times=self._malformed)
        if self._malformed >= self._server.settings.malformed_limit and not self.finished.is_set():
            if self.person_id is not None and self.pace.may_audit(self.now()):
                self._server.audit("live-connection-closed", self.person_id, None, {"code": Code.MALFORMED.value})
            self.close(Code.MALFORMED)

    # Signing in to a section

    def _keep(self, name: str, message: bytes) -> None:
        """Keeps a frame for a section that is being signed in to."""
        arrival = self._arrivals.get(name)
        if arrival is None:
            if len(self.seats) + len(self._arrivals) >= self._server.settings.sections_per_socket:
                return
            arrival = self._arrivals[name] = Arrival()
        self._kept += len(message)
        settings = self._server.settings
        bound = settings.outbox_bytes if self.person_id is not None else settings.unauthenticated_bytes
        if len(arrival.frames) < settings.unauthenticated_frames and self._kept <= bound:
            arrival.frames.append(message)
        else:
            self.malformed("too much before signing in")

    def _auth(self, name: str, message: bytes) -> None:
        found = frames.decode(message)
        if not isinstance(found, Frame) or found.auth is not AuthKind.TOKEN or found.body is None:
            self.malformed("auth body")
            return
        token = str(found.body)
        if name in self.seats:
            self._server.spawn("renew", self._renew(name, token))
            return
        arrival = self._arrivals.get(name)
        if arrival is None:
            most = self._server.settings.sections_per_socket
            if len(self.seats) + len(self._arrivals) >= most or self._arriving >= most:
                self._deny(name, Code.TOO_MANY)
                return
            arrival = self._arrivals[name] = Arrival()
        if not arrival.started:
            arrival.started = True
            self._arriving += 1
            self._server.spawn("arrive", self._arrive(name, token, arrival))

    async def _renew(self, name: str, token: str) -> None:
        found = await self._identify(token)
        seat = self.seats.get(name)
        if seat is None or seat.leaving:
            return
        if isinstance(found, SignedIn):
            seat.standing.renew(found.token_expires_at, found.session_id)
            seat.asked_for_token = False
            seat.room.audience.restamp(seat)
        else:
            seat.room.refuse(seat, found, None, unanswered=False)

    async def _identify(self, token: str) -> SignedIn | Code:
        """Whose token it is, if it is this connection's person's."""
        found = await read_token(self._server, token)
        if isinstance(found, Code):
            return found
        if self.finished.is_set():
            return Code.SIGNED_OUT
        if self.person_id is None:
            pace = self._server.paces.join(found.person_id)
            if pace is None:
                self.close(Code.TOO_MANY)
                return Code.TOO_MANY
            self.person_id, self.pace = found.person_id, pace
        return found if found.person_id == self.person_id else Code.NOT_ALLOWED

    async def _arrive(self, name: str, token: str, arrival: Arrival) -> None:
        try:
            with tracing.span(tracing.SIGN_IN) as span:
                found = await self._seat(name, token, arrival)
                span.say(code=found.value if isinstance(found, Code) else "ok")
            if isinstance(found, Seat):
                self._seated(name, found, arrival)
            elif self._arrivals.get(name) is arrival:
                self._stay_away(name)
                self._deny(name, found)
        finally:
            self._arriving -= 1

    async def _seat(self, name: str, token: str, arrival: Arrival) -> Seat | Code:
        found = await self._identify(token)
        if isinstance(found, Code):
            return found
        arrival.session_id = found.session_id
        return await sit(self._server, self, name, found)

    def _stay_away(self, name: str) -> None:
        """Whoever was signing in to this section is not coming."""
        arrival = self._arrivals.pop(name, None)
        if arrival is not None:
            self._kept -= arrival.size

    def _seated(self, name: str, seat: Seat, arrival: Arrival) -> None:
        if self.finished.is_set() or self._arrivals.get(name) is not arrival:
            return
        del self._arrivals[name]
        self.seats[name] = seat
        seat.room.audience.enter(seat)
        scope = "read-write" if seat.standing.write.allowed else "readonly"
        self.outbox.put(Parcel.of(frames.authenticated(name, scope)))
        seat.tell_plan()
        for message in arrival.frames:
            self._kept -= len(message)
            self.receive(message)

    def _deny(self, name: str, code: Code) -> None:
        if not self.finished.is_set():
            live_metrics.REFUSED.labels(code=code.value).inc()
            log.info("denied", person=self.person_id, code=code.value)
            self.outbox.put(Parcel.of(frames.permission_denied(name, code.value)))

    # Leaving

    def leave(self, seat: Seat) -> None:
        """The client closed a section, or the connection is gone."""
        seat.leaving = True
        seat.turns.give_up()
        self.seats.pop(seat.room.name, None)
        self.outbox.forget(seat)
        seat.room.audience.leave(seat)
        if seat.room.quiet:
            seat.room.audience.show(())

    def left(self, seat: Seat, code: str) -> None:
        """The section was closed for this connection; a connection with no business left is closed with it."""
        self.leave(seat)
        if code in _WHOLE_CONNECTION and not self.seats and not self._arrivals:
            self.close(Code(code))

    def close(self, code: Code) -> None:
        """Says why, and ends the connection."""
        row = refusal(code)
        self._end(row.close or 1008, row.code.value)

    def go_elsewhere(self) -> None:
        """Reads no more, answers what it has read, and ends: what was not answered is sent again to another server."""
        self._going = True
        self._pace()
        self._go_if_answered()

    def _go_if_answered(self) -> None:
        if self._going and self.waiting <= 0:
            asyncio.get_running_loop().call_soon(self._goodbye)

    def _goodbye(self) -> None:
        self.paused = False  # the answer to the goodbye has to be read
        self._end(_SERVICE_RESTART, "service restart")

    def _overflowed(self) -> None:
        """Closes in a moment: whoever fills the outbox may be going through the people in a room."""
        asyncio.get_running_loop().call_soon(self.close, Code.BUSY)

    def _end(self, close_code: int, reason: str) -> None:
        if not self.finished.is_set():
            self.outbox.finish()
            self.gone()
            self._sink.close(close_code, reason)

    def gone(self) -> None:
        """The other end is not there any more."""
        if self.finished.is_set():
            return
        self.finished.set()
        if self._rest is not None:
            self._rest.cancel()
        self._arrivals.clear()
        for seat in list(self.seats.values()):
            self.leave(seat)
        self.outbox.clear()
        self._server.ended(self)

    # Keeping pace

    def commit_begun(self) -> None:
        """One more of its updates waits for the disk; too many, and reading pauses."""
        self.waiting += 1
        if self.waiting >= self._server.settings.pending_updates and not self._full:
            self._full = True
            self._pace()

    def commit_ended(self) -> None:
        """One less."""
        self.waiting -= 1
        if self._full and self.waiting <= self._server.settings.pending_updates // 2:
            self._full = False
            self._pace()
        if self._going:
            self._go_if_answered()

    def _slow_down(self, seconds: float) -> None:
        if self._rest is None:
            self._rest = asyncio.get_running_loop().call_later(seconds, self._rested)
            self._pace()

    def _rested(self) -> None:
        self._rest = None
        self._pace()

    def _pace(self) -> None:
        paused = self._full or self._going or self._rest is not None
        if paused != self.paused:
            self.paused = paused
            if paused:
                self._sink.pause()
            else:
                self._sink.resume()

    @property
    def sessions(self) -> set[str]:
        """The sign-ins used here, by whoever sits and whoever is on the way."""
        coming = {arrival.session_id for arrival in self._arrivals.values() if arrival.session_id is not None}
        return coming | {seat.standing.session_id for seat in self.seats.values()}

    @property
    def idle_arrival(self) -> bool:
        """Nobody has signed in to anything here."""
        return not self.seats and self.person_id is None
