"""What every test may use. A test that could not run is reported as such, and fails the run under CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import databases_put_away, postgres_url, redis_url
from tests.serving import Serving, serving

__all__ = ["databases_put_away", "postgres_url", "redis_url"]


@pytest.fixture
def example_server(tmp_path: Path) -> Iterator[Serving]:
    """A real server process of its own, on a free port, with the worked example in a fresh store."""
    with serving(tmp_path / "data") as server:
        yield server


@pytest.fixture(scope="module")
def shared_example_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Like example_server, shared by the tests of one module that do not disturb each other."""
    with serving(tmp_path_factory.mktemp("example") / "data") as server:
        yield server


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    if reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("not run")
        for report in skipped:
            terminalreporter.line(f"NOT RUN {report.nodeid}")
