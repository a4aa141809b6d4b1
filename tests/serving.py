"""Starts the real server as a child process, the way a person does, and stops only what it started."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from server import example, example_appeal
from server.database import Store
from server.day import today
from server.settings import Settings
from tests.nursery import Child, nursery
from tests.ports import free_port

__all__ = ["Serving", "free_port", "serving"]

START_SECONDS = 40.0


@dataclass
class Serving:
    """One server process on one store. ``kill`` is -9; ``start`` brings it back on the same store and port."""

    data: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    command: str = "demo"
    process: subprocess.Popen[bytes] | Child | None = None
    is_cold: bool = False
    """Whether its code is read anew at each start, as by a person; else a process that has read it forks."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def variables(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
        ours = {"ALONGSIDE_PUBLIC_URL": self.url, "ALONGSIDE_DRAIN_SECONDS": "0"}  # no proxy has to notice
        return clean | ours | dict(self.environment)

    def start(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        arguments = [self.command, "--data", str(self.data), "--port", str(self.port)]
        self.process = self.launch(arguments, self.data.parent / "server.log")
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log()[-4000:]}")
            self._wait_a_little()

    def launch(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes] | Child:
        """The command line in a process of its own, which writes to this log."""
        if not self.is_cold:
            return nursery().start(arguments, self.variables(), log, log)
        with log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "server.cli", *arguments],
                env=self.variables(),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def _wait_a_little(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(0.05)
        except subprocess.TimeoutExpired:
            pass

    def log(self) -> str:
        return (self.data.parent / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, number)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def alongside(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs the command line on this store."""
        return nursery().run([*arguments, "--data", str(self.data)], self.variables(), seconds)

    def token(self, email: str) -> str:
        done = self.alongside("token", "--person", email)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@cache
def _made() -> Path:
    """A store with both examples, made once for this run of the tests; what a demo makes itself at its first start."""
    folder = Path(tempfile.mkdtemp(prefix="alongside-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Store.open(Settings(data_dir=folder / "data"))
    example.create(store)
    example_appeal.create(store, today())
    store.close()
    return folder / "data"


@contextmanager
def serving(data: Path, *, command: str = "demo", **environment: str) -> Iterator[Serving]:
    if command == "demo" and not data.exists():
        shutil.copytree(_made(), data)
    server = Serving(data=data, port=free_port(), environment=environment, command=command)
    server.start()
    try:
        yield server
    finally:
        server.stop()
