"""What a long history costs: ``python -m tests.bench.histories [--million] [--sizes 1000,10000]``.

Of each size: building its snapshot from nothing but the log, and the next one 500 edits later; how large it is; how
long somebody waits who opens the section first, from the snapshot with 250 edits after it and from the log alone; and
the longest time the server's loop was without a turn meanwhile, while somebody types in another room. Opening from a
snapshot is a median of five.
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

from server.checkpoints import build
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

    def cells(self) -> tuple[str, ...]:
        times = (self.opened, self.step, self.opened_from_log, self.step_from_log)
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
        )


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
