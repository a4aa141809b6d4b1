"""The working document over the API: who may propose and decide, what agreement takes, and what undoes it."""

from __future__ import annotations

import pytest

from tests.server.appeal import AppealSite
from tests.server.site import Site


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open()
    return found


async def test_both_sides_confirming_the_same_words_agree(appeal: AppealSite) -> None:
    words = await words_of(appeal, "F")
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    assert await appeal.status("F", key) == "proposed"
    assert (await appeal.decide("parent", "F", "agree", key)).status_code == 200
    assert await appeal.status("F", key) == "proposed"
    answer = await appeal.decide("case_officer", "F", "agree", key)
    assert answer.status_code == 200, answer.text
    assert await appeal.status("F", key) == "agreed"
    line = (await appeal.look("parent", "F"))["proposals"][key]
    assert line["number"] == "F-1"
    assert [one["act"] for one in line["events"]] == ["proposed", "confirmed", "agreed"]
    assert line["first_by"] == appeal.site.people["parent"].id


async def test_any_later_edit_reopens_and_the_old_words_do_not_bring_agreement_back(appeal: AppealSite) -> None:
    words = await words_of(appeal, "F")
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    for role in ("parent", "case_officer"):
        assert (await appeal.decide(role, "F", "agree", key)).status_code == 200
    await appeal.propose("advocate", "F", "one", words, "30 minutes each week or so")
    assert await appeal.status("F", key) == "reopened"
    await appeal.propose("advocate", "F", "one", words, "30 minutes each week")
    assert await appeal.status("F", key) == "reopened"
    line = (await appeal.look("parent", "F"))["proposals"][key]
    assert line["confirmations"] == []
    assert line["last_by"] == appeal.site.people["advocate"].id


async def test_one_cannot_agree_to_words_that_have_changed(appeal: AppealSite) -> None:
    words = await words_of(appeal, "F")
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    shown = (await appeal.look("case_officer", "F"))["proposals"][key]["hash"]
    await appeal.propose("parent", "F", "one", words, "60 minutes each week")
    answer = await appeal.site.program("case_officer").post(
        f"{appeal.base}/F/decisions", json={"act": "agree", "proposals": [{"key": key, "hash": shown}]}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "not-current"


async def test_a_private_draft_is_seen_by_nobody_else_until_it_is_sent(appeal: AppealSite) -> None:
    words = await words_of(appeal, "F")
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    turn = await appeal.site.program("parent").post(f"{appeal.site.api}/appeal/turn", json={"to": "private"})
    assert turn.status_code == 200, turn.text
    mine = await appeal.look("parent", "F")
    assert mine["write"].endswith("F@family-draft")
    await appeal.propose_draft("parent", "F", "one", words, "77 minutes each week")
    for role in ("case_officer", "observer", "senco"):
        seen = await appeal.look(role, "F")
        assert "77 minutes" not in str(seen)
        assert "draft" not in str(seen["documents"])
    sent = await appeal.site.program("advocate").post(f"{appeal.site.api}/appeal/turn", json={"to": "send"})
    assert sent.status_code == 200, sent.text
    assert sent.json()["sent"] == 1
    theirs = await appeal.look("case_officer", "F")
    assert "77 minutes" in str(theirs["proposals"][key]["reads_as"])


async def test_versions_never_change(appeal: AppealSite) -> None:
    words = await words_of(appeal, "F")
    await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    officer = appeal.site.program("case_officer")
    first = (await officer.post(f"{appeal.site.api}/appeal/versions")).json()
    before = (await officer.get(f"{appeal.site.api}/appeal/versions/1")).content
    await appeal.propose("parent", "F", "one", words, "60 minutes each week")
    second = (await officer.post(f"{appeal.site.api}/appeal/versions")).json()
    assert (first["number"], second["number"]) == (1, 2)
    assert first["hash"] != second["hash"]
    assert (await officer.get(f"{appeal.site.api}/appeal/versions/1")).content == before


async def words_of(appeal: AppealSite, section: str) -> str:
    """The whole text of a block that no other block repeats."""
    texts = [block.text for block in (await appeal.baseline(section)).texts() if block.text]
    return next(text for text in texts if sum(text in other for other in texts) == 1)
