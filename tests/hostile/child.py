"""The process that may die: lets hostile updates through the gate and onto a live document, round after round.

Before each update it notes the round and the bytes in a file, so that the parent can say what killed it.
Prints its counts as one JSON line at the end. Started by ``run.py`` only.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from crdt.blocks import plain_text
from crdt.gate import Accepted, Known, check
from crdt.replica import Replica
from crdt.schema import LAYER
from tests.hostile.corpus import start
from tests.hostile.histories import Server, fresh, recorded
from tests.hostile.rounds import Round


def main(seed: int, count: int, trace: str, what: str) -> None:
    """Runs rounds until so many updates were tried."""
    note = os.open(trace, os.O_WRONLY | os.O_CREAT)
    histories = recorded() if what == "prose" else list(fresh(first_seed=seed, count=20, edits=60, schema=LAYER))
    counts: Counter[str] = Counter()
    worst = spent = tried = size = 0.0
    bystander = Server()
    bystander.take(start(), "somebody")
    calm = bystander.replica.tree()
    number = 0
    while tried < count:
        battle = Round(f"{seed}/{number}", histories, with_corpus=number == 0)
        server = battle.server
        for who, update in itertools.islice(battle.tries(), int(count - tried)):
            os.pwrite(note, f"round {number} {who} {update.hex()}\n".ljust(120).encode(), 0)
            before = time.thread_time()
            verdict = check(update, server.ledger, who)
            took = time.thread_time() - before
            spent += took
            size += len(update)
            worst = max(worst, took / max(1, len(update) / 1024))
            tried += 1
            counts[_carry_out(server, verdict, who)] += 1
        counts["read back in another order"] += _is_sound(server)
        assert bystander.replica.tree() == calm
        number += 1
    print(
        json.dumps({"counts": counts, "ms_per_kib": 1000 * spent / (size / 1024), "worst_ms_per_kib": 1000 * worst})
    )  # the parent reads it


def _carry_out(server: Server, verdict: object, who: str) -> str:
    if isinstance(verdict, Accepted):
        server.replica.apply(verdict.update)
        server.ledger.record(verdict, who)
        return "accepted"
    return "known" if isinstance(verdict, Known) else verdict.code  # type: ignore[attr-defined, no-any-return]


def _is_sound(server: Server) -> bool:
    """The engine holds what the ledger says, and what it writes down can be read again, letter for letter.

    True if letters come back in another order: for structs whose neighbours never stood side by side, and for a few
    that stock undo makes, the order in Yjs depends on what is merged first. Screens compare content hashes for that.
    """
    assert server.ledger.clocks() == server.engine_clocks()
    tree = server.replica.tree()
    again = Replica(server.schema)
    again.apply(server.replica.full_update())
    other = again.tree()
    assert sorted(plain_text(other)) == sorted(plain_text(tree))
    return other != tree


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), str(Path(sys.argv[3])), sys.argv[4])
