"""The cookies of signing in: their names, and how they are set and cleared.

All are HttpOnly and SameSite=Lax. Over https they are Secure and carry the ``__Host-`` prefix, so that no
neighbouring site can plant one. Nothing personal is ever in one.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Literal

from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from server.settings import Settings

Purpose = Literal["session", "form", "council"]


def cookie_name(purpose: Purpose, settings: Settings) -> str:
    """The cookie's name at this address."""
    name = f"alongside_{purpose}"
    return f"__Host-{name}" if _secure(settings) else name


def read_cookie(scope: Scope, purpose: Purpose, settings: Settings) -> str | None:
    """The cookie's value, if there is exactly one of that name: two mean that somebody planted one."""
    wanted = cookie_name(purpose, settings)
    found = [
        value.strip()
        for header, raw in scope["headers"]
        if header == b"cookie"
        for name, _, value in (part.partition("=") for part in raw.decode("latin-1").split(";"))
        if name.strip() == wanted
    ]
    return found[0] if len(found) == 1 and found[0] else None


def set_cookie(headers: MutableHeaders, purpose: Purpose, value: str, settings: Settings, seconds: int | None) -> None:
    """Add the cookie to an answer; ``seconds=None`` lets it end with the browser."""
    jar = SimpleCookie()
    name = cookie_name(purpose, settings)
    try:
        jar[name] = value
    except CookieError as broken:
        raise ValueError("our own cookie cannot be written") from broken
    morsel = jar[name]
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if seconds is not None:
        morsel["max-age"] = str(seconds)
    if _secure(settings):
        morsel["secure"] = True
    headers.append("set-cookie", morsel.OutputString())


def clear_cookie(headers: MutableHeaders, purpose: Purpose, settings: Settings) -> None:
    """Take the cookie away from the browser."""
    set_cookie(headers, purpose, "", settings, 0)


def _secure(settings: Settings) -> bool:
    return settings.public_url.lower().startswith("https://")
