"""Everything without a mouse: reaching, leaving, tools, dialogs, and the work on needs and provision."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.person import Person

FOCUSED = """() => {
  const here = document.activeElement;
  return here === null || here === document.body ? "" : (here.id || here.className || here.tagName) + "";
}"""

# Does something else lie over the whole of what has the focus?
HIDDEN = """() => {
  const here = document.activeElement;
  const box = here.getBoundingClientRect();
  const parts = [0.1, 0.5, 0.9];
  const places = parts.flatMap((down) => parts.map((along) => [box.x + box.width * along, box.y + box.height * down]));
  return !places.some(([x, y]) => here.contains(document.elementFromPoint(x, y)));
}"""

INSIDE = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"


def focused(somebody: Person) -> str:
    found: str = somebody.page.evaluate(FOCUSED)
    return found


def focused_words(somebody: Person) -> str:
    found: str = somebody.page.evaluate("document.activeElement.textContent")
    return found


def test_the_skip_link_comes_first_and_leads_to_the_content(parent: Person) -> None:
    parent.open("B")
    parent.press("Tab")
    assert "Skip to main content" == focused_words(parent)
    expect(parent.page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    parent.press("Enter")
    expect(parent.page).to_have_url(re.compile("#main-content$"))


def test_tab_goes_from_the_plan_link_through_one_stop_for_the_tools_into_the_text_and_out_again(parent: Person) -> None:
    parent.open("B")
    parent.page.locator(".app-write__back").focus()
    stops = []
    for _ in range(12):
        parent.press("Tab")
        stops.append(focused(parent))
        if "ProseMirror" in stops[-1]:
            break
    assert "ProseMirror" in stops[-1], stops
    assert 1 == len([stop for stop in stops if stop.startswith("tool ")]), stops
    parent.type("typed by keyboard ")
    parent.sees("typed by keyboard")
    parent.press("Escape", "Tab")
    assert "Add a need" == focused_words(parent)
    parent.press("Shift+Tab")
    parent.page.locator(".ProseMirror").focus()
    parent.press("Escape", "Shift+Tab")
    assert focused(parent).startswith("tool ")


def test_nothing_that_is_focused_is_hidden_under_the_bar(parent: Person) -> None:
    parent.open("B")
    page = parent.page
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.get_by_role("link", name="Accessibility statement").focus()
    seen = 0
    for _ in range(60):
        parent.press("Shift+Tab")
        seen += focused(parent) == "item-menu"
        assert not page.evaluate(HIDDEN), focused_words(parent)
        if seen == 6:
            break
    assert 6 == seen


def test_arrow_keys_move_in_the_tools_and_space_uses_one(parent: Person) -> None:
    parent.open("B")
    tools = parent.page.get_by_role("toolbar").get_by_role("button")
    parent.caret_to_end_of(parent.item("B1").locator("p").first)
    parent.press("Escape", "Shift+Tab", "Home")
    expect(tools.nth(0)).to_be_focused()
    parent.press("ArrowRight")
    expect(tools.nth(1)).to_be_focused()
    parent.press("ArrowLeft", "ArrowLeft")
    expect(tools.last).to_be_focused()
    parent.press("ArrowRight")
    expect(tools.nth(0)).to_be_focused()
    parent.press("Space")
    expect(tools.nth(0)).to_have_attribute("aria-pressed", "true")
    assert 1 == parent.page.locator("#toolbar button[tabindex='0']").count()


def test_a_provision_is_added_moved_linked_and_deleted_without_a_mouse(officer: Person) -> None:
    officer.open("F")
    page = officer.page
    count = officer.editor.locator(".item").count()
    page.locator(".ProseMirror").focus()
    officer.press("Escape", "Tab", "Enter")
    officer.type("By keyboard")
    expect(officer.item(f"F{count + 1}").locator(".item-title")).to_have_text("By keyboard")

    def to_tool_of_this_item() -> None:
        officer.press("Escape", "Shift+Tab", "Home")
        for _ in range(12):
            if "This provision" in focused_words(officer):
                break
            officer.press("ArrowRight")
        officer.press("Enter")
        page.get_by_role("dialog").wait_for()

    def choose(words: str) -> None:
        for _ in range(30):
            if focused_words(officer).startswith(words):
                break
            officer.press("Tab")
        assert focused_words(officer).startswith(words)
        officer.press("Enter")

    to_tool_of_this_item()
    choose("Link it to needs")
    expect(page.get_by_role("checkbox").first).to_be_focused()
    officer.press("Space")
    choose("Save these links")
    expect(officer.item(f"F{count + 1}").locator(".ref-words")).to_contain_text("Meets need B1")
    to_tool_of_this_item()
    choose("Move it up")
    expect(officer.item(f"F{count}").locator(".item-title")).to_have_text("By keyboard")
    expect(officer.item(f"F{count}").locator(".item-menu")).to_be_focused()
    officer.press("Enter")
    page.get_by_role("dialog").wait_for()
    choose(f"Delete F{count}")
    page.get_by_role("heading", name=f"Delete F{count} By keyboard?").wait_for()
    choose(f"Delete F{count}")
    expect(officer.editor.get_by_text("By keyboard")).to_have_count(0)
    expect(officer.editor).to_be_focused()
    officer.press("Control+z")
    expect(officer.editor.locator(".item-title").filter(has_text="By keyboard")).to_have_count(1)


def test_a_dialog_keeps_the_focus_and_gives_it_back(parent: Person) -> None:
    parent.open("B")
    menu = parent.item("B2").locator(".item-menu")
    menu.focus()
    parent.press("Enter")
    box = parent.page.get_by_role("dialog")
    box.wait_for()
    expect(box.get_by_role("button", name="Move it up")).to_be_focused()
    # In a real dialog the browser's own bar is the only other stop: nothing of the page behind is.
    for _ in range(10):
        parent.press("Tab")
        assert parent.page.evaluate(INSIDE)
    parent.press("Escape")
    expect(box).to_have_count(0)
    expect(menu).to_be_focused()


def test_a_plan_is_moved_on_and_somebody_invited_with_the_keyboard(house: House, officer: Person) -> None:
    page = officer.page
    page.goto(f"{house.home}/people/invite")
    page.get_by_label("Their e-mail address").focus()
    officer.type("keys.only@example.org")
    officer.press("Tab")
    officer.type("Keys Only")
    officer.press("Tab", "Space", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you invite")
    page.goto(f"{house.home}/stage/gathering")
    page.get_by_role("button", name="Yes, go back").focus()
    officer.press("Enter")
    expect(page.locator("main")).to_contain_text("Gathering information")
