"""Starts one measured server at a time on one core, and the load generator on another."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.peers import DATA, HOME, LOADGEN, Server
from tests.bench.places import FIGURES

PORT = int(os.environ.get("ALONGSIDE_BENCH_PORT", "18080"))
START_SECONDS = 40.0
GENERATOR_SECONDS = 400.0
CORES = sorted(os.sched_getaffinity(0))
GENERATOR_CORE = str(CORES[-1])


def server_cores(server: Server) -> str:
    """A core for each of its processes, as long as one is left for the generator; else they share the first."""
    workers = server.place.workers if server.place is not None else 1
    return ",".join(map(str, CORES[:workers])) if workers < len(CORES) else str(CORES[0])


def _favour(pid: int) -> None:
    """As root, keeps other work on the machine out of the numbers."""
    if os.geteuid() == 0:
        try:
            Path(f"/proc/{pid}/autogroup").write_text("-20")
        except OSError:
            pass


def _free() -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return False
    return True


def start(server: Server) -> subprocess.Popen[bytes]:
    DATA.mkdir(parents=True, exist_ok=True)
    if not _free():
        raise RuntimeError(f"port {PORT} is taken; set ALONGSIDE_BENCH_PORT")
    environment = os.environ | {"PORT": str(PORT), "NODE_ENV": "production"} | server.environment
    if server.place is not None:
        environment |= server.place.environment()
        shutil.rmtree(FIGURES, ignore_errors=True)  # of one that was killed
    with (HOME / "server.log").open("ab") as log:
        command = ["taskset", "-c", server_cores(server), *server.command]
        process = subprocess.Popen(command, env=environment, cwd=HOME, stdout=log, stderr=log, start_new_session=True)
    _favour(process.pid)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _answers(server)
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{server.name} did not start; see {HOME / 'server.log'}") from None
            time.sleep(0.05)
        else:
            time.sleep(0.5)  # let it finish starting before it is measured
            return process


def _answers(server: Server) -> None:
    """Raises ``OSError`` as long as it does not; of several processes of ours, as long as one of them is missing."""
    if server.place is None:
        socket.create_connection(("127.0.0.1", PORT), 0.2).close()
        return
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=5):
        pass
    if server.place.started() < server.place.workers:
        raise OSError("some have not started")


def figure(name: str) -> float:
    """The largest value of one of our own figures, over all processes."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return max((float(line.split()[-1]) for line in lines if line.startswith((f"{name}{{", f"{name} "))), default=0.0)


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for _ in range(100):
        if _free():
            return
        time.sleep(0.05)


@contextmanager
def running(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    process = start(server)
    try:
        yield process
    finally:
        stop(process)


def clean() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


def command(server: Server, process: subprocess.Popen[bytes] | None, mode: str, **options: object) -> list[str]:
    pids = str(process.pid) if process else ""
    listed = [str(LOADGEN), mode, "--port", str(PORT), "--proto", server.proto, "--pids", pids]
    if server.place is not None:
        listed += ["--also", ",".join(map(str, server.place.also))]
        listed += ["--path", server.place.path]
        listed += ["--docs", str(HOME / "ours.docs"), "--tokens", str(HOME / "ours.tokens")]
    for name, value in options.items():
        listed += [f"--{name}", str(value)]
    return ["taskset", "-c", GENERATOR_CORE, *listed]


def generate(server: Server, process: subprocess.Popen[bytes], mode: str, **options: object) -> dict[str, Any]:
    """Runs the generator to its end and returns what it measured, or {"error": …}."""
    child = subprocess.Popen(
        command(server, process, mode, **options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _favour(child.pid)
    try:
        out, errors = child.communicate(timeout=GENERATOR_SECONDS)
    except subprocess.TimeoutExpired:
        return {"error": "the generator timed out"}
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    try:
        result: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {"error": (out + errors)[-400:]}
    return result
