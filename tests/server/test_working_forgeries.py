"""Forgeries in a working document: author, number, status, evidence and agreement come from the log and the rules.

Over the API, and through rooms as a person whose program was changed. Nothing here is refused without a sentence.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from server.app import ROUTERS
from server.redline.tables import Appeal, Speaker
from tests.server.appeal import AppealSite, block_with
from tests.server.site import Site

CANARY = "zebrafish"
STALE = "0" * 64


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open()
    return found


async def texts_of(appeal: AppealSite, section: str, count: int) -> list[str]:
    """The whole texts of blocks that no other block repeats."""
    texts = [block.text for block in (await appeal.baseline(section)).texts() if block.text]
    return [text for text in texts if sum(text in other for other in texts) == 1][:count]


async def ask(appeal: AppealSite, role: str, path: str, body: dict[str, Any], method: str = "POST") -> httpx.Response:
    return await appeal.site.program(role).request(method, f"{appeal.base}/{path}", json=body)


def refused(answer: httpx.Response) -> str:
    """The code of a refusal, which must come with a sentence."""
    assert answer.status_code >= 400, answer.text
    said = answer.json()
    assert said["detail"].endswith((".", "?")), said
    return str(said["code"])


async def test_only_who_speaks_for_a_side_decides_and_only_on_the_words_shown(appeal: AppealSite) -> None:
    first, second, third = await texts_of(appeal, "F", 3)
    key = await appeal.propose("parent", "F", "one", first, "Thirty minutes each week")
    other = await appeal.propose("parent", "F", "two", second, "A juggling teacher")
    place = await appeal.replacing("F", third, "x") | {"group": "g", "at": 3}
    grouped = {"g1": place | {"from": 0, "to": 3}, "g2": place | {"from": 3, "to": 4}}
    await appeal.write("parent", "F", grouped)
    shown = {name: line["hash"] for name, line in (await appeal.look("observer", "F"))["proposals"].items()}

    def deciding(act: str, *pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
        return {"act": act, "proposals": [{"key": name, "hash": digest} for name, digest in pairs]} | more

    mine = (key, shown[key])
    table: list[tuple[str, dict[str, Any], set[str]]] = [
        ("advocate", deciding("agree", mine), {"not-entitled"}),
        ("plan_writer", deciding("agree", mine), {"not-entitled", "not-allowed"}),
        ("interpreter", deciding("agree", mine), {"not-allowed"}),
        ("observer", deciding("agree", mine), {"not-allowed"}),
        ("senco", deciding("agree", mine), {"not-allowed"}),
        ("panel_member", deciding("agree", mine), {"not-allowed"}),
        ("parent", deciding("panel", mine), {"not-allowed"}),
        ("parent", deciding("panel-approved", mine), {"not-allowed"}),
        ("advocate", deciding("panel-declined", mine), {"not-allowed"}),
        ("parent", deciding("agree", (key, STALE)), {"not-current"}),
        ("parent", deciding("agree", (key, shown[other])), {"not-current"}),
        ("parent", deciding("agree", ("family:nobody", STALE)), {"withdrawn"}),
        ("parent", deciding("agree", ("tribunal:t1", STALE)), {"withdrawn"}),
        ("parent", deciding("agree", ("family:g1", shown["family:g1"])), {"grouped"}),
        ("parent", deciding("agree", mine, (other, STALE)), {"not-current"}),
        ("parent", deciding("disagree", mine), {"malformed"}),
        ("parent", deciding("agree", mine, side="authority"), {"malformed"}),
        ("parent", deciding("agree", mine, by="x", status="agreed"), {"malformed"}),
        ("parent", deciding("ordered", mine), {"malformed"}),
        ("parent", deciding("agree", (key, shown[key].upper())), {"malformed"}),
        ("parent", deciding("agree", *([mine] * 201)), {"malformed"}),
        ("parent", deciding("agree"), {"malformed"}),
    ]
    for role, body, codes in table:
        assert refused(await ask(appeal, role, "F/decisions", body)) in codes, (role, body)
    lines = (await appeal.look("observer", "F"))["proposals"]
    assert all(line["status"] == "proposed" and not line["confirmations"] for line in lines.values())
    assert all([one["act"] for one in line["events"]] == ["proposed"] for line in lines.values())


async def test_nobody_writes_into_the_register_for_the_other_side(appeal: AppealSite) -> None:
    first, second = await texts_of(appeal, "F", 2)
    theirs = await appeal.propose("case_officer", "F", "one", first, "Thirty minutes each week")
    mine = await appeal.propose("parent", "F", "two", second, "A juggling teacher")
    digest = (await appeal.look("parent", "F"))["proposals"][theirs]["hash"]
    source = {"document": "Report", "author": "A. Smith", "role": "teacher", "dated": "2026-02-28", "page": "1"}
    given = await ask(appeal, "parent", "F/evidence", {"key": mine} | source)
    assert given.status_code == 201, given.text
    number = given.json()["proposals"][mine]["evidence"][0]["id"]
    table: list[tuple[str, str, str, dict[str, Any]]] = [
        ("POST", "parent", "F/withdraw", {"proposals": [{"key": theirs, "hash": digest}]}),
        ("POST", "parent", "F/reason", {"key": theirs, "reason": "Forged"}),
        ("POST", "parent", "F/evidence", {"key": theirs} | source),
        ("POST", "parent", "F/evidence", {"key": mine, "citation": "Forged", "by": "x"} | source),
        ("POST", "observer", "F/reason", {"key": mine, "reason": "Forged"}),
        ("DELETE", "case_officer", f"F/evidence/{number}", {}),
        ("DELETE", "parent", f"B/evidence/{number}", {}),
        ("DELETE", "parent", f"F/evidence/{10**30}", {}),
        ("POST", "observer", "F/seen", {}),
        ("POST", "parent", "A/reason", {"key": mine, "reason": "Forged"}),
    ]
    for method, role, path, body in table:
        refused(await ask(appeal, role, path, body, method))
    lines = (await appeal.look("observer", "F"))["proposals"]
    assert "Forged" not in str(lines)
    assert [len(lines[key]["evidence"]) for key in (theirs, mine)] == [0, 1]
    assert lines[theirs]["status"] == "proposed"


@pytest.mark.parametrize("how", ["access ended", "speaks no more"])
async def test_a_yes_needs_a_voice_at_that_moment(appeal: AppealSite, how: str) -> None:
    first, *_ = await texts_of(appeal, "F", 1)
    key = await appeal.propose("case_officer", "F", "one", first, "Thirty minutes each week")
    parent = appeal.site.program("parent")
    digest = (await appeal.look("observer", "F"))["proposals"][key]["hash"]
    if how == "access ended":
        number = appeal.site.access["parent"]
        ended = await appeal.site.program("case_officer").delete(f"{appeal.site.api}/people/{number}")
        assert ended.status_code in (200, 204), ended.text
    else:

        def quiet(db: Session) -> None:
            for row in db.exec(select(Speaker)).all():
                row.ended_at = db.exec(select(Appeal)).one().opened_at
                db.add(row)

        await appeal.site.store.write(quiet)
    answer = await parent.post(
        f"{appeal.base}/F/decisions", json={"act": "agree", "proposals": [{"key": key, "hash": digest}]}
    )
    assert refused(answer) in ("not-on-plan", "not-entitled")
    assert (await appeal.look("observer", "F"))["proposals"][key]["confirmations"] == []


async def test_no_address_changes_a_version(appeal: AppealSite) -> None:
    officer, url = appeal.site.program("case_officer"), f"{appeal.site.api}/appeal/versions"
    assert (await officer.post(url)).status_code == 201
    before = (await officer.get(f"{url}/1")).content
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        assert (await officer.request(method, f"{url}/1", json={"payload": "{}"})).status_code == 405
    assert (await officer.post(f"{url}/1/filed")).status_code == 200
    assert refused(await officer.post(f"{url}/1/filed")) == "locked"
    assert refused(await officer.post(f"{url}/2/filed")) == "unknown-document"
    assert refused(await appeal.site.program("observer").post(url)) == "not-allowed"
    first, *_ = await texts_of(appeal, "F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes each week")
    assert (await officer.get(f"{url}/1")).content == before


async def test_records_that_fit_nowhere_harm_nobody(appeal: AppealSite) -> None:
    first, second = await texts_of(appeal, "F", 2)
    own = await appeal.propose("parent", "F", "own", first, "Thirty minutes each week")
    block = block_with(await appeal.baseline("F"), second).id
    text = {"type": "text", "block": block, "from": 0, "to": 5, "at": 5, "rank": "V", "wording": "words"}
    new = {"type": "new", "after": "^", "kind": "p", "rank": "V", "on": 1, "wording": "words"}
    hostile = "\u202e\u200b\ufeff\u0301" * 50 + "\U0001f469\u200d\U0001f467 \u2028\x00\x1b[31m<script>&\ufffe"
    records: dict[str, dict[str, Any]] = {
        "range": text | {"from": 90_000_000, "to": 99_999_999, "at": 0},
        "backwards": text | {"from": 9, "to": 2, "at": 99},
        "nowhere": text | {"block": "nobody"},
        "over": text | {"from": 1, "to": 4, "at": 4},
        "over2": text | {"from": 2, "to": 5, "at": 5},
        "itself": new | {"after": "family:itself"},
        "circle1": new | {"after": "family:circle2"},
        "circle2": new | {"after": "family:circle1"},
        "answer1": text | {"counters": {"key": "family:own", "hash": STALE}},
        "answer2": text | {"counters": {"key": "authority:nobody", "hash": STALE}},
        "row": new | {"kind": "tr", "w1": "cell"},
        "hostile": text | {"wording": hostile},
        "long": text | {"wording": "very " * 60_000},
        "gone": {"type": "rm", "block": "nobody", "on": 1},
    }
    for number in range(150):
        records[f"chain{number}"] = new | {"after": f"family:chain{number - 1}" if number else "^"}
    await appeal.write("parent", "F", records)
    seen = await appeal.look("case_officer", "F")
    assert seen["proposals"][own]["status"] == "proposed"
    assert sorted(line["number"] for line in seen["proposals"].values())[0] == "F-1"
    assert {line["first_by"] for line in seen["proposals"].values()} == {appeal.site.people["parent"].id}
    since = await appeal.site.program("case_officer").get(f"{appeal.base}/F/since")
    assert since.status_code == 200
    officer = appeal.site.program("signing_officer")
    check = await officer.post(f"{appeal.site.api}/appeal/check", json={"outcome": "consent", "order_on": "2026-11-20"})
    assert check.status_code == 200, check.text
    assert (await officer.post(f"{appeal.site.api}/appeal/versions")).status_code == 201


async def test_the_same_id_on_both_sides_and_twice_on_one_keeps_every_author(appeal: AppealSite) -> None:
    first, second = await texts_of(appeal, "F", 2)
    ours = await appeal.propose("parent", "F", "one", first, "Thirty minutes each week")
    theirs = await appeal.propose("case_officer", "F", "one", first, "Ten minutes each week")
    for role in ("parent", "case_officer"):
        assert (await appeal.decide(role, "F", "agree", ours)).status_code == 200
    other = await appeal.replacing("F", second, "zzz other words under a known id")
    await appeal.write("advocate", "F", {"one": other})
    lines = (await appeal.look("observer", "F"))["proposals"]
    assert lines[theirs]["first_by"] == lines[theirs]["last_by"] == appeal.site.people["case_officer"].id
    assert lines[ours]["first_by"] == appeal.site.people["parent"].id
    if lines[ours]["last_by"] == appeal.site.people["advocate"].id:
        assert lines[ours]["status"] == "reopened"
    else:
        assert lines[ours]["status"] == "agreed"
        assert "zzz" not in str(lines)


async def test_no_address_tells_what_the_other_side_drafts_in_private(appeal: AppealSite) -> None:
    first, *_ = await texts_of(appeal, "F", 1)
    key = await appeal.propose("parent", "F", "one", first, "Thirty minutes each week")
    assert (await appeal.site.program("case_officer").post(f"{appeal.site.api}/appeal/versions")).status_code == 201
    told = [f"{appeal.base}/F", f"{appeal.base}/F/since", f"{appeal.site.api}/presence", f"{appeal.site.api}/audit"]
    officer = appeal.site.program("case_officer")
    before = [(await officer.get(path)).text for path in told]
    with capture_logs() as logged:
        turn = await appeal.site.program("parent").post(f"{appeal.site.api}/appeal/turn", json={"to": "private"})
        assert turn.status_code == 200
        await appeal.propose_draft("parent", "F", "one", first, CANARY)
        await appeal.propose_draft("parent", "F", "two", first, f"{CANARY}s")
        await appeal.propose_draft("advocate", "F", "one", first, f"{CANARY} again")
        after = await everything(appeal, "case_officer")
    assert CANARY not in str(logged)
    assert len(after) > 20
    for path, (status, text) in after.items():
        assert status < 500, path
        assert CANARY not in text, path
        assert "draft" not in text or path != f"{appeal.base}/F"
    assert before == [after[path][1] for path in told]
    for role in ("observer", "senco", "panel_member"):
        seen = await appeal.look(role, "F")
        assert CANARY not in str(seen)
        assert seen["proposals"][key]["last_by"] == appeal.site.people["parent"].id
    mine = await appeal.site.program("parent").get(f"{appeal.base}/F")
    assert "F@family-draft" in mine.text


async def everything(appeal: AppealSite, role: str) -> dict[str, tuple[int, str]]:
    """What every address that can be asked for answers to this person."""
    client = appeal.site.program(role)
    found: dict[str, tuple[int, str]] = {}
    fill = {"plan_id": appeal.site.plan_id, "section": "F", "number": "1", "access_id": "1", "to": "final"}
    paths = {
        getattr(route, "path", "")
        for router in ROUTERS
        for route in router.routes
        if "GET" in (getattr(route, "methods", None) or ())
    }
    paths |= {"/metrics", "/live/state", "/plans/{plan_id}/export"}
    for path in sorted(paths):
        try:
            asked = path.format(**fill)
        except KeyError:
            continue
        if asked.startswith(("/sign", "/me", "/favicon", "/health")) or not asked:
            continue
        answer = await client.get(asked)
        found[asked] = answer.status_code, text_of(answer.content)
    return found


def text_of(content: bytes) -> str:
    """What an answer says; of a Word file, every part of it."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return "".join(file.read(name).decode(errors="replace") for name in file.namelist())
