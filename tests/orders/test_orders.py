"""Orders drawn by chance, thousands of them: the log is sound, what was called saved is there once, all hold one text.

Every example has a number; ``World`` with ``random.Random(number)`` takes the same steps again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from server.migrations.migrate import upgrade_to_head
from tests.orders.pages import Page
from tests.orders.processes import settings_for
from tests.orders.steps import StepStore, by_steps
from tests.orders.world import World

PROCESSES = 3
EXAMPLES = [
    pytest.param(0, 40, id="40"),
    pytest.param(1_000_000, 10_000, id="10000", marks=[pytest.mark.full_size, pytest.mark.timeout(3600)]),
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


@pytest.fixture
def world(stores: list[StepStore]) -> Iterator[World]:
    found = World(stores[:2], random.Random(1))
    with by_steps(found):
        yield found
        assert found.faults == []
        found.close()


def page_of(world: World, role: str) -> Page:
    """This person's page, open on the first process, with nothing under way."""
    (page,) = [page for page in world.pages if page.role == role][:1]
    page.come(world.processes[0].live, world.processes[0].loop)
    world.quiet()
    page.hear()
    assert page.synced
    return page


def test_an_edit_whose_authors_access_ended_while_it_waited_is_not_written_though_its_room_knows(world: World) -> None:
    page, here = page_of(world, "parent"), world.processes[0]
    page.write(1)
    here.loop.drain()
    world.end_access("parent")
    here.do(here.live.read_rights(world.plan))
    for _ in range(3):  # all that the first process is told of it, before its commit
        here.loop.drain()
        here.answer_all()
    assert here.store.writer.waits
    world.quiet()
    page.hear()
    assert page.refusals == ["not-on-plan"]
    assert world.entries == 0


@pytest.mark.parametrize("before", [0, 1], ids=["judged again", "judged again and again"])
def test_an_edit_whose_page_has_gone_is_judged_by_todays_rights_whenever_it_is(world: World, before: int) -> None:
    page, here = page_of(world, "parent"), world.processes[0]
    page.write(1)
    here.loop.drain()
    page.go()
    here.loop.drain()
    for role in ("senco", "parent")[1 - before :]:
        world.end_access(role)  # the commit finds other rights, and the edit is judged again
        here.store.writer.step(1)
        while not here.store.writer.waits and here.step_but_writing():
            pass
    world.quiet()
    assert world.entries == 0


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
