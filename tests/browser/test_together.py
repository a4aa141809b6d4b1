"""Three people in one section at once: one text, names and roles in words, and nobody's line jumps."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.person import Person, all_have_the_same_text


def test_three_people_type_at_once_and_end_with_the_same_saved_text(
    parent: Person, advocate: Person, officer: Person
) -> None:
    writers = (parent, advocate, officer)
    words = {
        "parent": "At home he draws a map of every room before he sleeps.",
        "advocate": "This is said in the parents’ letter of 8 October.",
        "case_officer": "The council has read both reports.",
    }
    for writer in writers:
        writer.open("B")
    parent.caret_to_end_of(parent.item("B1").locator("p").last)
    advocate.caret_to_end_of(advocate.item("B2").locator("p").first)
    officer.caret_to_end_of(officer.editor.locator("> p").first)
    for start in range(0, 60, 4):
        for writer in writers:
            writer.type(words[writer.role][start : start + 4])
    for reader in writers:
        for writer in writers:
            reader.sees(words[writer.role])
    lines = all_have_the_same_text("B", *writers)
    for written in words.values():
        assert 1 == "\n".join(lines).count(written)


def test_two_people_in_one_paragraph_keep_every_word_whole(parent: Person, officer: Person) -> None:
    parent.open("D")
    officer.open("D")
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    officer.caret_to_end_of(officer.editor.locator("> p").first)
    officer.press("Home")
    for number in range(20):
        parent.type(f" late{number}")
        officer.type(f"early{number} ")
    for reader in (parent, officer):
        reader.sees("late19")
        reader.sees("early19")
    words = all_have_the_same_text("D", parent, officer)[0].split()
    assert [f"late{number}" for number in range(20)] == [word for word in words if word.startswith("late")]
    assert [f"early{number}" for number in range(20)] == [word for word in words if word.startswith("early")]


def test_everybody_sees_who_is_here_with_their_role_in_words(parent: Person, advocate: Person, officer: Person) -> None:
    for writer in (parent, advocate, officer):
        writer.open("C")
    here = parent.page.locator("#people-here")
    expect(here).to_contain_text("Bridget Oakmere, advocate")
    expect(here).to_contain_text("Dev Pellow, case officer")
    expect(officer.page.locator("#people-here")).to_contain_text("Leila Tarran, parent or carer")
    officer.context.close()
    expect(here).not_to_contain_text("Dev Pellow")


def test_my_own_second_window_is_not_somebody_else(house: House, parent: Person) -> None:
    again = house.person("parent")
    for window in (parent, again):
        window.open("C")
    for window in (parent, again):
        here = window.page.locator("#people-here li")
        expect(here).to_have_text(["You, parent or carer", "You, in another window"])


def test_a_caret_carries_name_and_role_in_words_and_can_be_turned_off(parent: Person, officer: Person) -> None:
    parent.open("B")
    officer.open("B")
    parent.write_after(parent.item("B2").locator("p").first, " ")
    caret = officer.page.locator(".caret")
    expect(caret).to_have_count(1)
    expect(caret.locator(".caret-words")).to_have_text("Leila Tarran, parent or carer")
    expect(caret).to_be_visible()
    officer.page.get_by_role("button", name="Hide other people’s cursors").click()
    expect(caret).to_be_hidden()
    parent.type("still typing ")
    officer.sees("still typing")
    expect(caret).to_be_hidden()
    officer.page.reload()
    officer.editor.wait_for()
    show = officer.page.get_by_role("button", name="Show other people’s cursors")
    show.click()
    parent.type("and on ")
    expect(officer.page.locator(".caret")).to_be_visible()


# The caret stands behind these words, and its own words can be seen.
STANDS_BEHIND = """(words) => {
  const caret = document.querySelector(".caret");
  if (caret === null || getComputedStyle(caret.querySelector(".caret-words")).opacity !== "1") return false;
  const before = document.createRange();
  before.setStart(caret.closest("p"), 0);
  before.setEndBefore(caret);
  return before.toString().replaceAll("\u2060", "").endsWith(words);
}"""
# The words of the first caret, once they are drawn: where they are, and how much of the letters around they hide.
HIDDEN_LETTERS = """async () => {
  const frame = () => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  await frame();
  await frame();
  const words = document.querySelector(".caret-words").getBoundingClientRect();
  const walker = document.createTreeWalker(document.querySelector("#editor"), NodeFilter.SHOW_TEXT);
  let hidden = 0;
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.closest(".caret")) continue;
    const range = document.createRange();
    for (let at = 0; at < walker.currentNode.length; at += 1) {
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + 1);
      const box = range.getBoundingClientRect();
      const isAcross = box.right > words.left && box.left < words.right;
      hidden += isAcross && box.bottom - 3 > words.top && box.top + 3 < words.bottom;
    }
  }
  return hidden;
}"""


def letters_hidden(reader: Person, behind: str) -> int:
    """How many letters the words of somebody's caret hide, when it has come to stand behind these words."""
    reader.until(STANDS_BEHIND, behind)
    hidden: int = reader.page.evaluate(HIDDEN_LETTERS)
    return hidden


def test_the_words_of_a_caret_hide_no_letter_where_there_is_room_and_few_elsewhere(
    parent: Person, officer: Person
) -> None:
    for somebody in (parent, officer):
        somebody.open("B")
    line = officer.item("B1").locator("p").first
    line.click(position={"x": 4, "y": 8})
    officer.press("Home")
    officer.type("So. ")
    assert letters_hidden(parent, "So. ") <= 3
    officer.press("End", "ArrowLeft", "ArrowLeft")
    line.click(position={"x": 150, "y": 40})
    officer.type("z")
    assert letters_hidden(parent, "z") <= 12


def test_no_two_people_in_a_room_have_carets_of_the_same_pattern(house: House, parent: Person) -> None:
    parent.open("B")
    others = [house.person(role) for role in ("advocate", "case_officer", "senco", "plan_writer", "signing_officer")]
    for number, other in enumerate(others, start=1):
        other.open("B")
        other.write_after(other.item(f"B{number}").locator("p").first, " ")
    expect(parent.page.locator("#people-here .swatch")).to_have_count(len(others))
    expect(parent.page.locator(".caret")).to_have_count(len(others))
    for kind in ("#people-here .swatch", ".caret"):
        looks = parent.page.locator(kind).evaluate_all(
            "(all) => all.map((one) => /pattern-\\d/.exec(one.className)[0])"
        )
        assert len(set(looks)) == len(others), looks


# Follows the caret's height in the window in every frame that is drawn.
FOLLOW = """() => {
  const height = () => {
    const range = getSelection().getRangeAt(0);
    return range.getBoundingClientRect().top;
  };
  window.heights = [height()];
  const look = () => { window.heights.push(height()); requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""


def test_a_line_being_written_does_not_jump_when_somebody_writes_many_paragraphs_above(
    parent: Person, officer: Person
) -> None:
    parent.open("B")
    officer.open("B")
    parent.write_after(parent.item("B4").locator(".item-title"), " and")
    parent.page.evaluate(FOLLOW)
    officer.caret_to_end_of(officer.editor.locator("> p").first)
    for number in range(12):
        officer.press("Enter")
        officer.type(f"Line {number} above.")
        if number % 4 == 0:
            parent.type("x")
    parent.sees("Line 11 above.")
    heights: list[float] = parent.page.evaluate("window.heights")
    assert len(heights) > 10
    assert max(heights) - min(heights) <= 2, (min(heights), max(heights))
    all_have_the_same_text("B", parent, officer)


def test_names_emoji_and_right_to_left_words_arrive_as_they_were_typed(parent: Person, officer: Person) -> None:
    parent.open("A")
    officer.open("A")
    words = "میں ڈرائنگ کرنا چاہتا ہوں 👩‍👩‍👧‍👦 Zażółć e\u0301 Ọlájùmọ̀kẹ́ 𝒜"
    long_name = "Wolfeschlegelsteinhausenbergerdorff" * 6
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    parent.press("Enter")
    parent.page.keyboard.insert_text(words)
    parent.press("Enter")
    parent.type(long_name)
    officer.sees(long_name)
    lines = all_have_the_same_text("A", parent, officer)
    assert words in lines
    assert long_name in lines
    expect(officer.editor.locator("p", has_text="میں ڈرائنگ")).to_have_css("direction", "rtl")
    assert officer.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_newcomer_needs_three_clicks_from_the_start_page_to_writing(house: House) -> None:
    somebody = house.visitor()
    page = somebody.page
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign in as Joy Larkfield").click()
    page.get_by_role("link", name="EX-2026-041").first.click()
    page.get_by_role("link", name="Special educational needs").click()
    somebody.editor.wait_for()
    somebody.wait_until_saved()
