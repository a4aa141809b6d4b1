"""What routes ask for: ``PersonDep`` for somebody signed in, ``VisitorDep`` where nobody need be.

The door has looked at the cookie or token already; nothing here touches the database.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from server.auth.sessions import SignedIn
from server.codes import Code, PlanError
from server.problems import problem, wants_problem

AFTER_SIGN_IN = "/plans"
LONGEST_NEXT = 300


class SignInNeeded(PlanError):
    """Somebody has to sign in first. Programs get a problem, people get the sign-in page and come back afterwards."""

    code = Code.SIGNED_OUT


def current_person(request: Request) -> SignedIn:
    """Whoever is signed in; else ``SignInNeeded``."""
    signed_in = visitor(request)
    if signed_in is None:
        raise SignInNeeded
    return signed_in


def visitor(request: Request) -> SignedIn | None:
    """Whoever is signed in, or None."""
    signed_in = getattr(request.state, "signed_in", None)
    return signed_in if isinstance(signed_in, SignedIn) else None


PersonDep = Annotated[SignedIn, Depends(current_person)]
VisitorDep = Annotated[SignedIn | None, Depends(visitor)]


def sign_in_needed(request: Request, error: Exception) -> Response:
    """How ``SignInNeeded`` is answered."""
    if wants_problem(request.scope):
        return problem(Code.SIGNED_OUT, headers={"WWW-Authenticate": 'Bearer realm="alongside"'})
    back = request.url.path if request.method in ("GET", "HEAD") else AFTER_SIGN_IN
    return RedirectResponse(f"/sign-in?next={quote(safe_next(back), safe='/')}", status_code=303)


def safe_next(asked: str | None) -> str:
    """A path on this site to go to after signing in; anything else becomes the list of plans."""
    if not asked or len(asked) > LONGEST_NEXT or not asked.startswith("/") or asked.startswith(("//", "/\\", "/sign-")):
        return AFTER_SIGN_IN
    if any(character in asked for character in "\\@") or not all(" " < character < "\x7f" for character in asked):
        return AFTER_SIGN_IN
    try:
        parts = urlsplit(asked)
    except ValueError:
        return AFTER_SIGN_IN
    if parts.scheme or parts.netloc or "//" in parts.path or ".." in parts.path.split("/"):
        return AFTER_SIGN_IN
    return asked
