"""One round of attack: a live section or layer in the middle of an honest history, and somebody who means harm."""

from __future__ import annotations

import random
from collections.abc import Iterator

from crdt.schema import SCHEMA
from tests.hostile import corpus, layer_corpus
from tests.hostile.histories import History, Server
from tests.hostile.mutations import Attacker

PER_ROUND = 100
OWN_CLIENT = 4_000_000_001


class Round:
    """``tries`` gives what is sent, and by whom; whoever runs the round carries the verdicts out on ``server``."""

    def __init__(self, seed: str, histories: list[History], *, with_corpus: bool = False) -> None:
        self._dice = random.Random(seed)
        self._first: list[bytes] = []
        schema = histories[0].schema
        told = corpus if schema is SCHEMA else layer_corpus
        self.server = Server(schema=schema)
        self.before: list[bytes] = []
        """What the section was made of when the attack began."""
        honest = [told.start()]
        if with_corpus:
            self._first = list(told.made().values())
            self._take(told.start(), "somebody")
        else:
            log = [(who, update) for who, update in self._dice.choice(histories).log if who != "reader"]
            honest = [update for _, update in log]
            for who, update in log[: self._dice.randrange(len(log))]:
                self._take(update, who)
        self._attacker = Attacker(self._dice, honest, self.server.ledger, OWN_CLIENT)

    def _take(self, update: bytes, who: str) -> None:
        self.server.take(update, who)
        self.before.append(update)

    def tries(self) -> Iterator[tuple[str, bytes]]:
        """Who sends what, each against the section as the last one left it."""
        for _ in range(PER_ROUND):
            update = self._first.pop() if self._first else self._attacker.next()
            owners = sorted({known.owner for known in self.server.ledger.clients.values()})
            yield self._dice.choice((*owners, "mallory")), update
