"""A backup is put back under open pages: nothing from before flows into it, and nobody's own words are lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.appeal_house import HALF_WAY, PEOPLE_HALF_WAY, AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.browser.house import House
from tests.browser.person import SAVED, Person, all_have_the_same_text
from tests.serving import Serving, serving

SINCE = "what was written since is gone from it"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    # The key is the council's own, so that people stay signed in; a copy of an embedded store has none.
    with serving(tmp_path / "store" / "data", ALONGSIDE_SECRET_KEY="a secret of forty characters, for tests.") as found:
        yield found


@pytest.fixture
def house(server: Serving, chromium: Browser) -> Iterator[House]:
    found = House(server=server, browser=chromium)
    yield found
    found.empty_out()


@pytest.fixture
def appeal(server: Serving, chromium: Browser) -> Iterator[AppealHouse]:
    found = AppealHouse(server=server, browser=chromium, kind=Drafter, reference=HALF_WAY, names=PEOPLE_HALF_WAY)
    yield found
    found.empty_out()


def back_up(server: Serving) -> Path:
    copy = server.data.parent / "copy"
    done = server.alongside("backup", str(copy))
    assert done.returncode == 0, done.stderr
    return copy


def put_back(server: Serving, copy: Path) -> None:
    server.kill()
    shutil.rmtree(server.data)
    shutil.copytree(copy, server.data)


def aside(somebody: Person) -> Locator:
    return somebody.page.locator("#kept-aside")


def test_words_that_a_restored_plan_lacks_are_kept_aside_and_the_page_goes_on_from_its_text(house: House) -> None:
    parent, officer = house.person("parent"), house.person("case_officer")
    for somebody in (parent, officer):
        somebody.open("B")
    line = parent.item("B1").locator("p").first
    parent.write_after(line, " In the backup.")
    officer.write_after(officer.item("B1").locator("p").nth(1), " Theirs too.")
    before = all_have_the_same_text("B", parent, officer)
    copy = back_up(house.server)
    parent.write_after(line, " Saved since.")
    parent.wait_until_saved()
    officer.sees("Saved since.")

    put_back(house.server, copy)
    expect(parent.save_line).to_contain_text("Not connected")
    parent.type(" Never sent.")
    house.server.start()

    for words in ("Saved since.", "Never sent.", SINCE):
        expect(aside(parent)).to_contain_text(words)
    expect(aside(parent)).not_to_contain_text("In the backup.")
    expect(aside(parent)).to_be_focused()
    assert before == all_have_the_same_text("B", parent, officer)
    expect(aside(officer)).to_be_hidden()
    officer.write_after(officer.item("B1").locator("p").nth(1), " Written on.")
    parent.sees("Written on.")
    aside(parent).get_by_role("button", name="Put them back").click()
    expect(aside(parent)).to_be_hidden()
    everything = "\n".join(all_have_the_same_text("B", parent, officer))
    for words in ("In the backup.", "Saved since.", "Never sent.", "Written on."):
        assert 1 == everything.count(words), words


def test_words_saved_in_a_sign_in_that_the_restored_store_does_not_know_are_offered_after_the_next(
    house: House,
) -> None:
    copy = back_up(house.server)
    parent = house.person("parent")  # signs in after the backup
    parent.open("D")
    parent.write_after(parent.editor.locator("> p").first, " Saved since.")
    parent.wait_until_saved()
    put_back(house.server, copy)
    house.server.start()
    expect(parent.page.get_by_text("You are signed out").first).to_be_visible()
    house._sign_in(parent)
    parent.open("D")
    expect(aside(parent)).to_contain_text("Saved since.")
    parent.sees_no("Saved since.")
    aside(parent).get_by_role("button", name="Put them back").click()
    assert 1 == "\n".join(all_have_the_same_text("D", parent)).count("Saved since.")


def test_words_of_a_page_that_was_left_while_the_backup_was_put_back_are_offered_again(house: House) -> None:
    parent = house.person("parent")
    copy = back_up(house.server)
    parent.open("E")
    parent.write_after(parent.editor.locator("> p").first, " Saved since.")
    parent.wait_until_saved()
    put_back(house.server, copy)
    expect(parent.save_line).to_contain_text("Not connected")
    parent.page.goto("about:blank")
    house.server.start()
    parent.open("E")
    expect(aside(parent)).to_contain_text("Saved since.")
    parent.sees_no("Saved since.")


def test_a_page_left_without_network_keeps_nothing_aside_that_the_plan_has(house: House) -> None:
    parent = house.person("parent")
    parent.open("E")
    parent.write_after(parent.editor.locator("> p").first, " Saved and there.")
    parent.wait_until_saved()
    house.server.kill()
    expect(parent.save_line).to_contain_text("Not connected")
    parent.page.goto("about:blank")
    house.server.start()
    parent.open("E")
    parent.sees("Saved and there.")
    expect(aside(parent)).to_be_hidden()


def test_who_signs_out_leaves_nothing_of_what_was_saved_in_the_browser(house: House) -> None:
    parent = house.person("parent")
    parent.open("E")
    parent.write_after(parent.editor.locator("> p").first, " Saved and there.")
    parent.wait_until_saved()
    parent.page.get_by_role("button", name="Sign out").click()
    parent.page.wait_for_url(re.compile("sign"))
    assert {} == parent.page.evaluate(
        "Object.fromEntries(Object.entries(sessionStorage).filter(([key]) => /saved|kept|unsent/.test(key)))"
    )


def test_proposals_that_a_restored_working_document_lacks_are_kept_aside(appeal: AppealHouse) -> None:
    officer, signer = appeal.drafter("case_officer"), appeal.drafter("signing_officer")
    for somebody in (officer, signer):
        somebody.open_working("F")
    block = "provwriter.frequency"
    officer.behind(block, "Three times a week").type(", in the morning")
    signer.reads(block, "Three times a week+, in the morning+")
    expect(officer.save_line).to_have_text(SAVED)
    copy = back_up(appeal.server)
    officer.type(", at ten")
    signer.reads(block, "Three times a week+, in the morning, at ten+")
    expect(officer.save_line).to_have_text(SAVED)
    put_back(appeal.server, copy)
    expect(officer.save_line).to_contain_text("Not connected")
    officer.type(", inside")
    appeal.server.start()
    for words in (", at ten", ", inside", SINCE):
        expect(aside(officer)).to_contain_text(words)
    for somebody in (officer, signer):
        somebody.reads(block, "Three times a week+, in the morning+")
    officer.behind(block, ", in the morning").type(" or later")
    for somebody in (officer, signer):
        somebody.reads(block, "Three times a week+, in the morning or later+")
        expect(somebody.save_line).to_have_text(SAVED)
