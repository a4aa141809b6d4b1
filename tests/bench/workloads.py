"""The workloads: what people do, in numbers. Each takes a server and returns what was measured."""

from __future__ import annotations

import json
import random
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from tests.bench import ours
from tests.bench.peers import HOME, Server
from tests.bench.running import clean, command, generate, running, start, stop

Result = dict[str, Any]
HISTORY_EDITS = 100_000


LIFTED = {
    "ALONGSIDE_UPDATES_PER_SECOND": "1000000",
    "ALONGSIDE_UPDATES_BURST": "1000000",
    "ALONGSIDE_BYTES_PER_SECOND": "1000000000",
    "ALONGSIDE_BYTES_BURST": "1000000000",
}
"""For the ceiling alone: nobody types a hundred keys a second, and who does is slowed."""


@dataclass
class Pace:
    """How long the windows are: 1 as in the tables, less for a look whether all works."""

    part: float = 1.0

    def seconds(self, whole: float) -> float:
        return max(1.0, whole * self.part)

    def number(self, whole: int) -> int:
        return max(2, int(whole * min(1.0, self.part * 2)))


PACE = Pace()


def fresh(server: Server, *, documents: int, people: int) -> None:
    """Nothing is left of the last measurement."""
    if server.place is None:
        clean()
    else:
        ours.create(server.place, documents=documents, people=people)


def room(server: Server, run: str, rooms: int, clients: int, seconds: float, **options: object) -> Result:
    """So many sections with so many people each; memory before and with all of them open."""
    fresh(server, documents=rooms, people=clients)
    with running(server) as process:
        before = resident(process.pid)
        window = PACE.seconds(seconds)
        result = generate(server, process, "room", run=run, rooms=rooms, clients=clients, dur=window, warm=1, **options)
        return result | {"rss_before_mb": before}


def meeting(server: Server) -> Result:
    """W1: 12 people in one section, each typing 6 updates/s and moving a caret."""
    return room(server, "w1", 1, 12, 6, rate=6)


def meetings(server: Server) -> Result:
    """W2: 100 sections with 6 people each, 2 updates/s; its resident memory is the memory of 100 open sections."""
    return room(server, "w2", PACE.number(100), 6, 4, rate=2)


def most_meetings(server: Server) -> Result:
    """The most such meetings with a 99th percentile under 100 ms."""
    fresh(server, documents=2200, people=6)
    with running(server) as process:
        return generate(server, process, "ramp", run="w2m", clients=6, rate=2, start=60, dur=PACE.seconds(2.5))


def big_room(server: Server) -> Result:
    """W3: 200 people in one section, 20 of them typing 5 updates/s."""
    return room(server, "w3", 1, 200, 4, typers=20, rate=5)


def cold_join(server: Server) -> Result:
    """W4: a section with 100,000 single edits of history: the server starts afresh, one joins; then 50 at once."""
    trace = history()
    fresh(server, documents=1, people=50)
    if server.place is not None:
        ours.seed(server.place, trace)
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


def killed(server: Server) -> Result:
    """W5: kill -9 while 12 people type and all of them leave: what was acknowledged or shown, and is gone?"""
    fresh(server, documents=1, people=12)
    seconds = PACE.seconds(6)
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


def ceiling(server: Server) -> Result:
    """W6: 50 people in one section, 10 of them typing as fast as answers come."""
    lifted = replace(server, environment=server.environment | LIFTED)
    fresh(lifted, documents=1, people=50)
    with running(lifted) as process:
        return generate(lifted, process, "sat", run="w6", clients=50, typers=10, dur=PACE.seconds(4), warm=1)


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


def resident(pid: int) -> float:
    """Resident memory of a process and its children, in MB."""
    found = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (found, *found.children(recursive=True))) / 1024**2


WORKLOADS: dict[str, Callable[[Server], Result]] = {
    "meeting": meeting,
    "meetings": meetings,
    "big-room": big_room,
    "cold-join": cold_join,
    "killed": killed,
    "ceiling": ceiling,
    "most-meetings": most_meetings,
}
