"""Changing the facts of a plan."""

from __future__ import annotations

from datetime import date

import pytest

from sections.rights import ROLES
from tests.server.site import Site

NEW = {"reference": "EX-78", "child": "S.", "request-day": "1", "request-month": "10", "request-year": "2026"}


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_only_the_officers_in_charge_may_change_facts(site: Site, role: str) -> None:
    client = site.program(role)
    allowed = role in ("case_officer", "signing_officer")
    assert (200 if allowed else 403) == (await client.get(f"{site.home}/facts")).status_code
    assert (303 if allowed else 403) == (await client.post(f"{site.home}/facts", data=NEW)).status_code
    assert allowed is ("EX-78" == site.plan().reference)
    page = (await client.get(site.home)).text
    assert allowed is (f"{site.home}/facts#child" in page)


async def test_facts_are_saved_together_and_audited_without_their_values(site: Site) -> None:
    client = site.program("case_officer")
    assert 303 == (await client.post(f"{site.home}/facts", data=NEW)).status_code
    plan = site.plan()
    assert ("EX-78", "S.", date(2026, 10, 1), None) == (
        plan.reference,
        plan.child,
        plan.request_received_on,
        plan.meeting_on,
    )
    assert ("facts-changed", {"fields": ["reference", "child", "request_received_on", "meeting_on"]}) == site.acts()[-1]


async def test_nothing_changed_leaves_no_record(site: Site) -> None:
    before = len(site.acts())
    client = site.program("case_officer")
    plan = site.plan()
    day, meeting = plan.request_received_on, plan.meeting_on
    assert day is not None
    assert meeting is not None
    same = {"reference": plan.reference, "child": plan.child}
    same |= {"request-day": str(day.day), "request-month": str(day.month), "request-year": str(day.year)}
    same |= {"meeting-day": str(meeting.day), "meeting-month": str(meeting.month), "meeting-year": str(meeting.year)}
    assert 303 == (await client.post(f"{site.home}/facts", data=same)).status_code
    assert before == len(site.acts())


async def test_half_a_date_is_asked_for_again(site: Site) -> None:
    answer = await site.program("case_officer").post(f"{site.home}/facts", data=NEW | {"request-month": ""})
    assert 422 == answer.status_code
    assert "The day the request was received must include a month" in answer.text
    assert site.plan().reference in (await site.program("parent").get("/plans")).text


async def test_a_legal_date_cannot_be_typed_in(site: Site) -> None:
    sent = NEW | {"draft_served_on": "2026-01-01", "finalised_on": "2026-01-01", "stage": "final"}
    assert 303 == (await site.program("case_officer").post(f"{site.home}/facts", data=sent)).status_code
    plan = site.plan()
    assert (None, None, "drafting") == (plan.draft_served_on, plan.finalised_on, plan.stage)
