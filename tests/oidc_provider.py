"""A small, real OpenID provider on a loopback port: discovery, authorize, token with PKCE, published keys, RS256.

It behaves well unless a test spoils one thing on it. It never serves anything but tests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk, jwt

CLIENT_ID = "alongside-tests"
CLIENT_SECRET = "a secret with : and / in it"


@cache
def _pem(key_id: str, algorithm: str) -> str:
    """A private key for this name, made once a run: RSA keys take long to make."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class Grant:
    """One code that was handed out."""

    redirect_uri: str
    nonce: str
    challenge: str


@dataclass
class OidcProvider:
    """What the provider knows, and what a test has spoiled."""

    port: int = 0
    user: dict[str, Any] = field(
        default_factory=lambda: {"sub": "dev-1", "email": "dev.pellow@example.org", "email_verified": True}
    )
    now: Callable[[], float] = lambda: 0.0
    grants: dict[str, Grant] = field(default_factory=dict)
    metadata_more: dict[str, Any] = field(default_factory=dict)
    claims_more: dict[str, Any] = field(default_factory=dict)
    header_more: dict[str, Any] = field(default_factory=dict)
    make_token: Callable[[dict[str, Any]], str] | None = None
    spoiled: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    keys_more: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    key_id: str = "key-1"
    algorithm: str = "RS256"

    def __post_init__(self) -> None:
        self.new_key()

    def new_key(self, key_id: str = "key-1", algorithm: str = "RS256") -> None:
        """Sign with another key from now on, and publish only that."""
        self.key_id, self.algorithm = key_id, algorithm
        self.pem = _pem(key_id, algorithm)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata_more

    def keys(self) -> dict[str, Any]:
        public = jwk.construct(self.pem, self.algorithm).public_key().to_dict()
        published = public | {"kid": self.key_id, "use": "sig", "alg": self.algorithm} | self.keys_more
        return {"keys": [{name: value for name, value in published.items() if value is not None}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to; the person has agreed at once."""
        for name, value in (("response_type", "code"), ("client_id", CLIENT_ID), ("code_challenge_method", "S256")):
            if query.get(name) != value:
                self.problems.append(f"{name}={query.get(name)}")
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(query["redirect_uri"], query["nonce"], query["code_challenge"])
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Tokens for a code: once, for the same address, with the verifier and the client's secret."""
        grant = self.grants.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        pair = "alongside-tests:a%20secret%20with%20%3A%20and%20%2F%20in%20it"
        expected = "Basic " + base64.b64encode(pair.encode()).decode()
        if grant is None or grant.challenge != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        known = authorization == expected or form.get("client_secret") == CLIENT_SECRET
        if grant.redirect_uri != form.get("redirect_uri") or not known:
            return 401, {"error": "invalid_client"}
        access_token = secrets.token_urlsafe(16)
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": int(self.now()),
            "exp": int(self.now()) + 300,
            "nonce": grant.nonce,
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            **self.user,
            **self.claims_more,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.key_id} | self.header_more
        id_token = (
            self.make_token(claims)
            if self.make_token
            else jwt.encode(claims, self.pem, algorithm=self.algorithm, headers=headers)
        )
        return 200, {"access_token": access_token, "token_type": "Bearer", "id_token": id_token}


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        self.provider.asked.append(path.path)
        if path.path == "/.well-known/openid-configuration":
            self._answer(200, self.provider.metadata())
        elif path.path == "/keys":
            self._answer(200, self.provider.keys())
        elif path.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(path.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(query))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(*self.provider.token(form, self.headers.get("Authorization", "")))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        status, raw = self.provider.spoiled.get(urlsplit(self.path).path, (status, json.dumps(body).encode()))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def oidc_provider(now: Callable[[], float]) -> Iterator[OidcProvider]:
    """A provider that answers on a free loopback port until the end of the block."""
    provider = OidcProvider(now=now)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": provider}))
    server.daemon_threads = True
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="oidc-provider")
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
