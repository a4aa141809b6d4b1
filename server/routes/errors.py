"""Refusals and mishaps as pages for people, in the same look, with what to do next. Programs get problem+json.

Says nothing that the sentence does not say: no stack, no address, no word on who exists.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.acts import NOT_ON_PLAN
from server.codes import PlanError
from server.pages import render
from server.problems import http_error, invalid, plan_error, problem, wants_problem
from server.routes.asking import TurnedAway

log = structlog.get_logger("alongside.http")

NOTHING_HERE = "There is nothing at this address. Check the address, or go back to your plans."
TITLES = {
    400: "This did not work",
    401: "You are signed out",
    403: "You cannot do this",
    404: "Page not found",
    405: "This did not work",
    409: "This cannot be changed now",
    413: "This is too big",
    422: "This did not work",
    429: "Too much at once",
    503: "This is not working at the moment",
}
SENTENCES = {
    400: "What was sent could not be read, so nothing was changed. Go back, load the page again and try once more.",
    403: "Your role does not include this, so nothing was changed. Ask the case officer if you think it should.",
    404: NOTHING_HERE,
    413: "What was sent is too big, so nothing was changed. Send it in smaller parts.",
    429: "Too many requests came at once. Wait a minute, then try again.",
    503: "We could not do this just now, and nothing was changed. Try again in a minute.",
}


def error_page(request: Request, status: int, sentence: str) -> Response:
    """A page that says what happened and what to do next."""
    title = TITLES.get(status, "Something went wrong")
    return render(request, "errors/error.html", status=status, title=title, sentence=sentence)


async def turned_away(request: Request, error: Exception) -> Response:
    """An act or page that the rules refuse."""
    if not isinstance(error, TurnedAway):
        raise error
    refused = error.refused
    if wants_problem(request.scope):
        more: dict[str, Any] = {"field": refused.field} if refused.field else {}
        return problem(refused.code, detail=refused.sentence, status=refused.status, **more)
    return error_page(request, refused.status, refused.sentence)


async def broken_part(request: Request, error: Exception) -> Response:
    """Something we depend on is broken: the store, most likely."""
    if not isinstance(error, PlanError):
        raise error
    log.warning("part-failed", code=str(error.code), request_id=request.scope.get("state", {}).get("request_id"))
    if wants_problem(request.scope):
        return plan_error(request, error)
    return error_page(request, error.refusal.status, SENTENCES.get(error.refusal.status, error.refusal.sentence))


async def refused_request(request: Request, error: Exception) -> Response:
    """Any refusal of the web framework: no such page, wrong method, too big."""
    if not isinstance(error, HTTPException):
        raise error
    if wants_problem(request.scope):
        return http_error(request, error)
    sentence = SENTENCES.get(error.status_code, SENTENCES[400])
    answer = error_page(request, error.status_code, sentence)
    answer.headers.update(error.headers or {})
    return answer


async def unreadable(request: Request, error: Exception) -> Response:
    """An address or a form with something in it that makes no sense."""
    if not isinstance(error, RequestValidationError):
        raise error
    if wants_problem(request.scope):
        return invalid(request, error)
    if any(place["loc"][0] == "path" for place in error.errors()):
        return error_page(request, 404, NOT_ON_PLAN.sentence)
    return error_page(request, 400, SENTENCES[400])


async def unexpected(request: Request, error: Exception) -> Response:
    """A bug. The page gives the request id, so that it can be found in the log."""
    request_id = request.scope.get("state", {}).get("request_id", "")
    if wants_problem(request.scope):
        return problem("unexpected", request_id=request_id)
    return render(
        request,
        "errors/error.html",
        status=500,
        title="Something went wrong",
        sentence="Something went wrong here, so this was not done. Try again in a minute.",
        request_id=request_id,
    )


def install_errors(app: FastAPI) -> None:
    """Answer every refusal and mishap; called once by ``create_app``."""
    app.add_exception_handler(TurnedAway, turned_away)
    app.add_exception_handler(PlanError, broken_part)
    app.add_exception_handler(HTTPException, refused_request)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(Exception, unexpected)
