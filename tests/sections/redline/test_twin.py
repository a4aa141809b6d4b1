"""The browser's engine, bundled and run under Node: the shared vectors and its own fuzz of random acts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.set_up import NODE_HOME

ROOT = Path(__file__).parents[3]
NODE = NODE_HOME / "bin" / "node"
TESTS = ROOT / "tests" / "redline"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine as one module that Node can import."""
    out = tmp_path_factory.mktemp("redline") / "redline.mjs"
    static = ROOT / "static"
    if not (static / "node_modules" / "esbuild").is_dir():
        subprocess.run([sys.executable, str(static / "build_hook.py")], check=True, timeout=110)
    command = [str(NODE), str(static / "node_modules" / "esbuild" / "bin" / "esbuild")]
    options = ["src/redline/index.ts", "--bundle", "--format=esm", "--log-level=warning", f"--outfile={out}"]
    done = subprocess.run([*command, *options], cwd=static, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("script", sorted(path.name for path in TESTS.glob("*.test.mjs")))
def test_the_browsers_engine_holds_its_claims(bundle: Path, script: str) -> None:
    done = subprocess.run(
        [str(NODE), "--test", str(TESTS / script)],
        env={**os.environ, "REDLINE": bundle.as_uri()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
