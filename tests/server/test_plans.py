"""My plans, starting one, and a plan's home."""

from __future__ import annotations

import re

import pytest

from sections.catalogue import SECTIONS
from sections.rights import ROLES, may_start_plan, writes
from sections.stages import STAGE_KEYS
from server.tables import Access, Plan
from tests.server.site import ORIGIN, Site, form_token

NEW = {"reference": "EX-77", "child": "T.R.", "stage": "gathering"}
STATUS = re.compile(r'id="status-(\w+)">\s*<\w+ class="[^"]*app-status[^"]*">([^<]+)<')


def statuses(page: str) -> dict[str, str]:
    return dict(STATUS.findall(page))


async def test_my_plans_lists_mine_and_nobody_elses(site: Site) -> None:
    mine = await site.program("parent").get("/plans")
    assert site.home in mine.text
    assert "Parent or carer" in mine.text
    strangers = await site.stranger().get("/plans")
    assert site.home not in strangers.text
    assert "You are not on any plan" in strangers.text


async def test_the_list_asks_the_store_once_however_many_plans_there_are(site: Site) -> None:
    officer = site.program("case_officer")
    for number in range(5):
        answer = await officer.post("/plans/new", data=NEW | {"reference": f"EX-{number}"})
        assert 303 == answer.status_code
    with site.counting() as said:
        page = await officer.get("/plans")
    assert 6 == page.text.count('<th scope="row"')
    # one for the sign-in, one for the plans
    assert len(said) <= 3, said


async def test_a_plan_home_asks_the_store_little(site: Site) -> None:
    client = site.program("parent")
    await client.get(site.home)  # opens the sections
    with site.counting() as said:
        await client.get(site.home)
    assert len(said) <= 4, said


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_only_council_staff_may_start_a_plan(site: Site, role: str) -> None:
    client = site.program(role)
    allowed = may_start_plan(is_staff=site.people[role].is_staff).allowed
    assert (200 if allowed else 403) == (await client.get("/plans/new")).status_code
    assert (303 if allowed else 403) == (await client.post("/plans/new", data=NEW)).status_code
    assert allowed is ("Start a plan" in (await client.get("/plans")).text)


async def test_starting_a_plan_makes_the_officer_its_case_officer(site: Site) -> None:
    browser = await site.browser("case_officer")
    token = form_token((await browser.get("/plans/new")).text)
    dates = {"request-day": "21", "request-month": "9", "request-year": "2026"}
    answer = await browser.post("/plans/new", data=NEW | dates | {"csrf": token}, headers={"Origin": ORIGIN})
    assert 303 == answer.status_code
    home = answer.headers["location"]
    plan_id = home.rpartition("/")[2]
    assert re.fullmatch("[0-9a-f]{32}", plan_id)
    plan = site.store.read(lambda db: db.get_one(Plan, plan_id))
    assert ("EX-77", "T.R.", "gathering") == (plan.reference, plan.child, plan.stage)
    page = await browser.get(home)
    assert 200 == page.status_code
    assert "21 September 2026" in page.text
    assert {"Not started"} == set(statuses(page.text).values()) - {"Locked"}
    writing = await browser.get(f"{home}/sections/B")
    assert 'id="editor"' in writing.text


async def test_a_form_with_faults_says_which_and_keeps_what_was_typed(site: Site) -> None:
    client = site.program("case_officer")
    sent = {
        "reference": "",
        "child": "T.R. <b>",
        "stage": "final",
        "meeting-day": "31",
        "meeting-month": "2",
        "meeting-year": "2026",
    }
    answer = await client.post("/plans/new", data=sent)
    assert 422 == answer.status_code
    assert "<title>Error: Start a plan" in answer.text
    for field, sentence in {
        "reference": "Enter a reference",
        "meeting-day": "The day of the meeting must be a real date, like 27 3 2026",
        "stage": "Select where the plan is now",
    }.items():
        assert f'<a href="#{field}">{sentence}</a>' in answer.text
        assert f'id="{field}"' in answer.text
    assert 'value="T.R. &lt;b&gt;"' in answer.text


async def test_a_reference_that_is_taken_is_refused(site: Site) -> None:
    taken = site.plan().reference
    answer = await site.program("case_officer").post("/plans/new", data=NEW | {"reference": taken})
    assert 422 == answer.status_code
    assert "Another plan has this reference" in answer.text


@pytest.mark.parametrize("stage", STAGE_KEYS)
async def test_each_section_says_in_words_what_each_person_may_do(site: Site, stage: str) -> None:
    site.stage(stage)
    for role in ROLES:
        said = statuses((await site.program(role).get(site.home)).text)
        mine = writes(role, stage)
        for rule in SECTIONS:
            expected = {"Not started", "In progress"} if rule.label in mine else {"Locked", "Read only"}
            assert said[rule.label] in expected, (role, rule.label)
        if stage in ("gathering", "drafting", "draft_served", "final"):
            assert "Locked" == said["I"]


async def test_why_a_section_is_locked_is_said_on_the_home(site: Site) -> None:
    page = (await site.program("parent").get(site.home)).text
    assert "Why section I is locked" in page
    assert "section 38(5)" in page
    site.stage("draft_served")
    served = (await site.program("parent").get(site.home)).text
    assert 1 == served.count("Why section I is locked")
    assert 1 == served.count("The law says a draft plan must not name a school")
    assert 2 == served.count(" locked</span></summary>")


async def test_a_plan_one_is_not_on_looks_like_one_that_does_not_exist(site: Site) -> None:
    stranger = site.stranger()
    missing = await stranger.get(f"/plans/{'0' * 32}")
    theirs = await stranger.get(site.home)
    nonsense = await stranger.get("/plans/../etc")
    assert (404, 404) == (missing.status_code, theirs.status_code)
    assert 404 == nonsense.status_code
    without_tokens = [re.sub(r'"[0-9a-f]{64}"', "", answer.text) for answer in (missing, theirs)]
    assert without_tokens[0] == without_tokens[1]


PATHS = ("", "/people", "/read", "/stage", "/rights", "/preference", "/sections/B", "/sections/B/text", "/facts")


async def test_access_that_has_ended_opens_no_page(site: Site) -> None:
    client = site.program("senco")

    def end(db) -> None:  # type: ignore[no-untyped-def]
        access = db.get_one(Access, site.access["senco"])
        access.ended_at = access.invited_at
        db.add(access)

    site.store.write_sync(end)
    for path in PATHS:
        assert 404 == (await client.get(site.home + path)).status_code, path


async def test_names_that_hold_markup_are_shown_as_text(site: Site) -> None:
    def rename(db) -> None:  # type: ignore[no-untyped-def]
        plan = db.get_one(Plan, site.plan_id)
        plan.child, plan.reference = "<script>alert(1)</script>", '"><img src=x>'
        db.add(plan)
        person = site.people["parent"]
        person.name = "<script>alert(2)</script>"
        db.merge(person)

    site.store.write_sync(rename)
    client = site.program("parent")
    for path in (
        "/plans",
        site.home,
        f"{site.home}/people",
        f"{site.home}/read",
        f"{site.home}/sections/B",
        f"{site.home}/stage",
    ):
        page = (await client.get(path)).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
