"""The record of who did what: in words for every act the code knows, for officers only, and never plan text."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import httpx

import server
from server.record import ACTS, FIELDS, ONE_SIDES_OWN, REASONS, in_words
from server.redline import decisions
from server.routes.record import A_PAGE
from server.tables import AuditEvent
from tests.server.appeal import AppealSite
from tests.server.site import NOW, Site
from tests.server.test_pages import check_frame
from tests.server.test_working import words_of

WRITERS = {"AuditEvent", "audit", "_note"}
NAME = re.compile("[a-z]+(-[a-z]+)+")


def acts_in_the_code() -> set[str]:
    """Every name of an act handed to something that writes an audit row."""
    found = set()
    for path in Path(server.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = [*call.args, *(one.value for one in call.keywords if one.arg == "act")]
            if called in WRITERS:
                said = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found |= {one for one in said if one in ("invited", "exported") or NAME.fullmatch(one)}
    return found


def made_acts_in_the_code() -> set[str]:
    """The acts whose names are put together: ``proposal-`` with each decision there is."""
    found = set()
    for path in Path(server.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "audit":
                found |= {ast.unparse(one) for one in call.args if isinstance(one, ast.JoinedStr)}
    assert found == {"f'proposal-{what}'"}
    return {f"proposal-{what}" for what in decisions.ACTS}


def test_every_act_in_the_code_has_its_words() -> None:
    assert acts_in_the_code() | made_acts_in_the_code() == set(ACTS)


def test_every_act_is_a_sentence_whatever_its_detail_holds() -> None:
    for act in (*ACTS, "something-from-long-ago"):
        said = in_words(act, {}, {})
        assert said[0].isupper()
        assert said.endswith(".")
        assert "{" not in said
    assert "Something from long ago." == in_words("something-from-long-ago", {}, {})
    assert "Changed the facts of the plan: the reference and who the plan is for." == in_words(
        "facts-changed", {"fields": ["reference", "child"]}, {}
    )


async def test_the_record_says_who_did_what_the_newest_first(site: Site) -> None:
    client = site.program("case_officer")
    body = {"email": "new@example.org", "name": "New <b>Person</b>", "role": "senco", "party": "professional"}
    assert 201 == (await client.post(f"{site.api}/people", json=body)).status_code
    moved = await client.post(f"{site.api}/stage", json={"to": "draft_served"})
    assert 200 == moved.status_code, moved.text
    early = {"to": "finalising", "early_reason": "The family asked <u>us</u> to."}
    assert 200 == (await site.program("signing_officer").post(f"{site.api}/stage", json=early)).status_code
    page = (await client.get(f"{site.home}/record")).text
    check_frame(page)
    said = [
        page.index(words)
        for words in (
            "Moved the plan from “Draft sent” to “Finalising”.",
            "The family asked &lt;u&gt;us&lt;/u&gt; to.",
            "Moved the plan from “Drafting together” to “Draft sent”.",
            "Invited New &lt;b&gt;Person&lt;/b&gt; as SENCO or setting.",
            "Made this example plan.",
        )
    ]
    assert sorted(said) == said
    assert "Dev Pellow</span>, case officer" in page


async def test_a_long_record_comes_in_pages(site: Site) -> None:
    who = site.people["case_officer"].id

    def write(db):  # type: ignore[no-untyped-def]
        for _ in range(A_PAGE + 5):
            db.add(AuditEvent(at=NOW, act="facts-changed", plan_id=site.plan_id, person_id=who, detail={"fields": []}))

    site.store.write_sync(write)
    client = site.program("signing_officer")
    first = (await client.get(f"{site.home}/record")).text
    older = re.search(r'href="(/plans/[^"]+/record\?before=\d+)"', first)
    assert older is not None
    assert A_PAGE == first.count('<th scope="row"')
    second = (await client.get(older.group(1))).text
    assert 6 == second.count('<th scope="row"')
    assert "Back to the newest" in second
    assert "Show older acts" not in second
    assert "nothing older" in (await client.get(f"{site.home}/record?before=1")).text


async def test_only_officers_see_the_record_and_the_way_to_it(site: Site) -> None:
    for role in site.people:
        client = site.program(role)
        may = role in ("case_officer", "signing_officer")
        assert (200 if may else 403) == (await client.get(f"{site.home}/record")).status_code, role
        assert may is (f"{site.home}/record" in (await client.get(site.home)).text)
    assert 404 == (await site.stranger().get(f"{site.home}/record")).status_code


async def test_every_fact_and_reason_that_is_recorded_has_its_words(site: Site) -> None:
    facts = {"reference": "EX-9", "child": "S", "request_received_on": "2026-09-01", "meeting_on": "2026-12-01"}
    answer = await site.program("case_officer").patch(site.api, json=facts)
    assert 200 == answer.status_code, answer.text
    assert set(FIELDS) == set(site.acts()[-1][1]["fields"])
    assert {"early_reason", "eotas_reason"} == set(REASONS)
    assert date(2026, 9, 1) == site.plan().request_received_on


async def test_an_appeal_is_recorded_in_words(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    key = await appeal.propose("parent", "F", "one", await words_of(appeal, "F"), "30 minutes each week")
    assert 200 == (await appeal.decide("case_officer", "F", "agree", key)).status_code
    page = (await site.program("case_officer").get(f"{site.home}/record")).text
    assert "Opened an appeal about this plan." in page
    assert "Agreed, for their side, to the words of F-1." in page
    assert "to the words of F-1, F-2 and F-3." in in_words("proposal-agree", {"proposals": ["F-1", "F-2", "F-3"]}, {})


async def turn(appeal: AppealSite, role: str, to: str) -> httpx.Response:
    return await appeal.site.program(role).post(f"{appeal.site.api}/appeal/turn", json={"to": to})


async def test_the_council_is_not_told_that_the_family_drafts_in_private_before_it_sends(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    for role in ("parent", "case_officer"):
        assert 200 == (await turn(appeal, role, "private")).status_code
    officer = site.program("case_officer")
    begun = [act for act, _ in site.acts() if act == "turn-begun"]
    assert 2 == len(begun)
    told = [(one["act"], one["detail"].get("side")) for one in (await officer.get(f"{site.api}/audit")).json()]
    assert [("turn-begun", "authority")] == [one for one in told if one[0] == "turn-begun"]
    said = "Began to draft in private for their side."
    assert 1 == (await officer.get(f"{site.home}/record")).text.count(said)
    assert 200 == (await turn(appeal, "parent", "send")).status_code
    told = [(one["act"], one["detail"].get("side")) for one in (await officer.get(f"{site.api}/audit")).json()]
    assert ("turn-sent", "family") in told
    assert ("turn-begun", "family") not in told


async def test_what_only_one_side_may_know_is_shown_to_nobody_if_it_does_not_say_whose_it_is(site: Site) -> None:
    def write(db):  # type: ignore[no-untyped-def]
        for act in ONE_SIDES_OWN:
            for detail in ({"side": "family"}, {}, {"side": None}):
                db.add(AuditEvent(at=NOW, act=act, plan_id=site.plan_id, detail=detail))

    site.store.write_sync(write)
    told = (await site.program("signing_officer").get(f"{site.api}/audit")).json()
    assert [] == [one for one in told if one["act"] in ONE_SIDES_OWN]
