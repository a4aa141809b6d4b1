"""The working document over the real server: two sides and an advocate in one section of the second example."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.person import SAVED, Person
from tests.browser.test_pages import FITS, violations

Opened = Callable[[str], Person]
CARET = """([words, behind]) => {
  const text = document.querySelector(".ProseMirror");
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    text.focus();
    getSelection().collapse(walker.currentNode, at + behind);
    document.dispatchEvent(new Event("selectionchange")); // a person's next key comes later than that
    return;
  }
  throw new Error("no such words");
}"""


@pytest.fixture
def opened(house: House) -> Opened:
    """Opens section F of the plan in an appeal, as somebody of its story."""

    def open_as(name: str) -> Person:
        somebody = house.visitor()
        somebody.name = name
        page = somebody.page
        page.goto("/sign-in")
        page.get_by_role("button", name=f"Sign in as {name}").first.click()
        page.get_by_role("link", name=re.compile("EX-2026-042")).first.click()
        page.wait_for_url(re.compile(r"/plans/[0-9a-f]{32}$"))
        page.goto(page.url + "/working/F")
        page.locator("#working[data-ready]").wait_for()
        expect(page.locator("#save-status")).to_have_text(SAVED)
        return somebody

    return open_as


def write(somebody: Person, after: str, words: str) -> None:
    """Types words directly behind some others."""
    somebody.page.bring_to_front()
    somebody.page.evaluate(CARET, [after, len(after)])
    somebody.page.keyboard.type(words)


TEXT = """() => {
  const text = document.querySelector(".ProseMirror").cloneNode(true);
  for (const caret of text.querySelectorAll(".caret")) caret.remove();
  return text.textContent;
}"""


def sees(page: Page, words: str) -> None:
    """Waits until the text says this; a window in the background draws nothing, so the clock is asked."""
    page.wait_for_function(f"(words) => ({TEXT})().includes(words)", arg=words, polling=50)


def card(page: Page, words: str) -> None:
    """Opens the card that says this."""
    page.bring_to_front()
    page.locator(".app-rl-card", has_text=words).locator(".rl-card__goto").click()


def test_a_private_draft_is_seen_by_its_side_only_and_by_both_once_it_is_sent(opened: Opened) -> None:
    nadia, bridget, dev = opened("Nadia Fellmoor"), opened("Bridget Oakmere"), opened("Dev Pellow")
    write(nadia, "The school arranges what", " and by whom")
    sees(bridget.page, "what and by whom is written here")
    write(dev, "unless an entry says", " clearly")
    sees(nadia.page, "says clearly otherwise")
    assert "and by whom" not in dev.page.evaluate(TEXT)
    nadia.page.bring_to_front()
    nadia.page.get_by_role("button", name="Send our changes").click()
    nadia.page.get_by_role("button", name="Send them").click()
    sees(dev.page, "what and by whom is written here")
    expect(nadia.page.get_by_role("button", name="Draft in private")).to_be_visible()
    expect(nadia.page.locator("#save-status")).to_have_text(SAVED)

    # Both sides agree to exactly those words.
    card(dev.page, "and by whom")
    dev.page.locator(".app-rl-card--current [data-deed=agree]").click()
    expect(dev.page.get_by_role("dialog")).to_contain_text("The school arranges what and by whom is written here")
    dev.page.get_by_role("button", name="Agree to these words").click()
    card(bridget.page, "and by whom")
    bridget.page.locator(".app-rl-card--current [data-deed=agree]").click()
    expect(bridget.page.get_by_role("dialog")).to_contain_text("agreed already")
    bridget.page.get_by_role("button", name="Agree to these words").click()
    expect(dev.page.locator(".app-rl-card--current .govuk-tag")).to_have_text("Agreed by both")

    # A stray key in agreed words asks first.
    write(bridget, "and by w", "x")
    expect(bridget.page.get_by_role("heading", name="This wording is agreed")).to_be_visible()
    bridget.page.get_by_role("button", name="Keep it").click()
    sees(dev.page, "what and by whom is written here")


def test_words_typed_while_the_server_is_down_arrive_when_it_is_back(house: House, opened: Opened) -> None:
    dev = opened("Dev Pellow")
    house.server.kill()
    write(dev, "Amounts are for each", " whole")
    expect(dev.page.locator("#save-status")).to_have_text("Not connected: 1 word kept on this device")
    house.server.start()
    expect(dev.page.locator("#save-status")).to_have_text(SAVED)
    bridget = opened("Bridget Oakmere")
    sees(bridget.page, "for each whole school week")


@pytest.mark.parametrize(("width", "highest"), [(1280, 450), (390, 640)])
def test_the_text_is_in_sight_at_once_and_what_is_switched_is_in_a_menu(
    opened: Opened, width: int, highest: int
) -> None:
    page = opened("Dev Pellow").page
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.querySelector('.ProseMirror').getBoundingClientRect().top") < highest
    expect(page.locator(".app-rl-key__line")).to_be_visible()
    colour = page.get_by_role("button", name="Colour on")
    expect(colour).not_to_be_visible()
    page.locator(".app-rl-show > summary").click()
    colour.click()
    expect(page.get_by_role("button", name="Colour off")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Colour off")).not_to_be_visible()
    expect(page.locator(".app-rl-show > summary")).to_be_focused()


def test_the_live_page_has_no_violation_and_fits_a_narrow_phone(opened: Opened) -> None:
    bridget = opened("Bridget Oakmere")
    page = bridget.page
    assert [] == violations(page)
    for name in ("Ours", "Theirs", "Agreed only", "Disputes only", "Original", "Since we last looked", "As a list"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Tribunal key", exact=True).click()
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_function(FITS)
    assert [] == violations(page)
