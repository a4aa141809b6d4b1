"""Traces: what they tell when they are on, that they tell nothing about anybody, and that off is off."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server import tracing
from server.settings import Settings
from tests.live_serving import LiveServer, live_server
from tests.server.collector import Collector, collecting, facts
from tests.server.site import Site

SERVER = Path(__file__).parents[2] / "server"
TRACE = "0af7651916cd43dd8448eb211c80319c"
REVIEWED = {
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "alongside.message.kind",
    "alongside.bytes",
    "alongside.entries",
    "alongside.documents",
    "alongside.code",
    "error.type",
}
"""Looked at one by one: none can hold an address, an id, a name or a word of a plan."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found
        tracing.stop()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with live_server(tmp_path / "live") as found:
        yield found


def on(collector: Collector, ratio: float = 1.0) -> None:
    tracing.start(Settings(otlp_endpoint=collector.address, trace_ratio=ratio))


async def test_requests_sign_ins_messages_and_commits_are_told_and_nothing_about_anybody(
    collector: Collector, site: Site, server: LiveServer
) -> None:
    on(collector)
    secret = "zebrafinch"
    await site.program("parent").get(
        f"{site.home}?q={secret}", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-00"}
    )
    _, section = await server.enter("B", "parent")
    await section.write(f"My {secret} sings.")
    await (await server.client()).knock(f"{server.plan}/B", "nobody")
    await asyncio.to_thread(tracing.stop)

    assert {"/v1/traces"} == set(collector.paths)
    (request,) = (span for span in collector.spans if span.name == tracing.REQUEST)
    told = {"http.request.method": "GET", "http.route": "/plans/{plan_id}", "http.response.status_code": 200}
    assert told == facts(request)
    assert TRACE == request.trace_id.hex()
    assert "ok" in [one["alongside.code"] for one in collector.named(tracing.SIGN_IN)]
    assert any(one["alongside.entries"] for one in collector.named(tracing.COMMIT))
    assert collector.named(tracing.LOAD)
    assert all(one["alongside.bytes"] for one in collector.named(tracing.MESSAGE))
    assert "alongside" == collector.about["service.name"]

    assert {span.name for span in collector.spans} <= tracing.NAMES
    assert {key for span in collector.spans for key in facts(span)} <= REVIEWED
    private = [secret, site.plan_id, server.plan, "127.0.0.1", "@example"]
    private += [one for person in site.people.values() for one in (person.id, person.name, person.email)]
    assert [] == [one for one in private if one.encode() in collector.raw]


async def test_an_exception_is_told_by_its_kind_alone(collector: Collector) -> None:
    on(collector)
    with pytest.raises(ValueError, match="Robin"), tracing.span(tracing.LOAD):
        raise ValueError("Robin has moved")
    await asyncio.to_thread(tracing.stop)
    assert [{"error.type": "ValueError"}] == collector.named(tracing.LOAD)
    assert b"Robin" not in collector.raw


async def test_how_much_is_traced_is_ours_to_say_whoever_asks(collector: Collector, site: Site) -> None:
    on(collector, ratio=0.0)
    await site.visitor().get("/", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    await asyncio.to_thread(tracing.stop)
    assert [] == collector.spans


def test_a_word_that_is_not_in_the_table_is_left_out(collector: Collector) -> None:
    on(collector)
    with tracing.span(tracing.LOAD, person="Robin", size=3):
        pass
    tracing.stop()
    assert [{"alongside.bytes": 3}] == collector.named(tracing.LOAD)


def test_every_span_in_the_code_says_only_what_was_reviewed() -> None:
    assert REVIEWED == set(tracing.FACTS.values())
    for path in sorted(SERVER.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            of_tracing = isinstance(call.func.value, ast.Name) and call.func.value.id in ("tracing", "span")
            if of_tracing and call.func.attr in ("span", "root", "took", "say"):
                said = {word.arg for word in call.keywords}
                assert said <= set(tracing.FACTS), f"{path.name}:{call.lineno}"


OFF = """
import asyncio, sys
from pathlib import Path
from server import tracing
from server.app import create_app
from server.settings import Settings

async def main():
    app = create_app(Settings(data_dir=Path(sys.argv[1])))
    messages = asyncio.Queue()
    messages.put_nowait({"type": "lifespan.startup"})
    async def send(message):
        assert message["type"].endswith(".complete"), message
        if message["type"] == "lifespan.startup.complete":
            with tracing.span(tracing.LOAD, size=1) as span:
                span.say(code="ok")
            tracing.took(tracing.COMMIT, 1.0)
            messages.put_nowait({"type": "lifespan.shutdown"})
    await app({"type": "lifespan", "state": {}}, messages.get, send)

asyncio.run(main())
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter"))])
"""


def test_off_nothing_that_makes_or_sends_traces_is_imported_whatever_the_environment_says(tmp_path: Path) -> None:
    environment = os.environ | {
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-c", OFF, str(tmp_path / "data")]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SERVER.parent, env=environment)
    assert "[]" == found.stdout.strip()
