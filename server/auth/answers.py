"""The answers that change who the browser is: its cookie set after signing in, taken away after signing out.

Imported by the sign-in routes only.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.auth.cookies import clear_cookie, set_cookie
from server.auth.dependencies import safe_next, visitor
from server.auth.limits import client_of
from server.auth.sessions import Method
from server.metrics import SIGN_INS
from server.problems import refusal

TOO_MANY_TRIES = "There were many tries from your network in a short time. Wait 15 minutes, then try again."


async def signed_in_answer(request: Request, person_id: str, method: Method, next: str | None) -> Response:
    """Start a sign-in, give the browser its cookie, and go where the person was going."""
    state = request.app.state
    before = visitor(request)
    begun = await state.sessions.begin(person_id, method, instead_of=before.session_id if before is not None else None)
    SIGN_INS.labels(method=method, outcome="signed-in").inc()
    answer = RedirectResponse(safe_next(next), status_code=303)
    set_cookie(answer.headers, "session", begun.token, state.settings, state.settings.session_days * 86_400)
    clear_cookie(answer.headers, "form", state.settings)
    request.state.session_cookie_set = True
    return answer


def signed_out_answer(request: Request) -> Response:
    """Take the cookie away, and what the browser kept of our pages."""
    answer = RedirectResponse("/signed-out", status_code=303)
    clear_cookie(answer.headers, "session", request.app.state.settings)
    answer.headers["Clear-Site-Data"] = '"cache"'
    request.state.session_cookie_set = True
    return answer


def too_many(request: Request) -> Response | None:
    """The answer to a network that tried too often, else None. Many people may share one, so success is not counted."""
    if not request.app.state.limits.spent("sign-in-from-client", client_of(request.scope)):
        return None
    return refusal(request.scope, "too-fast", detail=TOO_MANY_TRIES)


def count_try(request: Request) -> None:
    """A code was asked for, or a try was wrong: it counts for the network it came from."""
    request.app.state.limits.allows("sign-in-from-client", client_of(request.scope))
