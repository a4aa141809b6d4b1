"""A server that is told to stop answers all it has read, sends everybody elsewhere, and loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from server.draining import Draining
from server.settings import Settings
from tests.crash.store import ROLES, make, texts
from tests.crash.writers import Writer
from tests.databases import fresh_database
from tests.live_client import LiveClient
from tests.live_serving import live_server
from tests.serving import Serving, free_port

POSTGRES = "postgresql+psycopg://nobody@127.0.0.1/nothing"


def never() -> bool:
    return False


@pytest.mark.parametrize("fast", [True, False])
async def test_whatever_was_acknowledged_before_the_goodbye_is_there_and_the_rest_can_be_sent_again(
    tmp_path: Path, fast: bool
) -> None:
    async with live_server(tmp_path, fast=fast) as server:
        client, section = await server.enter("B", "parent")
        await section.write("First.")
        updates = [section.typed(f" {number}.") for number in range(60)]
        sending = asyncio.gather(*(section.send(update) for update in updates), return_exceptions=True)
        leaving = asyncio.create_task(Draining(server.settings).send_away(server.live, never))
        assert 1012 == await client.closed()
        await leaving
        await sending
        assert all(section.answers)
        acknowledged = len(section.answers) - 1
        with pytest.raises(InvalidStatus) as refused:
            await server.client()
        assert 503 == refused.value.response.status_code
        server.live.leaving = False
        _, again = await server.enter("B", "parent")
        assert all(f" {number}." in again.text for number in range(acknowledged))
        await again.send(section.doc.get_update())
        await again.saved()
        _, other = await server.enter("B", "case_officer")
        assert other.text == section.text


async def test_only_a_server_with_others_beside_it_waits_for_proxies_to_notice() -> None:
    loop = asyncio.get_running_loop()
    alone = Draining(Settings(drain_seconds=60))
    beside = Draining(Settings(drain_seconds=60, database_url=POSTGRES))
    await asyncio.wait_for(alone.pause(never), 1)
    waiting = asyncio.create_task(beside.pause(never))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.05)
    beside.hurried = True
    await asyncio.wait_for(waiting, 1)
    began = loop.time()
    await Draining(Settings(drain_seconds=0.1, database_url=POSTGRES)).pause(never)
    assert 0.1 <= loop.time() - began


def test_a_server_told_to_stop_is_not_ready_from_then_on_while_it_still_serves_whoever_is_connected(
    tmp_path: Path,
) -> None:
    with fresh_database() as url:
        made = make(tmp_path / "data", database_url=url)
        drains = {"ALONGSIDE_DATABASE_URL": url, "ALONGSIDE_DRAIN_SECONDS": "60"}
        server = Serving(made.settings.data_dir, free_port(), drains, "serve")

        async def hold_on() -> None:
            async with (
                httpx.AsyncClient(base_url=server.url) as proxy,
                await LiveClient.connect(server.live_url) as client,
            ):
                section = await client.open(made.name("B"), made.tokens["parent"])
                await section.write("Before.")
                assert 200 == (await proxy.get("/health/ready")).status_code
                assert server.process is not None
                os.kill(server.process.pid, signal.SIGTERM)
                async with asyncio.timeout(10):
                    while 503 != (await proxy.get("/health/ready")).status_code:  # the signal is on its way
                        pass
                await section.write("While it drains.")
                said = await proxy.get("/health/ready")
                assert (503, {"status": "stopping"}) == (said.status_code, said.json())
                assert 200 == (await proxy.get("/health/live")).status_code
                async with await LiveClient.connect(server.live_url) as late:  # the proxy has not noticed yet
                    await late.open(made.name("B"), made.tokens["case_officer"])
                assert client.close_code is None
                os.kill(server.process.pid, signal.SIGINT)  # enough
                assert 1012 == await client.closed()

        server.start()
        try:
            asyncio.run(hold_on())
            assert server.process is not None
            server.process.wait(15)
        finally:
            server.stop()
        assert "Before.\nWhile it drains." == texts(made)["B"]


def test_a_restart_in_the_middle_of_writing_loses_nothing_that_was_called_saved(tmp_path: Path) -> None:
    made = make(tmp_path / "data")
    server = Serving(made.settings.data_dir, free_port(), {"ALONGSIDE_LOG_LEVEL": "info"}, "serve")
    writers: list[Writer] = []
    codes: list[int | None] = []

    async def write_until_the_goodbye() -> None:
        clients: list[LiveClient] = []
        for number, role in enumerate(ROLES):
            writer = Writer(server.live_url, made.name("B"), made.tokens[role], f"w{number}")
            writers.append(writer)
        typing = [asyncio.create_task(writer.type(pause=0.004), name="writer") for writer in writers]
        await asyncio.gather(*(writer.has_saved(20) for writer in writers))
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGTERM)
        await asyncio.gather(*typing)
        clients += [writer.client for writer in writers if writer.client is not None]
        codes.extend([client.close_code for client in clients])
        for writer in writers:
            await writer.leave()

    server.start()
    try:
        asyncio.run(write_until_the_goodbye())
        assert server.process is not None
        server.process.wait(15)
    finally:
        server.stop()
    assert [1012] * len(ROLES) == codes
    assert "left_without_an_answer" not in server.log()
    there = Counter(texts(made)["B"].split())
    saved = [word for writer in writers for word in writer.saved]
    assert 80 <= len(saved)
    assert dict.fromkeys(saved, 1) == {word: there[word] for word in saved}
