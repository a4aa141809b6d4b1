"""The bucket that says how fast one connection may send."""

from __future__ import annotations

from server.rates import Bucket


def test_a_burst_is_free_and_then_time_must_pass() -> None:
    bucket = Bucket(rate=10, burst=3, now=0)
    assert [bucket.spend(1, 0) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    assert bucket.spend(1, 0.3) == 0


def test_it_never_holds_more_than_a_burst() -> None:
    bucket = Bucket(rate=10, burst=2, now=0)
    assert [bucket.take(1, 1000) for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_gives_and_takes_nothing() -> None:
    bucket = Bucket(rate=10, burst=1, now=100)
    assert bucket.take(1, 100)
    assert not bucket.take(1, 50)
    assert not bucket.take(1, 100)
    assert bucket.take(1, 100.2)
