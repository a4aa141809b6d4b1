"""Every page: no violation by axe, no sideways scrolling at 320 px, no child's name in title or address, no script."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.house import House
from tests.browser.places import PLACES, Place, visitor_of

AXE = Axe()
every_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
FITS = "document.documentElement.scrollWidth <= window.innerWidth"
# Names what sticks out, so that a failure can be mended.
STICKS_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
  .filter((one) => !one.closest(".app-table-scroll, .app-toolbar"))
  .slice(0, 5).map((one) => one.tagName + "." + one.className + "#" + one.id)"""

INLINE_SCRIPT = """() => {
  const made = document.createElement("script");
  made.textContent = "window.ran = 1";
  document.body.append(made);
}"""


def violations(page: Page) -> list[str]:
    found = AXE.run(page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:160]}" for one in found for node in one["nodes"]]


@every_place
def test_axe_finds_no_violation_and_the_page_keeps_its_manners(house: House, place: Place) -> None:
    somebody = visitor_of(house, place)
    page = somebody.page
    place.go(somebody)
    assert [] == violations(page)
    assert "en-GB" == page.locator("html").get_attribute("lang")
    assert page.title().strip()
    assert "Sami" not in page.title()
    assert "sami" not in page.url.lower()
    expect(page.locator("h1")).to_have_count(1)
    breaches = [words for words in somebody.console if "Content Security Policy" in words or "Refused to" in words]
    assert [] == breaches
    plain = [words for words in somebody.console if "Failed to load resource" not in words]
    assert [] == plain


@every_place
def test_nothing_scrolls_sideways_at_320_px(house: House, place: Place) -> None:
    somebody = visitor_of(house, place, 320, 640)
    place.go(somebody)
    assert somebody.page.evaluate(FITS), somebody.page.evaluate(STICKS_OUT)


def test_a_dialog_stays_inside_a_phone(house: House) -> None:
    somebody = house.person("parent", {"width": 320, "height": 568})
    somebody.open("F")
    somebody.item("F1").locator(".item-menu").click()
    box = somebody.page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 568


def test_the_sections_and_who_is_here_stay_in_view_while_the_text_scrolls(house: House) -> None:
    somebody = house.person("parent")
    somebody.open("F")
    somebody.page.evaluate("window.scrollTo(0, 2400)")
    expect(somebody.page.get_by_role("heading", name="Here now")).to_be_in_viewport()
    expect(somebody.page.get_by_role("navigation", name="Sections of the plan")).to_be_in_viewport(ratio=0.9)
    assert "static" == house_style(house, {"width": 390, "height": 844}, ".app-write__side", "position")


@pytest.mark.parametrize(("width", "height", "room"), [(1280, 900, 144), (390, 844, 112), (640, 320, 16)])
def test_what_takes_the_focus_is_not_left_under_the_bar(house: House, width: int, height: int, room: int) -> None:
    assert f"{room}px" == house_style(house, {"width": width, "height": height}, "html", "scrollPaddingTop")


def house_style(house: House, size: ViewportSize, selector: str, name: str) -> str:
    """A computed style on the page where provision is written."""
    somebody = house.person("parent", size)
    somebody.open("F")
    said: str = somebody.page.locator(selector).evaluate("(one, name) => getComputedStyle(one)[name]", name)
    return said


def test_a_wide_table_to_read_scrolls_by_itself_on_a_phone_and_breaks_no_word(house: House) -> None:
    somebody = house.person("parent", {"width": 320, "height": 640})
    somebody.page.goto(f"{house.section('K')}/read")
    table = somebody.page.get_by_role("region", name="Table 1 in section K")
    assert table.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert somebody.page.evaluate(FITS)
    table.evaluate("(one) => one.addEventListener('scroll', () => one.setAttribute('data-moved', 'yes'))")
    table.focus()
    somebody.press("ArrowRight")
    expect(table).to_have_attribute("data-moved", "yes")


def test_every_page_of_a_plan_leads_back_to_the_plan_on_a_phone(house: House) -> None:
    somebody = house.person("case_officer", {"width": 390, "height": 844})
    for path in ("/people", "/stage", "/rights", "/preference", "/read", "/sections/I", "/sections/B"):
        somebody.page.goto(f"{house.home}{path}")
        expect(somebody.page.get_by_role("link", name="Plan EX-2026-041").first).to_be_visible()


def test_axe_finds_no_violation_on_a_phone_while_writing(house: House) -> None:
    somebody = house.person("parent", {"width": 390, "height": 844})
    somebody.open("B")
    somebody.write_after(somebody.item("B1").locator("p").first, " x")
    assert [] == violations(somebody.page)


def test_axe_finds_no_violation_in_a_dialog_with_two_carets_and_with_words_kept_aside(house: House) -> None:
    somebody = house.person("parent")
    other = house.person("case_officer")
    somebody.open("F")
    other.open("F")
    other.write_after(other.item("F2").locator(".field-text").first, " x")
    expect(somebody.page.locator(".caret")).to_have_count(1)
    somebody.item("F1").locator(".item-menu").click()
    somebody.page.get_by_role("dialog").get_by_role("button", name="Link it to needs and outcomes").click()
    somebody.page.get_by_role("dialog").get_by_role("checkbox").first.wait_for()
    assert [] == violations(somebody.page)
    somebody.press("Escape")
    kept = [{"reason": "A test.", "fragments": [{"text": "Kept words", "place": {"item": None, "field": None}}]}]
    store = "([key, kept]) => sessionStorage.setItem(key, JSON.stringify(kept))"
    somebody.page.evaluate(store, [f"alongside-kept:{house.plan}/F", kept])
    somebody.open("F")
    expect(somebody.page.locator("#kept-aside")).to_contain_text("Kept words")
    assert [] == violations(somebody.page)


def test_no_page_allows_script_or_style_from_the_page_itself(house: House) -> None:
    somebody = house.person("parent")
    answer = somebody.page.goto(house.section("B"))
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(r"(default-src|script-src) 'self'", policy)
    somebody.page.evaluate(INLINE_SCRIPT)
    assert somebody.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in words for words in somebody.console)


def test_reading_people_and_stages_work_without_javascript(house: House) -> None:
    house.person("case_officer")
    somebody = house.person("case_officer", java_script_enabled=False)
    page = somebody.page
    page.goto(house.section("B"))
    page.get_by_role("link", name="Read this section").click()
    expect(page.locator("main")).to_contain_text("Understanding what people say")
    page.goto(f"{house.home}/read")
    expect(page.locator("main .app-reading__section")).to_have_count(12)
    page.goto(f"{house.home}/people")
    page.get_by_role("button", name="Invite someone").click()
    page.get_by_label("Their e-mail address").fill("plain.html@example.org")
    page.get_by_label("Their name").fill("Plain Html")
    page.get_by_role("radio", name="Observer").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Invite this person").click()
    expect(page.locator("main")).to_contain_text("Invited")
    page.goto(f"{house.home}/people")
    expect(page.get_by_role("table", name="People with access")).to_contain_text("Plain Html")
    page.get_by_role("link", name="End access of Plain Html").click()
    page.get_by_role("button", name="End this access now").click()
    expect(page.get_by_role("table", name="People who had access before")).to_contain_text("Plain Html")
    page.goto(f"{house.home}/stage")
    page.get_by_role("button", name="Go back to gathering information").click()
    page.get_by_role("button", name="Yes, go back to gathering information").click()
    expect(page.locator("main")).to_contain_text("Gathering information")
    page.goto(f"{house.home}/stage/drafting")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Drafting together")


def test_the_writing_page_keeps_its_edges_in_forced_colours(house: House) -> None:
    somebody = house.person("parent", forced_colors="active")
    somebody.open("B")
    other = house.person("case_officer")
    other.open("B")
    other.write_after(other.item("B1").locator("p").first, " x")
    caret = somebody.page.locator(".caret")
    expect(caret).to_be_visible()
    styles = "(one) => [getComputedStyle(one).borderLeftWidth, getComputedStyle(one).borderLeftStyle]"
    assert "none" != caret.evaluate(styles)[1]
    assert "0px" != caret.evaluate(styles)[0]
    item = somebody.item("B1")
    assert "none" != item.evaluate("(one) => getComputedStyle(one).borderTopStyle")
    assert "0px" != item.evaluate("(one) => getComputedStyle(one).borderTopWidth")
