"""A section's history as people use it: steps and slider, who wrote words, what changed since, and putting back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.test_pages import violations

FIRST = "Sami follows one short instruction well when he can see the speaker."


def test_people_see_who_wrote_what_and_put_an_earlier_wording_back(house: House) -> None:
    parent, officer = house.person("parent"), house.person("case_officer")
    parent.open("B")  # from now on she knows the section
    officer.open("B")
    officer.write_after(officer.item("B1").locator("p").first, " He also hums.")
    officer.wait_until_saved()
    parent.sees("He also hums.")

    parent.page.goto(f"{house.section('B')}/history")
    shown = parent.page.locator("#history-moment")
    expect(shown.locator("article ins").first).to_contain_text("He also hums.")
    expect(shown).to_contain_text("words added in B1")
    expect(shown).to_contain_text("Dev Pellow, case officer")
    assert [] == violations(parent.page)

    # the slider: by keyboard, to the beginning and back
    slider = parent.page.get_by_role("slider", name="Move to any moment")
    slider.focus()
    parent.press("Home")
    expect(shown).to_contain_text("The service")
    expect(shown.locator("article")).not_to_contain_text("He also hums.")
    expect(parent.page).to_have_url(re.compile(r"at=1$"))
    expect(slider).to_be_focused()
    parent.press("End")
    expect(shown.locator("article")).to_contain_text("He also hums.")

    # who wrote it: under the passage, and of selected words
    shown.get_by_role("link", name="Who wrote what").click()
    words = parent.page.locator("[data-by]", has_text="He also hums.")
    words.select_text()
    expect(parent.page.locator("#hands-asked")).to_contain_text(re.compile("He also hums.*Dev Pellow, case officer"))
    assert [] == violations(parent.page)

    # earlier, by a link; compared with now; and put back, after it was shown
    parent.page.get_by_role("link", name="What changed").click()
    parent.page.get_by_role("link", name="Earlier").click()
    parent.page.get_by_role("link", name="Compared with now").click()
    parent.page.get_by_role("link", name=re.compile("^Put back this paragraph.* as it was then")).first.click()
    expect(parent.page.locator("article del").first).to_contain_text("He also hums.")
    parent.page.get_by_role("button", name="Put this wording back").click()
    expect(parent.page.get_by_role("alert")).to_contain_text("The earlier wording is back.")
    officer.sees_no("He also hums.")
    officer.sees(FIRST)
    officer.wait_until_saved()


def test_somebody_who_comes_back_sees_what_changed_meanwhile_and_no_script_is_needed(house: House) -> None:
    parent = house.person("parent")
    parent.open("D")
    parent.page.goto(house.home)
    officer = house.person("case_officer")
    officer.open("D")
    officer.editor.locator("p").first.click()
    officer.press("End")
    officer.type(" And one more thing.")
    officer.wait_until_saved()
    parent.page.goto(house.section("D"))
    line = parent.page.locator("#since-last")
    expect(line).to_contain_text(re.compile(r"Changed since you last looked, on .* by Dev Pellow: 4 words added"))
    address = line.get_by_role("link", name="See what changed").get_attribute("href")

    plain = house.person("parent", {"width": 390, "height": 844}, java_script_enabled=False)
    plain.page.goto(str(address))
    expect(plain.page.get_by_role("heading", name="Since you last looked")).to_be_visible()
    expect(plain.page.locator("article ins").first).to_contain_text("And one more thing.")
    plain.page.get_by_role("link", name="Go to the newest").click()
    plain.page.get_by_role("link", name="Earlier").click()
    expect(plain.page.locator("article")).not_to_contain_text("And one more thing.")
    expect(plain.page.get_by_role("slider")).to_have_count(0)
