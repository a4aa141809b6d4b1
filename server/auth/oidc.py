"""Council sign-in with OpenID Connect: discovery, authorization code with PKCE, and an ID token that is really checked.

Addresses, keys and algorithms come from the provider's own metadata; nothing else the provider or the browser sends is
believed unchecked. Only https is followed, plain http on this machine alone. Only the sign-in routes import this.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from jose import JWTError, jwt

from server.auth.keys import Keys
from server.auth.provider import Provider, ProviderTrouble
from server.auth.sessions import Clock, utc_now
from server.settings import Settings

CALLBACK = "/sign-in/council/callback"
SCOPE = "openid email profile"
TRANSACTION_MINUTES = 10
TRANSACTION_AUDIENCE = "alongside-council-sign-in"
SLACK_SECONDS = 60
LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class Start:
    """Where to send the browser, and what to keep in its cookie meanwhile."""

    address: str
    transaction: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. ``subject`` is a digest of issuer and subject; ``email`` only if verified."""

    subject: str
    email: str | None
    next: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Why this sign-in does not count; for the log and the audit trail, never shown."""

    why: str


class CouncilSignIn:
    """One configured provider."""

    def __init__(self, settings: Settings, keys: Keys, provider: Provider, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._key = keys.key("council-sign-in")
        self._provider = provider
        self._clock = clock

    @property
    def redirect_uri(self) -> str:
        """Registered at the provider, word for word."""
        return f"{self._settings.public_url.rstrip('/')}{CALLBACK}"

    async def start(self, next: str) -> Start | Failed:
        """Begin: everything that ties the answer to this browser is made here and kept in a signed cookie."""
        try:
            metadata = await self._provider.metadata()
        except ProviderTrouble as trouble:
            return Failed(str(trouble))
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        now = self._clock()
        transaction = jwt.encode(
            {
                "aud": TRANSACTION_AUDIENCE,
                "iss": metadata.issuer,
                "exp": int((now + timedelta(minutes=TRANSACTION_MINUTES)).timestamp()),
                "state": state,
                "nonce": nonce,
                "verifier": verifier,
                "next": next,
            },
            self._key,
            algorithm="HS256",
        )
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.oidc_client_id or "",
                "redirect_uri": self.redirect_uri,
                "scope": SCOPE,
                "state": state,
                "nonce": nonce,
                "code_challenge": _challenge(verifier),
                "code_challenge_method": "S256",
            }
        )
        joiner = "&" if urlsplit(metadata.authorization_endpoint).query else "?"
        return Start(f"{metadata.authorization_endpoint}{joiner}{query}", transaction)

    async def finish(self, answer: dict[str, str], transaction: str | None) -> Identity | Failed:
        """Judge the provider's answer against the transaction this browser began."""
        begun = self._transaction(transaction)
        if begun is None:
            return Failed("no-transaction")
        if not secrets.compare_digest(answer.get("state", "").encode(), str(begun["state"]).encode()):
            return Failed("state")
        if "error" in answer:
            return Failed("refused-by-provider")
        code = answer.get("code", "")
        if not 0 < len(code) <= LONGEST_CODE:
            return Failed("no-code")
        try:
            metadata = await self._provider.metadata()
            if begun["iss"] != metadata.issuer or answer.get("iss", metadata.issuer) != metadata.issuer:
                return Failed("other-issuer")
            if metadata.names_itself and "iss" not in answer:
                return Failed("no-issuer")
            tokens = await self._provider.exchange(code, str(begun["verifier"]), self.redirect_uri)
            claims = await self._id_token(tokens, str(begun["nonce"]))
        except ProviderTrouble as trouble:
            return Failed(str(trouble))
        if isinstance(claims, Failed):
            return claims
        subject = hashlib.sha256(f"{metadata.issuer}\n{claims['sub']}".encode()).hexdigest()
        return Identity(subject, _verified_email(claims), str(begun["next"]))

    def _transaction(self, cookie: str | None) -> dict[str, Any] | None:
        if not cookie or len(cookie) > LONGEST_CODE:
            return None
        try:
            begun = jwt.decode(
                cookie,
                self._key,
                algorithms=["HS256"],
                audience=TRANSACTION_AUDIENCE,
                options={"verify_exp": False, "verify_iss": False, "require_aud": True},
            )
        except JWTError:
            return None
        expires = begun.get("exp")
        return begun if type(expires) is int and self._clock().timestamp() < expires else None

    async def _id_token(self, tokens: dict[str, Any], nonce: str) -> dict[str, Any] | Failed:
        """The claims of an ID token by this provider, for us, for this very sign-in; else why not."""
        raw, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(raw, str):
            return Failed("no-id-token")
        try:
            header = jwt.get_unverified_header(raw)
        except JWTError:
            return Failed("not-a-token")
        metadata = await self._provider.metadata()
        algorithm = header.get("alg")
        if algorithm not in metadata.algorithms:
            return Failed("algorithm")
        key = await self._provider.key(header.get("kid"), str(algorithm))
        if key is None:
            return Failed("unknown-key")
        try:
            claims = jwt.decode(
                raw,
                key,
                algorithms=[str(algorithm)],
                audience=self._settings.oidc_client_id,
                issuer=metadata.issuer,
                access_token=access_token if isinstance(access_token, str) else None,
                options={"require_aud": True, "require_iss": True, "verify_exp": False, "verify_iat": False},
            )
        except JWTError:
            return Failed("signature-or-audience")
        trouble = _claims_trouble(claims, nonce, self._settings.oidc_client_id or "", self._clock())
        return claims if trouble is None else Failed(trouble)


def _claims_trouble(claims: dict[str, Any], nonce: str, client_id: str, now: datetime) -> str | None:
    """What OpenID Connect Core 3.1.3.7 asks for beyond signature, issuer and audience."""
    expires, issued, subject = claims.get("exp"), claims.get("iat"), claims.get("sub")
    if type(expires) is not int or now.timestamp() >= expires + SLACK_SECONDS:
        return "expired"
    if type(issued) is not int or issued > now.timestamp() + SLACK_SECONDS:
        return "from-the-future"
    if issued < now.timestamp() - TRANSACTION_MINUTES * 60 - SLACK_SECONDS:
        return "too-old"
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        return "no-subject"
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        return "nonce"
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") is None:
        return "no-authorized-party"
    if claims.get("azp", client_id) != client_id:
        return "other-party"
    return None


def _verified_email(claims: dict[str, Any]) -> str | None:
    """The address, if the provider says it is verified; ``xms_edov`` is how Microsoft Entra says so."""
    email = claims.get("email")
    if not isinstance(email, str) or not (claims.get("email_verified") is True or claims.get("xms_edov") is True):
        return None
    return email.strip().lower()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def council_sign_in(settings: Settings, keys: Keys, *, clock: Clock = utc_now) -> CouncilSignIn | None:
    """Council sign-in as the settings say; None when it is turned off."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    return CouncilSignIn(settings, keys, Provider(settings, clock=clock), clock=clock)
