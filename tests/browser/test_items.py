"""Needs and provision: added, linked, moved, deleted, brought back. Undo takes back only my own."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.person import Person, all_have_the_same_text


def labels(somebody: Person) -> list[str]:
    return somebody.editor.locator(".item-label").all_inner_texts()


def titles(somebody: Person) -> list[str]:
    return somebody.editor.locator(".item-title").all_text_contents()


def open_box(somebody: Person, label: str) -> Locator:
    """The dialog with what can be done with one item."""
    somebody.item(label).locator(".item-menu").click()
    box = somebody.page.get_by_role("dialog")
    box.wait_for()
    return box


def undo(somebody: Person) -> None:
    somebody.page.get_by_role("toolbar").get_by_role("button", name="Undo mine").click()


def test_a_need_and_a_provision_are_added_linked_moved_deleted_and_brought_back(
    parent: Person, officer: Person
) -> None:
    parent.open("B")
    officer.open("F")
    number = len(labels(parent)) + 1
    parent.page.get_by_role("button", name="Add a need").click()
    parent.type("Keeping calm in noisy places")
    assert f"B{number}" == labels(parent)[-1]
    parent.press("Enter")
    parent.type("He covers his ears in the hall.")
    parent.wait_until_saved()

    new = len(labels(officer)) + 1
    officer.page.get_by_role("button", name="Add a provision").click()
    officer.type("A quiet place to eat")
    officer.press("Enter")
    officer.type("A table in the library")
    assert f"F{new}" == labels(officer)[-1]
    officer.wait_until_saved()
    with officer.page.expect_response(re.compile(r"/items$")):
        officer.page.evaluate("window.dispatchEvent(new Event('focus'))")
    open_box(officer, f"F{new}").get_by_role("button", name="Link it to needs and outcomes").click()
    ticks = officer.page.get_by_role("dialog")
    ticks.get_by_label(f"B{number}: Keeping calm in noisy places").check()
    ticks.get_by_role("button", name="Save these links").click()
    chip = officer.item(f"F{new}").locator(".ref-words")
    expect(chip).to_have_text(f"Meets need B{number}: Keeping calm in noisy places")
    expect(officer.page.locator("#linked-items")).to_contain_text(f"F{new}")

    open_box(officer, f"F{new}").get_by_role("button", name="Move it up").click()
    assert "A quiet place to eat" == titles(officer)[new - 2]
    expect(officer.item(f"F{new - 1}").locator(".ref-words")).to_contain_text(f"Meets need B{number}")

    open_box(officer, f"F{new - 1}").get_by_role("button", name=f"Delete F{new - 1}").click()
    sure = officer.page.get_by_role("dialog")
    expect(sure).to_contain_text("You can undo this")
    sure.get_by_role("button", name="Keep it").click()
    assert "A quiet place to eat" in titles(officer)
    open_box(officer, f"F{new - 1}").get_by_role("button", name=f"Delete F{new - 1}").click()
    officer.page.get_by_role("dialog").get_by_role("button", name=f"Delete F{new - 1}").click()
    assert "A quiet place to eat" not in titles(officer)
    undo(officer)
    expect(officer.item(f"F{new - 1}").locator(".item-title")).to_have_text("A quiet place to eat")
    expect(officer.item(f"F{new - 1}").locator(".ref-words")).to_contain_text(f"Meets need B{number}")

    before = all_have_the_same_text("F", officer)
    officer.open("F")
    officer.until_lines_are(before)
    expect(officer.item(f"F{new - 1}").locator(".ref-words")).to_contain_text(f"Meets need B{number}")
    parent.open("B")
    expect(parent.editor.locator(".item-title").nth(number - 1)).to_have_text("Keeping calm in noisy places")


def test_a_need_shows_what_links_to_it_and_a_section_without_links_says_where_they_are_made(parent: Person) -> None:
    parent.open("B")
    linked = parent.page.locator("#linked-items")
    expect(linked.get_by_role("listitem").first).to_have_text(re.compile(r"^B1 ←\s+is linked from E\d.*F\d"))
    parent.open("E")
    expect(linked).to_contain_text(re.compile(r"E1 →\s+is linked to B\d"))
    expect(linked).to_contain_text(re.compile(r"E1 ←\s+is linked from F\d"))
    with parent.page.expect_response(re.compile(r"/items$")):
        parent.page.route(re.compile(r"/items$"), lambda route: route.fulfill(json=[]))
        parent.open("B")
    expect(linked).to_have_text("Nothing links here yet. Links are made in E, F, G and H.")


def test_a_provision_shows_its_fields_by_name_with_a_hint_where_nothing_is_written(officer: Person) -> None:
    officer.open("F")
    officer.page.get_by_role("button", name="Add a provision").click()
    added = officer.editor.locator(".item").last
    fields = added.locator(".field")
    assert 8 == fields.count()
    words = added.locator(".field-label").all_inner_texts()
    for wanted in ("what", "who", "qualification", "often", "long", "where", "review"):
        assert any(wanted in word.lower() for word in words), (wanted, words)
    expect(fields.first.locator(".field-text")).to_be_visible()
    undo(officer)
    officer.wait_until_saved()


def test_undo_takes_back_only_my_own(parent: Person, officer: Person) -> None:
    parent.open("C")
    officer.open("C")
    before = parent.lines()
    parent.caret_to_end_of(parent.item("C1").locator("p").first)
    officer.caret_to_end_of(officer.editor.locator("> p").first)
    parent.type(" Mine one.")
    officer.sees("Mine one.")
    officer.type(" Theirs one.")
    parent.sees("Theirs one.")
    parent.type(" Mine two.")
    officer.sees("Mine two.")
    for _ in range(5):
        parent.press("Control+z")
    officer.sees_no("Mine")
    parent.sees("Theirs one.")
    parent.press("Control+y")
    officer.sees("Mine one.")
    for _ in range(5):
        officer.press("Control+z")
        parent.press("Control+z")
    parent.sees_no("Theirs")
    parent.sees_no("Mine")
    assert before == all_have_the_same_text("C", parent, officer)


def test_undo_of_an_item_others_have_written_in_keeps_their_words_and_the_item_whole(
    parent: Person, officer: Person
) -> None:
    for somebody in (parent, officer):
        somebody.open("F")
    parent.page.get_by_role("button", name="Add a provision").click()
    parent.type("Mine to take back")
    parent.wait_until_saved()
    label = labels(parent)[-1]
    expect(officer.item(label)).to_contain_text("Mine to take back")
    officer.write_after(officer.item(label).locator(".field-text").nth(1), "Theirs to keep")
    officer.wait_until_saved()
    parent.sees("Theirs to keep")
    for _ in range(3):
        parent.press("Control+z")
    expect(parent.editor).not_to_contain_text("Mine to take back")
    expect(parent.item(label).locator(".field-text").nth(1)).to_contain_text("Theirs to keep")
    expect(parent.item(label).locator(".field")).to_have_count(8)
    expect(parent.item(label).locator(".item-title")).to_have_count(1)
    officer.sees("Theirs to keep")
    before = all_have_the_same_text("F", parent, officer)
    officer.open("F")
    officer.until_lines_are(before)
    assert label == labels(officer)[-1]


def test_undo_of_ones_own_item_table_and_list_is_whole_and_redo_brings_them_back(
    parent: Person, officer: Person
) -> None:
    for somebody in (parent, officer):
        somebody.open("C")
    tools = parent.page.get_by_role("toolbar")
    before = parent.lines()
    shape = parent.editor.locator("section, table, ul, li, td, th, p")
    blocks = shape.count()
    parent.page.get_by_role("button", name="Add a need").click()
    parent.type("A need of mine")
    parent.press("Enter")
    tools.get_by_role("button", name="Table").click()
    parent.type("A cell of mine")
    parent.page.get_by_role("button", name="Add a line of text below").click()
    tools.get_by_role("button", name="Bulleted list").click()
    parent.type("A line of mine")
    made = parent.lines()
    parent.wait_until_saved()
    for _ in range(12):
        parent.press("Control+z")
    assert before == parent.lines()
    expect(shape).to_have_count(blocks)
    assert before == all_have_the_same_text("C", parent, officer)
    for _ in range(12):
        parent.press("Control+y")
    assert made == parent.lines()
    officer.sees("A line of mine")
    assert made == all_have_the_same_text("C", parent, officer)
    for _ in range(12):
        parent.press("Control+z")
    assert before == parent.lines()
    expect(shape).to_have_count(blocks)


def test_an_item_somebody_is_writing_in_is_not_deleted(parent: Person, officer: Person) -> None:
    for somebody in (parent, officer):
        somebody.open("E")
    open_box(parent, "E1").get_by_role("button", name="Delete E1").click()
    sure = parent.page.get_by_role("dialog")
    expect(sure).to_contain_text("You can undo this")
    officer.write_after(officer.item("E1").locator(".item-title"), " still being written")
    expect(parent.item("E1").locator(".caret")).to_have_count(1)
    sure.get_by_role("button", name="Delete E1").click()
    expect(parent.page.get_by_role("dialog")).to_contain_text("Somebody is writing there")
    parent.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    open_box(parent, "E1").get_by_role("button", name="Delete E1").click()
    expect(parent.page.get_by_role("dialog")).to_contain_text("Somebody is writing there")
    parent.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(parent.item("E1")).to_contain_text("still being written")
    officer.wait_until_saved()


def test_words_in_an_item_somebody_removed_are_kept_aside_and_nothing_is_typed_elsewhere(
    parent: Person, officer: Person
) -> None:
    """The officer is offline while deleting, so that nobody can know that the parent is writing there."""
    for somebody in (parent, officer):
        somebody.open("B")
    officer.context.set_offline(True)
    expect(officer.save_line).to_contain_text("Not connected")
    parent.write_after(parent.item("B2").locator("p").first, " Mine of just now.")
    parent.wait_until_saved()
    gone = parent.item("B2").locator(".item-title").inner_text()
    open_box(officer, "B2").get_by_role("button", name="Delete B2").click()
    officer.page.get_by_role("dialog").get_by_role("button", name="Delete B2").click()
    officer.context.set_offline(False)
    aside = parent.page.locator("#kept-aside")
    said = re.compile(r"The part you were writing in was removed by (Dev Pellow|somebody else)\.")
    expect(aside).to_contain_text(said)
    expect(aside).to_contain_text("Mine of just now.")
    expect(parent.page.locator("#connection-note")).to_have_text(said)
    expect(parent.editor).not_to_be_focused()
    parent.type("astray")
    assert gone not in titles(parent)
    assert "astray" not in "\n".join(all_have_the_same_text("B", parent, officer))
    aside.get_by_role("button", name="Put them back").click()
    officer.sees("Mine of just now.")
    all_have_the_same_text("B", parent, officer)


def test_labels_of_links_follow_when_their_items_move_and_say_when_they_are_removed(
    parent: Person, officer: Person
) -> None:
    parent.open("B")
    officer.open("F")
    title = titles(parent)[0]
    chips = officer.editor.locator(".ref-words")
    expect(chips.filter(has_text=f"Meets need B1: {title}")).not_to_have_count(0)
    open_box(parent, "B1").get_by_role("button", name="Move it down").click()
    parent.wait_until_saved()
    expect(chips.filter(has_text=f"Meets need B2: {title}")).not_to_have_count(0)
    open_box(parent, "B2").get_by_role("button", name="Delete B2").click()
    parent.page.get_by_role("dialog").get_by_role("button", name="Delete B2").click()
    parent.wait_until_saved()
    expect(officer.page.locator("#linked-items")).to_contain_text("removed")
