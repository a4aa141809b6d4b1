"""Tokens: only our own, only with our algorithm, only for what they were made for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt

from server.auth.keys import Keys, WeakSecret, load_keys
from server.auth.tokens import Claims, Refused, TokenUse, read_claims, write_token
from server.settings import Settings
from tests.oidc_provider import OidcProvider

KEY = Keys(b"k" * 32).key("session")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLAIMS = Claims("a" * 32, "b" * 32, "c" * 32, TokenUse.SESSION, NOW, NOW + timedelta(minutes=15))
TOKEN = write_token(CLAIMS, KEY)
GOOD: dict[str, Any] = jwt.get_unverified_claims(TOKEN)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(body: dict[str, Any], key: bytes = KEY, **header: str) -> str:
    head = f"{part({'alg': 'HS256', 'typ': 'JWT'} | header)}.{part(body)}"
    mark = hmac.new(key, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_what_is_written_is_read() -> None:
    assert read_claims(TOKEN, KEY, NOW) == CLAIMS
    assert read_claims(signed(GOOD), KEY, NOW) == CLAIMS


def test_an_expired_token_says_so() -> None:
    assert not CLAIMS.expired(NOW + timedelta(minutes=14, seconds=59))
    assert CLAIMS.expired(NOW + timedelta(minutes=15))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_no_signature_is_no_token(algorithm: str) -> None:
    for tail in ("", TOKEN.rpartition(".")[2]):
        forged = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(GOOD)}.{tail}"
        assert isinstance(read_claims(forged, KEY, NOW), Refused)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_is_refused(algorithm: str) -> None:
    assert read_claims(jwt.encode(GOOD, KEY, algorithm=algorithm), KEY, NOW) == Refused("signed-out", "algorithm")


def test_a_public_key_signature_is_refused() -> None:
    forged = jwt.encode(GOOD, OidcProvider().pem, algorithm="RS256")
    assert read_claims(forged, KEY, NOW) == Refused("signed-out", "algorithm")


def test_a_token_may_not_bring_its_own_key() -> None:
    own = {"kty": "oct", "k": part("x")}
    forged = jwt.encode(GOOD, "x" * 32, algorithm="HS256", headers={"jwk": own, "kid": "../../dev/null"})
    assert read_claims(forged, KEY, NOW) == Refused("signed-out", "signature")


def test_a_key_of_another_use_does_not_sign_sessions() -> None:
    for use in ("code", "form", "council-sign-in", "limits"):
        forged = write_token(CLAIMS, Keys(b"k" * 32).key(use))
        assert read_claims(forged, KEY, NOW) == Refused("signed-out", "signature")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "somebody"},
        {"aud": None},
        {"aud": ["somebody"]},
        {"sub": None},
        {"sub": "x" * 32},
        {"sub": "A" * 32},
        {"sub": ["a" * 32]},
        {"sid": None},
        {"sid": "b" * 31},
        {"jti": None},
        {"jti": 5},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"exp": True},
        {"exp": 2**70},
        {"exp": GOOD["iat"]},
        {"iat": None},
        {"iat": GOOD["iat"] + 60},
        {"nbf": GOOD["iat"]},
        {"use": None},
        {"use": "admin"},
        {"use": ["session"]},
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_refused(change: dict[str, Any]) -> None:
    body = {name: value for name, value in (GOOD | change).items() if value is not None}
    assert isinstance(read_claims(signed(body), KEY, NOW), Refused)


@given(st.one_of(st.text(max_size=400), st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))))
def test_nonsense_is_refused_and_never_raises(nonsense: str) -> None:
    assert isinstance(read_claims(nonsense, KEY, NOW), Refused)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_a_signed_body_of_any_shape_never_raises(body: Any) -> None:
    head = f"{part({'alg': 'HS256'})}.{part(body)}"
    mark = base64.urlsafe_b64encode(hmac.new(KEY, head.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    assert isinstance(read_claims(f"{head}.{mark}", KEY, NOW), Refused)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCabc019-_."))
def test_one_changed_character_never_says_anything_else(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    verdict = read_claims(changed, KEY, NOW)
    assert isinstance(verdict, Refused) or verdict == CLAIMS  # the last character has spare bits


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(settings: Settings) -> None:
    first = load_keys(settings).key("session")
    path = settings.data_dir / "secret-key"
    assert load_keys(settings).key("session") == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in settings.data_dir.iterdir()) == ["secret-key"]


def test_a_short_secret_is_not_taken() -> None:
    with pytest.raises(WeakSecret):
        Keys(b"short")


def test_signed_parts_cannot_run_into_each_other() -> None:
    keys = Keys(b"k" * 32)
    assert keys.sign("form", "ab", "c") != keys.sign("form", "a", "bc")
    assert keys.matches(keys.sign("form", "a"), "form", "a")
    assert not keys.matches(keys.sign("form", "a"), "code", "a")
    assert not keys.matches("é", "form", "a")
