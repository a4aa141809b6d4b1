"""The measured pages are what the numbers beside them say, and the estimate moves the way it must."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

from tests.bench.pages import DOCS, FROM, NUMBERS, README, TO, measurements, readme, scale
from tests.bench.scale import ASSUMED, COUNCIL_PLANS, COUNTRY_PLANS, Cost, n, need

COST = Cost(60.0, 20.0, 120.0, 0.3, 0.05, 80.0, 200.0, 400.0)


def test_the_pages_are_made_of_the_numbers_beside_them() -> None:
    summary = json.loads(NUMBERS.read_text(encoding="utf-8"))
    assert measurements(summary) == (DOCS / "measurements.md").read_text(encoding="utf-8")
    assert scale(summary) == (DOCS / "scale.md").read_text(encoding="utf-8")
    page = README.read_text(encoding="utf-8")
    assert page.count(FROM) == page.count(TO) == 1
    if not summary["about"]["quick"]:
        assert readme(summary, page) == page


def test_a_council_is_its_share_of_the_country() -> None:
    council, country = need(COUNCIL_PLANS, COST), need(COUNTRY_PLANS, COST)
    share = COUNCIL_PLANS / COUNTRY_PLANS
    assert round(council.cores, 6) == round(country.cores * share, 6)
    assert round(council.store_gb, 6) == round(country.store_gb * share, 6)
    assert council.provisioned == 2


def test_deliveries_follow_people_and_storage_does_not() -> None:
    few, many = need(1000, COST), need(1000, COST, replace(ASSUMED, people=16))
    assert many.deliveries > few.deliveries
    assert many.store_gb == few.store_gb


def test_numbers_are_said_with_three_figures() -> None:
    assert ["0.018", "4.6", "41.2", "359", "9,740", "720,000"] == [
        n(x) for x in (0.0184, 4.56, 41.23, 359.2, 9744.0, 720_000)
    ]


def test_what_the_bench_switches_off_is_still_there() -> None:
    replaced = runpy.run_path(str(Path(__file__).parent / "servers" / "without.py"))["REPLACED"]
    assert [] == [name for owner, name in replaced if not hasattr(owner, name)]
