"""A working document in trouble: a killed server, a lost network, access that ends in the middle of a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.appeal_house import HALF_WAY, PEOPLE_HALF_WAY, AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.browser.person import SAVED
from tests.serving import serving


@pytest.fixture(scope="module")
def half_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppealHouse]:
    data = tmp_path_factory.mktemp("trouble") / "data"
    with serving(data) as server, open_chromium() as browser:
        yield AppealHouse(server=server, browser=browser, kind=Drafter, reference=HALF_WAY, names=PEOPLE_HALF_WAY)


@pytest.fixture
def appeal(half_way: AppealHouse) -> Iterator[AppealHouse]:
    yield half_way
    half_way.empty_out()


@pytest.fixture
def parent(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("parent")


@pytest.fixture
def officer(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("case_officer")


@pytest.fixture
def signer(appeal: AppealHouse) -> Drafter:
    return appeal.drafter("signing_officer")


def kept(number: int) -> re.Pattern[str]:
    return re.compile(rf"^Not connected: {number} words? kept on this device$")


def test_a_server_killed_in_the_middle_of_a_word_has_every_letter_that_was_shown_as_saved(
    appeal: AppealHouse, officer: Drafter, signer: Drafter
) -> None:
    for somebody in (officer, signer):
        somebody.open_working("F")
    block = "provwriter.frequency"
    officer.behind(block, "Three times a week").type(", in the mor")
    signer.reads(block, "Three times a week+, in the mor+")
    expect(officer.save_line).to_have_text(SAVED)
    appeal.server.kill()
    expect(officer.save_line).to_contain_text("Not connected")
    officer.type("ning, at ten")
    expect(officer.save_line).to_have_text(kept(3))
    appeal.server.start()
    for somebody in (officer, signer):
        expect(somebody.save_line).to_have_text(SAVED)
        somebody.reads(block, "Three times a week+, in the morning, at ten+")
    stored = [
        one["wording"]
        for one in appeal.stored_layers("F")["authority"].values()
        if one["type"] == "text" and one["block"] == block
    ]
    assert [", in the morning, at ten"] == stored


def test_words_written_without_network_are_kept_and_meet_what_was_written_meanwhile(
    officer: Drafter, signer: Drafter
) -> None:
    for somebody in (officer, signer):
        somebody.open_working("F")
    block = "provwriter.review"
    issued = officer.reading(block)
    officer.context.set_offline(True)
    officer.behind(block, "once each term").type(", and tells Nadia")
    expect(officer.save_line).to_have_text(kept(3))
    signer.before(block, "The SENCO").type("Each half term ")
    expect(signer.save_line).to_have_text(SAVED)
    assert "Nadia" not in signer.reading(block)
    officer.context.set_offline(False)
    expect(officer.save_line).to_have_text(SAVED)
    wanted = f"+Each half term +{issued}+, and tells Nadia+"
    for somebody in (officer, signer):
        somebody.reads(block, wanted)


def test_a_page_that_was_closed_with_unsent_words_offers_them_again(appeal: AppealHouse, officer: Drafter) -> None:
    officer.open_working("F")
    page = officer.page
    appeal.server.kill()
    expect(officer.save_line).to_contain_text("Not connected")
    officer.behind("provwriter.who", "A teaching assistant").type(" thrown away too early")
    expect(officer.save_line).to_have_text(kept(4))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    appeal.server.start()
    officer.open_working("F")
    aside = page.locator("#kept-aside")
    expect(aside).to_contain_text("thrown away too early")
    officer.behind("provwriter.who", "A teaching assistant")
    aside.get_by_role("button", name="Put them back").click()
    officer.reads("provwriter.who", "A teaching assistant+ thrown away too early+")
    expect(aside).to_be_hidden()


def test_access_that_ends_in_the_middle_of_a_word_ends_at_once_and_leaves_nothing_to_read(
    appeal: AppealHouse, parent: Drafter, officer: Drafter
) -> None:
    advocate = appeal.drafter("advocate")
    for somebody in (parent, advocate):
        somebody.open_working("F")
    block = "provwriter.where"
    advocate.behind(block, "The library").type(" or ano")
    parent.reads(block, "The library+ or ano+")
    (access,) = [one["access"] for one in officer.asks("/people") if one["name"] == advocate.name]
    officer.asks(f"/people/{access}", method="DELETE")
    expect(advocate.page.get_by_text("Your access to this plan has ended").first).to_be_visible()
    expect(advocate.page.locator(".ProseMirror")).to_have_count(0)
    advocate.type("ther room")
    parent.behind(block, " or ano").type("ther")
    parent.reads(block, "The library+ or another+")
    answer = advocate.page.goto(f"{appeal.home}/working/F")
    assert answer is not None
    assert answer.status in (403, 404)
