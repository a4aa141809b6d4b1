"""Nothing hostile reaches the engine, and nothing honest is refused."""

from __future__ import annotations

import json
import subprocess

import pytest

from crdt.blocks import canonical, plain_text
from crdt.gate import Accepted, Refused
from crdt.ledger_bytes import from_bytes, to_bytes
from crdt.replica import Replica
from crdt.update import read_state_vector
from tests.hostile.corpus import made, start
from tests.hostile.histories import HERE, NODE, History, Server, fresh, recorded, replay
from tests.hostile.rounds import Round
from tests.hostile.run import attack

HISTORIES = recorded()


@pytest.mark.parametrize("name", sorted(made()))
def test_what_once_did_harm_is_refused(name: str) -> None:
    server = Server()
    server.take(start(), "somebody")
    verdict = server.take(made()[name], "somebody")
    assert isinstance(verdict, Refused)


def test_three_thousand_hostile_updates_leave_the_process_alive_and_a_neighbour_untouched() -> None:
    ending = attack(count=3_000, seed=1, timeout=60)
    assert (0, "") == (ending.returncode, ending.stderr), ending.last
    assert {"accepted", "malformed", "gap", "not-yours"} <= ending.counts.keys()
    assert ending.ms_per_kib < 2


@pytest.mark.full_size
def test_a_hundred_thousand_hostile_updates_leave_the_process_alive() -> None:
    ending = attack(count=100_000, seed=2, timeout=600)
    assert (0, "") == (ending.returncode, ending.stderr), ending.last


def stock_browser_reads_the_same(histories: list[History], rounds: int) -> None:
    logs: list[str] = []
    servers: list[Server] = []
    for number in range(rounds):
        battle = Round(f"browser/{number}", histories)
        log = [update.hex() for update in battle.before]
        for who, update in battle.tries():
            verdict = battle.server.take(update, who)
            if isinstance(verdict, Accepted):
                log.append(verdict.update.hex())
        logs.append(json.dumps(log))
        servers.append(battle.server)
    done = subprocess.run(
        [str(NODE), str(HERE / "same_text.mjs"), histories[0].schema.root],
        input="\n".join(logs),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shown = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(servers) == len(shown)
    for server, screen in zip(servers, shown, strict=True):
        assert not screen["missing"]
        assert server.ledger.clocks() == read_state_vector(bytes.fromhex(screen["vector"]))
        assert server.replica.tree() == canonical(screen["tree"])


def test_a_stock_browser_reads_what_the_server_reads_after_an_attack() -> None:
    stock_browser_reads_the_same(HISTORIES, rounds=60)


def ends_as_stock_yjs_does(history: History) -> None:
    server = replay(history)
    assert history.clocks == server.ledger.clocks() == server.engine_clocks()
    assert history.tree == server.replica.tree()
    newcomer = Replica()
    newcomer.apply(server.replica.full_update())
    assert sorted(plain_text(history.tree)) == sorted(plain_text(newcomer.tree()))
    again = from_bytes(to_bytes(server.ledger))
    assert to_bytes(server.ledger) == to_bytes(again)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: str(history.seed))
def test_recorded_honest_people_are_never_refused_and_end_with_their_text(history: History) -> None:
    ends_as_stock_yjs_does(history)


def test_fresh_honest_people_are_never_refused_and_end_with_their_text() -> None:
    for history in fresh(first_seed=70_000, count=30, edits=80):
        ends_as_stock_yjs_does(history)


@pytest.mark.full_size
def test_a_thousand_fresh_honest_histories_end_with_their_text() -> None:
    for history in fresh(first_seed=80_000, count=1_000, edits=150):
        ends_as_stock_yjs_does(history)


@pytest.mark.parametrize("history", HISTORIES[:10], ids=lambda history: str(history.seed))
def test_what_the_ledger_calls_deleted_is_what_the_engine_deleted(history: History) -> None:
    server = replay(history)
    engine = server.engine_deletes()
    for client, known in server.ledger.clients.items():
        by_engine = {clock for start, length in engine.get(client, []) for clock in range(start, start + length)}
        by_ledger = {clock for clock in range(known.clock) if known.is_gone(clock, clock + 1)}
        assert by_ledger <= by_engine
        for clock in by_engine - by_ledger:  # deleted because of what they stood in, or replaced
            place = known.place(clock)
            node = place[0] if isinstance(place, tuple) else place
            assert node is None or isinstance(place, tuple) or server.ledger.node_is_gone(node)


@pytest.mark.parametrize("history", HISTORIES[:10], ids=lambda history: str(history.seed))
def test_everything_sent_again_is_known(history: History) -> None:
    server = replay(history)
    for who, update in history.log:
        if who != "reader":
            assert not isinstance(server.take(update, who), Accepted | Refused)
