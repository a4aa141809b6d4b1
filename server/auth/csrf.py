"""Proof that a form came from our own page.

Two checks on every request that changes something and was not made by a program with its own token: where the
browser says it comes from (``Sec-Fetch-Site``, ``Origin``), and a token that only our page can know, bound to the
sign-in, or before sign-in to a random cookie. ``door`` applies them to every route; no route can forget to.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.types import Scope

from server.auth.cookies import read_cookie
from server.auth.keys import Keys
from server.auth.origins import is_own_origin
from server.auth.sessions import SignedIn
from server.settings import Settings

FIELD = "csrf"
HEADER = b"x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MULTIPART = re.compile(
    r'multipart/form-data;\s*boundary=(?:"([!#-~ ]{1,70})"|([!#-~]{1,70}))', re.IGNORECASE | re.ASCII
)
ANONYMOUS = re.compile(r"[0-9a-f]{32}")


def token(request: Request) -> str:
    """The token for this page's forms and scripts. Before sign-in it brings a cookie along."""
    keys: Keys = request.app.state.keys
    signed_in = getattr(request.state, "signed_in", None)
    if isinstance(signed_in, SignedIn):
        return keys.sign("form", "session", signed_in.session_id)
    settings: Settings = request.app.state.settings
    known = _anonymous(request.scope, settings)
    if known is None:
        known = getattr(request.state, "form_cookie", None) or secrets.token_hex(16)
        request.state.form_cookie = known  # the door sets it with the answer
    return keys.sign("form", "cookie", known)


def origin_problem(scope: Scope, settings: Settings) -> str | None:
    """Why this request does not come from our own page, as far as the browser's own headers say; else None."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    if origin is not None and origin != "null" and is_own_origin(origin, settings):
        return None
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return None if site in ("same-origin", "none") else "another-site"
    return None if origin is None else "another-origin"


def token_problem(
    given: str | None, scope: Scope, signed_in: SignedIn | None, keys: Keys, settings: Settings
) -> str | None:
    """Why the token does not match this browser's sign-in (or cookie); None when it does."""
    if not given:
        return "no-token"
    if signed_in is not None:
        return None if keys.matches(given, "form", "session", signed_in.session_id) else "wrong-token"
    known = _anonymous(scope, settings)
    if known is None:
        return "no-cookie"
    return None if keys.matches(given, "form", "cookie", known) else "wrong-token"


def field_in(body: bytes) -> str | None:
    """The token in an urlencoded form; None when it is absent, double or unreadable."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=1000)
    except ValueError:
        return None
    values = fields.get(FIELD, [])
    return values[0] if len(values) == 1 else None


def boundary_of(content_type: str) -> str | None:
    """The boundary of a form with files; None for any other body."""
    found = MULTIPART.fullmatch(content_type.strip())
    return None if found is None else found[1] or found[2]


def field_at_head(head: bytes, boundary: str) -> str | None:
    """The token in a form with files: it must be the very first field, so that no file is read before it is known."""
    begun = re.match(
        rb"--" + re.escape(boundary.encode("ascii")) + rb'\r\n[Cc]ontent-[Dd]isposition: form-data; name="csrf"\r\n\r\n'
        rb"([!-~]{1,200})\r\n--",
        head,
    )
    return None if begun is None else begun[1].decode("ascii")


def _anonymous(scope: Scope, settings: Settings) -> str | None:
    value = read_cookie(scope, "form", settings)
    return value if value is not None and ANONYMOUS.fullmatch(value) else None
