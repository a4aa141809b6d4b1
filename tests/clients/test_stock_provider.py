"""The stock @hocuspocus/provider with stock y-prosemirror can connect, write, be refused and come back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sections import example
from tests.serving import Serving
from tests.set_up import NODE_HOME

HERE = Path(__file__).parent
REFERENCE = example.load().facts.reference
NODE = NODE_HOME / "bin" / "node"


def people(server: Serving) -> dict[str, str]:
    """Role -> e-mail address of the example's people."""
    done = server.alongside("people", "--json")
    assert done.returncode == 0, done.stderr
    return {
        access["role"]: person["email"]
        for person in json.loads(done.stdout)
        for access in person["plans"]
        if access["reference"] == REFERENCE
    }


def example_plan(server: Serving) -> str:
    done = server.alongside("plans", "--json")
    assert done.returncode == 0, done.stderr
    (plan,) = (plan["id"] for plan in json.loads(done.stdout) if plan["reference"] == REFERENCE)
    return str(plan)


def run(script: str, server: Serving, section: str, roles: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [str(NODE), str(HERE / script), configuration(server, section, roles)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def configuration(server: Serving, section: str, roles: list[str]) -> str:
    addresses = people(server)
    tokens = [server.token(addresses[role]) for role in roles]
    return json.dumps({"url": server.live_url, "name": f"{example_plan(server)}/{section}", "tokens": tokens})


def test_two_stock_writers_end_with_the_same_durable_text(shared_example_server: Serving) -> None:
    result = run("two_writers.mjs", shared_example_server, "J", ["parent", "case_officer"])
    assert result["equal"] is True
    assert "He waits for a quiet moment." in result["text"]
    assert result["scope"] == "read-write"


def test_the_server_says_who_somebody_is_whatever_they_claim(shared_example_server: Serving) -> None:
    result = run("two_writers.mjs", shared_example_server, "D", ["parent", "case_officer"])
    assert result["shown"]["name"] != "Somebody Else"
    assert result["shown"]["role"]


@pytest.mark.parametrize(
    ("section", "role", "code"),
    [("I", "parent", "locked"), ("I", "signing_officer", "locked"), ("B", "observer", "not-allowed")],
)
def test_a_stock_writer_is_refused_with_a_code_and_a_sentence(
    shared_example_server: Serving, section: str, role: str, code: str
) -> None:
    result = run("refused_writer.mjs", shared_example_server, section, [role, "case_officer"])
    assert result["denied"] == []
    assert result["scope"] == "readonly"
    assert [told["code"] for told in result["refused"]] == [code]
    assert result["refused"][0]["sentence"]
    assert result["unsaved"] > 0
    assert "These words may not be here." not in result["other"]


def test_a_made_up_token_opens_nothing(shared_example_server: Serving) -> None:
    made_up = json.dumps(
        {
            "url": shared_example_server.live_url,
            "name": f"{example_plan(shared_example_server)}/B",
            "tokens": ["made.up.token", "x"],
        }
    )
    done = subprocess.run(
        [str(NODE), str(HERE / "refused_writer.mjs"), made_up], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(result["denied"]) == 1


def test_words_typed_while_the_server_was_dead_arrive_once(example_server: Serving) -> None:
    process = subprocess.Popen(
        [str(NODE), str(HERE / "comes_back.mjs"), configuration(example_server, "C", ["parent"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline() == "TYPED\n", process.stderr.read()
        example_server.kill()
        process.stdin.write("dead\n")
        process.stdin.flush()
        assert process.stdout.readline() == "OFFLINE\n", process.stderr.read()
        example_server.start()
        out, errors = process.communicate("back\n", timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    result = json.loads(out.strip().splitlines()[-1])
    assert result["equal"] is True
    assert result["text"].count("Before the power cut.") == 1
    assert result["text"].count("While it was away.") == 1
