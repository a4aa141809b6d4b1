"""Server processes that start in a moment: one process has read all the code already, and forks.

Apart from that they are what ``alongside serve`` starts: processes of their own, with an environment, a log and a
group of their own. They end with the nursery, and the nursery ends with the tests.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from tests.serving import Serving

ROOT = Path(__file__).resolve().parents[2]
LOOK_EVERY = 0.02


class Nursery:
    """Open it with ``with``; one for many processes."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Nursery:
        command = [sys.executable, "-m", "tests.faults.nursery"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: str) -> Child:
        """A process that runs the command line with these arguments."""
        pid = self.ask(do="start", arguments=list(arguments), environment=dict(environment), log=log)
        return Child(self, pid)


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

    def wait(self, timeout: float) -> int:
        """Waits for its end."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["alongside"], timeout)
            time.sleep(LOOK_EVERY)
        return code


@dataclass
class Nursed(Serving):
    """A server that a nursery starts."""

    nursery: Nursery | None = None

    def launch(self, arguments: Sequence[str], log: Path) -> Any:
        assert self.nursery is not None
        return self.nursery.start(arguments, self.variables(), str(log))


def _serve(question: Mapping[str, Any]) -> NoReturn:
    """In the child: becomes the server."""
    from server.cli import main

    with suppress(PermissionError):
        os.setpgid(0, 0)
    log = os.open(question["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["alongside", *question["arguments"]]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _nurse() -> None:
    """In the nursery: answers questions until there are no more."""
    import server.app
    import server.cli  # noqa: F401 - read now, so that no child has to

    gc.freeze()
    alive: set[int] = set()
    try:
        for line in sys.stdin:
            question = json.loads(line)
            answer: int | None = None
            if question["do"] == "start":
                answer = os.fork()
                if answer == 0:
                    _serve(question)
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
