"""Throw-away PostgreSQL and Redis servers from the programs on this machine: to restart, kill and freeze at will.

Loopback only, in a folder of their own under the temporary folder. A guard (a shell that waits for us to end) stops
them and removes the folder even when the tests themselves are killed. The machine's own servers are never touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from tests.ports import free_port
from tests.set_up import postgres_programs, redis_program

PATIENCE = 20.0
UNPRIVILEGED = ("postgres", "nobody")
NO_POSTGRES = "PostgreSQL's programs (initdb and postgres) are not on this machine"
NO_REDIS = "the program redis-server is not on this machine"
GUARD = """
read -r _
read -r pid <"$1/pid" && kill -QUIT "$pid" 2>/dev/null && sleep 0.2 && kill -KILL "$pid" 2>/dev/null
rm -rf -- "$1"
"""
SMALL = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "16MB",
    "max_connections": "80",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "autovacuum": "off",
    "jit": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "logging_collector": "off",
}


class NotHere(RuntimeError):
    """A program that is needed is not on this machine."""


def _somebody() -> str | None:
    """Whom to run PostgreSQL as: it refuses to be root. None: as we are."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NotHere("there is no unprivileged user to run PostgreSQL as")


@dataclass
class OwnServer(ABC):
    """One throw-away server process. ``kill`` is -9; ``start`` brings it back on the same port and files."""

    folder: Path
    command: Sequence[str]
    port: int
    ready: Callable[[OwnServer], bool]
    user: str | None = None
    gentle: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    @abstractmethod
    def url(self) -> str:
        """As the settings want it: PostgreSQL's maintenance database, or Redis's first."""

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.folder, user=self.user, group=_group(self.user), extra_groups=_groups(self.user),
            )  # fmt: skip
        (self.folder / "pid").write_text(f"{self.process.pid}\n")
        deadline = time.monotonic() + PATIENCE
        while not self.ready(self):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} did not start:\n{self.log()[-4000:]}")
            self._pause()

    def _pause(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(0.02)
        except subprocess.TimeoutExpired:
            pass

    def stop(self) -> None:
        """Asks it to end, and waits for that."""
        self._signal(self.gentle)

    def kill(self) -> None:
        """Ends it on the spot, as a crash would."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """It holds still, connections and all, until ``thaw``."""
        self._tell(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._tell(signal.SIGCONT)

    def restart(self) -> None:
        """``stop`` and ``start``."""
        self.stop()
        self.start()

    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def _tell(self, number: signal.Signals) -> None:
        assert self.process is not None
        assert self.process.poll() is None
        os.kill(self.process.pid, number)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.kill(self.process.pid, number)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()


class OwnPostgres(OwnServer):
    """A PostgreSQL with ``fsync`` on, made small. ``kill`` ends it as a crash would, its children with it."""

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://alongside@127.0.0.1:{self.port}/postgres"

    def kill(self) -> None:
        # -9 would leave the children holding the files for a moment: this ends them all at once, with no checkpoint.
        self._signal(signal.SIGQUIT)


class OwnRedis(OwnServer):
    """A Redis that keeps nothing."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL of the test's own, always from the programs on this machine."""
    programs = postgres_programs()
    if programs is None:
        raise NotHere(NO_POSTGRES)
    user = _somebody()
    with _folder(user) as folder:
        command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "alongside", "-A", "trust", "-N",
                   "-E", "UTF8", "--no-locale", "--no-instructions", "--wal-segsize=1"]  # fmt: skip
        subprocess.run(
            command, check=True, capture_output=True, cwd=folder,
            user=user, group=_group(user), extra_groups=_groups(user),
        )  # fmt: skip
        port = free_port()
        options = [f"--{name}={value}" for name, value in SMALL.items()]
        run = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]
        server = OwnPostgres(folder, run, port, _postgres_answers, user, gentle=signal.SIGINT)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A Redis of the test's own, always from the program on this machine."""
    program = redis_program()
    if program is None:
        raise NotHere(NO_REDIS)
    with _folder(None) as folder:
        port = free_port()
        run = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--dir", str(folder), "--daemonize", "no"]  # fmt: skip
        server = OwnRedis(folder, run, port, _redis_answers)
        try:
            server.start()
            yield server
        finally:
            server.kill()


def _postgres_answers(server: OwnServer) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=server.port, user="alongside", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers(server: OwnServer) -> bool:
    client = redis.Redis(port=server.port)
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()


def _group(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _groups(user: str | None) -> list[int] | None:
    return None if user is None else []


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """A folder that goes away with us, and whatever server has left its number in it."""
    folder = Path(tempfile.mkdtemp(prefix="alongside-own-", dir="/tmp"))
    if user is not None:
        shutil.chown(folder, user)
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "guard", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield folder
    finally:
        (folder / "pid").unlink(missing_ok=True)
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(PATIENCE)
