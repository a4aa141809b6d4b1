"""Reading what changed, and taking evidence away, over the real server."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.test_pages import violations
from tests.browser.test_working_mending import signed_in, working

WITH_EVIDENCE = """async () => {
  const found = await (await fetch(document.querySelector("#working").dataset.url)).json();
  const one = Object.values(found.proposals).find((one) => one.evidence.length > 0 && one.may.evidence);
  return [one.number, one.evidence[0].citation];
}"""


def test_each_change_says_which_what_it_struck_and_leads_to_its_place(house: House) -> None:
    page = working(signed_in(house, "Nadia Fellmoor"))
    page.get_by_role("button", name="Since we last looked", exact=True).click()
    changes = page.locator(".app-rl-changes")
    expect(changes.locator("h3").first).to_have_text(
        re.compile(r"^F-\d+, go to the words, .+: (new|reworded|withdrawn)$")
    )
    assert "none" == changes.evaluate("(list) => getComputedStyle(list).listStyleType")
    replacing = changes.locator("li", has_text="replacing").first
    expect(replacing.locator("del").first).to_be_visible()
    expect(page).to_have_title(re.compile(r"^Since we last looked: Working document, section F"))
    assert [] == violations(page)
    changes.locator("h3 button").first.click()
    expect(page.get_by_role("button", name="Tribunal key", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ProseMirror")).to_be_focused()
    expect(page).to_have_title(re.compile(r"^Working document, section F"))


def test_a_side_takes_its_own_evidence_away_and_sees_which_before(house: House) -> None:
    page = working(signed_in(house, "Nadia Fellmoor"))
    number, citation = page.evaluate(WITH_EVIDENCE)
    page.locator(".rl-card__goto", has_text=re.compile(f"^{number} ")).click()
    page.get_by_role("button", name=f"Remove evidence from {number}: {citation}").click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text(citation)
    box.get_by_role("button", name="Remove it").click()
    expect(box).not_to_be_visible()
    expect(page.get_by_role("button", name=f"Remove evidence from {number}: {citation}")).to_have_count(0)
