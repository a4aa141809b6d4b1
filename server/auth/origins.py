"""Which web addresses may send forms and open live connections. Pure: settings and a header in, a verdict out.

Used by the forms check here and by the live connections' handshake.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from server.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_own_origin(origin: str, settings: Settings) -> bool:
    """Is this ``Origin`` header our own address, or one the settings allow?"""
    normal = _normal(origin)
    return normal is not None and normal in _own(settings.public_url, settings.allowed_origins)


@lru_cache(maxsize=8)
def _own(public_url: str, allowed: str) -> frozenset[str]:
    listed = (public_url, *(part.strip() for part in allowed.split(",")))
    own = {normal for url in listed if (normal := _normal(url)) is not None}
    for url in tuple(own):
        scheme, _, rest = url.partition("://")
        host, _, port = rest.rpartition(":")
        if host in LOOPBACK:  # the same machine by its other names
            own |= {f"{scheme}://{name}:{port}" for name in LOOPBACK}
    return frozenset(own)


def _normal(url: str) -> str | None:
    """``scheme://host:port`` in lower case, or None for anything that is not a web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or DEFAULT_PORTS[parts.scheme]}"
