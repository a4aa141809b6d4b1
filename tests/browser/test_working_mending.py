"""What goes wrong in a layer costs nobody a word: a text that is not the server's, and words the server refuses.

Over the real server, with one page of the example's appeal.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.house import House
from tests.browser.person import SAVED
from tests.browser.test_working_live import CARET, TEXT, sees
from tests.serving import serving

PASTE = """(words) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", words);
  const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.querySelector(".ProseMirror").dispatchEvent(paste);
}"""


def signed_in(house: House, name: str) -> Page:
    page = house.visitor().page
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Sign in as {name}").first.click()
    page.get_by_role("link", name=re.compile("EX-2026-042")).first.click()
    page.wait_for_url(re.compile(r"/plans/[0-9a-f]{32}$"))
    return page


def working(page: Page) -> Page:
    page.goto(page.url + "/working/F")
    page.locator("#working[data-ready]").wait_for()
    expect(page.locator("#save-status")).to_have_text(SAVED)
    return page


def test_a_layer_that_is_not_the_servers_is_quietly_replaced_and_writing_goes_on(house: House) -> None:
    """The server's answers are changed on their way, as if the two were different; as they come they say the same."""
    said: list[bytes] = []

    def spoil(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def passed_on(frame: str | bytes) -> None:
            if isinstance(frame, bytes) and b'"checked"' in frame:
                said.append(frame)
                frame = frame.replace(b'"same": true', b'"same":false')
            route.send(frame)

        server.on_message(passed_on)

    page = signed_in(house, "Dev Pellow")
    page.route_web_socket(re.compile(r"/live\?"), spoil)
    working(page)
    page.evaluate(CARET, ["Amounts are for each", len("Amounts are for each")])
    page.keyboard.type(" whole")
    page.evaluate("document.querySelector('.ProseMirror').dataset.first = 'yes'")
    height = page.evaluate("window.scrollY")
    expect(page.locator(".ProseMirror")).not_to_have_attribute("data-first", "yes")
    assert said
    assert all(b'"same": true' in frame for frame in said)
    assert height == page.evaluate("window.scrollY")
    expect(page.locator(".ProseMirror")).to_be_focused()
    page.keyboard.type(" long")
    sees(page, "for each whole long school week")
    expect(page.locator("#save-status")).to_have_text(SAVED)
    expect(page.locator("#kept-aside")).to_have_count(0)


def test_what_a_layer_cannot_take_is_kept_aside_and_goes_back_where_it_came_from(house: House, tmp_path: Path) -> None:
    with serving(tmp_path / "data", ALONGSIDE_FRAME_BYTES="65536") as server:
        small = House(server=server, browser=house.browser)
        page = working(signed_in(small, "Dev Pellow"))
        page.evaluate(CARET, ["Amounts are for each", len("Amounts are for each")])
        page.evaluate(PASTE, " enormous" * 10_000)
        aside = page.locator("#kept-aside")
        expect(aside).to_contain_text("That was too much at once.")
        expect(aside).to_be_focused()
        expect(page.locator("#save-status")).to_have_text(SAVED)
        assert "enormous" not in page.evaluate(TEXT)

        # Reading on elsewhere, the person gives back less: it stands where it was written.
        page.evaluate(
            """() => {
              for (const key of Object.keys(sessionStorage)) {
                const short = sessionStorage.getItem(key).replaceAll(/( enormous)+/g, " enormous");
                sessionStorage.setItem(key, short);
              }
            }"""
        )
        page.reload()
        page.locator("#working[data-ready]").wait_for()
        page.get_by_role("button", name="Put them back").click()
        expect(page.locator("#save-status")).to_have_text(SAVED)
        sees(page, "Amounts are for each enormous school week")
        expect(aside).to_be_hidden()
        small.empty_out()
