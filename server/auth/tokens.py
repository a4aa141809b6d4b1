"""Signed tokens: what a browser, a live connection or a program shows to say who it is.

A token is a JWT with one fixed algorithm. This file reads and writes them and nothing else: it never asks the
database, so a token it accepts may still belong to a sign-in that has ended (``sessions`` decides that).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from jose import JWTError, jwt

ALGORITHM = "HS256"
ISSUER = "alongside"
AUDIENCE = "alongside"
LONGEST_TOKEN = 2048
CLOCK_SLACK_SECONDS = 5
ID_CHARACTERS = frozenset("0123456789abcdef")
ID_LENGTH = 32


class TokenUse(StrEnum):
    """What a token may be used for; one is never accepted in another's place."""

    SESSION = "session"  # in the browser's cookie
    LIVE = "live"  # opens a live connection from a page
    CLI = "cli"  # printed by `alongside token`, for programs


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once its signature has been checked."""

    person_id: str
    session_id: str
    token_id: str
    use: TokenUse
    issued_at: datetime
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a token does not count. ``code`` is one of the refusal codes; ``why`` is for the log, never for people."""

    code: str
    why: str


def write_token(claims: Claims, key: bytes) -> str:
    """The signed token that says ``claims``."""
    body: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": claims.person_id,
        "sid": claims.session_id,
        "jti": claims.token_id,
        "use": claims.use.value,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(body, key, algorithm=ALGORITHM)


def read_claims(token: str, key: bytes, now: datetime) -> Claims | Refused:
    """The claims of a genuine token, expired or not (the caller must ask); else why it is refused. Never raises."""
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return Refused("signed-out", "not-a-token")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            return Refused("signed-out", "algorithm")
        body = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "require_aud": True,
                "require_iss": True,
                "verify_exp": False,  # checked by the caller against its own clock
                "verify_iat": False,  # checked below
                "verify_nbf": False,  # we write none, and refuse any below
            },
        )
    except JWTError:
        return Refused("signed-out", "signature")
    return _typed(body, now)


def _typed(body: dict[str, Any], now: datetime) -> Claims | Refused:
    person_id, session_id, token_id = body.get("sub"), body.get("sid"), body.get("jti")
    issued, expires, use = body.get("iat"), body.get("exp"), body.get("use")
    if not (_is_id(person_id) and _is_id(session_id) and _is_id(token_id)) or "nbf" in body:
        return Refused("signed-out", "claims")
    if type(issued) is not int or type(expires) is not int or not issued < expires < 2**33:
        return Refused("signed-out", "times")
    if issued > now.timestamp() + CLOCK_SLACK_SECONDS:
        return Refused("signed-out", "from-the-future")
    if use not in tuple(TokenUse):
        return Refused("signed-out", "use")
    return Claims(
        person_id=str(person_id),
        session_id=str(session_id),
        token_id=str(token_id),
        use=TokenUse(use),
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == ID_LENGTH and set(value) <= ID_CHARACTERS
