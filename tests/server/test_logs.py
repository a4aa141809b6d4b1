"""Logs are JSON and hold no name, address, token or word of a plan, whoever writes them."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from server.logs import REQUEST_ID, clean, set_up_logs
from tests.serving import Serving, serving


@pytest.fixture
def lines() -> Iterator[Any]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    set_up_logs("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def test_an_event_is_one_json_object_with_time_and_request(lines: Any) -> None:
    token = REQUEST_ID.set("abc12345")
    structlog.get_logger("alongside.test").info("plan.opened", seq=4, section="B")
    REQUEST_ID.reset(token)
    (event,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", event.pop("at"))
    assert event == {
        "event": "plan.opened",
        "level": "info",
        "logger": "alongside.test",
        "request_id": "abc12345",
        "section": "B",
        "seq": 4,
    }


def test_private_things_are_taken_out_wherever_they_are(lines: Any) -> None:
    log = structlog.get_logger("alongside.test")
    log.info(
        "oops leila@example.org",
        name="Leila",
        email="leila@example.org",
        detail={"child": "Sami", "who": ["leila@example.org"]},
        token="eyJhbGciOi.eyJzdWIi.c2ln",
        header="Bearer eyJhbGciOi.eyJzdWIi.c2ln",
        payload=b"Sami reads",
    )
    text = json.dumps(lines())
    for private in ("Leila", "leila", "Sami", "eyJ"):
        assert private not in text


def test_an_error_is_told_by_kind_and_place_and_never_by_its_message(lines: Any) -> None:
    try:
        try:
            raise ValueError("Sami cannot read this")
        except ValueError as cause:
            raise RuntimeError("INSERT INTO ... 'Sami'") from cause
    except RuntimeError:
        structlog.get_logger("alongside.test").exception("broken")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        logging.getLogger("some.library").exception("failed on %s", "Sami")
    events = lines()
    assert [event["error"] for event in events] == ["RuntimeError"] * 3
    assert [event["cause"] for event in events] == ["ValueError"] * 3
    assert "test_logs.py" in events[0]["where"][-1]
    assert "Sami" not in json.dumps(events)
    assert events[2]["event"] == "failed on %s"


def test_the_access_log_of_the_web_server_is_off(lines: Any) -> None:
    logging.getLogger("uvicorn.access").info("GET /sign-in/code/abc?code=123456")
    assert lines() == []


def test_less_important_events_are_left_out(lines: Any) -> None:
    structlog.get_logger("alongside.test").debug("small")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    assert lines() == []


def test_clean_keeps_what_is_not_private() -> None:
    assert clean("entry 4 of F@family at 10:42") == "entry 4 of (removed) at 10:42"
    assert clean("seq 12, section H1") == "seq 12, section H1"


def test_a_real_server_logs_no_name_no_address_and_no_word_of_the_plan(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ALONGSIDE_LOG_LEVEL="info") as example_server:
        _check_logs(example_server)


def _check_logs(example_server: Serving) -> None:
    from crdt.blocks import plain_text
    from sections import example

    story = example.load()
    token = example_server.token(story.people[0].email)
    plans = json.loads(example_server.alongside("plans", "--json").stdout)
    (plan,) = (plan["id"] for plan in plans if plan["reference"] == story.facts.reference)
    page = f"/plans/{plan}"
    with httpx.Client(base_url=example_server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        for path in ("/api/me", page, f"{page}/people", f"{page}/sections/B", "/sign-in", "/nowhere"):
            assert client.get(path).status_code in ((404,) if path == "/nowhere" else (200, 303))
    example_server.stop()
    events = [json.loads(line) for line in example_server.log().splitlines() if line.startswith("{")]
    assert len([event for event in events if event["event"] == "request"]) >= 6
    written = "\n".join(json.dumps(event, ensure_ascii=False) for event in events)
    private = {person.name for person in story.people} | {person.email for person in story.people} | {token}
    private |= {line for tree in story.sections.values() for line in plain_text(tree).splitlines() if len(line) > 20}
    assert {one for one in private if one in written} == set()
    assert not re.search(r"[\w.]+@[\w.]+\.[a-z]+", written)
