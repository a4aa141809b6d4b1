"""Whoever waits for an answer gets it, or is told that the store does not answer."""

from __future__ import annotations

import asyncio

import pytest

from server import waiting
from server.database import StoreFailed
from server.waiting import patiently, resolve


async def test_the_first_answer_counts() -> None:
    outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    resolve(outcome, 1)
    resolve(outcome, 2)
    assert 1 == await patiently(outcome)


async def test_an_answer_nobody_waits_for_any_more_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0)
    outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    with pytest.raises(StoreFailed):
        await patiently(outcome)
    resolve(outcome, 1)
    assert outcome.cancelled()
