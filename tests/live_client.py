"""A small client of the live protocol for tests: the wire by ``websockets`` and ``crdt.frames``, the text by pycrdt.

It counts what was acknowledged and keeps what it was told. Not the product's client and not the stock one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crdt import frames
from crdt.frames import AuthKind, Frame, Kind, SyncKind

PATIENCE = 10.0


class Section:
    """One section as this client has it."""

    def __init__(self, client: LiveClient, name: str, doc: Doc[Any] | None = None) -> None:
        self.client = client
        self.name = name
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.root: XmlFragment = self.doc.get("prosemirror", type=XmlFragment)
        self.scope: str | None = None
        self.denied: str | None = None
        self.synced = False
        self.closed: str | None = None
        self.sent = 0
        self.answers: list[bool] = []
        self.told: list[dict[str, Any]] = []
        self.presence: list[bytes] = []
        self.received = 0
        self.asked_for_token = 0

    @property
    def refused(self) -> dict[str, Any] | None:
        """The last refusal."""
        return next((said for said in reversed(self.told) if said["type"] == "refused"), None)

    @property
    def plan(self) -> dict[str, Any] | None:
        """What the server last said about the plan."""
        return next((said for said in reversed(self.told) if said["type"] == "plan"), None)

    @property
    def text(self) -> str:
        return "\n".join("".join(str(part) for part in element.children) for element in self.root.children)

    def change(self, edit: Callable[[], None]) -> bytes:
        """Edits here only; returns the update."""
        before = self.doc.get_state()
        with self.doc.transaction():
            edit()
        return self.doc.get_update(before)

    def paragraph(self, text: str) -> bytes:
        """A new paragraph at the end, here only; returns the update."""

        def edit() -> None:
            paragraph = XmlElement("paragraph")
            self.root.children.append(paragraph)
            paragraph.children.append(XmlText(text))

        return self.change(edit)

    def typed(self, text: str) -> bytes:
        """Text at the end of the last paragraph, here only; returns the update."""

        def edit() -> None:
            element = self.root.children[len(self.root.children) - 1]
            assert isinstance(element, XmlElement)
            words = element.children[0]
            assert isinstance(words, XmlText)
            words.insert(len(words), text)

        return self.change(edit)

    async def send(self, update: bytes) -> None:
        """Sends an update, without waiting for its answer."""
        self.sent += 1
        await self.client.send(frames.sync_update(self.name, update))

    async def step2(self, update: bytes) -> None:
        """Sends an update the other way: as the answer to a step 1."""
        self.sent += 1
        await self.client.send(frames.sync_step2(self.name, update))

    async def write(self, text: str) -> None:
        """Adds a paragraph and waits until it is saved."""
        await self.send(self.paragraph(text))
        await self.saved()

    async def saved(self) -> None:
        """Waits until everything sent has been answered with yes."""
        await self.client.until(lambda: len(self.answers) >= self.sent or self.closed is not None)
        assert self.closed is None, self.told
        assert all(self.answers), self.told

    async def has(self, text: str) -> None:
        """Waits until the text is here."""
        await self.client.until(lambda: text in self.text)

    async def is_refused(self) -> dict[str, Any]:
        """Waits for the refusal, and for the section to be closed."""
        await self.client.until(lambda: self.closed is not None)
        assert self.refused is not None
        return self.refused


class LiveClient:
    """One connection. ``sections`` by document name."""

    def __init__(self, socket: ClientConnection | Any) -> None:
        self.socket = socket
        self.sections: dict[str, Section] = {}
        self.strays: list[bytes] = []
        self.close_code: int | None = None
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read(), name="test client")

    @classmethod
    async def connect(cls, url: str, *, origin: str | None = None, **options: Any) -> LiveClient:
        socket = await connect(url, origin=origin, compression=None, max_size=None, ping_interval=None, **options)
        return cls(socket)

    async def __aenter__(self) -> LiveClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        self._reading.cancel()
        await self.socket.close()

    def vanish(self) -> None:
        """Goes without a word."""
        self._reading.cancel()
        self.socket.transport.abort()

    async def send(self, message: bytes | str) -> None:
        await self.socket.send(message)

    async def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Waits until the condition holds; checked after every message."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(condition)

    async def knock(self, name: str, token: str) -> Section:
        """Signs in to a section and asks for its text, waiting for neither."""
        section = self.sections[name] = Section(self, name)
        await self.send(frames.token(name, token))
        await self.send(frames.sync_step1(name, section.doc.get_state()))
        return section

    async def open(self, name: str, token: str) -> Section:
        """Signs in to a section and waits for its text."""
        section = await self.knock(name, token)
        await self.until(lambda: section.synced or section.denied is not None or self.close_code is not None)
        assert section.denied is None, section.denied
        assert self.close_code is None
        return section

    async def closed(self) -> int:
        """Waits for the end of the connection; its close code."""
        await self.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def _read(self) -> None:
        try:
            while True:
                message = await self.socket.recv()
                async with self._changed:
                    assert isinstance(message, bytes)
                    self._take(message)
                    self._changed.notify_all()
        except ConnectionClosed as end:
            async with self._changed:
                self.close_code = end.rcvd.code if end.rcvd is not None else 1006
                self._changed.notify_all()

    def _take(self, message: bytes) -> None:
        found = frames.decode(message)
        assert isinstance(found, Frame), message
        section = self.sections.get(found.document)
        if section is None:
            self.strays.append(message)
            return
        match found.kind:
            case Kind.AUTH if found.auth is AuthKind.AUTHENTICATED:
                section.scope = str(found.body)
            case Kind.AUTH if found.auth is AuthKind.DENIED:
                section.denied = str(found.body)
            case Kind.AUTH:
                section.asked_for_token += 1
            case Kind.SYNC if found.sync is SyncKind.STEP1:
                pass  # tests answer it when that is what they are about
            case Kind.SYNC:
                assert isinstance(found.body, bytes)
                section.received += 1
                section.doc.apply_update(found.body)
                section.synced = section.synced or found.sync is SyncKind.STEP2
            case Kind.SYNC_STATUS:
                assert found.saved is not None
                section.answers.append(found.saved)
            case Kind.STATELESS:
                section.told.append(json.loads(str(found.body)))
            case Kind.AWARENESS:
                assert isinstance(found.body, bytes)
                section.presence.append(found.body)
            case Kind.CLOSE:
                section.closed = str(found.body)
