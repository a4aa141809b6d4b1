"""``make bench``: the workloads on our server, everything on, and on its peers, interleaved in one run.

Parts: ``peers`` and ``stores`` (W1-W6), ``promises`` (what each costs), ``growth`` (curves). Round after round, so that
what else the machine does falls on all alike; what takes long comes after the rounds, a few times only. ``--minutes``
starts nothing after so many of them; each figure says how often it was measured. ``--write`` puts it into ``docs``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench import machine, ours, pages
from tests.bench.growth import GROWTH, sizes, storage
from tests.bench.peers import HOME, Server, install, peers
from tests.bench.places import Place, council
from tests.bench.report import (
    APART,
    HOCUSPOCUS,
    MEMORY_PEER,
    ON_POSTGRES,
    OURS,
    PEERS,
    TWO,
    WITHOUT,
    markdown,
    summarise,
)
from tests.bench.workloads import PACE, WORKLOADS, Result

DEFAULT_WORK = "meeting,meetings,big-room,cold-join,killed,ceiling,most-meetings"
LONG = {"cold-join": 5, "killed": 2, "most-meetings": 1}
"""What takes long, and in how many rounds it is measured at most."""
RAMPED = (OURS, ON_POSTGRES, MEMORY_PEER, HOCUSPOCUS)
"""Whose most meetings are looked for."""
PROMISE_WORK = ("meeting", "meetings", "big-room")
PARTS = ("peers", "stores", "promises", "growth")

Measurement = tuple[str, str, int | None, Callable[[], Result]]
"""Workload, server, size, and what does it."""


def main() -> None:
    chosen = _arguments()
    if chosen.quick:
        PACE.part, chosen.rounds = 0.2, min(chosen.rounds, 1)
    began, load = time.time(), os.getloadavg()[0]
    chosen.out.unlink(missing_ok=True)
    with ExitStack() as stack:
        lent = stack.enter_context(council()) if {"stores", "growth"} & set(chosen.parts) else None
        everyone = _servers(lent)
        install({name for name in everyone if name in PEERS} if "peers" in chosen.parts else {OURS})
        for run, (work, name, size, measure) in _measurements(chosen, everyone):
            if not chosen.minutes or time.time() < began + chosen.minutes * 60:
                _take(chosen.out, run, work, name, size, measure)
    about = machine.about(rounds=chosen.rounds, quick=chosen.quick, began=began, load=load, lent=lent is not None)
    summary = summarise(chosen.out, about)
    HOME.joinpath("summary.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    print(markdown(summary))
    if chosen.write:
        pages.write(summary)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--work", default=DEFAULT_WORK, help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--servers", nargs="*", default=[], help="their names; all when none is given")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--long-rounds", type=int, default=3, help="in so many of these: cold joins, promises, curves")
    parser.add_argument("--minutes", type=float, default=0, help="starts nothing after so many; 0: no bound")
    parser.add_argument("--quick", action="store_true", help="one round of tiny windows: does everything work?")
    parser.add_argument("--longest", action="store_true", help="a history of a million edits too")
    parser.add_argument("--write", action="store_true", help="writes the figures into docs")
    parser.add_argument("--out", type=Path, default=HOME / "results.jsonl", help="one JSON line per measurement")
    return parser.parse_args()


def _servers(lent: Any) -> dict[str, Server]:
    file = Place()
    found = {OURS: ours.server(OURS, file)}
    if lent is not None:
        found[ON_POSTGRES] = ours.server(ON_POSTGRES, Place(1, *lent))
        found[TWO] = ours.server(TWO, Place(2, *lent))
        found[APART] = ours.server(APART, Place(2, *lent, apart=True))
    found |= {name: ours.server(name, file, without=promises) for name, promises in WITHOUT.items()}
    return found | {name: server for name, server in peers().items() if name in PEERS}


def _measurements(chosen: argparse.Namespace, everyone: dict[str, Server]) -> Iterator[tuple[int, Measurement]]:
    works = chosen.work.split(",")
    for run in range(chosen.rounds):
        yield from ((run, one) for one in _round(chosen, everyone, run, [work for work in works if work not in LONG]))
    for run in range(min(chosen.rounds, chosen.long_rounds)):
        yield from (
            (run, one) for one in _round(chosen, everyone, run, [work for work in works if run < LONG.get(work, 0)])
        )
        yield from ((run, one) for one in _curves(chosen, everyone, run))


def _round(
    chosen: argparse.Namespace, everyone: dict[str, Server], run: int, works: list[str]
) -> Iterator[Measurement]:
    only = chosen.servers or list(everyone)
    parts = set(chosen.parts)
    for work in works:
        for name, server in everyone.items():
            part = "peers" if name in PEERS else "promises" if name in WITHOUT else "stores"
            if part == "promises" and (run >= chosen.long_rounds or work not in PROMISE_WORK):
                continue
            if name in only and (part in parts or name == OURS) and (work != "most-meetings" or name in RAMPED):
                yield work, name, None, lambda work=work, server=server: WORKLOADS[work](server)  # type: ignore[misc]


def _curves(chosen: argparse.Namespace, everyone: dict[str, Server], run: int) -> Iterator[Measurement]:
    for name, server in everyone.items() if "stores" in chosen.parts and not run else ():
        if server.place is not None and name in (chosen.servers or everyone) and name not in (*WITHOUT, TWO, APART):
            yield "storage", name, None, lambda server=server: storage(server)  # type: ignore[misc]
    if "growth" in chosen.parts:
        for kind, (measure, _) in GROWTH.items():
            for size in sizes(kind, longest=chosen.longest and run == 0):
                yield kind, OURS, size, lambda measure=measure, size=size: measure(everyone[OURS], size)  # type: ignore[misc]


def _take(out: Path, run: int, work: str, name: str, size: int | None, measure: Callable[[], Result]) -> None:
    started = time.time()
    try:
        result = measure()
    except (RuntimeError, OSError) as trouble:
        result = {"error": repr(trouble)[:300]}
    record = {"at": int(started), "server": name, "work": work, "size": size, "run": run, "result": result}
    with out.open("a") as lines:
        lines.write(json.dumps(record) + "\n")
    where = name if size is None else f"{size:,}"
    print(f"{work} {run} {where} ({time.time() - started:.0f} s): {json.dumps(result)[:150]}", flush=True)


if __name__ == "__main__":
    main()
