"""Tokens with one lie in each: what the provider is made to say, and the reason it is refused for."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.oidc_provider import CLIENT_ID


def unsigned(claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'key-1'})}.{part(claims)}."


LIES: dict[str, tuple[str, dict[str, Any]]] = {
    "another issuer": ("signature-or-audience", {"claims_more": {"iss": "https://evil.example"}}),
    "no issuer": ("signature-or-audience", {"claims_more": {"iss": None}}),
    "another audience": ("signature-or-audience", {"claims_more": {"aud": "another-client"}}),
    "no audience": ("signature-or-audience", {"claims_more": {"aud": None}}),
    "several audiences, no authorized party": (
        "no-authorized-party",
        {"claims_more": {"aud": [CLIENT_ID, "x"]}},
    ),
    "another authorized party": ("other-party", {"claims_more": {"aud": [CLIENT_ID, "x"], "azp": "x"}}),
    "another nonce": ("nonce", {"claims_more": {"nonce": "replayed"}}),
    "no nonce": ("nonce", {"claims_more": {"nonce": None}}),
    "expired": ("expired", {"claims_more": {"exp": 1_600_000_000}}),
    "no expiry": ("expired", {"claims_more": {"exp": None}}),
    "an expiry in words": ("expired", {"claims_more": {"exp": "never"}}),
    "from the future": ("from-the-future", {"claims_more": {"iat": 4_000_000_000}}),
    "issued long ago": ("too-old", {"claims_more": {"iat": 1_600_000_000}}),
    "no subject": ("no-subject", {"claims_more": {"sub": None}}),
    "another access token": ("signature-or-audience", {"claims_more": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}),
    "an unknown key": ("unknown-key", {"header_more": {"kid": "key-9"}}),
    "no signature": ("algorithm", {"make_token": unsigned}),
    "not a token": ("not-a-token", {"make_token": lambda claims: "abc"}),
}
