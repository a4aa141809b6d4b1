"""Where plans are at home among several workers, and how connections get there: whole, once, and never into nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server import homes
from server.homes import Homes, drain, line, plan_named
from server.listening import ABSENT, Board

PLACES = 4
PLANS = [f"{number:032x}" for number in range(400)]
REQUEST = b"GET /live?plan=%s HTTP/1.1\r\nhost: here\r\n\r\n"


class Several:
    """Workers in every first cell, as the parent sets them up."""

    def __init__(self, places: int = PLACES) -> None:
        self.board = Board.fresh(2 * places)
        self.lines = [line() for _ in range(2 * places)]
        writing = [one for _, one in self.lines]
        self.all = [Homes(self.board, cell, places, self.lines[cell][0], writing) for cell in range(2 * places)]
        for cell in range(places):
            self.board.write(cell, 0)

    def close(self) -> None:
        for both in self.lines:
            for end in both:
                end.close()

    def homes(self) -> dict[str, int]:
        """By plan, the cell in which everybody who is there sees its home."""
        there = [cell for cell in range(self.board.cells) if self.board.read(cell) != ABSENT]
        found: dict[str, int] = {}
        for plan in PLANS:
            seen = {home if (home := self.all[cell].home(plan)) is not None else cell for cell in there}
            (found[plan],) = seen
        return found


@pytest.fixture
def several() -> Iterator[Several]:
    one = Several()
    yield one
    one.close()


@pytest.fixture
def two() -> Iterator[Several]:
    one = Several(2)
    yield one
    one.close()


def at_home_in_the_second(two: Several) -> str:
    return next(plan for plan, cell in two.homes().items() if cell == 1)


def test_a_plan_is_named_by_its_address_alone() -> None:
    assert "abc" == plan_named(b"/live?plan=abc")
    assert "abc" == plan_named(b"/live?x=1&plan=abc&plan=other")
    assert "" == plan_named(b"/live")
    assert "" == plan_named(b"/live?plan=")
    assert "" == plan_named(b"/live?plan=" + b"a" * 65)


@given(some.binary(max_size=200))
def test_any_address_is_read(address: bytes) -> None:
    assert len(plan_named(address)) <= 64


def test_everybody_agrees_on_homes_and_they_are_spread(several: Several) -> None:
    counts = list(several.homes().values())
    assert all(50 < counts.count(cell) < 150 for cell in range(PLACES))


def test_only_the_plans_of_a_worker_that_left_find_another_home(several: Several) -> None:
    before = several.homes()
    several.board.write(2, ABSENT)
    after = several.homes()
    assert {plan for plan in PLANS if before[plan] != after[plan]} == {plan for plan in PLANS if before[plan] == 2}


def test_a_replacement_takes_over_the_plans_of_its_place(several: Several) -> None:
    before = several.homes()
    several.board.write(1 + PLACES, 0)  # both are there for a moment
    several.board.write(1, ABSENT)
    assert {plan: 1 + PLACES if cell == 1 else cell for plan, cell in before.items()} == several.homes()


def test_a_home_with_far_more_connections_is_left_in_peace(two: Several) -> None:
    plan = at_home_in_the_second(two)
    two.board.write(0, 100)
    two.board.write(1, 1200)
    assert 1 == two.all[0].home(plan)
    two.board.write(1, 1201)
    assert two.all[0].home(plan) is None


def ends() -> tuple[socket.socket, socket.socket]:
    mine, theirs = socket.socketpair()
    mine.settimeout(10)
    return mine, theirs


async def test_a_connection_comes_whole_and_its_giver_may_let_go(two: Several) -> None:
    plan = at_home_in_the_second(two)
    came: asyncio.Future[tuple[socket.socket, bytes]] = asyncio.get_running_loop().create_future()
    two.all[1].open(lambda connection, request: came.set_result((connection, request)))
    client, taken = ends()
    request = REQUEST % plan.encode()
    with client:
        assert two.all[0].hand_on(plan, taken.fileno(), request)
        taken.close()
        connection, read = await asyncio.wait_for(came, 10)
        with connection:
            connection.sendall(b"welcome")
            assert (b"welcome", request) == (client.recv(100), read)
    two.all[1].close()


async def test_who_leaves_hands_on_who_still_comes(two: Several) -> None:
    plan = at_home_in_the_second(two)
    came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    client, taken = ends()

    def arrive(connection: socket.socket, request: bytes) -> None:
        connection.close()
        came.set_result(request)

    two.all[0].open(arrive)
    two.all[1].open(lambda *_: came.set_exception(AssertionError("it has left")))
    with client:
        assert two.all[0].hand_on(plan, taken.fileno(), REQUEST % plan.encode())
        taken.close()
        two.all[1].leave()
        two.board.write(1, ABSENT)
        assert REQUEST % plan.encode() == await asyncio.wait_for(came, 10)
    for one in two.all[:2]:
        one.close()


def test_a_home_that_lets_others_wait_is_passed_over(two: Several, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = at_home_in_the_second(two)
    now = 1000.0
    monkeypatch.setattr(homes.time, "monotonic", lambda: now)
    client, taken = ends()
    with client, taken:
        assert two.all[0].hand_on(plan, taken.fileno(), b"GET / HTTP/1.1")
        now += homes.STUCK_SECONDS / 2
        assert two.all[0].hand_on(plan, taken.fileno(), b"GET / HTTP/1.1")  # it may just be busy
        now += homes.STUCK_SECONDS
        assert not two.all[0].hand_on(plan, taken.fileno(), b"GET / HTTP/1.1")
        drain(two.lines[1][0])
        assert two.all[0].hand_on(plan, taken.fileno(), b"GET / HTTP/1.1")


def test_who_was_handed_to_a_dead_worker_is_let_go_at_once(two: Several) -> None:
    plan = at_home_in_the_second(two)
    client, taken = ends()
    with client:
        assert two.all[0].hand_on(plan, taken.fileno(), b"GET / HTTP/1.1")
        taken.close()
        drain(two.lines[1][0])
        assert b"" == client.recv(1)


def test_a_request_too_long_to_be_handed_on_stays(two: Several) -> None:
    plan = at_home_in_the_second(two)
    client, taken = ends()
    with client, taken:
        assert not two.all[0].hand_on(plan, taken.fileno(), bytes(homes.REQUEST_BYTES + 1))
