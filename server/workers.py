"""The parent of several server processes on one port. It serves nobody itself and knows nothing of plans.

A worker that ends is started again, after a longer and longer wait when it goes on ending. SIGTERM and SIGINT stop all
of them in good order. SIGHUP replaces one after the other, and none is stopped before its replacement serves. When the
workers cannot be started it says so and ends with an error, so that whoever watches over it can act.

uvicorn has a supervisor too; it starts a dying worker again at once and for ever, ends without an error when none
starts, and leaves it to chance who takes a connection (see ``listening``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from server.homes import drain, line
from server.listening import ABSENT, Board
from server.settings import PREFIX, Settings

log = structlog.get_logger("alongside.workers")

READY = b"r"
LEAVE = b"l"
PRIVATE = 0o077
"""The umask of a server: whatever it writes is its owner's only."""
FAILED = 1
WAITS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a worker is started again, after the first time, the second, …"""
STEADY_SECONDS = 30.0
"""A worker that served for so long is forgiven what came before."""
START_SECONDS = 120.0
TRIES = 5
"""Starts in a row that fail, while nobody serves, before the parent gives up."""
STOP_SECONDS = 40.0
"""Time a worker has to leave after it was told to, beyond its pause for proxies; then it is ended."""


class Worker:
    """One process, and the line to it."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket, cell: int) -> None:
        self.process = process
        self.cell = cell
        self.ready = False
        self.began = asyncio.get_running_loop().time()
        self._line = line

    async def serves(self) -> bool:
        """Waits until it serves; false when it ended before, or took too long."""
        try:
            async with asyncio.timeout(START_SECONDS):
                self.ready = await asyncio.get_running_loop().sock_recv(self._line, 1) == READY
        except (TimeoutError, OSError):
            self.ready = False
        return self.ready

    async def ended(self) -> int:
        """Waits for its end; how it ended."""
        code = await self.process.wait()
        self.ready = False
        self._line.close()
        return code

    def leave(self) -> None:
        """Another serves in its place: it need not wait for proxies to notice."""
        try:
            self._line.send(LEAVE)
        except OSError:
            pass  # it has ended

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, if it is still there."""
        if self.process.returncode is None:
            try:
                self.process.send_signal(number)
            except ProcessLookupError:
                pass


class Supervisor:
    """Keeps ``count`` workers. ``command`` is what a worker is started with; numbers of open files are added to it."""

    def __init__(
        self,
        shared: socket.socket,
        count: int,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        stop_seconds: float = STOP_SECONDS,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._shared = shared
        self._command = command
        self._environment = environment
        self._stop_seconds = stop_seconds
        self._waits = waits
        self._board = Board.fresh(2 * count)  # while one is replaced there are two
        self._lines = [line() for _ in range(2 * count)]
        self._places: list[Worker | None] = [None] * count
        self._all: set[Worker] = set()
        self._locks = [asyncio.Lock() for _ in self._places]
        self._over = asyncio.Event()
        self._restart = asyncio.Event()
        self._failed = False

    async def run(self) -> int:
        """Serves until told to stop; the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._over.set)
        loop.add_signal_handler(signal.SIGHUP, self._restart.set)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._keep(place), name=f"worker {place}") for place in range(len(self._places))]
            tasks.append(group.create_task(self._replace_when_told(), name="restart"))
            await self._over.wait()
            for task in tasks:
                task.cancel()
        await self._stop(list(self._all))
        for both in self._lines:
            for end in both:
                end.close()
        return FAILED if self._failed else 0

    async def _keep(self, place: int) -> None:
        failures = 0
        first = True
        while True:
            async with self._locks[place]:
                worker = await self._start(place)
                self._places[place] = worker
                serves = await worker.serves()
            if serves:
                log.info("worker_serves", worker=place, process=worker.process.pid)
            elif first:
                self._give_up("A worker could not be started, so none is left running. What it said is above.")
            else:
                await self._stop([worker])
            first = False
            code = await self._end_of(place)
            steady = serves and asyncio.get_running_loop().time() - worker.began > STEADY_SECONDS
            failures = 0 if steady else failures + 1
            if failures >= TRIES and not any(one is not None and one.ready for one in self._places):
                self._give_up("No worker can be kept running. What they said is above.")
            wait = self._waits[min(max(0, failures - 1), len(self._waits) - 1)]
            log.warning("worker_ended", worker=place, exit=code, again_in_seconds=wait)
            await asyncio.sleep(wait)

    async def _end_of(self, place: int) -> int:
        """Waits until a worker in this place ends that was not replaced."""
        while True:
            worker = self._places[place]
            assert worker is not None  # noqa: S101 - one was started
            code = await worker.ended()
            async with self._locks[place]:
                self._board.write(worker.cell, ABSENT)
                drain(self._lines[worker.cell][0])
                if self._places[place] is worker:
                    return code

    async def _start(self, place: int) -> Worker:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._all = {worker for worker in self._all if worker.process.returncode is None}
        used = {worker.cell for worker in self._all}
        cell = next(cell for cell in (place, place + len(self._places)) if cell not in used)
        lines = [self._lines[cell][0].fileno(), *(writing.fileno() for _, writing in self._lines)]
        files = (self._shared.fileno(), self._board.file, theirs.fileno(), *lines)
        numbers = (self._shared.fileno(), self._board.file, self._board.cells, cell, theirs.fileno(), *lines)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *self._command, *map(str, numbers), pass_fds=files, env=dict(self._environment)
            )
        worker = Worker(process, ours, cell)
        self._all.add(worker)
        return worker

    async def _replace_when_told(self) -> None:
        while True:
            await self._restart.wait()
            self._restart.clear()
            log.info("restart_begun", workers=len(self._places))
            if await self._replace_all():
                log.info("restart_done", workers=len(self._places))

    async def _replace_all(self) -> bool:
        """One after the other. It ends at the first replacement that does not serve; the others stay as they are."""
        for place in range(len(self._places)):
            async with self._locks[place]:
                old, new = self._places[place], await self._start(place)
                if not await new.serves():
                    log.error("restart_ended", worker=place, why="the new worker did not start; the old one stays")
                    await self._stop([new])
                    return False
                self._places[place] = new
                log.info("worker_replaced", worker=place, process=new.process.pid)
            if old is not None:
                old.leave()
                await self._stop([old])
        return True

    async def _stop(self, workers: Sequence[Worker]) -> None:
        """Tells them to leave, waits for them, and ends those who do not."""
        for worker in workers:
            worker.signal(signal.SIGTERM)
        ends = [asyncio.create_task(worker.ended(), name="end") for worker in workers]
        if ends:
            _, late = await asyncio.wait(ends, timeout=self._stop_seconds)
            for worker in workers if late else ():
                if worker.process.returncode is None:
                    log.error("worker_did_not_leave", process=worker.process.pid)
                    worker.signal(signal.SIGKILL)
            await asyncio.gather(*ends)

    def _give_up(self, sentence: str) -> None:
        if not self._over.is_set():
            log.error("workers_failed", why=sentence)
            self._failed = True
            self._over.set()


def run(shared: socket.socket, settings: Settings) -> int:
    """Serves these settings with as many workers as they say, on this listening socket. The exit code."""
    command = (sys.executable, "-P", "-m", "server.worker")
    given = {name: getattr(settings, name) for name in ("data_dir", "host", "port", "public_url")}
    environment = os.environ | {PREFIX + name.upper(): str(value) for name, value in given.items()}
    ours = str(Path(__file__).parents[1])  # the same program as the parent's, wherever it was started
    environment["PYTHONPATH"] = os.pathsep.join([ours, *filter(None, [environment.get("PYTHONPATH")])])

    stop_seconds = STOP_SECONDS + settings.drain_seconds

    async def supervise(figures: str) -> int:
        environment.setdefault(f"{PREFIX}METRICS_DIR", figures)
        return await Supervisor(shared, settings.workers, command, environment, stop_seconds=stop_seconds).run()

    with tempfile.TemporaryDirectory(prefix="alongside-") as figures:  # where they find each other's figures
        return asyncio.run(supervise(figures))
