"""Signing in by e-mail: type the address, get a code, type or paste the code. The link in the message fills it in.

Whatever the address, the same pages come in the same time. The link alone signs nobody in: mail scanners open links.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from server.auth.answers import count_try, signed_in_answer, too_many
from server.auth.codes import Codes, Right, normal_address, normal_code
from server.auth.dependencies import VisitorDep, safe_next
from server.day import london
from server.metrics import SIGN_INS
from server.pages import render

router = APIRouter(include_in_schema=False)

TypedForm = Annotated[str, Form(max_length=400)]
NextForm = Annotated[str | None, Form(max_length=400)]

WRONG = "This is not the code we sent. Check the newest message and type its six numbers"
NOT_SIX = "Type the six numbers from the message"
NO_ADDRESS = "Type your e-mail address, like name@example.com"
WAIT = "We have sent several codes to this address. Use the newest one, or wait 15 minutes and ask again"


@router.get("/sign-in/email")
async def ask_address(request: Request, visitor: VisitorDep, next: str | None = None) -> Response:
    """What is your e-mail address?"""
    if visitor is not None:
        return RedirectResponse(safe_next(next), status_code=303)
    return _address_page(request, next, "", {})


@router.post("/sign-in/email")
async def send_code(request: Request, email: TypedForm = "", next: NextForm = None) -> Response:
    """Send a code, if anybody has this address; the answer is the same if not."""
    if (refused := too_many(request)) is not None:
        return refused
    count_try(request)
    state = request.app.state
    address = normal_address(email)
    if address is None:
        return _address_page(request, next, email, {"email": NO_ADDRESS})
    if not state.limits.allows("codes-for-address", address):
        SIGN_INS.labels(method="email", outcome="too-many").inc()
        return _address_page(request, next, email, {"email": WAIT}, status=429)
    codes: Codes = state.codes
    asked = await codes.ask(address)
    query = urlencode({"code": asked.code} | ({"next": safe_next(next)} if next else {}))
    await state.mail.send(
        asked.email,
        "code",
        deliver=asked.deliver,
        code=f"{asked.code[:3]} {asked.code[3:]}",
        link=f"{state.settings.public_url.rstrip('/')}/sign-in/code/{asked.code_id}?{query}",
        until=f"{london(asked.expires_at):%H:%M}",
    )
    SIGN_INS.labels(method="email", outcome="code-asked").inc()
    return RedirectResponse(f"/sign-in/code/{asked.code_id}?{urlencode({'next': safe_next(next)})}", status_code=303)


@router.get("/sign-in/code/{code_id}")
async def ask_code(request: Request, code_id: str, code: str | None = None, next: str | None = None) -> Response:
    """What is the code? From the link, it is filled in, and a button is left to press."""
    codes: Codes = request.app.state.codes
    if not await codes.open_for(code_id):
        return _code_page(request, code_id, next, "", {}, over=True)
    return _code_page(request, code_id, next, normal_code(code or "") or "", {}, from_link=bool(code))


@router.post("/sign-in/code/{code_id}")
async def check_code(request: Request, code_id: str, code: TypedForm = "", next: NextForm = None) -> Response:
    """Sign in, if the code is right."""
    if (refused := too_many(request)) is not None:
        return refused
    digits = normal_code(code)
    if digits is None:
        return _code_page(request, code_id, next, code, {"code": NOT_SIX})
    codes: Codes = request.app.state.codes
    verdict = await codes.check(code_id, digits)
    if isinstance(verdict, Right):
        return await signed_in_answer(request, verdict.person_id, "email", next)
    count_try(request)
    SIGN_INS.labels(method="email", outcome=verdict.trouble).inc()
    if verdict.trouble == "over":
        return _code_page(request, code_id, next, "", {}, over=True)
    return _code_page(request, code_id, next, code, {"code": WRONG})


def _address_page(
    request: Request, next: str | None, typed: str, errors: dict[str, str], *, status: int | None = None
) -> Response:
    return render(
        request,
        "sign_in/email.html",
        status=status or (422 if errors else 200),
        next=safe_next(next),
        typed=typed,
        errors=errors,
    )


def _code_page(
    request: Request,
    code_id: str,
    next: str | None,
    typed: str,
    errors: dict[str, str],
    *,
    over: bool = False,
    from_link: bool = False,
) -> Response:
    settings = request.app.state.settings
    return render(
        request,
        "sign_in/code.html",
        status=422 if errors or over else 200,
        code_id=code_id,
        next=safe_next(next),
        typed=typed,
        errors=errors,
        over=over,
        from_link=from_link,
        minutes=settings.code_minutes,
        outbox=settings.data_dir / "outbox" if settings.demo and settings.smtp_host is None else None,
    )
