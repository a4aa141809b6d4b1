"""People on a plan: who sees whom, inviting, ending access."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from sections.rights import ROLES
from server.day import today
from server.tables import Access, Person
from tests.server.site import Site

NEW = {"email": "new.person@example.org", "name": "New Person", "role": "health"}


def day_fields(day: date) -> dict[str, str]:
    return {"expires-day": str(day.day), "expires-month": str(day.month), "expires-year": str(day.year)}


def _read_all(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.eml"))]


async def messages(site: Site) -> list[str]:
    """Every message that was sent, once all have been."""
    await site.app.state.mail.idle()
    folder: Path = site.app.state.settings.data_dir / "outbox"
    return await asyncio.to_thread(_read_all, folder)


def person(site: Site, email: str) -> Person | None:
    return site.store.read(lambda db: db.exec(select(Person).where(Person.email == email)).first())


async def test_everybody_sees_who_is_on_the_plan_but_only_inviters_see_addresses(site: Site) -> None:
    for role in ROLES:
        page = (await site.program(role).get(f"{site.home}/people")).text
        assert all(one.name in page for one in site.people.values())
        officer = role in ("case_officer", "signing_officer")
        assert officer is (site.people["observer"].email in page)
        assert officer is ("Invite someone" in page)
        assert officer is ("End access" in page)


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_only_the_officers_in_charge_may_invite_or_end_access(site: Site, role: str) -> None:
    client = site.program(role)
    allowed = role in ("case_officer", "signing_officer")
    refused = 200 if allowed else 403
    assert refused == (await client.get(f"{site.home}/people/invite")).status_code
    assert refused == (await client.post(f"{site.home}/people/invite", data=NEW)).status_code
    sent = await client.post(f"{site.home}/people/invite/send", data=NEW)
    assert (303 if allowed else 403) == sent.status_code
    assert allowed is (person(site, NEW["email"]) is not None)
    end = f"{site.home}/people/{site.access['observer']}/end"
    assert (200 if allowed else 403) == (await client.get(end)).status_code
    assert (303 if allowed else 403) == (await client.post(end)).status_code


async def test_the_list_of_people_asks_the_store_little(site: Site) -> None:
    client = site.program("parent")
    await client.get(f"{site.home}/people")
    with site.counting() as said:
        await client.get(f"{site.home}/people")
    assert len(said) <= 5, said


async def test_nobody_is_invited_before_the_answers_are_checked(site: Site) -> None:
    client = site.program("case_officer")
    answer = await client.post(f"{site.home}/people/invite", data=NEW | day_fields(today() + timedelta(days=9)))
    assert 200 == answer.status_code
    assert "Check before you invite" in answer.text
    assert "School, health or social care" in answer.text
    assert person(site, NEW["email"]) is None
    again = await client.post(f"{site.home}/people/invite", data=NEW | {"again": "yes"})
    assert 'value="New Person"' in again.text


async def test_an_invitation_gives_access_and_sends_a_message_that_names_no_child(site: Site) -> None:
    client = site.program("case_officer")
    until = today() + timedelta(days=30)
    answer = await client.post(f"{site.home}/people/invite/send", data=NEW | day_fields(until))
    done = await client.get(answer.headers["location"])
    assert "Invited" in done.text
    invited = person(site, NEW["email"])
    assert invited is not None
    assert not invited.is_staff
    page = await site.person(invited).get(site.home)
    assert 200 == page.status_code
    assert "health professional" in page.text
    (message,) = await messages(site)
    assert "To: new.person@example.org" in message
    assert site.plan().reference in message
    assert site.plan().child not in message
    act, detail = site.acts()[-1]
    assert "invited" == act
    assert {"access", "person", "role", "party", "expires_on", "acts_for"} == set(detail)
    assert "New Person" not in str(detail)


async def test_an_advocate_needs_somebody_of_the_family_to_act_for(site: Site) -> None:
    client = site.program("case_officer")
    send = f"{site.home}/people/invite/send"
    nobody = await client.post(send, data=NEW | {"role": "advocate"})
    assert "Select who the advocate acts for" in nobody.text
    officer = await client.post(send, data=NEW | {"role": "advocate", "acts_for": site.people["case_officer"].id})
    assert "Select a parent or the young person on this plan" in officer.text
    family = await client.post(send, data=NEW | {"role": "advocate", "acts_for": site.people["parent"].id})
    assert 303 == family.status_code
    page = (await client.get(f"{site.home}/people")).text
    assert 2 == page.count(f'Advocate, for <span translate="no">{site.people["parent"].name}</span>')


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "not-an-address"}, "Enter an e-mail address in the correct format"),
        ({"email": ""}, "Enter an e-mail address"),
        ({"name": " \t "}, "Enter the person’s name"),
        ({"name": "x" * 121}, "Name must be 120 characters or fewer"),
        ({"role": "king"}, "Select what the person is on this plan"),
        (day_fields(date(2020, 1, 1)), "The last day of access must be today or in the future"),
        ({"expires-day": "30", "expires-month": "2", "expires-year": "2027"}, "must be a real date"),
    ],
)
async def test_an_invitation_with_a_fault_says_what_to_mend(site: Site, change: dict[str, str], sentence: str) -> None:
    client = site.program("case_officer")
    for path in ("", "/send"):
        answer = await client.post(f"{site.home}/people/invite{path}", data=NEW | change)
        assert 422 == answer.status_code
        assert sentence in answer.text
    assert [] == await messages(site)


async def test_somebody_on_the_plan_is_not_invited_twice(site: Site) -> None:
    email = site.people["senco"].email.upper()
    answer = await site.program("case_officer").post(f"{site.home}/people/invite/send", data=NEW | {"email": email})
    assert 422 == answer.status_code
    assert "This person is already on the plan" in answer.text


async def test_ending_access_is_asked_first_then_counts_at_once(site: Site) -> None:
    told: list[str] = []
    plan_changed = site.app.state.live.plan_changed

    async def listen(plan_id: str) -> None:
        told.append(plan_id)
        await plan_changed(plan_id)

    site.app.state.live.plan_changed = listen
    officer, senco = site.program("case_officer"), site.program("senco")
    end = f"{site.home}/people/{site.access['senco']}/end"
    question = (await officer.get(end)).text
    assert site.people["senco"].name in question
    assert 200 == (await senco.get(site.home)).status_code
    assert 303 == (await officer.post(end)).status_code
    assert [site.plan_id] == told
    assert 404 == (await senco.get(site.home)).status_code
    assert "People who had access before" in (await officer.get(f"{site.home}/people")).text
    act, detail = site.acts()[-1]
    assert ("access-ended", site.access["senco"]) == (act, detail["access"])
    again = await officer.post(end)
    assert "already ended" in again.text


async def test_a_plan_is_never_left_without_somebody_in_charge(site: Site) -> None:
    officer = site.program("case_officer")
    ended = await officer.post(f"{site.home}/people/{site.access['signing_officer']}/end")
    assert 303 == ended.status_code
    last = await officer.post(f"{site.home}/people/{site.access['case_officer']}/end")
    assert 403 == last.status_code
    assert "Nobody would be left to look after this plan" in last.text
    assert 200 == (await officer.get(site.home)).status_code


async def test_nobody_speaks_for_a_person_who_has_left_the_plan(site: Site) -> None:
    officer, advocate, other = site.program("case_officer"), site.program("advocate"), site.program("young_person")
    assert "loses access too" in (await officer.get(f"{site.home}/people/{site.access['parent']}/end")).text
    assert 303 == (await officer.post(f"{site.home}/people/{site.access['parent']}/end")).status_code
    assert 404 == (await advocate.get(site.home)).status_code
    assert 200 == (await other.get(site.home)).status_code
    ended = [detail["access"] for act, detail in site.acts() if act == "access-ended"]
    assert [site.access["parent"], site.access["advocate"]] == ended


async def test_access_of_another_plan_cannot_be_ended_from_here(site: Site) -> None:
    officer = site.program("case_officer")
    new = {"reference": "EX-9", "child": "B.", "stage": "gathering"}
    other = (await officer.post("/plans/new", data=new)).headers["location"]
    answer = await officer.post(f"{other}/people/{site.access['senco']}/end")
    assert 404 == answer.status_code
    access = site.store.read(lambda db: db.get_one(Access, site.access["senco"]))
    assert access.ended_at is None


async def test_access_ends_by_itself_after_its_last_day(site: Site) -> None:
    def expire(day: date) -> None:
        def write(db) -> None:  # type: ignore[no-untyped-def]
            access = db.get_one(Access, site.access["observer"])
            access.expires_on = day
            db.add(access)

        site.store.write_sync(write)

    observer = site.program("observer")
    expire(today())
    assert 200 == (await observer.get(site.home)).status_code
    expire(today() - timedelta(days=1))
    assert 404 == (await observer.get(site.home)).status_code
