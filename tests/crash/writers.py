"""People who type as fast as they may, and remember every word that was called saved."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pycrdt import XmlElement, XmlText
from websockets.exceptions import WebSocketException

from tests.live_client import LiveClient, Section


class Writer:
    """One person in one section, in a paragraph of their own. Every word is written once and never again."""

    def __init__(self, url: str, name: str, token: str, mark: str) -> None:
        self.name = name
        self.saved: list[str] = []
        self.refused: str | None = None
        self.begun = asyncio.Event()
        self._url = url
        self._token = token
        self._mark = mark
        self._sent: list[str] = []
        self.client: LiveClient | None = None
        self._words: XmlText | None = None

    async def type(self, pause: float = 0.0, padding: int = 0) -> None:
        """Types until the connection ends or the section is refused."""
        with suppress(WebSocketException, OSError, TimeoutError, AssertionError):
            self.client = await LiveClient.connect(self._url)
            section = await self.client.open(self.name, self._token)
            while section.closed is None and self.client.close_code is None:
                word = f"{self._mark}.{len(self._sent)}"
                self._sent.append(word)
                await section.send(self._write(section, f"{word} {'x' * padding} "))
                self.begun.set()
                await asyncio.sleep(pause)
            self.refused = None if section.refused is None else section.refused["code"]

    def _write(self, section: Section, text: str) -> bytes:
        def edit() -> None:
            if self._words is None:
                paragraph = XmlElement("paragraph")
                section.root.children.append(paragraph)
                self._words = XmlText(text)
                paragraph.children.append(self._words)
            else:
                self._words.insert(len(self._words), text)

        return section.change(edit)

    async def has_saved(self, count: int) -> None:
        """Waits until so many words have been called saved."""
        await self.begun.wait()
        assert self.client is not None
        section = self.client.sections[self.name]
        await self.client.until(lambda: section.answers.count(True) >= count)

    async def leave(self) -> None:
        """Goes; what had been called saved by then is in ``saved``."""
        if self.client is not None:
            section = self.client.sections.get(self.name)
            self.client.vanish()
            answers = [] if section is None else section.answers
            self.saved = [word for word, good in zip(self._sent, answers, strict=False) if good]
