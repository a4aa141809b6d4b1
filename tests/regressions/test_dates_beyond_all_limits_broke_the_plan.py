"""A date in the year 9999 was saved and answered with 500, and from then on nobody could open the plan."""

from __future__ import annotations

from datetime import date

import pytest

from sections.clock import deadlines, what_next, where_are_we
from sections.facts import PlanFacts
from sections.stages import STAGE_KEYS
from server.acts import Facts, Invitation, Refused, edit_facts, invite, start_plan
from server.auth import SignedIn
from tests.server.site import Site

FAR = ["9999-12-31", "2101-01-01", "1989-12-31", "0001-01-01"]


@pytest.mark.parametrize("day", FAR)
async def test_programs_may_not_send_a_date_no_limit_can_be_worked_out_from(site: Site, day: str) -> None:
    officer = site.program("case_officer")
    new = {"reference": "EX-80", "child": "K."}
    for field in ("request_received_on", "meeting_on"):
        assert 422 == (await officer.patch(site.api, json={field: day})).status_code, field
        assert 422 == (await officer.post("/api/plans", json=new | {field: day})).status_code, field
    guest = {"email": "new@example.org", "name": "New Person", "role": "social_care", "expires_on": day}
    assert 422 == (await officer.post(f"{site.api}/people", json=guest)).status_code
    assert 200 == (await officer.get(site.api)).status_code
    assert 200 == (await officer.get(site.home)).status_code


async def test_the_first_and_the_last_day_are_taken(site: Site) -> None:
    officer = site.program("case_officer")
    body = {"request_received_on": "1990-01-01", "meeting_on": "2100-12-31"}
    assert 200 == (await officer.patch(site.api, json=body)).status_code
    assert 200 == (await officer.get(site.home)).status_code


async def test_acts_refuse_such_a_date_whoever_calls_them(site: Site) -> None:
    officer, office = site.people["case_officer"], site.app.state.office
    begun = site.store.write_sync(lambda db: site.app.state.sessions.begin_in(db, officer.id, "cli"))
    who = await site.app.state.sessions.read_token(begun.token)
    assert isinstance(who, SignedIn)
    facts = Facts("EX-80", "K.", meeting_on=date(9999, 12, 31))
    guest = Invitation("new@example.org", "New Person", "senco", "professional", expires_on=date.max)
    for refused in (
        await start_plan(office, who, facts),
        await edit_facts(office, who, site.plan_id, facts),
        await invite(office, who, site.plan_id, guest),
    ):
        assert isinstance(refused, Refused)
        assert refused.sentence.endswith("must be between 1990 and 2100.")


@pytest.mark.parametrize("stage", STAGE_KEYS)
@pytest.mark.parametrize("day", [date.min, date(9999, 1, 1), date(9999, 12, 20), date.max])
def test_a_plan_with_such_a_date_can_still_be_shown(stage: str, day: date) -> None:
    plan = PlanFacts(stage=stage, request_received_on=day, meeting_on=day, draft_served_on=day, finalised_on=day)
    for today in (date.min, date(2026, 11, 22), date.max):
        assert all(one.sentence for one in deadlines(plan, today))
        assert where_are_we(plan, today)
        assert what_next(plan, today)


async def test_a_store_that_holds_such_a_date_still_opens_its_plan(site: Site) -> None:
    site.stage("drafting", request_received_on=date.max, meeting_on=date.max)
    officer = site.program("case_officer")
    for path in (site.home, f"{site.home}/stage", site.api, "/plans"):
        assert 200 == (await officer.get(path)).status_code, path
