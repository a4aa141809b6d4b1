"""Refusals over HTTP: ``application/problem+json`` for programs, a plain page for people.

The sentence comes from ``server.codes`` for the refusals listed there, and from the table here for what only HTTP has.
Never says more than the sentence: no stack, no text of a plan, no word on who exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from server.codes import REFUSALS, Code, PlanError

MEDIA_TYPE = "application/problem+json"
API = "/api/"

HTTP_ONLY: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "not-from-our-page": (
            403,
            "This form did not come from an open page of this service, so nothing was changed. "
            "Go back, load the page again and send it once more.",
        ),
        "not-found": (404, "There is nothing at this address."),
        "wrong-method": (405, "This address does not answer that kind of request."),
        "unexpected": (500, "Something went wrong here, so this was not done. Try again in a minute."),
    }
)
CODE_OF_STATUS: Mapping[int, str] = MappingProxyType(
    {
        400: Code.MALFORMED,
        401: Code.SIGNED_OUT,
        403: Code.NOT_ALLOWED,
        404: "not-found",
        405: "wrong-method",
        413: Code.TOO_BIG,
        422: Code.MALFORMED,
        429: Code.TOO_FAST,
        503: Code.BUSY,
    }
)


def known(code: str) -> tuple[int, str]:
    """Status and sentence of a code; ``ValueError`` for one nobody wrote down."""
    if code in HTTP_ONLY:
        return HTTP_ONLY[code]
    row = REFUSALS[Code(code)]
    return row.status, row.sentence


def problem(
    code: str,
    *,
    detail: str | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """The problem+json answer for a code; ``detail`` replaces the code's own sentence."""
    usual_status, sentence = known(code)
    status = status or usual_status
    body = {
        "type": f"urn:alongside:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or sentence,
        "code": str(code),
        **more,
    }
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def wants_problem(scope: Scope) -> bool:
    """Is a program asking? Everything under /api is for programs, and so is a request that wants no HTML."""
    return scope["path"].startswith(API) or "text/html" not in Headers(scope=scope).get("accept", "text/html")


def refusal(scope: Scope, code: str, *, status: int | None = None, detail: str | None = None) -> Response:
    """The answer to a refused request, before or outside any route: a problem for programs, a page for people."""
    if wants_problem(scope):
        return problem(code, status=status, detail=detail)
    from server.pages import render  # here, because pages need the forms' token, and that stands on this module

    usual_status, sentence = known(code)
    return render(Request(scope), "sign_in/refused.html", status=status or usual_status, sentence=detail or sentence)


def plan_error(request: Request, error: PlanError) -> JSONResponse:
    """For programs: something we depend on is broken."""
    return problem(error.code)


def http_error(request: Request, error: HTTPException) -> JSONResponse:
    """For programs: any other refusal; a sentence given with the exception is kept."""
    code = CODE_OF_STATUS.get(error.status_code, "unexpected" if error.status_code >= 500 else Code.MALFORMED)
    own = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
    return problem(code, detail=own, status=error.status_code, headers=error.headers)


def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """For programs: the body or a parameter is not what it should be. Names the places, never what was sent."""
    places = [
        {"where": ".".join(str(part) for part in found["loc"]), "problem": str(found["type"])}
        for found in error.errors()
    ]
    return problem(
        Code.MALFORMED, status=422, detail="Part of this request is missing or not as it should be.", places=places[:50]
    )


def install_problems(app: FastAPI) -> None:
    """Answer everybody with problems; an application with pages puts its own handlers over these."""
    app.add_exception_handler(PlanError, plan_error)  # type: ignore[arg-type]  # starlette types handlers by Exception
    app.add_exception_handler(HTTPException, http_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, invalid)  # type: ignore[arg-type]
