"""One Chromium for a module of tests or for the picture. Talks to nothing but our own server; leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.set_up import chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """A browser process, ended when the block ends."""
    path = chromium()
    if path is None:
        raise RuntimeError("there is no Chromium on this machine: run `make test`, which installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
