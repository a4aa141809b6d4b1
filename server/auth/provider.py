"""The council's identity provider over HTTP: its metadata, its keys, and a code exchanged for tokens.

No redirect is followed, every answer has a size limit and a time limit, and every address must be https (or this
machine). Metadata and keys are kept for a while; an unknown key is asked for again at most once a minute.
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from server.auth.sessions import Clock, utc_now
from server.settings import Settings

KEPT = timedelta(hours=1)
KEYS_AGAIN = timedelta(minutes=1)
LARGEST_ANSWER = 512 * 1024
SECONDS = 10.0
OURS = ("RS256", "ES256")
KIND_OF_KEY = {"RS256": "RSA", "ES256": "EC"}
LEAST_RSA_BYTES = 256
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ProviderTrouble(Exception):
    """The provider did not answer, or not as the standard says. The message is a short word for the log."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery says, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    names_itself: bool
    basic: bool


class Provider:
    """Asks the provider, and remembers."""

    def __init__(self, settings: Settings, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, tuple[dict[str, Any], ...]] | None = None
        self._lock = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """The provider's metadata, at most an hour old."""
        async with self._lock:
            if self._metadata is None or self._clock() >= self._metadata[0] + KEPT:
                self._metadata = (self._clock(), await self._discover())
            return self._metadata[1]

    async def key(self, key_id: object, algorithm: str) -> dict[str, Any] | None:
        """The one published signing key with this id that fits the algorithm; asked for again when it is unknown."""
        metadata = await self.metadata()
        async with self._lock:
            if self._keys is None or self._clock() >= self._keys[0] + KEPT:
                await self._fetch_keys(metadata)
            found = self._find(key_id, algorithm)
            if found is None and self._keys is not None and self._clock() >= self._keys[0] + KEYS_AGAIN:
                await self._fetch_keys(metadata)
                found = self._find(key_id, algorithm)
            return found

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """The tokens for an authorization code."""
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._settings.oidc_client_id or "",
        }
        secret = self._settings.oidc_client_secret.get_secret_value() if self._settings.oidc_client_secret else None
        headers = {"Accept": "application/json"}
        if secret and metadata.basic:
            pair = f"{quote(form['client_id'], safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif secret:
            form["client_secret"] = secret
        return await self._json("POST", metadata.token_endpoint, "token", data=form, headers=headers)

    async def _discover(self) -> Metadata:
        issuer = (self._settings.oidc_issuer or "").rstrip("/")
        found = await self._json("GET", f"{issuer}/.well-known/openid-configuration", "discovery")
        if not isinstance(found.get("issuer"), str) or found["issuer"].rstrip("/") != issuer:
            raise ProviderTrouble("discovery-issuer")
        addresses = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(isinstance(address, str) and _may_follow(address) for address in addresses):
            raise ProviderTrouble("discovery-addresses")
        offered = found.get("id_token_signing_alg_values_supported")
        algorithms = tuple(one for one in OURS if isinstance(offered, list) and one in offered)
        if not algorithms:
            raise ProviderTrouble("discovery-algorithms")
        methods = found.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise ProviderTrouble("discovery-pkce")
        authentication = found.get("token_endpoint_auth_methods_supported")
        return Metadata(
            issuer=found["issuer"],
            authorization_endpoint=str(addresses[0]),
            token_endpoint=str(addresses[1]),
            jwks_uri=str(addresses[2]),
            algorithms=algorithms,
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
            basic=not isinstance(authentication, list) or "client_secret_basic" in authentication,
        )

    async def _fetch_keys(self, metadata: Metadata) -> None:
        found = await self._json("GET", metadata.jwks_uri, "keys")
        keys = found.get("keys")
        if not isinstance(keys, list):
            raise ProviderTrouble("keys-form")
        self._keys = (self._clock(), tuple(key for key in keys[:100] if isinstance(key, dict)))

    def _find(self, key_id: object, algorithm: str) -> dict[str, Any] | None:
        fitting = [key for key in (self._keys[1] if self._keys else ()) if _fits(key, algorithm)]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.get("kid") == key_id), None)

    async def _json(self, method: str, address: str, what: str, **more: Any) -> dict[str, Any]:
        if not _may_follow(address):
            raise ProviderTrouble(f"{what}-not-https")
        body = bytearray()
        try:
            async with (
                httpx.AsyncClient(follow_redirects=False, timeout=SECONDS) as http,
                http.stream(method, address, **more) as answer,
            ):
                if answer.status_code != 200:
                    raise ProviderTrouble(f"{what}-status-{answer.status_code}")
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > LARGEST_ANSWER:
                        raise ProviderTrouble(f"{what}-too-big")
            found = json.loads(bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            raise ProviderTrouble(f"{what}-no-answer") from trouble
        except ValueError as trouble:
            raise ProviderTrouble(f"{what}-form") from trouble
        if not isinstance(found, dict):
            raise ProviderTrouble(f"{what}-form")
        return found


def _may_follow(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    """A public signing key of the right kind and strength; never a symmetric one."""
    if key.get("kty") != KIND_OF_KEY[algorithm] or key.get("use", "sig") != "sig":
        return False
    if key.get("alg", algorithm) != algorithm:
        return False
    if algorithm == "ES256":
        return key.get("crv") == "P-256"
    modulus = key.get("n")
    return isinstance(modulus, str) and len(modulus) * 3 // 4 >= LEAST_RSA_BYTES
