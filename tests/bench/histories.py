"""What a long history costs: ``python -m tests.bench.histories [--million] [--sizes 1000,10000]``.

Of each size: building its snapshot from nothing but the log, and the next one 500 edits later; how large it is; how
long somebody waits who opens the section first, from the snapshot with 250 edits after it and from the log alone; and
the longest time the server's loop was without a turn meanwhile, while somebody types in another room. Opening from a
snapshot is a median of five. Then, on a server just started, for somebody who may write: the first page of its history
with the story that is kept and from the log alone, the same page again, who wrote which words, and that again.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from sections.catalogue import SECTIONS
from server.checkpoints import build
from server.history.books import Histories as Reader
from server.history.kept import keep
from server.history.pages import Asked, View, history_page
from server.history.tables import KeptStory
from server.rooms import make_document
from server.snapshots import newest
from server.tables import LogEntry, Snapshot
from tests.histories import Histories
from tests.live_serving import LiveServer, live_server, until
from tests.long_serving import first_answer, somebody_typing
from tests.watchdog import Watchdog

SIZES = (1_000, 10_000, 100_000, 260_000)
MILLION = 1_000_000
NEXT = 500
AFTER = 250
TIMES = 5

COLUMNS = (
    "edits",
    "log KiB",
    "snapshot KiB",
    "build s",
    "next s",
    "open ms",
    "step ms",
    "open, log ms",
    "step, log ms",
    "page ms",
    "page, log ms",
    "again ms",
    "who ms",
    "again ms",
)


class Figures(NamedTuple):
    edits: int
    log_bytes: int
    snapshot_bytes: int
    build: float
    next_build: float
    opened: float
    step: float
    opened_from_log: float
    step_from_log: float
    page: float
    page_from_log: float
    page_again: float
    who: float
    who_again: float

    def cells(self) -> tuple[str, ...]:
        times = (self.opened, self.step, self.opened_from_log, self.step_from_log, self.page, self.page_from_log)
        times += (self.page_again, self.who, self.who_again)
        return (
            f"{self.edits:,}",
            f"{self.log_bytes / 1024:,.0f}",
            f"{self.snapshot_bytes / 1024:,.0f}",
            f"{self.build:.1f}",
            f"{self.next_build:.1f}",
            *(f"{seconds * 1000:,.0f}" for seconds in times),
        )


async def measure(data: Path, edits: int) -> Figures:
    """One size, in a store of its own."""
    async with live_server(data, snapshot_every=10**9, room_idle_seconds=0, syncs_burst=1000) as server:
        people = [server.tokens.people[role] for role in ("parent", "case_officer", "senco")]
        document = await server.store.write(lambda session: make_document(session, server.plan, "B"))
        history = Histories(server.store, document, people)
        await asyncio.to_thread(history.go_on, edits)
        first = await _timed(lambda: build(server.store, document))
        await asyncio.to_thread(history.go_on, NEXT)
        second = await _timed(lambda: build(server.store, document))
        await asyncio.to_thread(history.go_on, AFTER)
        snapshot, log_bytes = server.store.read(
            lambda session: (newest(session, document), _log_bytes(session, document))
        )
        assert snapshot is not None
        _, other = await server.enter("A", "case_officer")
        await other.write("Here we are.")
        await asyncio.to_thread(keep, server.store, document, 1)
        kept = await asyncio.to_thread(_pages, server, ("changes",))
        await server.store.write(lambda session: session.execute(delete(KeptStory)))
        pages = await asyncio.to_thread(_pages, server, ("changes", "changes", "hands", "hands"))
        async with somebody_typing(other):
            quick = [await _open(server) for _ in range(TIMES)]
            await server.store.write(lambda session: session.execute(delete(Snapshot)))
            slow = await _open(server)
        return Figures(
            edits,
            log_bytes,
            len(snapshot.payload) + len(snapshot.ledger),
            first,
            second,
            statistics.median(opened for opened, _ in quick),
            max(step for _, step in quick),
            *slow,
            *kept,
            *pages,
        )


def _pages(server: LiveServer, views: tuple[View, ...]) -> list[float]:
    """Seconds for each of these pages of the newest moment, one after the other."""
    (rule,) = (rule for rule in SECTIONS if rule.label == "B")
    reader, found = Reader(server.store, server.settings), []
    for view in views:
        began = time.perf_counter()
        asked = Asked(server.plan, rule, view=view, may_write=True)
        server.store.read(lambda session, asked=asked: history_page(session, reader, asked, {}))  # type: ignore[misc]
        found.append(time.perf_counter() - began)
    reader.close()
    return found


async def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    await asyncio.to_thread(work)
    return time.perf_counter() - began


async def _open(server: LiveServer) -> tuple[float, float]:
    """Seconds until the whole text was there, and the longest step; then everybody goes."""
    gc.collect()
    began = time.perf_counter()
    with Watchdog() as dog:
        await first_answer(server, "B")
        took = time.perf_counter() - began
    room = server.live.rooms.find(server.plan, "B")
    assert room is not None
    await until(lambda: not room.audience.seats)
    server.live.sweep()
    await until(lambda: server.live.rooms.find(server.plan, "B") is None)
    return took, dog.longest


def _log_bytes(session: Session, document: int) -> int:
    query = select(func.sum(func.length(col(LogEntry.payload)))).where(col(LogEntry.document_id) == document)
    return int(session.execute(query).scalar_one())


def table(rows: list[tuple[str, ...]]) -> str:
    """Right-aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="What a long history costs.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of edits, separated by commas")
    parser.add_argument("--million", action="store_true", help="measures a million edits as well (some minutes)")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")] + [MILLION] * chosen.million
    rows: list[tuple[str, ...]] = [COLUMNS]
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="alongside-histories-") as data:
            rows.append(asyncio.run(measure(Path(data), size)).cells())
        print(f"{size:,} edits measured", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
