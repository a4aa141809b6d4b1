"""The door: every HTTP request passes it before any route sees it.

It says who is asking (``request.state.signed_in``), refuses forms that did not come from our own page, and renews the
browser's cookie. Plain ASGI; live connections pass by (they sign in with a token of their own).
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.auth import csrf
from server.auth.cookies import clear_cookie, read_cookie, set_cookie
from server.auth.sessions import Resumed, Sessions, SignedIn
from server.auth.tokens import Refused, TokenUse
from server.codes import Code
from server.database import StoreFailed
from server.logs import REQUEST_ID
from server.problems import refusal
from server.settings import Settings

UNWATCHED = ("/static/", "/health/", "/metrics", "/favicon", "/live/")
FORM = "application/x-www-form-urlencoded"
LONGEST_HEAD = 1024
"""The token of a form with files stands within so many bytes."""
NO_STORE = "We cannot look this up at the moment. What was shown as saved is safe. Try again in a minute."
IDLE_HEADER = "x-idle"  # a page that renews its token with nobody at the keyboard sends "1"


class Door:
    """Wraps the application; finds its parts on ``app.state`` (keys, sessions, settings)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNWATCHED):
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        REQUEST_ID.set(state.get("request_id"))
        parts = scope["app"].state
        settings: Settings = parts.settings
        headers = Headers(scope=scope)
        signed_in: SignedIn | None = None
        cookie_change: Callable[[MutableHeaders], None] | None = None
        bearer = _bearer(headers)
        state["signed_in"] = None
        try:
            if bearer is not None:
                # A program: its token or nothing. A cookie beside it is not looked at, so no form check is due.
                signed_in = await _by_token(bearer, parts.sessions)
            else:
                signed_in, cookie_change = await _by_cookie(scope, headers, parts.sessions, settings)
        except StoreFailed:
            await refusal(scope, Code.BUSY, detail=NO_STORE)(scope, receive, send)
            return
        state["signed_in"] = signed_in
        send = _with_cookies(scope, send, cookie_change, settings)
        if bearer is None and scope["method"] not in csrf.SAFE_METHODS:
            problem = csrf.origin_problem(scope, settings)
            if problem is None:
                try:
                    given, receive = await _form_token(headers, receive)
                except HTTPException as refused:
                    await refusal(scope, "too-big", status=refused.status_code)(scope, receive, send)
                    return
                problem = csrf.token_problem(given, scope, signed_in, parts.keys, settings)
            if problem is not None:
                # A program that shows no token at all has no page to come from: it is told to sign in.
                code = "signed-out" if _shows_nothing(scope, headers) else "not-from-our-page"
                await refusal(scope, code)(scope, receive, send)
                return
        changes = signed_in is not None and scope["method"] not in csrf.SAFE_METHODS
        if changes and signed_in is not None and not parts.limits.allows("changes-by-person", signed_in.person_id):
            await refusal(scope, "too-fast")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _shows_nothing(scope: Scope, headers: Headers) -> bool:
    return scope["path"].startswith("/api/") and "cookie" not in headers and "origin" not in headers


def _bearer(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


async def _by_token(bearer: str, sessions: Sessions) -> SignedIn | None:
    verdict = await sessions.read_token(bearer)
    return verdict if isinstance(verdict, SignedIn) and verdict.use is TokenUse.CLI else None


async def _by_cookie(
    scope: Scope, headers: Headers, sessions: Sessions, settings: Settings
) -> tuple[SignedIn | None, Callable[[MutableHeaders], None] | None]:
    token = read_cookie(scope, "session", settings)
    if token is None:
        return None, None
    verdict = await sessions.resume(token, in_use=headers.get(IDLE_HEADER) != "1")
    match verdict:
        case Resumed(signed_in, None):
            return signed_in, None
        case Resumed(signed_in, str(fresh)):
            seconds = settings.session_days * 86_400
            return signed_in, lambda answer: set_cookie(answer, "session", fresh, settings, seconds)
        case Refused(why="store-failed"):
            return None, None
    return None, lambda answer: clear_cookie(answer, "session", settings)


def _with_cookies(
    scope: Scope, send: Send, cookie_change: Callable[[MutableHeaders], None] | None, settings: Settings
) -> Send:
    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            if cookie_change is not None and not scope["state"].get("session_cookie_set"):
                cookie_change(answer)
            form_cookie = scope["state"].get("form_cookie")
            if form_cookie is not None:
                set_cookie(answer, "form", form_cookie, settings, None)
        await send(message)

    return send_with_cookies


async def _form_token(headers: Headers, receive: Receive) -> tuple[str | None, Receive]:
    """The request's own token, from its header or its form; and a ``receive`` that still holds the whole body."""
    given = headers.get(csrf.HEADER.decode())
    boundary = csrf.boundary_of(headers.get("content-type", ""))
    if given is None and boundary is not None:
        return await _token_before_files(boundary, receive)
    if given is not None or headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return given, receive
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None, receive
        body += message.get("body", b"")
        more = message.get("more_body", False)
    waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return csrf.field_in(bytes(body)), again


async def _token_before_files(boundary: str, receive: Receive) -> tuple[str | None, Receive]:
    """The token at the head of a form with files; the files stay where they are until a route reads them."""
    head = bytearray()
    waiting: list[Message] = []
    more = True
    while more and len(head) < LONGEST_HEAD:
        message = await receive()
        if message["type"] != "http.request":
            return None, receive
        waiting.append(message)
        head += message.get("body", b"")
        more = message.get("more_body", False)

    async def again() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return csrf.field_at_head(bytes(head[:LONGEST_HEAD]), boundary), again
