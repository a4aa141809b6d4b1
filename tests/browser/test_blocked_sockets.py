"""Somebody whose network blocks WebSockets writes with the others all the same, and moves to one when it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import open_chromium
from tests.browser.house import House
from tests.browser.person import all_have_the_same_text
from tests.hard_proxy import HardProxy, Manner
from tests.serving import serving

SAVE_LINES = """() => {
  const line = document.getElementById("save-status");
  window.saveLines = [line.textContent];
  new MutationObserver(() => window.saveLines.push(line.textContent)).observe(line, { childList: true });
}"""
NOBODY_OVER_HTTP = """async () => {
  const figures = await (await fetch("/metrics")).text();
  return /^alongside_live_polling_connections 0/m.test(figures);
}"""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[House, HardProxy]]:
    proxy = HardProxy(0, Manner.REFUSES)
    with serving(tmp_path / "data", ALONGSIDE_ALLOWED_ORIGINS=proxy.url) as server, open_chromium() as browser:
        proxy.start(server.port)
        try:
            house = House(server=server, browser=browser)
            yield house, proxy
            house.empty_out()
        finally:
            proxy.stop()


def carets(page: Page) -> None:
    expect(page.locator(".caret")).to_have_count(1)


def test_somebody_behind_a_proxy_that_refuses_sockets_writes_with_the_others_and_moves_back(
    proxied: tuple[House, HardProxy],
) -> None:
    house, proxy = proxied
    parent, officer = house.person("parent"), house.person("case_officer")
    officer.open("B")
    parent.page.goto(proxy.url + house.section("B"))
    parent.editor.wait_for()
    parent.wait_until_saved()
    parent.write_after(parent.item("B1").locator("p").first, " Written through the proxy.")
    officer.write_after(officer.item("B2").locator("p").first, " Written beside it.")
    officer.sees("Written through the proxy.")
    parent.sees("Written beside it.")
    carets(parent.page)
    carets(officer.page)
    assert proxy.handshakes
    assert not officer.page.evaluate(NOBODY_OVER_HTTP)

    parent.page.evaluate(SAVE_LINES)
    proxy.manner = Manner.ALLOWS
    parent.page.evaluate("window.dispatchEvent(new Event('online'))")
    parent.type(" While it changed.")
    officer.type(" He went on too.")
    officer.page.wait_for_function(NOBODY_OVER_HTTP, polling=250, timeout=60_000)
    parent.type(" Over a socket.")
    officer.sees("While it changed. Over a socket.")
    parent.sees("He went on too.")
    carets(parent.page)
    carets(officer.page)
    text = "\n".join(all_have_the_same_text("B", parent, officer))
    for words in ("Written through the proxy. While it changed. Over a socket.", "Written beside it. He went on too."):
        assert 1 == text.count(words)
    assert not any("Not connected" in line for line in parent.page.evaluate("window.saveLines"))
