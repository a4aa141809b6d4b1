"""The appeal that is half way: moving, deciding and leaving without a mouse, on a narrow phone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.appeal_house import HALF_WAY, PEOPLE_HALF_WAY, AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.browser.test_pages import FITS, STICKS_OUT, violations
from tests.serving import serving

VIEWS = ("key", "ours", "theirs", "agreed", "disputed", "original", "since")


@pytest.fixture(scope="module")
def half_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppealHouse]:
    data = tmp_path_factory.mktemp("half-way") / "data"
    with serving(data) as server, open_chromium() as browser:
        yield AppealHouse(server=server, browser=browser, kind=Drafter, reference=HALF_WAY, names=PEOPLE_HALF_WAY)


@pytest.fixture
def appeal(half_way: AppealHouse) -> Iterator[AppealHouse]:
    yield half_way
    half_way.empty_out()


@pytest.fixture
def officer(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("case_officer")


def scriptless(appeal: AppealHouse, role: str) -> Page:
    """A page of somebody whose browser runs no scripts."""
    appeal.person(role)
    return appeal.person(role, java_script_enabled=False).page


def test_every_proposal_is_reached_in_order_and_said_aloud_by_two_keys(officer: Drafter) -> None:
    officer.open_working("F")
    numbers = officer.page.locator(".app-rl-card").evaluate_all(
        "(all) => all.map((one) => one.querySelector('.rl-card__goto').firstChild.textContent)"
    )
    assert len(numbers) > 20
    spoken = officer.page.locator("[aria-live=polite]").first
    officer.before(officer.text.locator("[data-block]").first.get_attribute("data-block") or "")
    for number in numbers[:3]:
        officer.press("Alt+]")
        expect(spoken).to_contain_text(f"{number}.")
    officer.press("Alt+[")
    expect(spoken).to_contain_text(f"{numbers[1]}.")
    officer.page.locator(".app-rl-show > summary").click()
    officer.page.get_by_role("button", name="Shortcut keys on").click()
    officer.text.focus()
    officer.press("Alt+]")
    expect(spoken).to_contain_text(f"{numbers[1]}.")
    officer.page.get_by_role("button", name="Shortcut keys off").click()


def test_a_proposal_is_decided_without_a_mouse_and_escape_then_tab_leaves_the_text(officer: Drafter) -> None:
    officer.open_working("B")
    page = officer.page
    officer.before(officer.text.locator("[data-block]").first.get_attribute("data-block") or "")
    card = page.locator(".app-rl-card--current")
    for _ in range(30):
        officer.press("Alt+]")
        expect(card).to_have_count(1)
        if card.locator("[data-deed=disagree]").count() > 0:
            break
    number = card.locator(".rl-card__goto").evaluate("(one) => one.firstChild.textContent")
    officer.press("Escape", "Tab")
    officer.until("() => document.activeElement.closest('.app-rl-card--current') !== null")
    for _ in range(12):
        if page.evaluate("document.activeElement.dataset.deed") == "disagree":
            break
        officer.press("Tab")
    officer.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Do not agree to {number}")
    officer.type("We cannot do this.")
    officer.press("Tab")
    assert "Do not agree" == page.evaluate("document.activeElement.textContent")
    officer.press("Enter")
    expect(dialog).to_have_count(0)
    decided = page.get_by_role("article", name=f"Proposal {number}", exact=True)
    expect(decided.locator(".govuk-tag").first).to_have_text("Not agreed")
    officer.until("() => document.activeElement.closest('.app-rl-card') !== null")


def test_who_does_not_agree_is_asked_why_and_told_when_it_is_missing(officer: Drafter) -> None:
    officer.open_working("F")
    dialog = officer.presses("disagree", "Occupational therapy for hands and posture")
    expect(dialog.get_by_label("Why does your side not agree? Both sides can read it")).to_be_focused()
    officer.yes("Do not agree")
    expect(dialog.get_by_role("alert")).to_contain_text("Write why your side does not agree.")
    officer.press("Escape")
    expect(dialog).to_have_count(0)


def test_escape_then_tab_backwards_leaves_the_text_for_the_tools(officer: Drafter) -> None:
    officer.open_working("F")
    officer.before(officer.text.locator("[data-block]").first.get_attribute("data-block") or "")
    officer.press("Escape", "Shift+Tab")
    officer.until("() => document.activeElement.closest('#toolbar') !== null")


def test_the_live_page_has_no_violation_and_fits_320_px(appeal: AppealHouse, officer: Drafter) -> None:
    officer.open_working("F")
    assert [] == violations(officer.page)
    dialog = officer.presses("evidence", "12 hours")
    expect(dialog).to_be_visible()
    assert [] == violations(officer.page)
    officer.press("Escape")
    narrow = appeal.drafter("parent", size={"width": 320, "height": 640})
    narrow.open_working("F")
    assert narrow.page.evaluate(FITS), narrow.page.evaluate(STICKS_OUT)
    assert [] == violations(narrow.page)
    narrow.text.locator("p").first.click()
    narrow.type("Typed on a phone. ")
    narrow.shows("Typed on a phone.")
    expect(narrow.save_line).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("role", ["parent", "case_officer", "panel_member"])
def test_section_list_and_decision_are_read_without_scripts(appeal: AppealHouse, role: str) -> None:
    page = scriptless(appeal, role)
    for view in VIEWS:
        answer = page.goto(f"{appeal.home}/working/F?view={view}")
        assert answer is not None
        assert 200 == answer.status
    page.goto(f"{appeal.home}/working/F")
    text = page.locator(".app-working__text")
    expect(text).to_contain_text("A programme for understanding longer sentences")
    expect(text.locator("ins, del").first).to_be_visible()
    expect(page.locator("noscript .govuk-inset-text")).to_be_visible()
    page.get_by_role("link", name="As a list").first.click()
    cards = page.locator(".app-rl-cards > li")
    expect(page.get_by_role("heading", level=1)).to_have_text("Section F: proposals as a list")
    assert cards.count() > 20
    if role == "parent":
        page.locator(".app-rl-cards a", has_text=re.compile("^Agree")).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Agree to")
        expect(page.get_by_role("heading", name="Which words")).to_be_visible()
        expect(page.get_by_role("heading", name="Who has to say yes")).to_be_visible()


def test_a_decision_is_made_without_scripts(appeal: AppealHouse, officer: Drafter) -> None:
    page = scriptless(appeal, "case_officer")
    page.goto(f"{appeal.home}/working/G/list")
    page.locator(".app-rl-cards a", has_text=re.compile("^Do not agree")).first.click()
    page.get_by_role("textbox").fill("The clinic cannot do this.")
    page.get_by_role("button", name="Say that we do not agree").click()
    officer.open_working("G")
    expect(officer.page.locator(".govuk-tag", has_text="Not agreed")).to_have_count(1)
