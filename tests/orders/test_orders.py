"""Orders drawn by chance, thousands of them: the log is sound, what was called saved is there once, all hold one text.

Every example has a number; ``World`` with ``random.Random(number)`` takes the same steps again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from server.migrations.migrate import upgrade_to_head
from tests.orders.processes import settings_for
from tests.orders.steps import StepStore
from tests.orders.world import World

PROCESSES = 3
EXAMPLES = [
    pytest.param(0, 40, id="40"),
    pytest.param(1_000_000, 20_000, id="20000", marks=[pytest.mark.full_size, pytest.mark.timeout(3600)]),
]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[StepStore]]:
    settings = settings_for(tmp_path_factory.mktemp("orders"))
    found = [StepStore(settings) for _ in range(PROCESSES)]
    for store in found:
        event.listen(store.engine, "connect", lambda connection, record: connection.execute("PRAGMA synchronous=OFF"))
    upgrade_to_head(found[0].engine.execution_options(writes=True))
    yield found
    for store in found:
        store.close()


@pytest.mark.parametrize(("first", "count"), EXAMPLES)
def test_whatever_the_order_of_steps_the_log_is_sound_and_what_was_saved_is_there_once(
    stores: list[StepStore], first: int, count: int
) -> None:
    rows = saved = 0
    for number in range(first, first + count):
        dice = random.Random(number)
        world = World(stores[: dice.choice((2, 2, PROCESSES))], dice)
        world.run(dice.randrange(50, 400))
        assert world.faults == [], f"example {number}: {' | '.join(world.told[-30:])}"
        rows += world.entries
        saved += world.saved
    assert rows > 20 * count
    assert saved > 15 * count
