"""The way over HTTP for the tests' own client: what ``LiveClient`` asks of a WebSocket, by requests up and down.

``ask`` is one bare request, for tests that do what no honest page does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import cycle

import httpx
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from server.channel import HEAD, Mark, record
from server.polling import ID, MEDIA_TYPE, NUMBER

LINE = 1


class Polled:
    """One channel with one line. It asks for what comes down only when somebody wants to receive."""

    def __init__(self, urls: Sequence[str], headers: dict[str, str]) -> None:
        self.http = httpx.AsyncClient(timeout=30, headers={"content-type": MEDIA_TYPE, **headers})
        self.urls = cycle(urls)
        """Where its requests go, by turns."""
        self.id = ""
        self.up = 0
        self.down = 0
        self.arrived: deque[tuple[int, bytes]] = deque()
        self.transport = self
        self._sending = asyncio.Lock()

    async def ask(self, kind: str, number: int = 0, body: bytes = b"", **headers: str) -> httpx.Response:
        """One request, as it is said."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {NUMBER: str(number), **({ID: self.id} if self.id else {}), **named}
        return await self.http.post(f"{next(self.urls)}/live/http/{kind}", content=body, headers=given)

    async def open(self) -> httpx.Response:
        answer = await self.ask("open", 1, record(Mark.OPEN, LINE))
        if answer.status_code == 200:
            self.id = answer.text
            self.up = 1
        return answer

    async def send(self, message: bytes | str) -> None:
        """One frame up, until it has been taken."""
        assert isinstance(message, bytes)
        await self.send_all(message)

    async def send_all(self, *messages: bytes) -> int:
        """Frames in one request up; how it was answered in the end."""
        body = b"".join(record(Mark.FRAME, LINE, message) for message in messages)
        async with self._sending:
            self.up += 1
            while (answer := await self.ask("up", self.up, body)).status_code == 202:
                pass
        return answer.status_code

    async def recv(self) -> bytes:
        while not self.arrived:
            await self.poll()
        mark, body = self.arrived.popleft()
        if mark == Mark.CLOSE:
            raise ConnectionClosedError(Close(int.from_bytes(body[:2], "big"), body[2:].decode()), None)
        return body

    async def poll(self) -> httpx.Response:
        """Asks once for what there is."""
        answer = await self.ask("down", self.down)
        if answer.status_code == 200:
            self.take(answer)
        elif answer.status_code != 204:
            raise ConnectionClosedError(None, None)
        return answer

    def take(self, answer: httpx.Response) -> None:
        """The answer has come; the next request says so."""
        assert self.down + 1 == int(answer.headers[NUMBER])
        self.down += 1
        at, body = 0, answer.content
        while at < len(body):
            mark, line, size = HEAD.unpack_from(body, at)
            at += HEAD.size + size
            assert line == LINE
            self.arrived.append((mark, body[at - size : at]))

    async def close(self) -> None:
        await self.ask("close")

    def abort(self) -> None:
        """Goes without a word: nothing is asked any more."""
