"""A whole appeal, played by its people on a real server: from the final plan to the amended one.

The plan is made final first; from then on everything is done on the pages, by mouse and keys, as people do it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Page, expect

from server.day import today
from tests.browser.appeal_house import NUMBER, AppealHouse, Drafter
from tests.browser.chromium import open_chromium
from tests.server.test_working_word import add_bold, run_with
from tests.serving import serving

OFFICE_SECONDS = 90


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppealHouse]:
    data = tmp_path_factory.mktemp("whole") / "data"
    with serving(data) as server, open_chromium() as browser:
        house = AppealHouse(server=server, browser=browser, kind=Drafter)
        house.make_final()
        yield house


@pytest.fixture
def appeal(whole: AppealHouse) -> Iterator[AppealHouse]:
    yield whole
    whole.empty_out()


def day(page: Page, name: str, when: date) -> None:
    for part, value in (("day", when.day), ("month", when.month), ("year", when.year)):
        page.locator(f"#{name}-{part}").fill(str(value))


def opens_the_appeal(officer: Drafter) -> None:
    """By the questions, and the page to check."""
    page = officer.page
    page.goto(officer.house.home)
    page.get_by_role("link", name="Open an appeal").click()
    page.get_by_role("checkbox", name=re.compile("^F, ")).check()
    page.get_by_role("checkbox", name=re.compile("^B, ")).check()
    page.get_by_label("Appeal number").fill(NUMBER)
    day(page, "filing_on", today() + timedelta(days=60))
    day(page, "hearing_on", today() + timedelta(days=90))
    for name in ("Leila Tarran", "Bridget Oakmere", "Dev Pellow", "Marcus Thornby"):
        page.get_by_role("checkbox", name=re.compile(name)).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you open the appeal")
    page.get_by_role("button", name="Open the appeal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Working document")


def freezes(somebody: Drafter, number: int) -> str:
    """Makes the next version; its hash."""
    page = somebody.page
    page.goto(f"{somebody.house.home}/working/versions")
    page.get_by_role("button", name=f"Make version {number}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Version {number}, ")
    return page.locator(".app-rl-hash").inner_text()


def through_libreoffice(file: Path) -> Path:
    """The file as LibreOffice opens and saves it."""
    out = file.parent / "saved"
    profile = file.parent / "profile"
    command = [shutil.which("soffice") or "soffice", f"-env:UserInstallation=file://{profile}", "--headless"]
    command += ["--convert-to", "docx", "--outdir", str(out), str(file)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=OFFICE_SECONDS,
        check=False,
        env=os.environ | {"HOME": str(profile)},
    )
    assert done.returncode == 0, done.stderr
    return out / file.name


def downloads(somebody: Drafter, folder: Path) -> Path:
    """The Word copy of what both sides share now."""
    page = somebody.page
    page.goto(f"{somebody.house.home}/working")
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("Word")).first.click()
    name = started.value.suggested_filename
    assert name.endswith(".docx")
    started.value.save_as(folder / name)
    return folder / name


def edits_in_word(file: Path, behind: str, words: str) -> None:
    document: Any = docx.Document(str(file))
    add_bold(run_with(document, behind), words)
    document.save(str(file))


def brings_back(somebody: Drafter, file: Path, *expected: str) -> None:
    """Uploads a Word file, looks at what was read, and proposes what is ticked."""
    page = somebody.page
    page.goto(f"{somebody.house.home}/working/word")
    page.get_by_label("Word file").set_input_files(file)
    page.get_by_role("button", name="Read this file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What we read in the Word file")
    expect(page.get_by_text("Nothing. Every word of the plan is still there.")).to_be_visible()
    for words in expected:
        expect(page.locator("#read")).to_contain_text(words)
    expect(page.locator("#read input")).to_have_count(len(expected))
    page.get_by_role("button", name="Propose what is ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Working document")


def rules(page: Page, words: str, ruling: str) -> None:
    """Says what became of the proposal that says this."""
    heading = page.get_by_role("heading", level=3).filter(
        has=page.locator("xpath=following-sibling::p[1]", has_text=words)
    )
    number = heading.inner_text().split(",")[0]
    group = page.get_by_role("group", name=f"What became of {number}?")
    group.get_by_role("radio", name=ruling).check()


@pytest.mark.timeout(600)
def test_a_whole_appeal_from_the_final_plan_to_the_amended_one(appeal: AppealHouse, tmp_path: Path) -> None:
    parent, advocate = appeal.drafter("parent"), appeal.drafter("advocate")
    officer, signer = appeal.drafter("case_officer"), appeal.drafter("signing_officer")
    opens_the_appeal(officer)
    first = freezes(officer, 1)

    # The family writes with its advocate; the council reads along, answers, agrees to one and not to another.
    for somebody in (parent, advocate, officer):
        somebody.open_working("F")
    parent.behind("provspeech.frequency", "Once a week").type(", never less")
    advocate.reads("provspeech.frequency", "Once a week+, never less+, in 36 weeks of each school year")
    advocate.behind("provspeech.where", "door shut").type(" and a sign on it")
    parent.selects("provspeech.group", "1:1").type("One adult with Sami alone")
    parent.reads("provspeech.where", "A quiet room in school with the door shut+ and a sign on it+")
    advocate.behind("provrepeat.duration", "20 minutes").type(" without a break")
    officer.reads("provrepeat.duration", "20 minutes+ without a break+")
    officer.shows("One adult with Sami alone")
    officer.agrees("never less")
    dialog = officer.presses("disagree", "One adult with Sami alone")
    dialog.get_by_role("textbox").fill("1:1 says the same.")
    officer.yes("Do not agree")
    officer.presses("counter", "without a break")
    officer.page.get_by_role("textbox", name="Your wording").fill(" with a break of 2 minutes")
    officer.yes("Propose this wording")
    parent.shows("with a break of 2 minutes")
    parent.agrees("never less")
    parent.standing("never less", "Agreed by both")
    parent.standing("One adult with Sami alone", "Not agreed")
    parent.standing(" without a break", "Answered with other wording")

    # The second version, sent to the tribunal.
    second = freezes(officer, 2)
    assert first != second
    officer.page.get_by_role("button", name="Record that version 2 was sent today").click()
    expect(officer.page.get_by_text("Sent to the tribunal on")).to_be_visible()

    # Word out, edited there, saved by LibreOffice, and back.
    file = downloads(parent, tmp_path)
    edits_in_word(file, "Four times a week, on days when there is no therapy", ", never on a Friday")
    officer.open_working("F")
    brings_back(parent, through_libreoffice(file), "never on a Friday")
    officer.shows("never on a Friday")

    # The order, by the officer who signs.
    page = signer.page
    page.goto(f"{appeal.home}/working")
    page.get_by_role("link", name="Record the order, or end the appeal").click()
    page.get_by_role("radio", name="The tribunal made an order").check()
    day(page, "ordered_on", today())
    rules(page, "and a sign on it", "Ordered, in exactly these words")
    rules(page, "One adult with Sami alone", "Not ordered")
    rules(page, "without a break", "Not ordered")
    rules(page, "with a break of 2 minutes", "Ordered, in exactly these words")
    rules(page, "never on a Friday", "Ordered, in exactly these words")
    page.get_by_role("button", name="Check the text that will be issued").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the text that will be issued")
    expect(page.get_by_text("There is no other difference.")).to_be_visible()
    page.get_by_role("button", name="Record this and close the appeal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The appeal has ended")
    expect(page.get_by_text("We worked this out again just now")).to_be_visible()
    expect(page.get_by_text("with exactly what was agreed and ordered").first).to_be_visible()

    # The plan says so, for everybody, and the store agrees with itself.
    parent.page.goto(f"{appeal.section('F')}/read")
    text = parent.page.locator("main")
    for words in (
        "Once a week, never less, in 36 weeks of each school year",
        "A quiet room in school with the door shut and a sign on it",
        "20 minutes with a break of 2 minutes",
        "Four times a week, on days when there is no therapy, never on a Friday",
    ):
        expect(text).to_contain_text(words)
    expect(text).not_to_contain_text("One adult with Sami alone")
    verified = appeal.server.alongside("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
