"""The working document's pages in a browser: no violation by axe, no sideways scrolling, key and words without colour.

The pages are drawn from the examples and handed to the browser with the real style sheet; no server is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.pages import web_root
from tests.browser.chromium import open_chromium
from tests.browser.test_pages import FITS, STICKS_OUT, violations
from tests.server.working_examples import EXAMPLES, Example, html

ADDRESS = "http://alongside.test"
BY_NAME = {example.name: example for example in EXAMPLES}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as found:
        yield found


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ADDRESS).split("?")[0]
    file = web_root() / "static" / "dist" / path.removeprefix("/static/")
    if path.startswith("/page/"):
        route.fulfill(body=html(BY_NAME[path.removeprefix("/page/")]), content_type="text/html; charset=utf-8")
    elif path.startswith("/static/") and file.is_file():
        route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
    else:
        route.fulfill(status=404, body="")


def show(browser: Browser, name: str, width: int, **options: Any) -> Page:
    """The page as somebody without JavaScript has it: nothing of the browser's code changes it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, **options)
    page = context.new_page()
    page.route("**/*", answer)
    page.route("**/working.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(f"{ADDRESS}/page/{name}")
    return page


@every_example
def test_axe_finds_no_violation_and_nothing_scrolls_sideways_at_320_px(browser: Browser, example: Example) -> None:
    page = show(browser, example.name, 1280)
    assert [] == violations(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(FITS), page.evaluate(STICKS_OUT)
    page.context.close()


@pytest.mark.parametrize("name", ["overview", "section-colour", "list", "schedule"])
def test_axe_finds_no_violation_on_a_phone(browser: Browser, name: str) -> None:
    page = show(browser, name, 390)
    assert [] == violations(page)
    page.context.close()


STYLES = """(one) => { const s = getComputedStyle(one);
  return [s.fontWeight, s.fontStyle, s.textDecorationLine, s.backgroundColor, s.color]; }"""
CLEAR, BLACK = "rgba(0, 0, 0, 0)", "rgb(11, 12, 12)"


def test_the_key_is_type_styles_in_black_and_tint_comes_only_when_asked_for(browser: Browser) -> None:
    plain = show(browser, "section", 1280)
    family = plain.locator(".app-rl--family.app-rl--ins").first
    assert ["700", "normal", "none", CLEAR, BLACK] == family.evaluate(STYLES)
    council = plain.locator(".app-rl--authority.app-rl--ins").first
    assert ["400", "italic", "none", CLEAR, BLACK] == council.evaluate(STYLES)
    agreed = plain.locator(".app-rl--agreed.app-rl--del").first
    assert ["400", "normal", "underline line-through", CLEAR, BLACK] == agreed.evaluate(STYLES)
    colour = show(browser, "section-colour", 1280)
    tinted = colour.locator(".app-rl--family.app-rl--ins").first.evaluate(STYLES)
    assert ["700", "normal", "none"] == tinted[:3]
    assert CLEAR != tinted[3]
    plain.context.close()
    colour.context.close()


def test_nothing_original_is_bold_italic_or_underlined(browser: Browser) -> None:
    page = show(browser, "section", 1280)
    for block in page.locator(".app-rl-text [data-block]").all():
        assert ["400", "normal", "none"] == block.evaluate(STYLES)[:3]
        assert "none" == block.evaluate("(one) => getComputedStyle(one, '::after').content")
    page.context.close()


def test_on_paper_the_key_is_printed_without_tint_and_what_cannot_be_pressed_is_not(browser: Browser) -> None:
    page = show(browser, "section-colour", 1280)
    page.emulate_media(media="print")
    assert page.locator(".app-rl-key__paper dd").last.is_visible()
    assert not page.locator(".app-rl-key__line").is_visible()
    assert not page.locator(".app-rl-views").first.is_visible()
    assert not page.locator(".app-rl-card__actions").first.is_visible()
    assert CLEAR == page.locator(".app-rl--family.app-rl--ins").first.evaluate(STYLES)[3]
    page.context.close()


@pytest.mark.parametrize(("width", "highest"), [(1280, 450), (390, 600)])
def test_the_text_begins_high_with_the_key_in_one_line_and_the_whole_key_to_open(
    browser: Browser, width: int, highest: int
) -> None:
    page = show(browser, "section-colour", width)
    box = page.locator(".app-rl-text").first.bounding_box()
    assert box is not None
    assert box["y"] < highest
    line = page.locator(".app-rl-key__line")
    assert (
        "Key: original · A agreed · F family · C council · T tribunal · struck through: taken out" == line.inner_text()
    )
    assert ["700", "normal", "none"] == line.locator(".app-rl--family").evaluate(STYLES)[:3]
    assert ["400", "normal", "line-through"] == line.locator(".app-rl-strike").evaluate(STYLES)[:3]
    assert not page.locator(".app-rl-key dd").first.is_visible()
    page.get_by_text("What the styles mean").first.click()
    assert page.locator(".app-rl-key dd").first.is_visible()
    page.context.close()


def test_letters_stand_in_the_margin_also_in_forced_colours(browser: Browser) -> None:
    page = show(browser, "section-colour", 390, forced_colors="active")
    letters = "(one) => getComputedStyle(one, '::before').content"
    assert '"F C"' in page.locator("[data-letters='F C']").first.evaluate(letters)
    assert "700" == page.locator(".app-rl--family.app-rl--ins").first.evaluate(STYLES)[0]
    page.context.close()


def test_the_tribunals_own_words_are_asked_for_only_where_that_answer_is_chosen(browser: Browser) -> None:
    page = show(browser, "close", 1280)
    ruling = page.locator(".app-ruling").filter(has=page.locator("textarea")).first
    ruling.locator("input[value=refused]").check()
    expect(ruling.locator("textarea").first).to_be_hidden()
    ruling.locator("input[value=own]").check()
    expect(ruling.locator("textarea").first).to_be_visible()
    page.context.close()
