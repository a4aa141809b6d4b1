"""A turn begun or an appeal closed while people write: what was acknowledged was judged, and nothing is taken after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session

from server.acts import Refused
from server.log import MODE, UPDATE, Row, document_id, rows_after
from server.redline.closings import Ending, Order, close_appeal, look_at_end
from server.redline.decisions import Wanted, decide
from server.redline.desk import see
from server.redline.tables import Appeal, WorkingVersion
from server.redline.versions import freeze_version
from tests.live_client import Section
from tests.server.live_appeal import LiveAppeal, live_appeal, striking

LAYER = "F@family#1"


@pytest.fixture
async def appeal(tmp_path: Path) -> AsyncIterator[LiveAppeal]:
    async with live_appeal(tmp_path) as found:
        yield found


def log_of(appeal: LiveAppeal, name: str) -> list[Row]:
    def read(db: Session) -> list[Row]:
        return list(rows_after(db, document_id(db, appeal.server.plan, name) or 0, 0))

    return appeal.server.store.read(read)


async def stream(appeal: LiveAppeal, section: Section, name: str) -> int:
    """Writes until the section is closed or locked; how many edits were called saved."""
    number = 0
    while section.closed is None:
        number += 1
        await section.send(appeal.writing(section, {name: striking(f"{name} {number}")}))
        if number % 3 == 0:
            await section.client.until(lambda: len(section.answers) >= section.sent or section.closed is not None)
    return section.answers.count(True)


async def writers(appeal: LiveAppeal) -> tuple[list[asyncio.Task[int]], list[Section]]:
    """Two people of one side, each with a proposal of their own, well under way."""
    sections = [(await appeal.enter(role, "F@family"))[1] for role in ("parent", "advocate")]
    tasks = [
        asyncio.create_task(stream(appeal, section, f"w{place}"), name="writer")
        for place, section in enumerate(sections)
    ]
    for section in sections:
        await section.client.until(lambda section=section: section.answers.count(True) >= 5)
    return tasks, sections


async def test_a_turn_begins_with_all_that_was_acknowledged(appeal: LiveAppeal) -> None:
    tasks, sections = await writers(appeal)
    await appeal.begin("parent")
    saved = [await task for task in tasks]
    entries = log_of(appeal, LAYER)
    assert [row.kind for row in entries].count(UPDATE) == sum(saved)
    assert entries[-1].kind == MODE
    assert {section.refused["code"] for section in sections if section.refused} == {"locked"}
    _, draft = await appeal.enter("parent", "F@family-draft")
    for place, count in enumerate(saved):
        assert f"w{place} {count}".encode() in draft.doc.get_update()
        assert f"w{place} {count + 1}".encode() not in draft.doc.get_update()


async def test_an_appeal_closes_with_all_that_was_acknowledged_and_takes_nothing_after(appeal: LiveAppeal) -> None:
    tasks, _ = await writers(appeal)
    officer, order = appeal.person("signing_officer"), Order("withdrawn", None, {})
    ending = await look_at_end(appeal.office, officer, appeal.server.plan, order)
    assert isinstance(ending, Ending)
    done = await close_appeal(appeal.office, officer, appeal.server.plan, order, ending.shown)
    assert isinstance(done, Appeal)
    saved = sum([await task for task in tasks])
    entries = log_of(appeal, LAYER)
    assert [row.kind for row in entries].count(UPDATE) == saved
    assert entries[-1].kind == MODE


@pytest.mark.parametrize("later", [0, 1, 5, 20])
async def test_an_agreement_is_issued_only_if_no_edit_was_taken_since(appeal: LiveAppeal, later: int) -> None:
    plan = appeal.server.plan
    client, mine = await appeal.enter("parent", "F@family")
    await mine.send(appeal.writing(mine, {"one": striking("Ben")}))
    await mine.saved()
    for role in ("parent", "case_officer"):
        seen = await see(appeal.office, appeal.person(role), plan, "F")
        assert not isinstance(seen, Refused)
        wanted = [Wanted("family:one", seen.state.hashes["family:one"])]
        assert await decide(appeal.office, appeal.person(role), plan, "F", "agree", wanted) == 1
    officer, order = appeal.person("signing_officer"), Order("consent", appeal.today, {})
    ending = await look_at_end(appeal.office, officer, plan, order)
    assert isinstance(ending, Ending)
    closing = asyncio.create_task(close_appeal(appeal.office, officer, plan, order, ending.shown), name="close")
    for _ in range(later):
        await asyncio.sleep(0)
    await mine.send(appeal.writing(mine, {"one": striking("Cyd")}))
    done = await closing
    await client.until(lambda: len(mine.answers) == 2 or mine.closed is not None)
    text = str(await appeal.server.live.tree(plan, "F"))
    taken = mine.answers.count(True) == 2
    assert isinstance(done, Refused) is taken
    assert "Cyd" not in text
    assert ("Ben" in text) is not taken


async def test_a_side_that_never_stops_typing_keeps_nobody_from_deciding(appeal: LiveAppeal) -> None:
    plan = appeal.server.plan
    _, theirs = await appeal.enter("case_officer", "F@authority")
    await theirs.send(appeal.writing(theirs, {"one": striking("Ben")}))
    await theirs.saved()
    tasks, _ = await writers(appeal)
    for role in ("parent", "case_officer"):
        seen = await see(appeal.office, appeal.person(role), plan, "F")
        assert not isinstance(seen, Refused)
        wanted = [Wanted("authority:one", seen.state.hashes["authority:one"])]
        assert await decide(appeal.office, appeal.person(role), plan, "F", "agree", wanted) == 1
    frozen = await freeze_version(appeal.office, appeal.person("case_officer"), plan)
    assert isinstance(frozen, WorkingVersion)
    await appeal.begin("parent")
    saved = sum([await task for task in tasks])
    seen = await see(appeal.office, appeal.person("parent"), plan, "F")
    assert not isinstance(seen, Refused)
    assert seen.state.standing["authority:one"] == "agreed"
    assert [row.kind for row in log_of(appeal, LAYER)].count(UPDATE) == saved
    numbers = {key: row.number for key, row in seen.state.rows.items()}
    assert sorted(numbers.values()) == [1, 2, 3]
