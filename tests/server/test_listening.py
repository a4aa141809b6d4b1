"""One port shared by several processes: an even spread, whoever is stuck, and nobody lost when one of them leaves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from server.listening import ABSENT, Board, Listener

SLACK = 6
"""By chance alone, 90 connections on three places differ by more than that most of the time."""


class Kept(asyncio.Protocol):
    """Keeps its connection."""

    def __init__(self, mine: list[asyncio.BaseTransport]) -> None:
        self._mine = mine

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine.append(transport)


@pytest.fixture
def shared() -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        yield one


class Place:
    """A listener as a worker has it, with a file number of its own for the shared socket."""

    def __init__(self, shared: socket.socket, board: Board, cell: int) -> None:
        self.mine: list[asyncio.BaseTransport] = []
        self.shared = shared.dup()
        self.listener = Listener(self.shared, board, cell, lambda: Kept(self.mine), 256)


async def come(shared: socket.socket, number: int) -> list[asyncio.StreamWriter]:
    host, port = shared.getsockname()
    return [(await asyncio.open_connection(host, port))[1] for _ in range(number)]


async def have(places: list[Place], number: int) -> None:
    async with asyncio.timeout(10):
        while sum(len(place.mine) for place in places) < number:  # noqa: ASYNC110 - a transport tells nobody
            await asyncio.sleep(0.002)


def uneven(places: list[Place]) -> int:
    counts = [len(place.mine) for place in places]
    return max(counts) - min(counts)


async def leave(places: list[Place], writers: list[asyncio.StreamWriter]) -> None:
    for place in places:
        place.listener.close()
        place.shared.close()
        for transport in place.mine:
            transport.close()
    for writer in writers:
        writer.close()
        await writer.wait_closed()


async def test_connections_are_spread_evenly_and_a_newcomer_catches_up(shared: socket.socket) -> None:
    board = Board.fresh(4)
    places = [Place(shared, board, cell) for cell in (0, 1)]
    writers = await come(shared, 60)
    await have(places, 60)
    assert uneven(places) <= SLACK
    places.append(Place(shared, board, 2))
    writers += await come(shared, 30)
    await have(places, 90)
    assert uneven(places) <= SLACK
    await leave(places, writers)


async def test_a_worker_that_is_stuck_holds_nobody_up(shared: socket.socket) -> None:
    board = Board.fresh(2)
    board.write(1, 0)  # it says it has none, and takes none
    place = Place(shared, board, 0)
    writers = await come(shared, 5)
    await have([place], 5)
    await leave([place], writers)


async def test_those_who_wait_when_a_worker_leaves_are_taken_by_another(shared: socket.socket) -> None:
    board = Board.fresh(2)
    first = Place(shared, board, 0)
    first.listener.close()  # the socket goes on listening
    assert ABSENT == board.read(0)
    writers = await come(shared, 3)
    second = Place(shared, board, 1)
    await have([second], 3)
    assert [] == first.mine
    await leave([first, second], writers)
