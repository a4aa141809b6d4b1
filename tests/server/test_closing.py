"""Closing an appeal: what is issued is what was agreed and ordered, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from server.redline.closings import proof
from server.redline.issued import latest
from server.redline.rows import appeal_row
from server.redline.state import read_section
from server.verify import verify
from tests.server.appeal import AppealSite
from tests.server.site import Site


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open(sections=("B", "F"))
    return found


async def close(appeal: AppealSite, **order: Any) -> Any:
    """Checks and closes with this order, as the signing officer."""
    officer = appeal.site.program("signing_officer")
    body = {"outcome": "order", "order_on": "2026-11-20"} | order
    checked = await officer.post(f"{appeal.site.api}/appeal/check", json=body)
    assert checked.status_code == 200, checked.text
    shown = checked.json()
    return shown, await officer.post(f"{appeal.site.api}/appeal/close", json=body | {"shown": shown["shown"]})


async def test_the_amended_plan_is_the_issued_one_with_what_was_agreed_and_ordered(appeal: AppealSite) -> None:
    first, second, third = await texts_of(appeal, "F", 3)
    agreed = await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    ordered = await appeal.propose("parent", "F", "two", second, "A qualified juggling teacher")
    refused = await appeal.propose("case_officer", "F", "three", third, "As agreed with the school")
    for role in ("parent", "case_officer"):
        assert (await appeal.decide(role, "F", "agree", agreed)).status_code == 200
    rulings = {"F": {ordered: {"ruling": "ordered"}, refused: {"ruling": "refused"}}}
    shown, answer = await close(appeal, rulings=rulings)
    assert shown["ready"], shown
    assert answer.status_code == 200, answer.text
    text = (await appeal.site.program("observer").get(f"{appeal.site.api}/sections/F")).json()
    lines = str(text["tree"])
    assert "Thirty minutes every Tuesday" in lines
    assert "A qualified juggling teacher" in lines
    assert "As agreed with the school" not in lines
    assert third in lines
    assert first not in lines
    await assert_proven(appeal)


async def test_a_proposal_nobody_ruled_on_stops_the_closing(appeal: AppealSite) -> None:
    first, *_ = await texts_of(appeal, "F", 1)
    await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    shown, answer = await close(appeal)
    assert not shown["ready"]
    assert "F-1" in str(shown["sections"])
    assert answer.status_code == 409
    assert answer.json()["code"] == "undecided"


async def test_the_tribunals_own_words_are_issued_as_it_gave_them(appeal: AppealSite) -> None:
    first, *_ = await texts_of(appeal, "F", 1)
    key = await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    rulings = {"F": {key: {"ruling": "words", "words": {"wording": "Twenty minutes every Friday"}}}}
    _, answer = await close(appeal, rulings=rulings)
    assert answer.status_code == 200, answer.text
    text = (await appeal.site.program("observer").get(f"{appeal.site.api}/sections/F")).json()
    assert "Twenty minutes every Friday" in str(text["tree"])
    assert "Thirty minutes every Tuesday" not in str(text["tree"])
    await assert_proven(appeal)


async def test_a_consent_order_takes_up_what_is_agreed_and_leaves_out_the_rest(appeal: AppealSite) -> None:
    first, second = await texts_of(appeal, "F", 2)
    agreed = await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    await appeal.propose("parent", "F", "two", second, "A qualified juggling teacher")
    for role in ("parent", "case_officer"):
        await appeal.decide(role, "F", "agree", agreed)
    _, answer = await close(appeal, outcome="consent")
    assert answer.status_code == 200, answer.text
    text = str((await appeal.site.program("observer").get(f"{appeal.site.api}/sections/F")).json()["tree"])
    assert "Thirty minutes every Tuesday" in text
    assert "juggling teacher" not in text
    await assert_proven(appeal)


async def test_an_edit_after_the_check_page_stops_the_closing(appeal: AppealSite) -> None:
    first, *_ = await texts_of(appeal, "F", 1)
    key = await appeal.propose("parent", "F", "one", first, "Thirty minutes every Tuesday")
    officer = appeal.site.program("signing_officer")
    body = {"outcome": "order", "order_on": "2026-11-20", "rulings": {"F": {key: {"ruling": "ordered"}}}}
    shown = (await officer.post(f"{appeal.site.api}/appeal/check", json=body)).json()
    await appeal.propose("advocate", "F", "one", first, "Thirty minutes every other Tuesday")
    answer = await officer.post(f"{appeal.site.api}/appeal/close", json=body | {"shown": shown["shown"]})
    assert answer.status_code == 409
    assert answer.json()["code"] == "not-current"


async def test_after_closing_nobody_writes_a_layer_any_more(appeal: AppealSite) -> None:
    _, answer = await close(appeal, outcome="withdrawn")
    assert answer.status_code == 200, answer.text
    looked = await appeal.site.program("parent").get(f"{appeal.base}/F")
    assert looked.status_code == 404
    version = appeal.site.store.read(lambda db: latest(db, appeal.site.plan_id))
    assert version is not None
    assert version.number == 1


async def assert_proven(appeal: AppealSite) -> None:
    """Issued minus ordered is empty, and every log still tells the same story."""
    live, plan_id = appeal.site.app.state.live, appeal.site.plan_id
    closed = appeal.site.store.read(lambda db: appeal_row(db, 1))
    states = [await read_section(appeal.site.store, live.registrar, plan_id, 1, label) for label in closed.sections]
    found = appeal.site.store.read(lambda db: proof(db, closed, states))
    assert found.holds, found
    results = verify(appeal.site.store, appeal.site.app.state.settings, {})
    assert all(result.ok for result in results), [result.line for result in results if not result.ok]


async def texts_of(appeal: AppealSite, section: str, count: int) -> list[str]:
    """The whole texts of blocks that no other block repeats."""
    texts = [block.text for block in (await appeal.baseline(section)).texts() if block.text]
    return [text for text in texts if sum(text in other for other in texts) == 1][:count]
