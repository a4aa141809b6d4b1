"""People who keep writing whatever befalls the servers, come back to another one each time, and keep exact books.

Each has one copy of the section for good, as a browser does, and a paragraph of their own in it. Every word is written
once. What was not acknowledged is sent again on every connection, whole or piece by piece.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Sequence

from pycrdt import Doc, XmlElement, XmlText
from websockets.exceptions import WebSocketException

from crdt import frames
from crdt.frames import Frame, Kind, SyncKind
from tests.live_client import LiveClient, Section

FOR_GOOD = frozenset({"locked", "not-allowed", "not-on-plan", "signed-out", "malformed", "not-yours", "too-big"})
"""Refusals after which there is no point in trying again."""
COMES_BACK_AFTER = 0.05
SIGNS_IN_WITHIN = 5.0
ANSWERED_WITHIN = 6.0
"""A browser that hears nothing for so long tries another connection."""


class AskedClient(LiveClient):
    """Also keeps what the server says it has."""

    def __init__(self, *arguments: object) -> None:
        self.questions: deque[bytes] = deque()
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _take(self, message: bytes) -> None:
        found = frames.decode(message)
        if isinstance(found, Frame) and found.kind is Kind.SYNC and found.sync is SyncKind.STEP1:
            assert isinstance(found.body, bytes)
            self.questions.append(found.body)
        else:
            super()._take(message)


class Scribe:
    """``acked`` are the words called saved, ``sent`` all that were ever sent, in order."""

    def __init__(
        self, urls: Sequence[str], name: str, token: str, mark: str, *, seed: int = 0, pause: float = 0.02, at: int = 0
    ) -> None:
        self.name = name
        self.mark = mark
        self.sent: list[str] = []
        self.acked: list[str] = []
        self.refused: str | None = None
        self.connections = 0
        self.ends: Counter[str] = Counter()
        """How its connections ended: a close code, a section's own reason, or that it went itself."""
        self._urls = urls
        self._token = token
        self._pause = pause
        self._at = at
        self._dice = random.Random(f"{mark}/{seed}")
        self._doc: Doc[object] = Doc()
        self._words: XmlText | None = None
        self._pieces: deque[tuple[int, bytes]] = deque()
        """The numbers of words not acknowledged yet, with the update that brought each."""
        self._stopping = False
        self._bounce = asyncio.Event()
        self._changed = asyncio.Condition()

    # Orders

    def bounce(self) -> None:
        """Loses the connection now, and goes to the next server."""
        self._bounce.set()

    def stop(self) -> None:
        """Writes no more; ``write`` ends once all has been called saved, or refused for good."""
        self._stopping = True

    async def has_saved(self, count: int, patience: float = 30.0) -> None:
        """Waits until so many more words have been called saved."""
        goal = len(self.acked) + count
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(lambda: len(self.acked) >= goal or self.refused is not None)

    async def has_ended(self, patience: float = 30.0) -> None:
        """Waits until it was refused for good."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(lambda: self.refused is not None)

    async def write(self) -> None:
        """Writes until ``stop``."""
        while self.refused is None and not (self._stopping and not self._pieces):
            try:
                await self._on_one_connection(self._urls[self._at % len(self._urls)])
            except (WebSocketException, OSError, TimeoutError):
                await asyncio.sleep(COMES_BACK_AFTER)
            self._at += 1

    # One connection

    async def _on_one_connection(self, url: str) -> None:
        self._bounce.clear()
        async with asyncio.timeout(SIGNS_IN_WITHIN):
            client = await AskedClient.connect(url)
        assert isinstance(client, AskedClient)
        self.connections += 1
        try:
            async with asyncio.timeout(SIGNS_IN_WITHIN):
                section = await self._enter(client)
            if section is not None:
                await self._keep_writing(client, section)
        finally:
            self.ends[self._end(client)] += 1
            client.vanish()

    async def _enter(self, client: AskedClient) -> Section | None:
        section = client.sections[self.name] = Section(client, self.name, self._doc)
        await client.send(frames.token(self.name, self._token))
        await client.send(frames.sync_step1(self.name, self._doc.get_state()))
        await client.until(lambda: section.synced or bool(section.denied) or self._over(client, section))
        if section.denied in FOR_GOOD:
            self.refused = section.denied
            await self._tell()
        return section if section.synced else None

    def _end(self, client: AskedClient) -> str:
        section = client.sections.get(self.name)
        said = section and (section.denied or section.closed)
        return str(client.close_code or said or "went")

    def _over(self, client: AskedClient, section: Section) -> bool:
        return client.close_code is not None or section.closed is not None

    async def _keep_writing(self, client: AskedClient, section: Section) -> None:
        waiting: deque[int] = deque()
        """For each message that was not answered yet: how many words are saved once it is."""
        taken, heard = 0, self._now()
        again = list(self._pieces) if self._dice.random() < 0.5 else []
        while True:
            if len(section.answers) > taken or not waiting:
                heard = self._now()
            for good in section.answers[taken:]:
                self._answered(waiting.popleft() if good else 0)
                taken += 1
            self.refused = self._refused(section)
            await self._tell()
            if self._over(client, section) or self._bounce.is_set() or self.refused is not None:
                return
            if self._now() - heard > ANSWERED_WITHIN:
                return
            if client.questions:
                waiting.append(len(self.sent))
                await section.step2(self._doc.get_update(client.questions.popleft()))
            elif again:
                number, piece = again.pop(0)
                waiting.append(number + 1)
                await section.send(piece)
            elif not self._stopping:
                await section.send(self._next_word(section))
                waiting.append(len(self.sent))
            elif not self._pieces:
                return
            await self._breathe(client, section)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _answered(self, count: int) -> None:
        """So many words are saved: a server takes a word only on top of all that came before it from the same copy."""
        while self._pieces and self._pieces[0][0] < count:
            self._pieces.popleft()
            self.acked.append(self.sent[len(self.acked)])

    async def _breathe(self, client: AskedClient, section: Section) -> None:
        """A moment between two words; no longer than until something is heard."""
        answers = len(section.answers)
        try:
            await client.until(
                lambda: bool(client.questions) or self._over(client, section) or len(section.answers) > answers,
                self._pause * self._dice.uniform(0.5, 1.5),
            )
        except TimeoutError:
            pass

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _refused(self, section: Section) -> str | None:
        code = None if section.refused is None else str(section.refused["code"])
        return code if code in FOR_GOOD else None

    def _next_word(self, section: Section) -> bytes:
        word = f"{self.mark}.{len(self.sent)}"

        def edit() -> None:
            if self._words is None:
                paragraph = XmlElement("paragraph")
                section.root.children.append(paragraph)
                self._words = XmlText(f"{word} ")
                paragraph.children.append(self._words)
            else:
                self._words.insert(len(self._words), f"{word} ")

        update = section.change(edit)
        self.sent.append(word)
        self._pieces.append((len(self.sent) - 1, update))
        return update
