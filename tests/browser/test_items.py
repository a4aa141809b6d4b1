"""Needs and provision: added, linked, moved, deleted, brought back. Undo takes back only my own. Paste is cleaned."""

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
    assert before == officer.lines()
    expect(officer.item(f"F{new - 1}").locator(".ref-words")).to_contain_text(f"Meets need B{number}")
    parent.open("B")
    assert "Keeping calm in noisy places" == titles(parent)[number - 1]


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


WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal {color:red}</style>
<script>window.ran = "head"</script></head><body><!--StartFragment-->
<p class="MsoNormal" style="margin:0cm;color:red" onclick="window.ran='click'"><span style="font-family:Comic"><b><span
lang="EN-GB">She needs <i>time</i></span></b><o:p></o:p></span></p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><span
style="mso-list:Ignore">·<span>&nbsp;&nbsp;</span></span>first thing</p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><span
style="mso-list:Ignore">·<span>&nbsp;&nbsp;</span></span>second thing</p>
<img src="x" onerror="window.ran='img'"><svg onload="window.ran='svg'"><script>window.ran='svg'</script></svg>
<iframe srcdoc="<script>parent.ran='frame'</script>"></iframe>
<p class="MsoNormal"><a href="javascript:window.ran='link'">a bad link</a> and
<a href="https://www.ipsea.org.uk/">a good link</a></p>
<table class="MsoTableGrid" style="border:solid"><tr><td><p class="MsoNormal">Monday</p></td><td>Swim</td></tr></table>
<!--EndFragment--></body></html>"""

UNWANTED = ("<script", "onclick", "onerror", "Mso", "mso-", "<o:p", "<svg", "<iframe", "javascript:", "Comic")


def test_paste_from_a_word_processor_is_cleaned_and_runs_nothing(parent: Person, officer: Person) -> None:
    parent.open("J")
    officer.open("J")
    parent.caret_to_end_of(parent.editor.locator("> p").last)
    parent.press("Enter")
    parent.paste(WORD, "She needs time")
    for reader in (parent, officer):
        for words in ("She needs time", "first thing", "second thing", "a bad link", "Monday", "Swim"):
            reader.sees(words)
        expect(reader.editor.locator("ul > li")).to_contain_text(["first thing", "second thing"])
        expect(reader.editor.locator("table td")).to_contain_text(["Monday", "Swim"])
        expect(reader.editor.get_by_role("link")).to_have_text(["a good link"])
        expect(reader.editor.locator("strong").filter(has_text="She needs")).to_have_count(1)
        html = reader.editor.inner_html()
        assert [] == [unwanted for unwanted in UNWANTED if unwanted in html]
        assert reader.page.evaluate("window.ran") is None
    all_have_the_same_text("J", parent, officer)


def test_bold_lists_tables_and_links_made_with_the_tools_reach_the_reading_page(parent: Person) -> None:
    parent.open("K")
    page = parent.page
    tools = page.get_by_role("toolbar")
    page.get_by_role("button", name="Add a line of text below").click()
    tools.get_by_role("button", name="Bold").click()
    parent.type("Loud words")
    tools.get_by_role("button", name="Bold").click()
    parent.press("Enter")
    tools.get_by_role("button", name="Numbered list").click()
    parent.type("one report")
    parent.press("Enter")
    parent.type("another report")
    parent.press("Enter", "Enter")
    tools.get_by_role("button", name="Link").click()
    page.get_by_label("Web, e-mail or telephone address").fill("www.example.org/advice")
    page.get_by_role("dialog").get_by_role("button", name="Add the link").click()
    tools.get_by_role("button", name="Table").click()
    parent.type("Name of report")
    parent.wait_until_saved()
    page.goto(f"{parent.house.section('K')}/read")
    expect(page.locator("main strong").filter(has_text="Loud words")).to_be_visible()
    expect(page.locator("main ol li").filter(has_text="another report")).to_be_visible()
    link = page.get_by_role("link", name="www.example.org/advice")
    expect(link).to_have_attribute("href", "https://www.example.org/advice")
    expect(page.locator("main th").filter(has_text="Name of report")).to_be_visible()
