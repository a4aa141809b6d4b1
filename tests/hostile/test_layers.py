"""In a layer too: nothing hostile gets through, no proposal is ever lost, and nothing honest is refused."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from crdt.blocks import Tree, plain_text
from crdt.gate import Accepted, Refused
from crdt.ledger import Ledger
from crdt.ledger_bytes import from_bytes, to_bytes
from crdt.replica import Replica
from crdt.schema import LAYER
from tests.hostile.histories import History, Server, fresh, replay
from tests.hostile.layer_corpus import made, start
from tests.hostile.rounds import Round
from tests.hostile.run import attack
from tests.hostile.test_hostile import stock_browser_reads_the_same

FIXED = {name: [key for key, rule in node.attributes.items() if rule.fixed] for name, node in LAYER.nodes.items()}


@cache
def histories() -> tuple[History, ...]:
    return tuple(fresh(first_seed=1, count=40, edits=80, schema=LAYER))


def what_stays(tree: Tree) -> Counter[tuple[str, ...]]:
    """Every record with what it is about, and every wording of it; none that is not whole yet."""
    found: Counter[tuple[str, ...]] = Counter()
    for record in tree["children"]:
        about = _about(record)
        parts = [_about(words) for words in record["children"]]
        found.update([about, *(about + part for part in parts if part)] if about else [])
    return found


def _about(element: Tree) -> tuple[str, ...]:
    held = element.get("attrs", {})
    keys = FIXED[element["type"]]
    return (element["type"], *(held[key] for key in keys)) if set(keys) <= held.keys() else ()


@pytest.mark.parametrize("name", sorted(made()))
def test_what_would_rob_a_side_is_refused(name: str) -> None:
    server = Server(schema=LAYER)
    assert isinstance(server.take(start(), "somebody"), Accepted)
    assert isinstance(server.take(made()[name], "somebody"), Refused)


def test_honest_people_are_never_refused_and_end_with_their_words() -> None:
    for history in histories():
        server = replay(history)
        assert history.clocks == server.ledger.clocks() == server.engine_clocks()
        assert history.tree == server.replica.tree()
        newcomer = Replica(LAYER)
        newcomer.apply(server.replica.full_update())
        assert sorted(plain_text(history.tree)) == sorted(plain_text(newcomer.tree()))
        again = from_bytes(to_bytes(server.ledger), LAYER)
        assert isinstance(again, Ledger)
        assert to_bytes(server.ledger) == to_bytes(again)


@pytest.mark.full_size
def test_a_thousand_honest_histories_of_layers_end_with_their_words() -> None:
    for history in fresh(first_seed=10_000, count=1_000, edits=150, schema=LAYER):
        assert history.tree == replay(history).replica.tree()


def test_everything_sent_again_is_known() -> None:
    for history in histories()[:10]:
        server = replay(history)
        for who, update in history.log:
            assert not isinstance(server.take(update, who), Accepted | Refused)


def test_no_attack_takes_a_proposal_away_or_moves_it() -> None:
    verdicts: Counter[str] = Counter()
    for number in range(40):
        battle = Round(f"layer/{number}", list(histories()), with_corpus=number == 0)
        server = battle.server
        stays = what_stays(server.replica.tree())
        for who, update in battle.tries():
            verdict = server.take(update, who)
            verdicts[type(verdict).__name__] += 1
            if isinstance(verdict, Accepted):
                now = what_stays(server.replica.tree())
                assert stays <= now
                stays = now
    assert verdicts["Accepted"] > 50
    assert verdicts["Refused"] > 1_000


def test_a_stock_browser_reads_what_the_server_reads_after_an_attack() -> None:
    stock_browser_reads_the_same(list(histories()), rounds=30)


def test_a_thousand_hostile_updates_leave_the_process_alive() -> None:
    ending = attack(count=1_000, seed=3, timeout=60, what="layer")
    assert (0, "") == (ending.returncode, ending.stderr), ending.last
    assert {"accepted", "malformed", "gap", "not-yours"} <= ending.counts.keys()


@pytest.mark.full_size
def test_a_hundred_thousand_hostile_updates_leave_the_process_alive() -> None:
    ending = attack(count=100_000, seed=4, timeout=600, what="layer")
    assert (0, "") == (ending.returncode, ending.stderr), ending.last
