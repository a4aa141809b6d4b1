"""The server's one secret, and the separate keys made from it.

Every use (sessions, codes, forms, council sign-in) signs with its own key, so nothing signed for one
can be replayed in another. The secret is never logged. Only ``server.auth`` and the command line import this.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Literal

from server.settings import Settings

SECRET_FILE = "secret-key"  # noqa: S105  (the name of a file)
SHORTEST_SECRET = 32

Use = Literal["session", "code", "form", "council-sign-in", "limits"]


class WeakSecret(ValueError):
    """The configured secret is too short to sign anything with."""


class Keys:
    """Hands out one key for each use."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise WeakSecret(f"ALONGSIDE_SECRET_KEY needs at least {SHORTEST_SECRET} characters.")
        self._secret = secret

    def key(self, use: Use) -> bytes:
        """The 32-byte key for one use: HMAC-SHA256 of the use's name with the secret."""
        return hmac.new(self._secret, b"alongside:" + use.encode(), hashlib.sha256).digest()

    def sign(self, use: Use, *parts: str) -> str:
        """A hex signature over the parts, in which no part can run into the next."""
        message = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
        return hmac.new(self.key(use), message, hashlib.sha256).hexdigest()

    def matches(self, signature: str, use: Use, *parts: str) -> bool:
        """Compares in constant time."""
        return hmac.compare_digest(signature.encode(), self.sign(use, *parts).encode())


def load_keys(settings: Settings) -> Keys:
    """The keys of this installation: from the setting, else from a file made once in ``data_dir``."""
    if settings.secret_key is not None and settings.secret_key.get_secret_value():
        return Keys(settings.secret_key.get_secret_value().encode())
    return Keys(_kept_secret(settings.data_dir / SECRET_FILE))


def _kept_secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name, then linked: two programs that start at once agree on one secret.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
