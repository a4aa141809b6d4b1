"""The parent of several workers: it starts them again, replaces them one after the other, stops them, and owns up."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.workers import FAILED, Supervisor

WORKER = """
import os, select, signal, socket, sys
board, cell, line = sys.argv[2], sys.argv[4], socket.socket(fileno=int(sys.argv[5]))
book = os.environ["BOOK"]
def write(what):
    with open(book, "a") as file:
        file.write(f"{what} {os.getpid()}\\n")
def stop(*_):
    write("stops")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if os.path.exists(book + ".broken"):
    sys.exit(3)
write("serves")
line.send(b"r")
while True:  # a signal that comes just before a wait is seen after it
    ready, _, _ = select.select([line], [], [], 0.05)
    if ready and not line.recv(1):
        break
"""


class Run:
    """A supervisor over made-up workers, which write into a book what happens to them."""

    def __init__(self, folder: Path) -> None:
        self.book = folder / "book"
        self.broken = folder / "book.broken"
        self.shared = socket.socket()
        self.supervisor = Supervisor(
            self.shared,
            2,
            (sys.executable, "-c", WORKER),
            {"BOOK": str(self.book), "PATH": os.environ["PATH"]},
            stop_seconds=10,
            waits=(0.02,),
        )
        self.code: asyncio.Task[int] | None = None

    @property
    def lines(self) -> list[tuple[str, int]]:
        text = self.book.read_text() if self.book.exists() else ""
        return [(line.split()[0], int(line.split()[1])) for line in text.splitlines()]

    def who(self, what: str) -> list[int]:
        return [process for said, process in self.lines if said == what]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - other processes write the book
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Run]:
    run = Run(folder)
    run.code = asyncio.create_task(run.supervisor.run())
    try:
        await run.until(lambda: len(run.who("serves")) == 2)
        yield run
        if not run.code.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(run.code, 30)
    finally:
        run.shared.close()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_worker_that_dies_is_started_again_and_all_stop_when_told(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        first, second = run.who("serves")
        os.kill(first, signal.SIGKILL)
        await run.until(lambda: len(run.who("serves")) == 3)
    assert run.code is not None
    assert 0 == run.code.result()
    assert sorted([second, run.who("serves")[2]]) == sorted(run.who("stops"))


async def test_workers_are_replaced_one_by_one_and_each_only_when_its_replacement_serves(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        old = run.who("serves")
        os.kill(os.getpid(), signal.SIGHUP)
        await run.until(lambda: len(run.who("stops")) == 2)
        happened = [(what, process in old) for what, process in run.lines[2:]]
        assert [("serves", False), ("stops", True), ("serves", False), ("stops", True)] == happened
        new = run.who("serves")[2:]
        assert set(old) == set(run.who("stops"))
    assert set(new) <= set(run.who("stops"))


async def test_when_none_can_be_started_the_parent_ends_with_an_error(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.broken.touch()
    with run.shared:
        assert FAILED == await asyncio.wait_for(run.supervisor.run(), 30)
    assert [] == run.lines


async def test_when_all_die_and_none_starts_again_the_parent_ends_with_an_error(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        run.broken.touch()
        for process in run.who("serves"):
            os.kill(process, signal.SIGKILL)
        assert run.code is not None
        assert FAILED == await asyncio.wait_for(run.code, 30)


def test_an_embedded_store_takes_one_worker_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "umask", lambda mask: mask)
    data = tmp_path / "data"
    done = CliRunner().invoke(app, ["serve", "--data", str(data), "--workers", "2"])
    assert (2, "") == (done.exit_code, done.stdout)
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("An embedded store takes one server process")
    assert "ALONGSIDE_DATABASE_URL" in sentence
    assert not data.exists()
