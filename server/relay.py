"""Requests of live connections over HTTP that came to another process than the one that holds their channel.

A proxy shares requests out as it likes, so they are passed on over the bus, and the answers back. Whoever does not
answer in time has gone: the page opens another channel. ``app`` joins it to the bus.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from server.bus import Bus
from server.channel import Answer
from server.polling import Kind, Polling, Server

log = structlog.get_logger("alongside.live")

KIND = "live-http"
"""What such a question is called on the bus."""
_HOLD_SECONDS = 3.0
"""Less than a question may take on the bus; the page asks again."""

Question = dict[str, Any]


class Questions(Protocol):
    """Where whoever can answer other processes enters itself."""

    answers: dict[str, Callable[[Question], Awaitable[Question | None]]]


class Joined(Server, Protocol):
    """What this needs of the live documents."""

    bus: Bus

    @property
    def others(self) -> Questions:
        """Who answers the questions of other processes."""


class BusRelay:
    """The way to other processes, over the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, node: str, kind: Kind, channel_id: str, number: int, body: bytes) -> Answer | None:
        """That process's answer; None when it gives none."""
        question = {"kind": kind, "channel": channel_id, "number": number, "body": b64encode(body).decode()}
        said = await self._bus.ask(node, KIND, question)
        if said is None:
            return None
        try:
            return Answer(int(said["status"]), int(said["number"]), b64decode(said["body"]))
        except (KeyError, TypeError, ValueError):
            log.warning("answer_unreadable", node=node)
            return None


def join(polling: Polling, live: Joined) -> None:
    """From now on requests are passed on to other processes, and theirs are answered."""

    async def answer(question: Question) -> Question | None:
        try:
            kind, channel_id = Kind(question["kind"]), str(question["channel"])
            number, body = int(question["number"]), b64decode(question["body"])
        except (KeyError, TypeError, ValueError):
            log.warning("question_unreadable")
            return None
        if kind is Kind.OPEN:
            return None
        hold = min(_HOLD_SECONDS, live.settings.poll_seconds)
        found = await polling.answer_here(live, kind, channel_id, number, body, hold)
        return {"status": found.status, "number": found.number, "body": b64encode(found.body).decode()}

    polling.relay = BusRelay(live.bus)
    live.others.answers[KIND] = answer
