"""The HTTP API: what it answers each role, its one shape of refusal, and its description of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from crdt.blocks import content_hash, items
from sections import stages
from sections.catalogue import LABELS
from sections.rights import ROLES, writes
from server.codes import Code
from server.day import today
from server.present import Present
from server.problems import HTTP_ONLY
from server.routes.api_plans import Problem
from tests.server.site import ORIGIN, Site

JSON = {"Accept": "application/json"}
NEW_PLAN = {"reference": "EX-80", "child": "K.", "request_received_on": "2026-11-02"}
NEW_PERSON = {"email": "new@example.org", "name": "New Person", "role": "social_care"}


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A refusal in the one shape."""
    assert status == answer.status_code, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    body: dict[str, Any] = answer.json()
    assert code == body["code"]
    assert status == body["status"]
    assert body["detail"].endswith(".")
    assert {"type", "title", "status", "detail", "code"} <= set(body)
    return body


async def test_nobody_signed_in_gets_nothing(site: Site) -> None:
    visitor = site.visitor()
    for path in ("/api/plans", site.api, f"{site.api}/sections", f"{site.api}/people", f"{site.api}/audit"):
        check_problem(await visitor.get(path, headers=JSON), 401, "signed-out")
    bad = {"Authorization": "Bearer not-a-token"}
    check_problem(await visitor.get("/api/plans", headers=JSON | bad), 401, "signed-out")


async def test_a_plan_one_is_not_on_answers_like_a_missing_one(site: Site) -> None:
    stranger = site.stranger(staff=True)
    for path in (
        "",
        "/sections",
        "/sections/B",
        "/items",
        "/people",
        "/stage",
        "/rights",
        "/preference",
        "/audit",
        "/presence",
    ):
        theirs = check_problem(await stranger.get(site.api + path), 404, "not-on-plan")
        missing = check_problem(await stranger.get(f"/api/plans/{'0' * 32}{path}"), 404, "not-on-plan")
        assert theirs == missing
    check_problem(await stranger.post(f"{site.api}/stage", json={"to": "draft_served"}), 404, "not-on-plan")
    check_problem(await stranger.post(f"{site.api}/people", json=NEW_PERSON), 404, "not-on-plan")


async def test_a_plan_tells_where_it_is_and_what_is_next(site: Site) -> None:
    client = site.program("parent")
    (listed,) = (await client.get("/api/plans")).json()
    plan = (await client.get(site.api)).json()
    assert listed.items() <= plan.items()
    assert ("parent", "family", "drafting") == (plan["my_role"], plan["my_party"], plan["stage"])
    assert "current" == next(step["state"] for step in plan["steps"] if step["key"] == "drafting")
    assert "final_plan" in [one["key"] for one in plan["deadlines"]]
    assert plan["next"]


async def test_staff_start_a_plan_and_others_do_not(site: Site) -> None:
    made = await site.program("case_officer").post("/api/plans", json=NEW_PLAN)
    assert 201 == made.status_code
    assert ("EX-80", "case_officer", "2026-11-02") == (
        made.json()["reference"],
        made.json()["my_role"],
        made.json()["request_received_on"],
    )
    check_problem(
        await site.program("parent").post("/api/plans", json=NEW_PLAN | {"reference": "EX-81"}), 403, "not-allowed"
    )
    taken = await site.program("case_officer").post("/api/plans", json=NEW_PLAN)
    assert "reference" == check_problem(taken, 422, "malformed")["field"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reference": "", "child": "K."},
        {"reference": "EX\n1", "child": "K."},
        {"reference": "x" * 41, "child": "K."},
        {"reference": "EX-1", "child": "K.", "finalised_on": "2026-01-01"},
        {"reference": "EX-1", "child": "K.", "meeting_on": "tomorrow"},
        {"reference": ["EX-1"], "child": "K."},
        [],
        "text",
    ],
)
async def test_a_body_that_is_not_as_it_should_be_is_refused_and_not_repeated(site: Site, body: Any) -> None:
    answer = await site.program("case_officer").post("/api/plans", json=body)
    check_problem(answer, 422, "malformed")
    assert "tomorrow" not in answer.text
    broken = await site.program("case_officer").post(
        "/api/plans", content=b'{"reference": \xff', headers={"Content-Type": "application/json"}
    )
    assert broken.status_code in (400, 422)
    assert "malformed" == broken.json()["code"]


async def test_facts_change_only_where_they_are_given(site: Site) -> None:
    officer = site.program("case_officer")
    before = site.plan()
    changed = await officer.patch(site.api, json={"meeting_on": None, "child": "S."})
    assert 200 == changed.status_code
    after = site.plan()
    assert (before.reference, "S.", before.request_received_on, None) == (
        after.reference,
        after.child,
        after.request_received_on,
        after.meeting_on,
    )
    check_problem(await site.program("parent").patch(site.api, json={"child": "S."}), 403, "not-allowed")


async def test_sections_say_what_each_person_may_write_and_why_not(site: Site) -> None:
    for role in ROLES:
        listed = (await site.program(role).get(f"{site.api}/sections")).json()
        assert list(LABELS) == [one["label"] for one in listed]
        assert set(writes(role, "drafting")) == {one["label"] for one in listed if one["may_write"]}
        for one in listed:
            assert one["may_write"] is (one["reason"] == "")
            assert f"{site.plan_id}/{one['label']}" == one["document"]


async def test_a_section_comes_as_a_tree_and_as_html(site: Site) -> None:
    section = (await site.program("observer").get(f"{site.api}/sections/B")).json()
    tree = await site.app.state.live.tree(site.plan_id, "B")
    assert (tree, content_hash(tree)) == (section["tree"], section["content_hash"])
    assert section["seq"] >= 1
    assert f'id="item-{items(tree)[0].id}"' in section["html"]
    assert "" == (await site.program("observer").get(f"{site.api}/sections/I")).json()["html"]
    check_problem(await site.program("observer").get(f"{site.api}/sections/Z"), 404, "unknown-document")


async def test_items_of_the_whole_plan_are_listed_with_their_labels(site: Site) -> None:
    listed = (await site.program("parent").get(f"{site.api}/items")).json()
    assert {"B", "E", "F"} <= {one["section"] for one in listed}
    assert "B1" == next(one["label"] for one in listed if one["section"] == "B")
    ids = {one["id"] for one in listed}
    linked = [to for one in listed if one["section"] == "F" for to in one["refs"]]
    assert linked
    assert ids >= set(linked)


async def test_no_address_of_the_api_takes_text(site: Site) -> None:
    parent = site.program("parent")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await parent.request(method, f"{site.api}/sections/I", json={"text": "a school"})
        assert 405 == answer.status_code
        assert "wrong-method" == answer.json()["code"]


async def test_inviting_and_ending_access(site: Site) -> None:
    officer = site.program("case_officer")
    made = await officer.post(f"{site.api}/people", json=NEW_PERSON | {"expires_on": "2030-01-31"})
    assert 201 == made.status_code
    one = made.json()
    assert ("professional", "2030-01-31", True) == (one["party"], one["expires_on"], one["current"])
    ended = await officer.delete(f"{site.api}/people/{one['access']}")
    assert 200 == ended.status_code
    assert ended.json()["ended_at"] is not None
    check_problem(await officer.delete(f"{site.api}/people/{one['access']}"), 400, "malformed")
    check_problem(await officer.post(f"{site.api}/people", json=NEW_PERSON | {"role": "king"}), 422, "malformed")
    check_problem(await officer.post(f"{site.api}/people", json=NEW_PERSON | {"party": "family"}), 422, "malformed")
    assert 201 == (await officer.post(f"{site.api}/people", json=NEW_PERSON)).status_code


async def test_only_inviters_invite_end_access_and_see_addresses(site: Site) -> None:
    for role in ROLES:
        client = site.program(role)
        listed = (await client.get(f"{site.api}/people")).json()
        assert len(ROLES) == len(listed)
        if role in ("case_officer", "signing_officer"):
            assert all(one["email"] for one in listed)
            continue
        assert not any(one["email"] for one in listed)
        check_problem(await client.post(f"{site.api}/people", json=NEW_PERSON), 403, "not-allowed")
        check_problem(await client.delete(f"{site.api}/people/{site.access['observer']}"), 403, "not-allowed")


@pytest.mark.parametrize("stage", stages.STAGE_KEYS)
async def test_the_moves_and_who_may_make_them(site: Site, stage: str) -> None:
    site.stage(stage)
    for role in ROLES:
        client = site.program(role)
        shown = (await client.get(f"{site.api}/stage")).json()
        assert [move.to for move in stages.moves(stage)] == [move["to"] for move in shown["moves"]]
        for move in shown["moves"]:
            assert (role in move["roles"]) is move["allowed"]
            if not move["allowed"]:
                check_problem(await client.post(f"{site.api}/stage", json={"to": move["to"]}), 403, "not-allowed")


async def test_moving_the_plan_asks_for_what_is_missing(site: Site) -> None:
    officer = site.program("signing_officer")
    served = (await officer.post(f"{site.api}/stage", json={"to": "draft_served"})).json()
    assert ("draft_served", today().isoformat()) == (served["stage"], served["draft_served_on"])
    early = await officer.post(f"{site.api}/stage", json={"to": "finalising"})
    assert "early_reason" == check_problem(early, 422, "malformed")["field"]
    moved = await officer.post(f"{site.api}/stage", json={"to": "finalising", "early_reason": "Asked for."})
    assert "finalising" == moved.json()["stage"]
    blank = await officer.post(f"{site.api}/stage", json={"to": "final"})
    assert "section_i_lawful" == check_problem(blank, 422, "malformed")["field"]
    final = await officer.post(f"{site.api}/stage", json={"to": "final", "eotas_reason": "Section 61 applies."})
    assert ("final", []) == (final.json()["stage"], final.json()["moves"])


async def test_the_table_of_rights_for_any_stage(site: Site) -> None:
    client = site.program("observer")
    rows = (await client.get(f"{site.api}/rights?stage=finalising")).json()
    assert {"I": ["Case officer", "Plan writer", "Signing officer"]} == {
        row["section"]: row["writers"] for row in rows if row["writers"]
    }
    check_problem(await client.get(f"{site.api}/rights?stage=nonsense"), 422, "malformed")


async def test_the_preference_is_for_family_and_council(site: Site) -> None:
    wish = {"wish": "A mainstream school", "why": "He knows it."}
    parent = site.program("parent")
    assert 201 == (await parent.post(f"{site.api}/preference", json=wish)).status_code
    assert "A mainstream school" == (await parent.get(f"{site.api}/preference")).json()[0]["wish"]
    check_problem(await site.program("health").get(f"{site.api}/preference"), 403, "not-allowed")
    check_problem(await site.program("case_officer").post(f"{site.api}/preference", json=wish), 403, "not-allowed")
    check_problem(await parent.post(f"{site.api}/preference", json={"wish": " ", "why": ""}), 422, "malformed")
    site.stage("final")
    check_problem(await parent.post(f"{site.api}/preference", json=wish), 409, "locked")


async def test_the_record_is_for_the_officers_in_charge_and_comes_in_pages(site: Site) -> None:
    officer = site.program("signing_officer")
    for reference in ("EX-1", "EX-2", "EX-3"):
        await officer.patch(site.api, json={"reference": reference})
    newest = (await officer.get(f"{site.api}/audit?limit=2")).json()
    assert ["facts-changed", "facts-changed"] == [one["act"] for one in newest]
    older = (await officer.get(f"{site.api}/audit?limit=2&before={newest[-1]['id']}")).json()
    assert older[0]["id"] < newest[-1]["id"]
    check_problem(await site.program("parent").get(f"{site.api}/audit"), 403, "not-allowed")
    check_problem(await officer.get(f"{site.api}/audit?limit=9999"), 422, "malformed")


async def test_presence_shows_who_has_a_section_open(site: Site) -> None:
    nobody = (await site.program("parent").get(f"{site.api}/presence")).json()
    assert {"summary": "Nobody has a section open.", "people": [], "sections": {}} == nobody


async def test_somebody_in_two_sections_is_one_person(site: Site) -> None:
    parent = site.people["parent"]
    here = [Present(parent.id, parent.name, "parent", label) for label in ("E", "B", "B")]
    site.app.state.live.present = lambda _plan: here
    shown = (await site.program("observer").get(f"{site.api}/presence")).json()
    assert "1 person is here now." == shown["summary"]
    assert {"B": 1, "E": 1} == shown["sections"]
    assert [f"{parent.name}, parent or carer, in sections B and E"] == [one["sentence"] for one in shown["people"]]
    home = (await site.program("observer").get(site.home)).text
    assert f"{parent.name}, parent or carer, in sections B and E" in home
    assert re.search(r'data-presence-section="B">1 person here<', home)


async def test_a_page_needs_its_form_token_for_the_api_and_a_program_does_not(site: Site) -> None:
    browser = await site.browser("parent")
    wish = {"wish": "A school", "why": "Because."}
    own = {"Origin": ORIGIN} | JSON
    check_problem(await browser.post(f"{site.api}/preference", json=wish, headers=own), 403, "not-from-our-page")
    token = (await browser.get("/api/me", headers=JSON)).json()["csrf"]
    good = await browser.post(f"{site.api}/preference", json=wish, headers=own | {"X-CSRF-Token": token})
    assert 201 == good.status_code


async def test_the_api_describes_itself(site: Site) -> None:
    described = (await site.visitor().get("/openapi.json")).json()
    paths = described["paths"]
    for path in (
        "/api/plans",
        "/api/plans/{plan_id}",
        "/api/plans/{plan_id}/people",
        "/api/plans/{plan_id}/people/{access}",
        "/api/plans/{plan_id}/sections",
        "/api/plans/{plan_id}/sections/{section}",
        "/api/plans/{plan_id}/items",
        "/api/plans/{plan_id}/stage",
        "/api/plans/{plan_id}/rights",
        "/api/plans/{plan_id}/preference",
        "/api/plans/{plan_id}/audit",
        "/api/plans/{plan_id}/presence",
    ):
        for operation in paths[path].values():
            assert operation["summary"], path
            assert operation["description"].endswith("."), (path, operation["description"])
            assert "401" in operation["responses"]
    assert not [path for path in paths if not path.startswith(("/api/", "/health/"))]


async def test_every_address_of_the_api_is_in_its_page(site: Site) -> None:
    page = docs()
    for path, operations in (await site.visitor().get("/openapi.json")).json()["paths"].items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in page, (method, path)


def test_every_code_of_a_refusal_is_in_the_apis_page() -> None:
    page = docs()
    for code in (*Code, *HTTP_ONLY):
        assert f"`{code}`" in page, code
    for name in Problem.model_fields:
        assert f"`{name}`" in page, name


def docs() -> str:
    """The page for people who write programs."""
    return (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
