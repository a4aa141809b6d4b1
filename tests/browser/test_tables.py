"""Tables, lists and marks: made with the tools or pasted, cleaned, and kept while somebody writes in them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.person import Person, all_have_the_same_text


def test_undo_of_a_table_or_a_list_keeps_what_others_wrote_in_it(parent: Person, officer: Person) -> None:
    for somebody in (parent, officer):
        somebody.open("J")
    tools = parent.page.get_by_role("toolbar")
    tables = parent.editor.locator("table").count()
    parent.page.get_by_role("button", name="Add a line of text below").click()
    tools.get_by_role("button", name="Table").click()
    expect(officer.editor.locator("table")).to_have_count(tables + 1)
    officer.write_after(officer.editor.locator("table").last.locator("td p").nth(1), "Cell of theirs")
    officer.wait_until_saved()
    parent.sees("Cell of theirs")
    for _ in range(3):
        parent.press("Control+z")
    expect(parent.editor.locator("table").last.locator("td p")).to_have_count(6)
    expect(parent.editor.locator("table").last.locator("td p").nth(1)).to_contain_text("Cell of theirs")

    parent.page.get_by_role("button", name="Add a line of text below").click()
    tools.get_by_role("button", name="Bulleted list").click()
    parent.type("Line of mine")
    parent.press("Enter")
    parent.wait_until_saved()
    officer.sees("Line of mine")
    officer.write_after(officer.editor.locator("ul").last.locator("li p").last, "Line of theirs")
    officer.wait_until_saved()
    parent.sees("Line of theirs")
    for _ in range(6):
        parent.press("Control+z")
    expect(parent.editor.locator("ul li").last).to_contain_text("Line of theirs")
    parent.sees_no("Line of mine")
    all_have_the_same_text("J", parent, officer)


def test_a_row_column_or_table_somebody_is_writing_in_is_not_removed(parent: Person, officer: Person) -> None:
    parent.open("K")
    officer.open("K")
    parent.page.get_by_role("button", name="Add a line of text below").click()
    parent.page.get_by_role("toolbar").get_by_role("button", name="Table").click()
    parent.type("Heading")
    parent.wait_until_saved()
    mine = parent.editor.locator("table").last
    officer.sees("Heading")
    officer.write_after(officer.editor.locator("table").last.locator("td p").first, "Theirs")
    expect(mine.locator(".caret")).to_have_count(1)
    box = parent.page.get_by_role("dialog")

    def remove(words: str) -> None:
        parent.page.get_by_role("toolbar").get_by_role("button", name="Table").click()
        box.get_by_role("button", name=words).click()

    for words in ("Remove this column", "Remove the whole table"):
        remove(words)
        expect(box).to_contain_text("Somebody is writing there")
        box.get_by_role("button", name="Close").click()
    parent.press("ArrowDown")
    parent.caret_to_end_of(mine.locator("td p").nth(1))
    remove("Remove this row")
    expect(box).to_contain_text("Somebody is writing there")
    box.get_by_role("button", name="Close").click()
    parent.caret_to_end_of(mine.locator("td p").nth(4))
    remove("Remove this row")
    expect(mine.locator("tr")).to_have_count(2)
    officer.sees("Theirs")
    officer.wait_until_saved()


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


def test_a_line_somebody_makes_a_list_of_keeps_the_caret_of_who_is_writing_in_it(
    parent: Person, officer: Person
) -> None:
    for somebody in (parent, officer):
        somebody.open("A")
    parent.write_after(parent.editor.locator("> p").first, " Going on")
    parent.wait_until_saved()
    officer.sees("Going on")
    officer.caret_to_end_of(officer.editor.locator("> p").first)
    officer.page.get_by_role("toolbar").get_by_role("button", name="Bulleted list").click()
    expect(parent.editor.locator("li").first).to_contain_text("Going on")
    parent.type(" and on.")
    officer.sees("Going on and on.")
    expect(parent.page.locator("#kept-aside")).to_be_hidden()
    all_have_the_same_text("A", parent, officer)
