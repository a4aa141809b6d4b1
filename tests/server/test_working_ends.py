"""The pages that open an appeal, change its facts, number its versions and end it."""

from __future__ import annotations

import re
import threading
from typing import Any

import httpx
import pytest

from server.documents import pdf
from server.documents.working import WorkingDocument
from server.redline.pages_count import PageCounts
from server.redline.tables import Appeal
from tests.server.appeal import NUMBER, AppealSite
from tests.server.site import Site


@pytest.fixture(autouse=True)
def _pages_are_counted_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting pages starts a process of a second or two; test_pdf does that."""
    monkeypatch.setattr(pdf, "html_pages", lambda html: 7)


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open(sections=("B", "F"))
    return found


def fields(page: str) -> dict[str, str]:
    """What a page's form would send as it stands: hidden fields, texts, and what is ticked."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in attributes or attributes["name"] == "csrf":
            continue
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        found[attributes["name"]] = attributes.get("value", "")
    return found


async def post(client: httpx.AsyncClient, path: str, data: dict[str, Any]) -> httpx.Response:
    return await client.post(path, data=data)


def facts(site: Site, **more: str) -> dict[str, str]:
    """A filled-in form."""
    people = {f"speaks-{site.people[role].id}": "yes" for role in ("parent", "case_officer")}
    return {"section-F": "yes", "section-I": "yes", "appeal_number": "eh123/26/00041"} | people | more


HEARING = {"hearing_on-day": "1", "hearing_on-month": "3", "hearing_on-year": "2027"}


async def test_an_appeal_is_opened_after_a_page_to_check(site: Site) -> None:
    site.stage("final")
    officer = site.program("case_officer")
    home = (await officer.get(site.home)).text
    assert f'href="{site.home}/working/open"' in home
    asked = await officer.get(f"{site.home}/working/open")
    assert asked.status_code == 200
    checked = await post(officer, f"{site.home}/working/open", facts(site, **HEARING))
    assert checked.status_code == 200
    assert "Check before you open the appeal" in checked.text
    assert "1 March 2027" in checked.text
    assert site.store.read(lambda db: db.get(Appeal, 1)) is None
    opened = await post(officer, f"{site.home}/working/open", fields(checked.text))
    assert (opened.status_code, opened.headers["location"]) == (303, f"{site.home}/working")
    appeal = site.store.read(lambda db: db.get_one(Appeal, 1))
    assert (appeal.number, appeal.sections) == (NUMBER, ["F", "I"])
    assert "working/open" not in (await officer.get(site.home)).text


async def test_what_cannot_stand_is_told_at_its_field(site: Site) -> None:
    site.stage("final")
    officer = site.program("case_officer")
    sent = {"appeal_number": "41", "hearing_on-day": "32", "hearing_on-month": "3", "hearing_on-year": "2027"}
    answer = await post(officer, f"{site.home}/working/open", sent)
    assert answer.status_code == 422
    for field in ("sections", "appeal_number", "hearing_on-day", "speakers"):
        assert f'href="#{field}"' in answer.text, field
        assert f'id="{field}"' in answer.text, field


@pytest.mark.parametrize("role", ["parent", "advocate", "plan_writer", "observer"])
async def test_only_officers_open_an_appeal(site: Site, role: str) -> None:
    site.stage("final")
    person = site.program(role)
    assert (await person.get(f"{site.home}/working/open")).status_code == 403
    assert (await post(person, f"{site.home}/working/open", facts(site))).status_code == 403
    assert "working/open" not in (await person.get(site.home)).text


async def test_no_appeal_is_opened_on_a_plan_that_is_not_final(site: Site) -> None:
    officer = site.program("case_officer")
    assert (await officer.get(f"{site.home}/working/open")).status_code in (403, 409)
    assert "working/open" not in (await officer.get(site.home)).text


async def test_the_facts_of_an_open_appeal_are_changed_with_the_same_form(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("case_officer")
    shown = await officer.get(f"{site.home}/working/change")
    assert shown.status_code == 200
    asked = fields(shown.text)
    assert asked["section-B"] == asked["section-F"] == "yes"
    assert f"speaks-{site.people['parent'].id}" in asked
    sent = asked | HEARING | {"section-I": "yes"}
    changed = await post(officer, f"{site.home}/working/change", sent)
    assert changed.status_code == 303, changed.text
    row = site.store.read(lambda db: db.get_one(Appeal, 1))
    assert row.sections == ["B", "F", "I"]
    assert str(row.hearing_on) == "2027-03-01"
    del sent["section-B"]
    assert "stays in dispute" in (await post(officer, f"{site.home}/working/change", sent)).text


async def test_versions_are_made_shown_with_what_changed_and_filed_once(appeal: AppealSite) -> None:
    site, parent = appeal.site, appeal.site.program("parent")
    first, second = await appeal.texts("F", 2)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    made = await parent.post(f"{site.home}/working/versions")
    assert (made.status_code, made.headers["location"]) == (303, f"{site.home}/working/versions/1")
    await appeal.propose("case_officer", "F", "two", second, "A qualified juggling teacher")
    await parent.post(f"{site.home}/working/versions")
    page = (await site.program("observer").get(f"{site.home}/working/versions/2")).text
    assert "What changed since version 1" in page
    assert "juggling" in page
    assert "Thirty minutes" not in page
    assert "Not counted yet" in page
    assert "Record that version 2 was sent" not in page
    older = (await parent.get(f"{site.home}/working/versions/1")).text
    assert "There is a newer version" in older
    filed = await parent.post(f"{site.home}/working/versions/2/filed")
    assert filed.status_code == 303
    again = await parent.post(f"{site.home}/working/versions/2/filed")
    assert again.status_code == 409
    page = (await parent.get(f"{site.home}/working/versions/2")).text
    assert "Sent to the tribunal on" in page
    listed = (await parent.get(f"{site.home}/working/versions")).text
    assert "Version 2" in listed
    assert "Make version 3" in listed
    assert "Make version 3" not in (await site.program("observer").get(f"{site.home}/working/versions")).text
    assert (await parent.get(f"{site.home}/working/versions/9")).status_code == 404


async def test_the_page_of_versions_does_not_wait_until_its_length_is_counted(appeal: AppealSite) -> None:
    app, counted = appeal.site.app, threading.Event()

    def count(_document: WorkingDocument) -> int:
        counted.wait(30)
        return 9

    app.state.page_counts = PageCounts(app.state.live.spawn, count=count, rest=0.0)
    page = (await appeal.site.program("parent").get(f"{appeal.site.home}/working/versions")).text
    assert not counted.is_set()
    assert "Make version 1" in page
    assert "9 pages" not in page
    counted.set()


async def test_the_order_is_recorded_checked_and_proven(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    texts = await appeal.texts("F", 4)
    agreed = await appeal.propose("parent", "F", "one", texts[0], "Thirty minutes every Tuesday")
    await appeal.propose("parent", "F", "two", texts[1], "A qualified juggling teacher")
    await appeal.propose("case_officer", "F", "three", texts[2], "As agreed with the school")
    await appeal.propose("parent", "F", "four", texts[3], "Every single day")
    for role in ("parent", "case_officer"):
        await appeal.decide(role, "F", "agree", agreed)
    await officer.post(f"{site.home}/working/versions")
    asked = (await officer.get(f"{site.home}/working/close")).text
    assert "order-F-1" not in asked
    assert "1 proposal is agreed" in asked
    said = {
        "how": "order",
        "ordered_on-day": "20",
        "ordered_on-month": "11",
        "ordered_on-year": "2026",
        "order-F-2": "ordered",
        "order-F-3": "refused",
    }
    missing = await post(officer, f"{site.home}/working/close", said)
    assert missing.status_code == 422
    assert "Select what became of F-4" in missing.text
    own = {"order-F-4": "own", "order-F-4-wording": "Four days a week"}
    checked = await post(officer, f"{site.home}/working/close", said | own)
    assert checked.status_code == 200, checked.text
    for words in ("Empty", "Thirty minutes every Tuesday", "Four days a week", "25 December 2026"):
        assert words in checked.text
    assert "As agreed with the school" not in checked.text
    closed = await post(officer, f"{site.home}/working/close", fields(checked.text))
    assert (closed.status_code, closed.headers["location"]) == (303, f"{site.home}/working/closed")
    result = (await site.program("parent").get(f"{site.home}/working/closed")).text
    assert "We worked this out again just now" in result
    assert "All twelve sections of the amended plan" in result
    assert "25 December 2026" in result
    assert "/working/versions/1?appeal=1" in result
    assert (await site.program("parent").get(f"{site.home}/working/closed/1")).status_code == 200
    assert (await site.program("parent").get(f"{site.home}/working/closed/2")).status_code == 404
    version = await site.program("observer").get(f"{site.home}/working/versions/1?appeal=1")
    assert version.status_code == 200
    assert "Record that version 2 was sent" not in version.text
    assert "Four days a week" in (await officer.get(f"{site.home}/read")).text


async def test_what_is_left_open_in_a_section_is_filled_in_to_be_checked_and_never_decided_silently(
    appeal: AppealSite,
) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    texts = await appeal.texts("F", 3)
    for number, words in enumerate(texts):
        await appeal.propose("parent", "F", f"r{number}", words, f"Thirty minutes {number}")
    said = {"how": "order", "order-F-1": "ordered"} | {
        f"ordered_on-{part}": number for part, number in (("day", "20"), ("month", "11"), ("year", "2026"))
    }
    back = await post(officer, f"{site.home}/working/close", said | {"rest-F": "refused"})
    assert (back.status_code, "Check the text that will be issued</h1>" in back.text) == (200, False)
    assert "We filled in 2 of the answers below" in back.text
    assert back.text.count("Filled in, please check") == 2
    answered = {name: value for name, value in fields(back.text).items() if name.startswith("order-F")}
    assert {"order-F-1": "ordered", "order-F-2": "refused", "order-F-3": "refused"} == answered
    checked = await post(officer, f"{site.home}/working/close", fields(back.text))
    assert "Check the text that will be issued</h1>" in checked.text
    assert checked.text.count("Not ordered") == 2


async def test_words_of_the_tribunals_own_stand_under_their_answer_and_come_back_as_typed(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    (first,) = await appeal.texts("F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes")
    shown = (await officer.get(f"{site.home}/working/close")).text
    # Under the answer; the style sheet shows it where that answer is chosen.
    assert re.search(
        r'value="own">.*?<div class="app-ruling__own">.*?<textarea[^>]*order-F-1-wording', shown, re.DOTALL
    )
    sent = {"how": "order", "order-F-1": "own", "order-F-1-wording": "One line\nand another"}
    again = (await post(officer, f"{site.home}/working/close", sent)).text
    assert ">One line\nand another</textarea>" in again


async def test_sections_the_tribunal_only_recommends_on_are_worded_as_recommendations(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open(sections=("F", "G"))
    officer = site.program("signing_officer")
    texts = await appeal.texts("G", 2)
    for number, words in enumerate(texts):
        await appeal.propose("parent", "G", f"r{number}", words, f"Thirty minutes {number}")
    asked = (await officer.get(f"{site.home}/working/close")).text
    assert "It recommends them, and the council then says whether it follows." in asked
    assert "Recommended, and the council will follow it" in asked
    assert "Ordered, in exactly these words" not in asked
    said = {"how": "order", "order-G-1": "ordered", "order-G-2": "refused"} | {
        f"ordered_on-{part}": number for part, number in (("day", "20"), ("month", "11"), ("year", "2026"))
    }
    checked = (await post(officer, f"{site.home}/working/close", said)).text
    for words in ("Recommended, and the council will follow it", "Not followed", "or recommended and followed"):
        assert words in checked
    await post(officer, f"{site.home}/working/close", fields(checked))
    result = (await officer.get(f"{site.home}/working/closed")).text
    assert "with exactly what was agreed and recommended and followed" not in result
    assert "Section G is the text as it was issued before, with exactly what was agreed, or recommended" in result


async def test_what_changed_after_the_check_page_is_not_closed(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    (first,) = await appeal.texts("F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    date = {"ordered_on-day": "20", "ordered_on-month": "11", "ordered_on-year": "2026"}
    checked = await post(officer, f"{site.home}/working/close", {"how": "order", "order-F-1": "ordered"} | date)
    await appeal.propose("parent", "F", "one", first, "Forty minutes every Tuesday")
    answer = await post(officer, f"{site.home}/working/close", fields(checked.text))
    assert answer.status_code == 409
    assert (await officer.get(f"{site.home}/working/closed")).status_code == 404


async def test_a_withdrawn_appeal_leaves_the_plan_as_it_was_and_that_is_proven(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    (first,) = await appeal.texts("F", 1)
    agreed = await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    for role in ("parent", "case_officer"):
        await appeal.decide(role, "F", "agree", agreed)
    checked = await post(officer, f"{site.home}/working/close", {"how": "withdrawn"})
    assert "Nothing. The plan stays as it was issued." in checked.text
    assert (await post(officer, f"{site.home}/working/close", fields(checked.text))).status_code == 303
    result = (await officer.get(f"{site.home}/working/closed")).text
    assert "We worked this out again just now" in result
    assert "The appeal was withdrawn" in result
    assert "must send the amended plan" not in result


async def test_a_whole_new_provision_can_be_ordered_in_the_tribunals_own_words_part_by_part(appeal: AppealSite) -> None:
    site, officer = appeal.site, appeal.site.program("signing_officer")
    new = {"type": "new", "after": "^", "kind": "provision", "rank": "V", "on": "1"}
    await appeal.write("parent", "F", {"one": new | {"wording": "Music", "w_what": "Music every day"}})
    asked = (await officer.get(f"{site.home}/working/close")).text
    assert 'name="order-F-1-w_what"' in asked
    said = {
        "how": "order",
        "ordered_on-day": "20",
        "ordered_on-month": "11",
        "ordered_on-year": "2026",
        "order-F-1": "own",
        "order-F-1-wording": "Singing",
        "order-F-1-w_what": "Singing once a week",
    }
    checked = await post(officer, f"{site.home}/working/close", said)
    assert "Singing once a week" in checked.text
    assert (await post(officer, f"{site.home}/working/close", fields(checked.text))).status_code == 303
    assert "Singing once a week" in (await officer.get(f"{site.home}/read")).text


@pytest.mark.parametrize("role", ["parent", "case_officer", "observer"])
async def test_only_the_signing_officer_closes_an_appeal(appeal: AppealSite, role: str) -> None:
    assert (await appeal.site.program(role).get(f"{appeal.site.home}/working/close")).status_code == 403
