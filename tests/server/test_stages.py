"""Where a plan is and moving it on: who may, what it asks for, what it locks, what is recorded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from crdt.compose import to_update
from sections import stages
from sections.rights import ROLES
from server.day import today
from server.tables import Plan
from tests.server.appeal import AppealSite
from tests.server.site import ORIGIN, Site, form_token

WORDS = {"type": "doc", "children": [{"type": "paragraph", "children": [{"text": "A mainstream school."}]}]}
CLIENT = 77


async def write_in_i(site: Site) -> None:
    """Words in section I, as an officer would leave them while finalising."""
    officer = site.people["case_officer"].id
    await site.app.state.live.seed(site.plan_id, "I", to_update(WORDS, CLIENT), officer)


@pytest.mark.parametrize("stage", stages.STAGE_KEYS)
async def test_only_who_may_move_the_plan_gets_the_pages_that_move_it(site: Site, stage: str) -> None:
    site.stage(stage)
    for role in ROLES:
        client = site.program(role)
        page = (await client.get(f"{site.home}/stage")).text
        for move in stages.moves(stage):
            allowed = role in move.roles
            assert move.title in page
            assert allowed is (f'href="{site.home}/stage/{move.to}"' in page), (role, move.to)
            assert (200 if allowed else 403) == (await client.get(f"{site.home}/stage/{move.to}")).status_code
            if not allowed:
                answer = await client.post(f"{site.home}/stage/{move.to}", data={"origin": stage})
                assert 403 == answer.status_code
    assert stage == site.plan().stage


async def test_a_move_the_stage_does_not_have_is_refused(site: Site) -> None:
    client = site.program("signing_officer")
    for to in ("final", "finalising", "nowhere"):
        assert 403 == (await client.post(f"{site.home}/stage/{to}", data={"origin": "drafting"})).status_code
    assert "drafting" == site.plan().stage


async def test_sending_the_draft_locks_every_section_and_dates_it(site: Site) -> None:
    browser = await site.browser("case_officer")
    confirm = (await browser.get(f"{site.home}/stage/draft_served")).text
    assert "Sections A, B, C, D, E, F, G, H1, H2, J and K are locked" in confirm
    assert "Sending the draft is a legal step" in confirm
    assert "drafting" == site.plan().stage
    sent = {"csrf": form_token(confirm), "origin": "drafting"}
    answer = await browser.post(f"{site.home}/stage/draft_served", data=sent, headers={"Origin": ORIGIN})
    assert 303 == answer.status_code
    done = (await browser.get(answer.headers["location"])).text
    assert "Draft sent" in done
    plan = site.plan()
    assert ("draft_served", today()) == (plan.stage, plan.draft_served_on)
    assert ("stage-moved", {"origin": "drafting", "to": "draft_served"}) == site.acts()[-1]
    section = (await browser.get(f"{site.home}/sections/B")).text
    assert 'id="editor"' not in section
    assert "The draft has been sent to the family" in section


async def test_finalising_early_asks_why_and_keeps_the_answer(site: Site) -> None:
    site.stage("draft_served", draft_served_on=today())
    client = site.program("signing_officer")
    page = (await client.get(f"{site.home}/stage/finalising")).text
    assert "before the family’s 15 days are over" in page
    assert "Section I is unlocked. It can be written by: case officer, plan writer or signing officer." in page
    empty = await client.post(f"{site.home}/stage/finalising", data={"origin": "draft_served", "early_reason": " "})
    assert 422 == empty.status_code
    assert '<a href="#early_reason">' in empty.text
    assert "draft_served" == site.plan().stage
    sent = {"origin": "draft_served", "early_reason": "The family asked for it."}
    assert 303 == (await client.post(f"{site.home}/stage/finalising", data=sent)).status_code
    plan = site.plan()
    assert ("finalising", site.people["signing_officer"].id) == (plan.stage, plan.finalised_by)
    assert site.acts()[-1][1]["reason_given"] is True
    assert "The family asked for it." in (await client.get(f"{site.home}/stage")).text
    assert 'id="editor"' in (await client.get(f"{site.home}/sections/I")).text
    assert 'id="editor"' not in (await site.program("parent").get(f"{site.home}/sections/I")).text


async def test_after_the_familys_time_no_reason_is_asked(site: Site) -> None:
    site.stage("draft_served", draft_served_on=today() - timedelta(days=15))
    client = site.program("signing_officer")
    assert "early_reason" not in (await client.get(f"{site.home}/stage/finalising")).text
    assert 303 == (await client.post(f"{site.home}/stage/finalising", data={"origin": "draft_served"})).status_code


async def test_a_final_plan_needs_section_i_or_the_reason_why_it_is_blank(site: Site) -> None:
    site.stage("finalising")
    client = site.program("signing_officer")
    blank = await client.post(f"{site.home}/stage/final", data={"origin": "finalising"})
    assert 422 == blank.status_code
    assert '<a href="#eotas_reason">' in blank.text
    await write_in_i(site)
    assert "eotas_reason" not in (await client.get(f"{site.home}/stage/final")).text
    assert 303 == (await client.post(f"{site.home}/stage/final", data={"origin": "finalising"})).status_code
    plan = site.plan()
    assert ("final", today()) == (plan.stage, plan.finalised_on)
    done = (await client.get(f"{site.home}/stage/done")).text
    assert site.people["signing_officer"].name in done
    for label in ("B", "I"):
        assert 'id="editor"' not in (await client.get(f"{site.home}/sections/{label}")).text


async def test_section_i_must_be_empty_before_a_plan_goes_back_to_drafting(site: Site) -> None:
    site.stage("finalising", draft_served_on=today())
    await write_in_i(site)
    client = site.program("signing_officer")
    page = (await client.get(f"{site.home}/stage/drafting")).text
    assert "Section I has words in it" in page
    assert 'type="submit"' not in page.split("<main")[1]
    await client.post(f"{site.home}/stage/drafting", data={"origin": "finalising"})
    assert "finalising" == site.plan().stage


async def test_words_that_reach_section_i_on_the_way_stop_the_move(site: Site) -> None:
    """The check on the page is not enough: the log is asked again inside the transaction."""
    site.stage("finalising", draft_served_on=today())
    live = site.app.state.live
    move_stage = live.move_stage

    async def late(plan_id, write, to_stage):  # type: ignore[no-untyped-def]
        await write_in_i(site)
        await move_stage(plan_id, write, to_stage)

    live.move_stage = late
    client = site.program("signing_officer")
    answer = await client.post(f"{site.home}/stage/drafting", data={"origin": "finalising"})
    assert 503 == answer.status_code
    assert "Somebody else has just changed this plan" in answer.text
    assert "finalising" == site.plan().stage


async def test_two_moves_at_once_happen_once(site: Site) -> None:
    officers = [site.program("case_officer"), site.program("signing_officer")]
    answers = await asyncio.gather(
        *(one.post(f"{site.home}/stage/draft_served", data={"origin": "drafting"}) for one in officers)
    )
    assert 1 == [answer.status_code for answer in answers].count(303)
    assert 1 == len([act for act, _ in site.acts() if act == "stage-moved"])


async def test_a_page_that_shows_an_older_stage_moves_nothing(site: Site) -> None:
    site.stage("finalising")
    client = site.program("signing_officer")
    answer = await client.post(f"{site.home}/stage/drafting", data={"origin": "draft_served"})
    assert "Somebody else has just changed this plan" in answer.text
    assert "finalising" == site.plan().stage


async def test_going_back_to_drafting_takes_the_date_of_service_away(site: Site) -> None:
    site.stage("draft_served", draft_served_on=today())
    client = site.program("case_officer")
    page = (await client.get(f"{site.home}/stage/drafting")).text
    assert "Sections A, B, C, D, E, F, G, H1, H2, J and K are unlocked." in page
    assert 303 == (await client.post(f"{site.home}/stage/drafting", data={"origin": "draft_served"})).status_code
    plan = site.plan()
    assert ("drafting", None) == (plan.stage, plan.draft_served_on)


async def test_a_move_that_cannot_be_written_moves_nothing(site: Site) -> None:
    from server.database import StoreFailed

    async def full(*_: object) -> None:
        raise StoreFailed("The disk is full.")

    site.app.state.live.move_stage = full
    client = site.program("case_officer")
    answer = await client.post(f"{site.home}/stage/draft_served", data={"origin": "drafting"})
    assert 503 == answer.status_code
    assert "nothing was changed" in answer.text
    stage = site.store.read(lambda db: db.get_one(Plan, site.plan_id)).stage
    assert "drafting" == stage


@pytest.mark.parametrize("stage", stages.STAGE_KEYS)
async def test_who_may_write_what_is_a_plain_table_for_every_stage(site: Site, stage: str) -> None:
    page = (await site.program("senco").get(f"{site.home}/rights?stage={stage}")).text
    rule = stages.stage(stage)
    assert f'aria-current="true">{rule.title}' in page
    assert 12 == page.count('<th scope="row"')
    assert "<caption" in page
    assert len(rule.open) == 12 - page.count("Nobody: locked")
    assert "(now)" in page


async def test_the_table_names_the_sections_in_dispute_and_says_where_changes_go(site: Site) -> None:
    await AppealSite(site).open(sections=("B", "F"))
    program = site.program("senco")
    page = (await program.get(f"{site.home}/rights")).text
    assert (2, 10) == (page.count("Nobody: in dispute"), page.count("Nobody: locked"))
    assert "The family and the council propose changes in the working document" in page
    rows = (await program.get(f"{site.api}/rights")).json()
    assert {"B", "F"} == {row["section"] for row in rows if row["mode"] == "redline"}


async def test_an_unknown_stage_in_the_address_shows_the_present_one(site: Site) -> None:
    page = (await site.program("parent").get(f"{site.home}/rights?stage=nonsense")).text
    assert "Drafting together, the stage this plan is in now" in page
