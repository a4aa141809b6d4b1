"""``/live/http``: the frames of ``/live`` for people whose network blocks WebSockets. Requests up, a held one down.

A request is a kind, the channel's id, a number and a body; one function answers it, whether it came here over HTTP or
was passed on by another process. The id is a secret, so it travels in a header: addresses are written into logs.
Nothing is taken from cookies: people sign in to each section with a token, as over a socket. ``sockets`` mounts it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from enum import StrEnum
from typing import Protocol

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from server.auth.origins import is_own_origin
from server.channel import GONE, OUT_OF_STEP, UNREADABLE, Answer, Channel, Opener
from server.codes import Code
from server.problems import problem

log = structlog.get_logger("alongside.live")
router = APIRouter()

ID = "x-alongside-channel"
NUMBER = "x-alongside-number"
MEDIA_TYPE = "application/octet-stream"
_FOREIGN = (
    "This did not come from a page of this service, so it was not taken. Open the plan at the service’s own address."
)
_SECRET_BYTES = 24
_MOST_DIGITS = 15


class Kind(StrEnum):
    """What a request asks for."""

    OPEN = "open"
    UP = "up"
    DOWN = "down"
    LOOK = "look"
    CLOSE = "close"


class Relay(Protocol):
    """The way to the process that holds a channel, when a request has come to another one."""

    async def ask(self, node: str, kind: Kind, channel_id: str, number: int, body: bytes) -> Answer | None:
        """That process's answer; None when there is no such process any more."""


class Server(Opener, Protocol):
    """What this needs of the live documents."""

    node: str
    """This process's own name; ids of channels begin with it."""


class Polling:
    """The channels this process holds. ``relay`` is set when there may be other processes."""

    def __init__(self) -> None:
        self.relay: Relay | None = None
        self._channels: dict[str, Channel] = {}
        self._stopping = False

    async def answer(self, server: Server, kind: Kind, channel_id: str, number: int, body: bytes) -> Answer:
        """Answers a request, here or where its channel is."""
        node = channel_id.partition(".")[0]
        if kind is Kind.OPEN or node == server.node:
            return await self.answer_here(server, kind, channel_id, number, body, server.settings.poll_seconds)
        if self.relay is None:
            return GONE
        return await self.relay.ask(node, kind, channel_id, number, body) or GONE

    async def answer_here(
        self, server: Server, kind: Kind, channel_id: str, number: int, body: bytes, hold: float
    ) -> Answer:
        """Answers a request for a channel of this process, at latest after ``hold`` seconds."""
        if kind is Kind.OPEN:
            return await self._open(server, body)
        channel = self._channels.get(channel_id)
        if channel is None:
            return GONE
        if kind is Kind.UP:
            return await channel.up(number, body, hold)
        if kind is Kind.DOWN or kind is Kind.LOOK:
            return await channel.down(number, hold if kind is Kind.DOWN else 0)
        channel.end()
        return Answer(204)

    async def _open(self, server: Server, body: bytes) -> Answer:
        """A channel with at least one line, so that there are never more of them than live connections."""
        if self._stopping:
            return Answer(503)
        channel_id = f"{server.node}.{secrets.token_urlsafe(_SECRET_BYTES)}"

        def ended() -> None:
            self._channels.pop(channel_id, None)

        channel = Channel(server, ended)
        answer = await channel.up(1, body, server.settings.poll_seconds)
        if channel.over or answer.status == UNREADABLE.status:
            return UNREADABLE
        if not channel.lines:
            channel.end()
            return Answer(503)
        self._channels[channel_id] = channel
        return Answer(200, 1, channel_id.encode())

    def restart(self) -> None:
        """The server is about to stop: nobody waits for an answer any longer, and every page is told to come back."""
        self._stopping = True
        for channel in list(self._channels.values()):
            channel.restart()


@router.post("/live/http/{kind}", include_in_schema=False)
async def carry(kind: Kind, request: Request) -> Response:
    """Carries frames up or down."""
    server: Server = request.app.state.live
    polling: Polling = request.app.state.polling
    headers = request.headers
    origin = headers.get("origin")
    # A page of another site can send neither header without asking first, and is never allowed to.
    simple = headers.get("content-type") != MEDIA_TYPE or (kind is not Kind.OPEN and ID not in headers)
    if simple or (origin is not None and not is_own_origin(origin, server.settings)):
        log.warning("foreign_origin")
        return problem("not-from-our-page", detail=_FOREIGN)
    given = headers.get(NUMBER, "0")
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS):
        return problem(Code.MALFORMED)
    body = await request.body()
    answer = await _while_there(request, polling.answer(server, kind, headers.get(ID, ""), int(given), body))
    if answer is None:
        return Response(status_code=204)  # nobody reads it
    if answer.status == GONE.status:
        return problem(Code.GAP, status=GONE.status, detail="This connection is over. The page will open another one.")
    if answer.status == OUT_OF_STEP.status:
        return problem(Code.GAP)
    if answer.status == UNREADABLE.status:
        return problem(Code.MALFORMED)
    if answer.status == 503:
        return problem(Code.BUSY)
    return Response(answer.body, status_code=answer.status, headers={NUMBER: str(answer.number)}, media_type=MEDIA_TYPE)


async def _while_there(request: Request, work: Coroutine[None, None, Answer]) -> Answer | None:
    """The outcome of the work, which is given up when whoever asked goes away."""
    async with asyncio.TaskGroup() as group:
        working = group.create_task(work, name="live over http")
        leaving = group.create_task(_left(request), name="live over http: still there")
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        leaving.cancel()
    return None if working.cancelled() else working.result()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
