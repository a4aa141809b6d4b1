"""What ``/openapi.json`` says beyond the routes' own words: how to sign in, and every refusal in its one shape.

Routes name only what is special to them; what any request can meet at the door is added here. It describes and
decides nothing. ``app`` installs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from server.auth.cookies import cookie_name
from server.problems import API, MEDIA_TYPE
from server.settings import Settings

METHODS = ("get", "put", "post", "delete", "patch")
SESSION, BEARER = "session", "bearer"

REFUSALS = {
    "400": ("Malformed", "What was sent could not be read, or it has been done already."),
    "401": ("SignedOut", "No token or cookie, or one that is over."),
    "403": ("NotAllowed", "Your role does not include this, or the request did not come from our own page."),
    "404": ("NotFound", "Nothing at this address, or a plan you are not on: the two are not told apart."),
    "409": ("Locked", "The plan's stage does not allow this."),
    "413": ("TooBig", "The body is over the limit."),
    "422": ("Invalid", "Part of the request is missing or not as it should be."),
    "429": ("TooFast", "Too many changes at once. Wait a moment, then try again."),
    "503": ("Unavailable", "It was not saved, or the server is busy. Nothing of it was kept; try again."),
}
"""Status -> the name of the shared response, and what it means."""

ALWAYS = ("401", "503")
CHANGING = ("403", "413", "422", "429")
ON_A_PLAN = ("404",)
CHANGING_A_PLAN = ("400", "409")


def install(app: FastAPI) -> None:
    """Puts the whole description in the place of the framework's own."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(plain(), app.state.settings)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the documented way to extend it


def _complete(schema: dict[str, Any], settings: Settings) -> dict[str, Any]:
    parts = schema.setdefault("components", {})
    parts["securitySchemes"] = {
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name("session", settings),
            "description": "The cookie of a page. A request that changes something also needs X-CSRF-Token.",
        },
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A program's token, printed by `alongside token`.",
        },
    }
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {name: {"description": words, "content": problem} for name, words in REFUSALS.values()}
    for path, method, operation in operations(schema):
        if not path.startswith(API):
            operation["security"] = []  # open: it says nothing about any plan or person
            continue
        operation["security"] = [{SESSION: []}, {BEARER: []}]
        answers = operation["responses"]
        for status in sorted({*_possible(path, method), *(set(answers) & set(REFUSALS))}):
            answers[status] = {"$ref": f"#/components/responses/{REFUSALS[status][0]}"}
    for unused in ("HTTPValidationError", "ValidationError"):  # the framework's own shape, which we never answer with
        parts["schemas"].pop(unused, None)
    return schema


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _possible(path: str, method: str) -> Iterator[str]:
    """What the door and the shared dependencies can answer with."""
    changing = method != "get"
    on_a_plan = "{plan_id}" in path
    yield from ALWAYS
    if changing:
        yield from CHANGING
    if on_a_plan:
        yield from ON_A_PLAN
    if changing and on_a_plan:
        yield from CHANGING_A_PLAN
