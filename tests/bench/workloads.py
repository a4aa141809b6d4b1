"""The workloads: what people do, in numbers. Each takes a server and returns what was measured."""

from __future__ import annotations

import json
import random
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import ours
from tests.bench.peers import HOME, Server
from tests.bench.running import clean, command, generate, running, start, stop

Result = dict[str, Any]
HISTORY_EDITS = 100_000


def _fresh(server: Server, **wanted: int) -> None:
    clean()
    if server.ours:
        ours.create(**wanted)


def meeting(server: Server) -> Result:
    """12 people in one section, each typing 6 updates/s and moving a caret."""
    _fresh(server, documents=1, people=12)
    with running(server) as process:
        return generate(server, process, "room", run="w1", rooms=1, clients=12, rate=6, dur=6, warm=1)


def meetings(server: Server) -> Result:
    """100 sections with 6 people each, 2 updates/s; its resident memory is the memory of 100 open sections."""
    _fresh(server, documents=100, people=6)
    with running(server) as process:
        before = _resident(process.pid)
        result = generate(server, process, "room", run="w2", rooms=100, clients=6, rate=2, dur=4, warm=1)
        return result | {"rss_before_mb": before}


def most_meetings(server: Server) -> Result:
    """The most such meetings with a 99th percentile under 100 ms."""
    _fresh(server, documents=2200, people=6)
    with running(server) as process:
        return generate(server, process, "ramp", run="w2m", clients=6, rate=2, start=60, dur=2.5)


def big_room(server: Server) -> Result:
    """200 people in one section, 20 of them typing 5 updates/s."""
    _fresh(server, documents=1, people=200)
    with running(server) as process:
        return generate(server, process, "room", run="w3", rooms=1, clients=200, typers=20, rate=5, dur=4, warm=1)


def cold_join(server: Server) -> Result:
    """A section with 100,000 single edits of history: the server starts afresh, one joins; then 50 at once."""
    trace = history()
    clean()
    if server.ours:
        ours.create(documents=1, people=50)
        ours.seed(trace)
    else:
        with running(server) as process:
            seeded = generate(server, process, "seed", run="w4", file=trace, hold=20 if server.durable else 0, max=240)
            if not server.durable:
                warm = generate(server, process, "join", run="w4", clients=50, min=30_000, max=40)
                return {"seed": seeded, "warm50": warm}
    with running(server) as process:
        one = generate(server, process, "join", run="w4", clients=1, min=30_000, max=40)
    with running(server) as process:
        fifty = generate(server, process, "join", run="w4", clients=50, min=30_000, max=40)
    return {"cold1": one, "cold50": fifty}


def killed(server: Server, seconds: float = 6.0) -> Result:
    """kill -9 while 12 people type and all of them leave: what was acknowledged or shown, and is gone?"""
    _fresh(server, documents=1, people=12)
    process = start(server)
    dump = HOME / "crash.txt"
    typing = command(server, None, "crash", run="w5", clients=12, rate=6, dur=seconds + 4, dump=dump)
    generator = subprocess.Popen(typing, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert generator.stdout is not None
    generator.stdout.readline()
    time.sleep(seconds)
    stop(process, signal.SIGKILL)
    out, _ = generator.communicate(timeout=60)
    with running(server) as again:
        after = generate(server, again, "verify", run="w5", dump=dump, wait=2.5)
    return json.loads(out.strip().splitlines()[-1]) | after


def history() -> Path:
    """A trace of single edits as a person makes them: bursts of typing in many places, some of it taken back."""
    path = HOME / f"history-{HISTORY_EDITS}.updates"
    if path.exists():
        return path
    from pycrdt import Doc, XmlElement, XmlFragment, XmlText

    print(f"Writing a history of {HISTORY_EDITS} edits", flush=True)
    chance = random.Random(20260922)
    doc: Doc[Any] = Doc(client_id=7)
    root = doc.get("prosemirror", type=XmlFragment)
    written: list[bytes] = []
    watch = doc.observe(lambda event: written.append(event.update))
    texts: list[XmlText] = []
    while len(written) < HISTORY_EDITS:
        if not texts or (len(texts) < 150 and chance.random() < 0.06):
            with doc.transaction():
                element = XmlElement("paragraph")
                root.children.append(element)
                text = XmlText()
                element.children.append(text)
            texts.append(text)
        text = chance.choice(texts)
        at = chance.randrange(len(text) + 1)
        for _ in range(chance.randrange(10, 60)):
            if chance.random() < 0.1 and at > 0:
                at -= 1
                del text[at : at + 1]
            else:
                text.insert(at, chance.choice("etaoin shrdlu"))
                at += 1
    doc.unobserve(watch)
    path.write_bytes(b"".join(struct.pack("<I", len(update)) + update for update in written[:HISTORY_EDITS]))
    return path


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


WORKLOADS: dict[str, Callable[[Server], Result]] = {
    "meeting": meeting,
    "meetings": meetings,
    "big-room": big_room,
    "cold-join": cold_join,
    "killed": killed,
    "most-meetings": most_meetings,
}
