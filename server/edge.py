"""The edge of every HTTP request: a request id, a size limit, safe headers, one log line.

Plain ASGI, so that nothing is buffered. It never looks at what a body says and never logs an address
beyond its route, a name, or a word of a plan. WebSockets pass by untouched.
"""

from __future__ import annotations

import re
import time
import uuid
from urllib.parse import urlsplit

import structlog
from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import tracing
from server.logs import REQUEST_ID
from server.settings import Settings

log = structlog.get_logger("alongside.http")

HARMLESS_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
TAKES_FILES = re.compile(r"/plans/[^/]+/working/word|/api/plans/[^/]+/appeal/word")
"""The only addresses that take a file, and so a larger body."""
LIVE = "/live/http/"
"""Carries one frame of the live connections at least, whatever else a body may be; comes often."""
AROUND_A_FRAME = 1024
AROUND_A_FILE = 16 * 1024
"""What a form may have around its file, in bytes."""
KEEP_FOR_GOOD = "public, max-age=31536000, immutable"


def content_security_policy(settings: Settings) -> str:
    """Everything from here, nothing inline. Sockets to our own address are named for browsers that need it."""
    address = urlsplit(settings.public_url)
    socket = f"{'wss' if address.scheme == 'https' else 'ws'}://{address.netloc}"
    forms = "'self'"
    if settings.oidc_issuer:
        issuer = urlsplit(settings.oidc_issuer)
        forms += f" {issuer.scheme}://{issuer.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {socket}",
            f"form-action {forms}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Edge:
    """Wraps the application. ``request_bytes`` is the largest body that is read, but where a Word file comes back."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.limit = settings.request_bytes
        self.word_limit = max(settings.request_bytes, settings.word_bytes + AROUND_A_FILE)
        self.live_limit = max(settings.request_bytes, settings.frame_bytes + AROUND_A_FRAME)
        self.headers = {
            "Content-Security-Policy": content_security_policy(settings),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if settings.public_url.startswith("https://"):
            self.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the same headers; the server below us sends no body
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)  # every request runs in a context of its own
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-ID"] = request_id
            await send(message)

        try:
            limit = self._limit(scope["path"])
            with tracing.request(scope["method"], _header(scope, b"traceparent")) as span:
                try:
                    await self.app(scope, _bounded(scope, receive, limit), send_with_headers)
                finally:
                    span.say(route=_route(scope), status=status)
        finally:
            say = log.debug if scope["path"].startswith(LIVE) else log.info
            say(
                "request",
                method=scope["method"],
                route=_route(scope),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _limit(self, path: str) -> int:
        if path.startswith(LIVE):
            return self.live_limit
        return self.word_limit if TAKES_FILES.fullmatch(path) else self.limit


def _request_id(scope: Scope) -> str:
    given = _header(scope, b"x-request-id")
    return given if HARMLESS_ID.fullmatch(given) else uuid.uuid4().hex


def _header(scope: Scope, wanted: bytes) -> str:
    """What stands in a header, or nothing."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


def _route(scope: Scope) -> str:
    """The route's pattern, never the address itself."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "(none)"


def _bounded(scope: Scope, receive: Receive, limit: int) -> Receive:
    """A ``receive`` that refuses a body over the limit, whether or not its length was announced."""
    read = 0
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    too_big = not announced.isdigit() or int(announced) > limit

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if too_big or read > limit:
                raise HTTPException(413, headers={"Connection": "close"})
        return message

    return bounded
