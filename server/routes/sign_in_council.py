"""Council staff sign in at their own council: off to its provider, and back with an answer that is checked.

A refused answer never says which check failed; the log has the reason.
"""

from __future__ import annotations

import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.auth.answers import count_try, signed_in_answer, too_many
from server.auth.cookies import clear_cookie, read_cookie, set_cookie
from server.auth.dependencies import safe_next
from server.auth.oidc import CALLBACK, TRANSACTION_MINUTES, CouncilSignIn, Failed
from server.auth.sessions import utc_now
from server.auth.staff import staff_person
from server.metrics import SIGN_INS
from server.pages import render

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("alongside.auth")


@router.get("/sign-in/council")
async def start(request: Request, next: str | None = None) -> Response:
    """Off to the council's provider."""
    council = _council(request)
    begun = await council.start(safe_next(next))
    if isinstance(begun, Failed):
        return _refused(request, begun.why)
    answer = RedirectResponse(begun.address, status_code=303)
    set_cookie(answer.headers, "council", begun.transaction, request.app.state.settings, TRANSACTION_MINUTES * 60)
    return answer


@router.get(CALLBACK)
async def back(request: Request) -> Response:
    """Back from the provider."""
    council = _council(request)
    if (refused := too_many(request)) is not None:
        return refused
    state = request.app.state
    query = request.query_params.multi_items()
    answer = dict(query)
    transaction = read_cookie(request.scope, "council", state.settings)
    identity = Failed("repeated-parameter") if len(answer) != len(query) else await council.finish(answer, transaction)
    if isinstance(identity, Failed):
        return _refused(request, identity.why)
    person_id = await state.store.write(lambda db: staff_person(db, identity, utc_now()))
    if person_id is None:
        return _refused(request, "nobody")
    signed_in = await signed_in_answer(request, person_id, "oidc", identity.next)
    clear_cookie(signed_in.headers, "council", state.settings)
    return signed_in


def _council(request: Request) -> CouncilSignIn:
    council = request.app.state.council_sign_in
    if not isinstance(council, CouncilSignIn):
        raise HTTPException(404)
    return council


def _refused(request: Request, why: str) -> Response:
    count_try(request)
    log.warning("council-sign-in.refused", reason=why)
    SIGN_INS.labels(method="oidc", outcome="refused").inc()
    answer = render(request, "sign_in/council_refused.html", status=403, nobody=why == "nobody")
    clear_cookie(answer.headers, "council", request.app.state.settings)
    return answer
