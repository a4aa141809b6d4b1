"""Processes of the command line that start in a moment: one process has read all the code already, and forks.

Apart from that they are what ``alongside`` starts: processes of their own, with an environment, a log and a group of
their own. They end with the nursery, and the nursery ends with the tests.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
LOOK_EVERY = 0.02


class Nursery:
    """One for many processes; ``nursery()`` is the one of this run."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        command = [sys.executable, "-m", "tests.nursery"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def close(self) -> None:
        """Ends it, and every process of it that still runs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def ask(self, **question: Any) -> Any:
        """One question, one answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], out: Path, errors: Path) -> Child:
        """A process that runs the command line with these arguments; what it says is added to these files."""
        told = {"arguments": list(arguments), "environment": dict(environment)}
        return Child(self, self.ask(do="start", out=str(out), errors=str(errors), **told))

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """The same, to its end."""
        with tempfile.TemporaryDirectory() as folder:
            out, errors = Path(folder) / "out", Path(folder) / "errors"
            child = self.start(arguments, environment, out, errors)
            try:
                code = child.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
            return subprocess.CompletedProcess(list(arguments), code, out.read_text(), errors.read_text())


@cache
def nursery() -> Nursery:
    """The nursery of this run of the tests."""
    opened = Nursery()
    atexit.register(opened.close)
    return opened


@dataclass
class Child:
    """What is used of ``Popen``."""

    nursery: Nursery
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = self.nursery.ask(do="look", pid=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if timeout is not None and deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["alongside"], timeout)
            time.sleep(LOOK_EVERY)
        return code


def _become(question: Mapping[str, Any]) -> NoReturn:
    """In the child: does what the command line says, as if it had been started for it."""
    from server.cli import main

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with suppress(PermissionError):
        os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    writing = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    out, errors = (os.open(question[name], writing, 0o600) for name in ("out", "errors"))
    for ours, theirs in ((nothing, 0), (out, 1), (errors, 2)):
        os.dup2(ours, theirs)
    os.environ.clear()
    os.environ.update(question["environment"])
    time.tzset()
    sys.argv = ["alongside", *question["arguments"]]
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    finally:
        trouble = sys.exception()
        if trouble is not None:
            traceback.print_exception(trouble)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _nurse() -> None:
    """In the nursery: answers questions until there are no more."""
    import server.app
    import server.cli  # noqa: F401 - read now, so that no child has to

    gc.freeze()
    # Told to end together with the tests, it stays for the moment it takes to end what it has started.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    alive: set[int] = set()
    try:
        for line in sys.stdin:
            question = json.loads(line)
            answer: int | None = None
            if question["do"] == "start":
                answer = os.fork()
                if answer == 0:
                    _become(question)
                with suppress(PermissionError, ProcessLookupError):
                    os.setpgid(answer, answer)
                alive.add(answer)
            else:
                pid, status = os.waitpid(question["pid"], os.WNOHANG)
                if pid:
                    alive.discard(pid)
                    answer = os.waitstatus_to_exitcode(status)
            print(json.dumps(answer), flush=True)
    finally:
        for pid in alive:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    _nurse()
