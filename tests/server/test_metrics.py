"""The figures: who may read them, that they move when they should, and that the dashboard and alerts ask for them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from server import live_metrics, stall
from server.metrics import REGISTRY
from server.paces import Paces
from server.routes import health
from server.scrape import Workers
from server.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
LABELS = {
    "method",
    "outcome",
    "code",
    "le",
    "worker",
    "generation",
    "implementation",
    "major",
    "minor",
    "patchlevel",
    "version",
}
WORDS = re.compile(r"\b(?:alongside|process|python)_[a-z_]+\b")


def value(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


@pytest.fixture
async def names(tmp_path: Path) -> AsyncIterator[set[str]]:
    """The names of everything that a scrape shows, suffixes and all."""
    workers = Workers(tmp_path / "figures")
    await workers.start()
    shown = (await workers.exposition()).decode()
    yield {
        name + suffix
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", shown, re.MULTILINE)
        for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }
    await workers.stop()


def test_labels_are_few_and_never_a_plan_or_a_person() -> None:
    assert {label for one in REGISTRY.collect() for each in one.samples for label in each.labels} <= LABELS


@pytest.mark.parametrize(
    ("token", "client", "sent", "status"),
    [
        (None, "127.0.0.1", None, 200),
        (None, "::1", None, 200),
        (None, "10.0.0.9", None, 403),
        (None, "a socket", None, 403),
        ("long enough", "10.0.0.9", "Bearer long enough", 200),
        ("long enough", "10.0.0.9", "Bearer long", 403),
        ("long enough", "127.0.0.1", None, 403),
    ],
)
async def test_figures_are_for_the_machine_itself_or_for_who_has_the_token(
    token: str | None, client: str, sent: str | None, status: int
) -> None:
    app = FastAPI()
    app.state.settings = Settings(metrics_token=None if token is None else SecretStr(token))
    app.state.workers = Workers(None)
    app.include_router(health.router)
    headers = {} if sent is None else {"Authorization": sent}
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as visitor:
        answer = await visitor.get("/metrics")
    assert status == answer.status_code
    assert ("alongside_rooms_open" in answer.text) == (status == 200)


def test_coming_back_within_a_minute_is_a_reconnect_and_a_second_window_is_none() -> None:
    now = 1000.0
    paces = Paces(Settings(), lambda: now)
    before = value("alongside_reconnects_total")
    first, second = paces.join("a"), paces.join("a")
    assert first is not None
    assert second is not None
    assert before == value("alongside_reconnects_total")
    paces.leave(first)
    paces.leave(second)
    now += 59
    again = paces.join("a")
    assert again is not None
    assert before + 1 == value("alongside_reconnects_total")
    paces.leave(again)
    now += 61
    paces.join("a")
    assert before + 1 == value("alongside_reconnects_total")


def test_an_entry_from_elsewhere_is_never_younger_than_nothing() -> None:
    count, lag = value("alongside_log_lag_seconds_count"), value("alongside_log_lag_seconds_sum")
    live_metrics.taken_up_after(0.25)
    live_metrics.taken_up_after(-2.0)
    assert count + 2 == value("alongside_log_lag_seconds_count")
    assert pytest.approx(lag + 0.25) == value("alongside_log_lag_seconds_sum")


def test_snapshots_that_were_not_built_are_counted() -> None:
    runs, failed = value("alongside_snapshot_build_seconds_count"), value("alongside_snapshot_builds_failed_total")
    live_metrics.built(1.5, well=True)
    live_metrics.built(0.5, well=False)
    assert runs + 2 == value("alongside_snapshot_build_seconds_count")
    assert failed + 1 == value("alongside_snapshot_builds_failed_total")


# The dashboard and the alerts


def expressions(found: Any) -> list[str]:
    """Every expression in a dashboard, wherever it stands."""
    if isinstance(found, dict):
        own = [found["expr"]] if isinstance(found.get("expr"), str) else []
        return own + [one for inner in found.values() for one in expressions(inner)]
    return [one for inner in found for one in expressions(inner)] if isinstance(found, list) else []


def test_the_dashboard_shows_exactly_the_figures_there_are(names: set[str]) -> None:
    board = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    asked = {name for one in expressions(board) for name in WORDS.findall(one)}
    assert set() == asked - names
    ours = {name.removesuffix("_bucket") for name in names if re.match("alongside_.*(?<!_sum)(?<!_count)$", name)}
    assert set() == ours - {name.removesuffix("_bucket") for name in asked}


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    board = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    assert ["datasource"] == [one["name"] for one in board["templating"]["list"] if one["type"] == "datasource"]
    assert board["schemaVersion"] >= 39
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    seen: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & seen, panel["title"]
        assert max(x for x, _ in cells) < 24
        seen |= cells
        if panel["type"] == "row":
            continue
        assert panel["title"]
        assert panel["description"]
        assert {"type": "prometheus", "uid": "${datasource}"} == panel["datasource"]
        assert len({one["refId"] for one in panel["targets"]}) == len(panel["targets"]) > 0


def test_every_alert_asks_for_figures_there_are_and_says_what_to_do(names: set[str]) -> None:
    text = (DOCS / "alerts.yml").read_text(encoding="utf-8")
    alerts = re.findall(r"^      - alert: (\w+)$", text, re.MULTILINE)
    asked = re.findall(r"^        expr: (.+)$", text, re.MULTILINE)
    assert len(alerts) == len(set(alerts)) == len(asked) >= 8
    assert set() == {name for one in asked for name in WORDS.findall(one)} - names
    for part in text.split("      - alert: ")[1:]:
        assert re.search(r"^        for: \d+[mh]$", part, re.MULTILINE), part
        assert re.search(r"severity: (page|ticket)$", part, re.MULTILINE), part
        assert re.search(r"summary: .{20,}$", part, re.MULTILINE), part
        assert re.search(r"todo: .{30,}$", part, re.MULTILINE), part


def test_the_guide_explains_every_figure_there_is(names: set[str]) -> None:
    guide = (DOCS / "operating.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `alongside_")]
    explained = {name for row in rows for name in WORDS.findall(row)}
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in names if name.startswith("alongside_")}
    assert ours == explained


def test_the_heartbeat_is_among_the_figures(names: set[str]) -> None:
    assert stall.LARGEST._name in names
