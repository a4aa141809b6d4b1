"""Two workers on one port, real PostgreSQL and Redis: one dies, both are replaced, all stop, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
from pycrdt import Doc
from websockets.exceptions import WebSocketException

from crdt import frames
from tests import serving
from tests.crash.store import Made, make, texts
from tests.databases import fresh_database
from tests.live_client import LiveClient, Section
from tests.live_serving import until
from tests.serving import Serving, free_port

PATIENCE = 90.0
SOON_SECONDS = 2.0


class Person:
    """Writes one word after the other, each until it is saved; comes back whenever the connection ends."""

    def __init__(self, server: Serving, name: str, token: str, mark: str, plan: str = "") -> None:
        """``plan`` stands in the address, as a page has it there."""
        self.doc: Doc[Any] = Doc()
        self.saved: list[str] = []
        self.closes: list[int] = []
        self.away: list[float] = []
        """Seconds from the end of a connection until everything was saved again."""
        self.port: int | None = None
        self.seen = ""
        self._address = server.live_url + (f"?plan={plan}" if plan else "")
        self._name = name
        self._token = token
        self._mark = mark
        self._left: float | None = None

    async def write(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            try:
                client = await LiveClient.connect(self._address)
            except (OSError, WebSocketException):
                await asyncio.sleep(0.1)
                continue
            try:
                await self._write_here(client, stop)
            except (AssertionError, TimeoutError, WebSocketException):
                pass
            finally:
                self._left = loop.time()
                if client.close_code is not None:
                    self.closes.append(client.close_code)
                await client.close()

    async def _write_here(self, client: LiveClient, stop: asyncio.Event) -> None:
        section = client.sections[self._name] = Section(client, self._name, self.doc)
        await client.send(frames.token(self._name, self._token))
        await client.send(frames.sync_step1(self._name, self.doc.get_state()))
        await client.until(lambda: section.synced or client.close_code is not None, PATIENCE)
        await section.step2(self.doc.get_update())
        await self._answered(client, section)
        self.port = client.socket.local_address[1]
        if self._left is not None:
            self.away.append(asyncio.get_running_loop().time() - self._left)
        while not stop.is_set():
            word = f"{self._mark}.{len(self.saved)}.{len(self.closes)}"
            await section.send(section.paragraph(word))
            await self._answered(client, section)
            self.saved.append(word)
            self.seen = section.text

    async def _answered(self, client: LiveClient, section: Section) -> None:
        await client.until(lambda: len(section.answers) >= section.sent or client.close_code is not None, PATIENCE)
        assert client.close_code is None
        assert all(section.answers)


def workers(server: Serving) -> list[psutil.Process]:
    assert server.process is not None
    return [one for one in psutil.Process(server.process.pid).children() if "server.worker" in one.cmdline()]


def worker_of(server: Serving, person: Person) -> int:
    """The process at the other end of this person's connection."""
    (found,) = (
        one.pid
        for one in workers(server)
        for connection in one.net_connections("tcp")
        if connection.raddr and connection.raddr.port == person.port and connection.laddr.port == server.port
    )
    return found


async def _through_it_all(server: Serving, made: Made) -> list[Person]:
    people = [
        Person(server, made.name("B"), made.tokens[role], role[0]) for role in ("parent", "case_officer", "senco")
    ]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        await _write_through_it_all(server, people, group, stop)
        stop.set()
    return people


async def _write_through_it_all(
    server: Serving, people: list[Person], group: asyncio.TaskGroup, stop: asyncio.Event
) -> None:
    await until(lambda: server.log().count("worker_serves") == 2, PATIENCE)
    for person in people:
        group.create_task(person.write(stop), name="person")
        await until(lambda person=person: len(person.saved) > 2, PATIENCE)  # type: ignore[misc]
    places = [worker_of(server, person) for person in people]
    assert 2 == len(set(places))  # the second came to the other worker
    await until(lambda: all(people[0].saved[0] in person.seen for person in people), PATIENCE)
    await until(lambda: all(people[1].saved[0] in person.seen for person in people), PATIENCE)

    os.kill(places[0], signal.SIGKILL)
    await until(lambda: len(people[0].away) == 1, PATIENCE)
    await until(lambda: len(workers(server)) == 2, PATIENCE)
    before = {one.pid for one in workers(server)}
    assert places[0] not in before
    await until(lambda: server.log().count("worker_serves") == 3, PATIENCE)

    assert server.process is not None
    os.kill(server.process.pid, signal.SIGHUP)
    await until(lambda: "restart_done" in server.log(), PATIENCE)
    assert not before & {one.pid for one in workers(server)}
    marks = [len(person.saved) for person in people]
    await until(lambda: all(len(one.saved) > mark + 2 for one, mark in zip(people, marks, strict=True)), PATIENCE)


async def _all_at_home(server: Serving, made: Made) -> list[Person]:
    """Whose address names the plan meet in one worker; when it hangs or dies, they meet in the other."""
    roles = ("parent", "case_officer", "senco")
    people = [Person(server, made.name("F"), made.tokens[role], f"home-{role[0]}", made.plan) for role in roles]
    late = Person(server, made.name("F"), made.tokens["parent"], "late", made.plan)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(person.write(stop), name="person")
        await until(lambda: all(len(person.saved) > 2 for person in people), PATIENCE)
        (home,) = {worker_of(server, person) for person in people}
        os.kill(home, signal.SIGSTOP)
        group.create_task(late.write(stop), name="late")
        await until(lambda: len(late.saved) > 2, PATIENCE)
        assert home != worker_of(server, late)
        os.kill(home, signal.SIGKILL)
        await until(lambda: all(person.away for person in people), PATIENCE)
        await until(lambda: all(late.saved[0] in person.seen for person in people), PATIENCE)

        await until(lambda: len(workers(server)) == 2, PATIENCE)
        await until(lambda: server.log().count("worker_serves") == 4, PATIENCE)
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGHUP)
        await until(lambda: server.log().count("restart_done") == 2, PATIENCE)
        marks = [len(person.saved) for person in people]
        await until(lambda: all(len(one.saved) > mark + 2 for one, mark in zip(people, marks, strict=True)), PATIENCE)
        assert 1 == len({worker_of(server, person) for person in people})
        stop.set()
    return [*people, late]


@pytest.mark.timeout(400)
def test_two_workers_lose_nothing_when_one_dies_and_when_both_are_replaced(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "START_SECONDS", 2 * PATIENCE)  # three processes start
    with fresh_database() as database:
        made = make(tmp_path / "data", database_url=database)
        environment = {
            "ALONGSIDE_DATABASE_URL": database,
            "ALONGSIDE_REDIS_URL": redis_url,
            "ALONGSIDE_WORKERS": "2",
        }
        server = Serving(made.settings.data_dir, free_port(), environment, "serve")
        try:
            server.start()
            people = asyncio.run(_through_it_all(server, made))
            together = asyncio.run(_all_at_home(server, made))
            assert server.process is not None
            os.kill(server.process.pid, signal.SIGTERM)
            assert 0 == server.process.wait(30)
        finally:
            server.stop()
        found = texts(made)
        there = Counter((found["B"] + " " + found["F"]).split())
    for person in (*people, *together):
        assert len(person.saved) > 2
        assert dict.fromkeys(person.saved, 1) == {word: there[word] for word in person.saved}
    for person in people:
        assert 1012 in person.closes
        assert {1006, 1012} >= set(person.closes)
    print("away", [round(seconds, 2) for person in people for seconds in person.away])
    assert SOON_SECONDS * 3 > max(seconds for person in people for seconds in person.away)  # tests share two cores
    assert "left_without_an_answer" not in server.log()
