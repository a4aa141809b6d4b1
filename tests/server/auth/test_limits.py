"""Rate limits: counted for the right one, and never filling memory."""

from __future__ import annotations

import secrets

import pytest

from server.auth.keys import Keys
from server.auth.limits import BUCKETS, Limits, client_of
from server.auth.origins import is_own_origin
from server.settings import Settings

KEYS = Keys(b"k" * 32)


def test_the_limit_is_for_each_address_on_its_own() -> None:
    limits = Limits(Settings(sign_in_rate="2/minute"), KEYS)
    assert [limits.allows("codes-for-address", "a@example.org") for _ in range(3)] == [True, True, False]
    assert limits.allows("codes-for-address", "b@example.org")
    assert limits.allows("sign-in-from-client", "a@example.org")


def test_the_longer_limit_counts_beside_the_shorter_one() -> None:
    limits = Limits(Settings(sign_in_rate="2/second; 3/day"), KEYS)
    verdicts = [limits.allows("codes-for-address", "a@example.org") for _ in range(8)]
    assert verdicts[:2] == [True, True]
    assert not any(verdicts[3:])


def test_a_flood_of_made_up_addresses_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.auth.limits.BUCKETS", 16)
    limits = Limits(Settings(), KEYS)
    for number in range(2000):
        limits.allows("sign-in-from-client", f"10.0.{number // 256}.{number % 256}")
    assert len(limits.storage.storage) <= 16 * 2
    assert BUCKETS == 65536


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.7", 1234), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("testclient", 1), "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_counts_as_one(client: tuple[str, int] | None, counted: str) -> None:
    assert client_of({"type": "http", "client": client}) == counted


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://plans.example.org", True),
        ("https://plans.example.org:443", True),
        ("HTTPS://Plans.Example.Org", True),
        ("https://other.example.org", True),
        ("http://plans.example.org", False),
        ("https://plans.example.org:8443", False),
        ("https://evil.plans.example.org", False),
        ("https://plans.example.org.evil.example", False),
        ("https://localhost", False),
        ("https://[::1", False),
        ("https://plans.example.org:99999", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_our_own_addresses_are_our_own(origin: str, own: bool) -> None:
    settings = Settings(
        public_url="https://plans.example.org/", allowed_origins=" https://other.example.org , nonsense,"
    )
    assert is_own_origin(origin, settings) is own


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8123", "http://localhost:8123", "http://[::1]:8123"])
def test_this_machine_is_this_machine_by_any_name(origin: str) -> None:
    assert is_own_origin(origin, Settings(public_url="http://127.0.0.1:8123"))


def test_tries_to_sign_in_are_counted_together_by_processes_that_share_a_redis(redis_url: str) -> None:
    settings, keys = Settings(sign_in_rate="3/minute", redis_url=redis_url), Keys(secrets.token_bytes(32))
    one, two = Limits(settings, keys), Limits(settings, keys)
    assert [limits.allows("codes-for-address", "a@example.org") for limits in (one, two, one, two)] == [
        True,
        True,
        True,
        False,
    ]
    assert one.spent("codes-for-address", "a@example.org")
    other_council = Limits(settings, Keys(secrets.token_bytes(32)))
    assert other_council.allows("codes-for-address", "a@example.org")


def test_tries_are_counted_all_the_same_while_redis_is_away() -> None:
    limits = Limits(Settings(sign_in_rate="1/minute", redis_url="redis://127.0.0.1:1"), KEYS)
    assert [limits.allows("codes-for-address", "a@example.org") for _ in range(2)] == [True, False]
