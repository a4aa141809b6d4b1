"""Many people with a section open cost little, do not slow the one who writes, and each hear a goodbye."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.idle import run


def check(folder: Path, count: int) -> None:
    found = run(folder, count)
    assert found["connections"] == count
    assert found["kib_each"] < 64
    assert found["slowest_word_ms"] < 2000
    assert found["goodbyes"] == count


@pytest.mark.timeout(120)
def test_300_idle_connections_cost_little(tmp_path: Path) -> None:
    check(tmp_path, 300)


@pytest.mark.full_size
@pytest.mark.timeout(600)
def test_5000_idle_connections_cost_little(tmp_path: Path) -> None:
    check(tmp_path, 5000)
