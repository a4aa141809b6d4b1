"""One answer to ``/metrics`` for all worker processes of a machine, whichever of them is asked.

Workers share a port, so whoever scrapes cannot choose one. Each listens on a socket in a folder that only they can
open; the one that is asked asks the others, and shows every figure with the number of its worker. They are not added
up: a worker that starts afresh begins at nothing, which Prometheus understands of one counter and not of a sum.
Nothing is written or measured between scrapes. ``app`` opens it, the health route asks it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import structlog
from prometheus_client import Metric, generate_latest
from prometheus_client.registry import Collector

from server.codes import PlanError
from server.metrics import REGISTRY, exposition

log = structlog.get_logger("alongside.scrape")

ANSWER_SECONDS = 1.0
"""Time a worker has to answer another; one whose loop stands still this long is counted as silent."""
MOST_WORKERS = 256
_LONGEST_PATH = 100
"""Of a socket, in bytes; systems allow 103 to 107."""
_SILENT = "alongside_workers_silent"
_SILENT_HELP = "Worker processes of this machine that did not answer in time."

Family = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]


class Unfit(PlanError):
    """The folder for the workers' figures cannot be used: others can open it, or it is too deep for sockets."""


class Workers:
    """This worker and its neighbours. Without a folder it is alone, and its figures carry no number."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._number = 0
        self._lock = -1
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Takes a number that no living worker has, and listens."""
        if self._folder is None:
            return
        self._number, self._lock = _take_number(self._folder)
        path = self._socket(self._number)
        _remove(path)
        self._listening = await asyncio.start_unix_server(self._answer, path)

    async def stop(self) -> None:
        """Listens no more and gives the number back."""
        if self._listening is None:
            return
        self._listening.close()
        _remove(self._socket(self._number))
        os.close(self._lock)
        self._listening = None

    async def exposition(self) -> bytes:
        """The figures of all workers, as text."""
        if self._listening is None:
            return exposition()
        others = [number for number in self._numbers() if number != self._number]
        answers = await asyncio.gather(*(self._ask(number) for number in others))
        together = _Together()
        together.add(_families(), self._number)
        silent = 0
        for number, answer in zip(others, answers, strict=True):
            if answer is None:
                silent += 1
            else:
                together.add(answer, number)
        together.silent(silent)
        return generate_latest(together)

    def _socket(self, number: int) -> str:
        return f"{self._folder}/{number}.sock"

    def _numbers(self) -> list[int]:
        assert self._folder is not None  # noqa: S101 - only asked by one who has neighbours
        names = (name.removesuffix(".sock") for name in os.listdir(self._folder) if name.endswith(".sock"))
        return sorted(int(name) for name in names if name.isdigit())

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(json.dumps(_families()).encode())
            await writer.drain()
        except OSError:
            pass  # it asked, and did not wait
        finally:
            writer.close()

    async def _ask(self, number: int) -> list[Family] | None:
        """The figures of another worker; none of one that has gone, and None of one that does not answer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._socket(number))
                try:
                    found: list[Family] = json.loads(await reader.read(-1))
                finally:
                    writer.close()
        except (ConnectionError, FileNotFoundError):
            return []
        except (TimeoutError, OSError, ValueError) as trouble:
            log.warning("worker_silent", worker=number, error=type(trouble).__name__)
            return None
        return found


class _Together(Collector):
    """The families of several workers, each once, with the samples of all."""

    def __init__(self) -> None:
        self._found: dict[str, Metric] = {}

    def add(self, families: Iterable[Family], number: int) -> None:
        for name, words, kind, samples in families:
            metric = self._found.get(name)
            if metric is None:
                metric = self._found[name] = Metric(name, words, kind)
            for sample, labels, value in samples:
                metric.add_sample(sample, labels | {"worker": str(number)}, value)

    def silent(self, number: int) -> None:
        metric = self._found[_SILENT] = Metric(_SILENT, _SILENT_HELP, "gauge")
        metric.add_sample(_SILENT, {}, number)

    def collect(self) -> Iterable[Metric]:
        return self._found.values()


def _families() -> list[Family]:
    """This worker's figures, as plain values."""
    return [
        (one.name, one.documentation, one.type, [(each.name, dict(each.labels), each.value) for each in one.samples])
        for one in REGISTRY.collect()
    ]


def _take_number(folder: Path) -> tuple[int, int]:
    """The least number nobody holds, and the lock that holds it until this process ends, however it ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unfit(f"{folder} must belong to the user the server runs as, with mode 700.")
    if len(os.fsencode(folder / f"{MOST_WORKERS}.sock")) > _LONGEST_PATH:
        raise Unfit(f"The path of {folder} is too long for sockets; name a folder with a shorter one.")
    for number in range(1, MOST_WORKERS + 1):
        lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            return number, lock
    raise Unfit(f"{folder} has no number left for another worker.")


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
