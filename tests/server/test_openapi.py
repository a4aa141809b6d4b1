"""The API's description of itself: whole, true to what is answered, and with one shape for every refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from server.auth.cookies import cookie_name
from server.openapi import BEARER, REFUSALS, SESSION, operations
from tests.server.site import Site

JSON = {"Accept": "application/json"}
OPEN = {("/health/live", "get"), ("/health/ready", "get")}


@pytest.fixture
async def described(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = (await site.visitor().get("/openapi.json")).json()
    return found


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(inner)


def at(document: Any, reference: str) -> Any:
    """What a local reference points to."""
    assert reference.startswith("#/"), reference
    for part in reference[2:].split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


async def test_every_reference_leads_somewhere_and_nothing_is_left_over(described: dict[str, Any]) -> None:
    used = {one["$ref"] for one in inside(described) if isinstance(one.get("$ref"), str)}
    for reference in used:
        assert isinstance(at(described, reference), dict)
    kept = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in described["components"][kind]
    }
    assert set() == kept - used


async def test_it_has_the_form_of_openapi_3_1(described: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", described["openapi"])
    assert {"title", "version", "description"} <= set(described["info"])
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert sorted(set(ids)) == sorted(ids)
    for path, method, operation in operations(described):
        parameters = operation.get("parameters", [])
        named = {one["name"] for one in parameters if one["in"] == "path"}
        assert set(re.findall(r"{(\w+)}", path)) == named, path
        assert all(one["required"] for one in parameters if one["in"] == "path")
        assert all("schema" in one for one in parameters)
        assert operation["responses"]
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            whole = at(described, answer["$ref"]) if "$ref" in answer else answer
            assert whole["description"], (path, method, status)
            assert all(isinstance(media["schema"], dict) for media in whole.get("content", {}).values())


async def test_every_operation_says_how_to_sign_in_or_that_it_is_open(site: Site, described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    assert ("apiKey", "cookie", cookie_name("session", site.app.state.settings)) == (
        schemes[SESSION]["type"],
        schemes[SESSION]["in"],
        schemes[SESSION]["name"],
    )
    assert ("http", "bearer") == (schemes[BEARER]["type"], schemes[BEARER]["scheme"])
    for path, method, operation in operations(described):
        expected = [] if (path, method) in OPEN else [{SESSION: []}, {BEARER: []}]
        assert expected == operation["security"], (path, method)


async def test_every_refusal_is_one_shared_answer_in_problem_form(described: dict[str, Any]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    shared = described["components"]["responses"]
    assert {name for name, _ in REFUSALS.values()} == set(shared)
    assert all(problem == one["content"] for one in shared.values())
    for path, method, operation in operations(described):
        if (path, method) in OPEN:
            continue
        refusals = {status for status in operation["responses"] if status >= "400"}
        expected = {"401", "503"}
        expected |= {"404"} if "{plan_id}" in path else set()
        expected |= {"403", "413", "429"} if method != "get" else set()
        expected |= {"409"} if method != "get" and "{plan_id}" in path else set()
        assert expected <= refusals, (path, method)
        for status in refusals:
            assert {"$ref": f"#/components/responses/{REFUSALS[status][0]}"} == operation["responses"][status]


async def test_what_is_open_answers_a_visitor_and_all_else_does_not(site: Site, described: dict[str, Any]) -> None:
    visitor = site.visitor()
    for path, method, _ in operations(described):
        address = path.replace("{plan_id}", site.plan_id).replace("{section}", "B").replace("{access}", "1")
        answer = await visitor.request(method.upper(), address, headers=JSON)
        assert ((path, method) in OPEN) == (answer.status_code == 200), (path, method)
        assert (path, method) in OPEN or answer.status_code in (401, 403)


async def test_the_document_is_the_same_when_it_is_asked_for_again(site: Site, described: dict[str, Any]) -> None:
    assert described == (await site.visitor().get("/openapi.json")).json()
