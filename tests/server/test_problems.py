"""Refusals over HTTP: one form for programs, complete, and saying no more than their sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI
from starlette.exceptions import HTTPException

from server.codes import REFUSALS, PlanError
from server.problems import HTTP_ONLY, install_problems, known, problem


class Broken(PlanError):
    """For the test."""


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_problems(app)

    @app.get("/api/broken")
    async def broken() -> None:
        raise Broken("SELECT secret")

    @app.get("/api/refused/{status}")
    async def refused(status: int) -> None:
        raise HTTPException(status, headers={"Retry-After": "60"} if status == 429 else None)

    @app.get("/api/own")
    async def own() -> None:
        raise HTTPException(404, detail="There is no such plan.")

    @app.post("/api/number")
    async def number(value: Annotated[int, Body(embed=True)]) -> int:
        return value

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as found:
        yield found


@pytest.mark.parametrize("code", [*map(str, REFUSALS), *HTTP_ONLY])
def test_every_code_has_a_status_and_a_sentence(code: str) -> None:
    status, sentence = known(code)
    assert 400 <= status <= 599
    assert sentence.endswith(".")
    answer = problem(code)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_code_nobody_wrote_down_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no-such-code"):
        problem("no-such-code")


async def test_a_broken_part_is_told_without_its_message(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/broken")
    assert answer.status_code == 503
    assert set(answer.json()) == {"type", "title", "status", "detail", "code"}
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "signed-out"),
        (403, "not-allowed"),
        (404, "not-found"),
        (405, "wrong-method"),
        (413, "too-big"),
        (500, "unexpected"),
    ],
)
async def test_every_refusal_of_the_framework_is_a_problem(client: httpx.AsyncClient, status: int, code: str) -> None:
    answer = await client.get(f"/api/refused/{status}")
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_headers_and_own_sentences_are_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/refused/429")).headers["retry-after"] == "60"
    assert (await client.get("/api/own")).json()["detail"] == "There is no such plan."


async def test_a_wrong_body_names_the_place_and_not_what_was_sent(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/number", json={"value": "Sami cannot read"})
    assert answer.status_code == 422
    assert answer.json()["places"] == [{"where": "body.value", "problem": "int_parsing"}]
    assert "Sami" not in answer.text
