"""The bus over Redis: publish and subscribe, nothing stored. Losing it costs moments of delay, never a word.

Channels start with the database's own key, so processes find each other by the database they share. Only ``live`` and
the command line import it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Iterable
from typing import Any

import redis
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server import tracing
from server.bus import Answer, CameBack, Heard, Hint, from_value, to_value
from server.codes import PlanError

__all__ = ["RedisBus", "RedisError", "ask_everybody"]

log = structlog.get_logger("alongside.bus")

_MOST_WAITING = 20_000
"""Hints kept while Redis does not take them; then the oldest go."""
_AGAIN_SECONDS = 0.5
_CONNECT_SECONDS = 2.0
_ASK_SECONDS = 5.0
_AT_ONCE = 500
_QUIET_SECONDS = 1.0
"""Without a message for so long, the subscription looks whether the connection still stands."""


class RedisBus:
    """One connection to publish, one to listen; both come back by themselves."""

    def __init__(self, url: str, key: str, node: str) -> None:
        self.node = node
        self._mine = node.encode() + b" "
        """What a message of ours begins with: we hear them too, and pass them over unread."""
        self.alone = False
        self.well = False
        self._prefix = f"alongside:{key}"
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_keepalive=True,
            health_check_interval=5,
            retry_on_timeout=False,
        )
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=_MOST_WAITING)
        self._more = asyncio.Event()
        self._followed: dict[str, int] = {}
        self._listening: Any = None
        self._changes: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
        self._questions: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[None]] = set()

    async def start(self, heard: Heard, answer: Answer, came_back: CameBack) -> None:
        """Begins to listen and to speak, as soon as Redis can be reached."""
        self._heard, self._answer, self._came_back = heard, answer, came_back
        self._tasks = [
            asyncio.create_task(self._speak(), name="bus speaks"),
            asyncio.create_task(self._listen(), name="bus listens"),
        ]

    async def stop(self) -> None:
        """Ends both, and what was being answered."""
        for task in (*self._tasks, *self._errands):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._errands, return_exceptions=True)
        await self._redis.aclose()

    def publish(self, hint: Hint) -> None:
        """Queues a hint: to the plan's channel, or to everybody."""
        plan_id = getattr(hint, "plan_id", "")
        self._put(f"{self._prefix}:plan:{plan_id}" if plan_id else f"{self._prefix}:all", to_value(hint))

    def _put(self, channel: str, value: dict[str, Any]) -> None:
        self._waiting.append((channel, self._mine + json.dumps(value).encode()))
        self._more.set()

    def follow(self, plan_id: str) -> None:
        """Listens to the plan's channel."""
        self._followed[plan_id] = self._followed.get(plan_id, 0) + 1
        if self._followed[plan_id] == 1:
            self._changes.put_nowait((True, plan_id))

    def unfollow(self, plan_id: str) -> None:
        """Listens to it no more, once nobody wants it."""
        left = self._followed.get(plan_id, 0) - 1
        if left > 0:
            self._followed[plan_id] = left
        elif self._followed.pop(plan_id, None) is not None:
            self._changes.put_nowait((False, plan_id))

    async def ask(self, node: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer of one process, if it comes in time."""
        number = secrets.token_hex(8)
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions[number] = answered
        self._put(f"{self._prefix}:node:{node}", {"ask": kind, "number": number, "body": body})
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                await answered
            return answered.result()
        except TimeoutError:
            return None
        finally:
            del self._questions[number]

    # Speaking

    async def _speak(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
                try:
                    pipe = self._redis.pipeline(transaction=False)
                    for channel, message in batch:
                        pipe.publish(channel, message)
                    with tracing.root(tracing.PUBLISH, entries=len(batch)):
                        await pipe.execute()
                except (RedisError, OSError) as trouble:
                    log.warning("bus_silent", error=type(trouble).__name__, lost=len(batch))
                    await asyncio.sleep(_AGAIN_SECONDS)

    # Listening

    async def _listen(self) -> None:
        while True:
            listening = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                while not self._changes.empty():
                    self._changes.get_nowait()
                own = [f"{self._prefix}:all", f"{self._prefix}:node:{self.node}"]
                await listening.subscribe(*own, *(f"{self._prefix}:plan:{plan}" for plan in self._followed))
                self.well = True
                self._came_back("")
                await self._hear(listening)
            except (RedisError, OSError) as trouble:
                if self.well:
                    log.warning("bus_deaf", error=type(trouble).__name__)
                self.well = False
                await asyncio.sleep(_AGAIN_SECONDS)
            finally:
                await _quietly(listening)

    async def _hear(self, listening: Any) -> None:
        changing = asyncio.create_task(self._change(listening), name="bus follows plans")
        try:
            while True:
                message = await listening.get_message(timeout=_QUIET_SECONDS)
                if message is not None:
                    self._take(message["data"])
                if changing.done():
                    changing.result()
        finally:
            changing.cancel()
            await asyncio.gather(changing, return_exceptions=True)

    async def _change(self, listening: Any) -> None:
        while True:
            follow, plan_id = await self._changes.get()
            if follow != (plan_id in self._followed):
                continue  # it was wanted, and is not any more, or the other way round
            channel = f"{self._prefix}:plan:{plan_id}"
            await (listening.subscribe(channel) if follow else listening.unsubscribe(channel))
            if follow:
                self._came_back(plan_id)

    def _take(self, data: bytes) -> None:
        if data.startswith(self._mine):
            return
        try:
            name, _, said = data.partition(b" ")
            sender, value = name.decode(), json.loads(said)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            log.warning("bus_unreadable")
            return
        if "ask" in value:
            task = asyncio.create_task(self._reply(sender, value), name="bus answers")
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)
        elif "answer" in value:
            waiting = self._questions.get(value.get("number", ""))
            if waiting is not None and not waiting.done():
                waiting.set_result(value["answer"])
        else:
            hint = from_value(value)
            if hint is not None:
                self._heard(hint, sender)

    async def _reply(self, sender: str, value: dict[str, Any]) -> None:
        try:
            answer = await self._answer(value["ask"], value.get("body") or {})
        except PlanError as trouble:
            log.warning("question_not_answered", error=type(trouble).__name__)
            return
        if answer is not None:
            to_say = {"number": value.get("number"), "answer": answer}
            self._put(f"{self._prefix}:node:{sender}", to_say)


async def _quietly(listening: Any) -> None:
    try:
        await listening.aclose()
    except (RedisError, OSError):
        pass


def ask_everybody(url: str, key: str, kind: str, seconds: float) -> Iterable[dict[str, Any]] | None:
    """The answers of all server processes, for the command line; None when not all of them answered in time.

    Raises ``redis.RedisError`` when Redis cannot be reached.
    """
    me, number = f"cli-{secrets.token_hex(4)}", secrets.token_hex(8)
    prefix = f"alongside:{key}"
    with (
        redis.Redis.from_url(url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=seconds) as client,
        client.pubsub(ignore_subscribe_messages=True) as listening,
    ):
        listening.subscribe(f"{prefix}:node:{me}")
        listening.get_message(timeout=seconds)
        question = json.dumps({"ask": kind, "number": number, "body": {}})
        expected = int(client.publish(f"{prefix}:all", f"{me} {question}"))
        answers: list[dict[str, Any]] = []
        while len(answers) < expected:
            message = listening.get_message(timeout=seconds)
            if message is None:
                return None
            value = json.loads(message["data"].partition(b" ")[2])
            if value.get("number") == number:
                answers.append(value["answer"])
        return answers
