"""Two sides write proposals on a final plan, live: a parent with her advocate from afar, and the council's officer.

Every scenario has passages of its own, on one plan that was made final with an appeal opened on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.appeal_house import AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.serving import serving


@pytest.fixture(scope="module")
def fresh_appeal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppealHouse]:
    data = tmp_path_factory.mktemp("appeal") / "data"
    with serving(data) as server, open_chromium() as browser:
        house = AppealHouse(server=server, browser=browser, kind=Drafter)
        house.make_final()
        house.open_appeal()
        yield house


@pytest.fixture
def appeal(fresh_appeal: AppealHouse) -> Iterator[AppealHouse]:
    yield fresh_appeal
    fresh_appeal.empty_out()


@pytest.fixture
def parent(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("parent")


@pytest.fixture
def advocate(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("advocate")


@pytest.fixture
def officer(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("case_officer")


def opened(label: str, *people: Drafter) -> None:
    for somebody in people:
        somebody.open_working(label)


def all_read(block: str, wanted: str, *people: Drafter) -> None:
    for somebody in people:
        somebody.reads(block, wanted)


def proposals_on(appeal: AppealHouse, somebody: Drafter, label: str, words: str) -> list[dict[str, object]]:
    """The live proposals of a section that say these words."""
    found = appeal.records(somebody, label)["proposals"].values()
    return [one for one in found if words in one["sentence"]]


def test_parent_and_advocate_write_one_wording_at_once_and_the_council_sees_it_live(
    appeal: AppealHouse, parent: Drafter, advocate: Drafter, officer: Drafter
) -> None:
    opened("F", parent, advocate, officer)
    block, words = "provrepeat.frequency", "Four times a week"
    parent.behind(block, words).type(", in every")
    all_read(block, "Four times a week+, in every+, on days when there is no therapy", advocate, officer)
    advocate.behind(block, "in every")
    parent.behind(block, ", ")
    for own, theirs in zip("all year ", " week on", strict=False):
        parent.type(own)
        advocate.type(theirs)
    parent.type(" ")
    wanted = "Four times a week+, all year in every week on+, on days when there is no therapy"
    all_read(block, wanted, parent, advocate, officer)
    (one,) = proposals_on(appeal, officer, "F", "all year in every week on")
    assert "family" == one["side"]


def test_typing_deleting_replacing_and_pasting_become_the_sides_own_proposals_at_once(
    parent: Drafter, officer: Drafter
) -> None:
    opened("F", parent, officer)
    block, issued = "provattend.who", parent.reading("provattend.who")
    first, rest = issued.split(" ", 1)
    parent.behind(block, first).press(*["Backspace"] * len(first))
    officer.reads(block, f"-{first}- {rest}")
    parent.type("One")
    officer.shows("One")
    last = rest.rsplit(" ", 1)[1]
    parent.selects(block, last).type("somebody 😀 else")
    officer.shows("somebody 😀 else")
    assert parent.reading(block) == officer.reading(block)
    parent.behind(block, "somebody 😀").pastes(" pasted\nin two lines")
    officer.shows("pasted")
    parent.reads(block, officer.reading(block))
    assert issued == without_proposals(officer.reading(block))


def without_proposals(reading: str) -> str:
    """The words of the issued text in a reading."""
    return re.sub(r"\+[^+]*\+", "", reading).replace("-", "")


def test_enter_adds_a_paragraph_and_an_item_is_added_and_another_struck(parent: Drafter, officer: Drafter) -> None:
    opened("F", parent, officer)
    for somebody in (parent, officer):
        expect(somebody.text.locator(".item")).to_have_count(15)
    parent.text.locator('[data-block="provlaptop"] .item-menu').click()
    parent.yes("Add a provision after this one")
    parent.type("A quiet place to type")
    expect(officer.text.locator(".item")).to_have_count(16)
    officer.shows("A quiet place to type")
    parent.text.locator('[data-block="provplaces"] .item-menu').click()
    parent.yes("Propose striking this whole provision")
    expect(officer.block("provplaces.title").locator("del")).to_have_count(1)
    block = parent.text.locator("> p").first.get_attribute("data-block") or ""
    parent.behind(block, "four weeks").press("End")
    parent.page.evaluate("() => getSelection().modify('move', 'forward', 'paragraphboundary')")
    parent.press("Enter")
    parent.type("Nobody waits for a letter.")
    officer.shows("Nobody waits for a letter.")


def test_undo_takes_back_what_i_did_and_leaves_what_my_advocate_did(
    parent: Drafter, advocate: Drafter, officer: Drafter
) -> None:
    opened("F", parent, advocate, officer)
    block = "provreader.duration"
    issued = parent.reading(block)
    parent.behind(block, issued).pastes(" at least")
    advocate.reads(block, f"{issued}+ at least+")
    advocate.behind(block, "at least").type(" and no less")
    parent.reads(block, f"{issued}+ at least and no less+")
    parent.before(block, issued).press("Control+z")
    all_read(block, f"{issued}+ and no less+", parent, advocate, officer)
    parent.press("Control+y")
    all_read(block, f"{issued}+ at least and no less+", parent, advocate, officer)


def test_typing_inside_the_other_sides_words_opens_an_answer_with_those_words_in_it(
    parent: Drafter, officer: Drafter
) -> None:
    opened("F", parent, officer)
    block = "provnumber.group"
    issued = parent.reading(block)
    parent.behind(block, issued).type(", never more than one child")
    officer.reads(block, f"{issued}+, never more than one child+")
    officer.behind(block, "more than").type(" t")
    box = officer.page.get_by_role("textbox", name="Your wording")
    expect(box).to_have_value(", never more than t one child")
    box.fill(", never more than two children")
    officer.yes("Propose this wording")
    parent.reads(block, f"{issued}+, never more than one child, never more than two children+")
    parent.standing("never more than one child", "Answered with other wording")


def test_agreed_is_what_both_confirmed_and_an_edit_by_its_author_opens_it_again_for_both(
    parent: Drafter, officer: Drafter
) -> None:
    opened("F", parent, officer)
    block = "provsteady.frequency"
    issued = parent.reading(block)
    parent.behind(block, issued).type(" without gaps")
    officer.agrees("without gaps")
    parent.agrees("without gaps")
    for somebody in (parent, officer):
        somebody.standing("without gaps", "Agreed by both")
    parent.behind(block, "without").type("!")
    expect(parent.page.get_by_role("heading", name="This wording is agreed")).to_be_visible()
    parent.yes("Keep it")
    officer.reads(block, f"{issued}+ without gaps+")
    parent.behind(block, "without").type(",")
    parent.yes("Change it and open it again")
    parent.type(" really")
    officer.reads(block, f"{issued}+ without, really gaps+")
    for somebody in (parent, officer):
        somebody.standing("without, really gaps", "Open again")
    parent.behind(block, "without, really").press(*["Backspace"] * len(", really"))
    officer.reads(block, f"{issued}+ without gaps+")
    for somebody in (parent, officer):
        somebody.standing("without gaps", "Open again")


def test_of_a_private_turn_the_council_sees_nothing_until_it_is_sent_and_then_all_of_it(
    appeal: AppealHouse, parent: Drafter, advocate: Drafter, officer: Drafter
) -> None:
    opened("B", parent, advocate, officer)
    here = officer.page.locator(".rl-here")
    expect(here).to_contain_text("Leila Tarran")
    block = "needlisten.title"
    parent.page.get_by_role("button", name="Draft in private").click()
    parent.yes("Draft in private")
    for somebody in (parent, advocate):
        expect(somebody.page.get_by_role("button", name="Send our changes")).to_be_visible()
        somebody.page.locator("#working[data-ready]").wait_for()
    expect(here).not_to_contain_text("Leila Tarran")
    expect(here).not_to_contain_text("Bridget Oakmere")
    parent.behind(block, "Understanding").type(" in private")
    advocate.reads(block, "Understanding+ in private+ what people say")
    advocate.behind(block, "what people say").type(" fast")
    parent.reads(block, "Understanding+ in private+ what people say+ fast+")
    officer.behind("needspeech.title", "words").type(" quickly")
    parent.reads("needspeech.title", "Finding words+ quickly+ and building sentences")
    assert "Understanding what people say" == officer.reading(block)
    assert "private" not in str(appeal.records(officer, "B"))
    expect(here).to_be_empty()
    parent.page.bring_to_front()
    parent.page.get_by_role("button", name="Send our changes").click()
    parent.yes("Send them")
    officer.reads(block, "Understanding+ in private+ what people say+ fast+")
    expect(here).to_contain_text("Leila Tarran")
    people = appeal.records(officer, "B")["people"]
    (hers,) = proposals_on(appeal, officer, "B", "in private")
    (advocates,) = proposals_on(appeal, officer, "B", "fast")
    assert "Leila Tarran" == people[hers["first_by"]]["name"]
    assert "Bridget Oakmere" == people[advocates["first_by"]]["name"]
