"""A live server one of whose sections has a long history; somebody who opens it; somebody who types beside them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import connect

from crdt import frames
from crdt.frames import Frame, SyncKind
from server.checkpoints import build
from server.rooms import make_document
from tests.histories import Histories
from tests.live_client import Section
from tests.live_serving import LiveServer, live_server


@asynccontextmanager
async def with_history(data: Path, count: int, *, snapshot: bool = True, after: int = 0) -> AsyncIterator[LiveServer]:
    """A server whose section B holds so many edits, and a snapshot of all but the last few."""
    async with live_server(data, snapshot_every=10**9) as server:
        people = [server.tokens.people[role] for role in ("parent", "case_officer", "senco")]
        document = await server.store.write(lambda session: make_document(session, server.plan, "B"))
        write = Histories(server.store, document, people)
        await asyncio.to_thread(write.go_on, count - after)
        if snapshot:
            assert await asyncio.to_thread(build, server.store, document) == count - after
        await asyncio.to_thread(write.go_on, after)
        gc.collect()
        yield server


async def first_answer(server: LiveServer, section: str) -> bytes:
    """Opens a section as a browser does, and waits for its text, without taking it up: that is not ours to measure."""
    name = server.name(section)
    async with connect(server.url, compression=None, max_size=None, ping_interval=None) as socket:
        await socket.send(frames.token(name, "parent"))
        await socket.send(frames.sync_step1(name, b"\0"))
        while True:
            message = await socket.recv()
            assert isinstance(message, bytes)
            found = frames.decode(message)
            if isinstance(found, Frame) and found.sync is SyncKind.STEP2:
                assert isinstance(found.body, bytes)
                return found.body


@asynccontextmanager
async def somebody_typing(section: Section) -> AsyncIterator[None]:
    """One letter after the other, each as soon as the one before is saved."""

    async def type_on() -> None:
        while True:
            await section.send(section.typed("a"))
            await section.saved()

    typing = asyncio.create_task(type_on())
    await section.client.until(lambda: len(section.answers) > 3)
    try:
        yield
    finally:
        typing.cancel()
        await asyncio.wait([typing])
