"""A real server on a disk that fills up under its hands: it says "not saved", keeps what it had, and recovers."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from server.database import DATABASE_FILE
from tests.crash.store import make, texts
from tests.crash.writers import Writer
from tests.serving import Serving, serving


def limit_files(server: Serving, bytes_: int | None) -> None:
    """No file of the server may grow beyond this: every write past it fails as on a full disk."""
    assert server.process is not None
    soft = resource.RLIM_INFINITY if bytes_ is None else bytes_
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


@pytest.mark.timeout(120)
def test_a_disk_that_fills_up_loses_nothing_that_was_called_saved(tmp_path: Path) -> None:
    made = make(tmp_path / "store")
    with serving(made.settings.data_dir, command="serve") as server:

        async def until_full() -> list[Writer]:
            writers = [
                Writer(server.live_url, made.name("B"), made.tokens[role], role) for role in ("parent", "case_officer")
            ]
            typing = [asyncio.create_task(writer.type(pause=0.002, padding=2000), name="writer") for writer in writers]
            async with asyncio.timeout(30):
                await asyncio.gather(*(writer.begun.wait() for writer in writers))
            journal = made.settings.data_dir / f"{DATABASE_FILE}-wal"
            limit_files(server, journal.stat().st_size + 200_000)
            async with asyncio.timeout(30):
                await asyncio.gather(*typing)
            for writer in writers:
                await writer.leave()
            return writers

        async def once_more() -> Writer:
            writer = Writer(server.live_url, made.name("B"), made.tokens["parent"], "again")
            typing = asyncio.create_task(writer.type(pause=0.01), name="writer")
            async with asyncio.timeout(30):
                await writer.has_saved(3)
            await writer.leave()
            typing.cancel()
            return writer

        full = asyncio.run(until_full())
        assert [writer.refused for writer in full] == ["not-saved", "not-saved"]
        limit_files(server, None)
        after = asyncio.run(once_more())
        server.stop()
    there = texts(made)["B"].split()
    for writer in (*full, after):
        assert writer.saved
        assert set(writer.saved) <= set(there)
