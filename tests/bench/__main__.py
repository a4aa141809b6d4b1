"""``make bench``: the workloads on our server, everything on, and on its peers, interleaved in one run."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from tests.bench import ours
from tests.bench.peers import HOME, install, peers
from tests.bench.report import markdown
from tests.bench.workloads import WORKLOADS

DEFAULT_WORK = "meeting,meetings,big-room,cold-join,killed"


def main() -> None:
    everyone = {"Alongside": ours.server()} | peers()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", default=",".join(everyone), help="names, separated by commas")
    parser.add_argument("--work", default=DEFAULT_WORK, help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured")
    parser.add_argument("--out", type=Path, default=HOME / "results.jsonl", help="one JSON line per measurement")
    chosen = parser.parse_args()
    names = chosen.servers.split(",")
    install(set(names))
    chosen.out.unlink(missing_ok=True)
    for run in range(chosen.runs):
        for work in chosen.work.split(","):
            for name in names:
                started = time.time()
                try:
                    result = WORKLOADS[work](everyone[name])
                except (RuntimeError, OSError) as trouble:
                    result = {"error": repr(trouble)[:300]}
                record = {"at": int(started), "server": name, "work": work, "run": run, "result": result}
                with chosen.out.open("a") as out:
                    out.write(json.dumps(record) + "\n")
                print(f"{work} {run} {name}: {json.dumps(result)[:160]}", flush=True)
    print(markdown(chosen.out))


if __name__ == "__main__":
    main()
