"""The stock provider behind proxies that block WebSockets: it is given our socket, and knows nothing else of it."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.test_stock_provider import HERE, NODE, example_plan, people
from tests.hard_proxy import Manner, hard_proxy
from tests.serving import Serving

STATIC = HERE.parents[1] / "static"
BUNDLE = """
const { createRequire } = require("node:module");
const esbuild = createRequire(process.argv[1] + "/package.json")("esbuild");
esbuild.buildSync({ entryPoints: [process.argv[1] + "/src/fallback.ts"], outfile: process.argv[2], bundle: true,
  platform: "node", format: "esm", target: "node22", logLevel: "warning" });
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's own socket, for Node."""
    target = tmp_path_factory.mktemp("fallback") / "fallback.mjs"
    subprocess.run([str(NODE), "-e", BUNDLE, str(STATIC), str(target)], check=True, timeout=60)
    return target


SECTIONS = {Manner.REFUSES: "B", Manner.HANGS: "C", Manner.MUTE: "D", Manner.ALLOWS: "E"}


def test_a_stock_writer_writes_whatever_the_proxy_does_to_sockets(shared_example_server: Serving, bundle: Path) -> None:
    server, plan, addresses = shared_example_server, example_plan(shared_example_server), people(shared_example_server)
    with ExitStack() as stack:
        # One of them hands on whole answers only: nothing here may count on parts of one.
        proxies = {
            manner: stack.enter_context(hard_proxy(server.port, manner, buffers=manner is Manner.REFUSES))
            for manner in SECTIONS
        }
        given = {
            "direct": server.live_url,
            "tokens": [server.token(addresses[role]) for role in ("parent", "case_officer")],
            "bundle": str(bundle),
            "writers": [
                {"url": proxies[manner].live_url, "name": f"{plan}/{section}"} for manner, section in SECTIONS.items()
            ],
        }
        command = [str(NODE), str(HERE / "behind_a_proxy.mjs"), json.dumps(given)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    results = json.loads(done.stdout.strip().splitlines()[-1])
    for manner, result in zip(SECTIONS, results, strict=True):
        blocked = manner is not Manner.ALLOWS
        assert (blocked, blocked) == (result["isFallback"], result["refuses"]), manner
        assert 1 == result["text"].count("Written behind the proxy."), manner
        assert 1 == result["text"].count("Written beyond it."), manner
        assert 1 <= proxies[manner].handshakes
