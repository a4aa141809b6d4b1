"""Words the server wrote for somebody were judged before a layer stood still, and taken after it had been closed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlmodel import Session, select

from server.redline.tables import Appeal
from tests.live_serving import until
from tests.server.appeal import AppealSite
from tests.server.site import Site


async def test_what_waits_while_a_layer_closes_is_judged_by_what_is_then(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    baseline = await appeal.baseline("F")
    words = next(block.text for block in baseline.texts() if block.text)
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    shown = (await appeal.look("parent", "F"))["proposals"][key]["hash"]
    live = site.app.state.live
    room = await live.rooms.open(site.plan_id, "F@family")
    parent = site.program("parent")
    room.order.hold()
    withdrawing = asyncio.create_task(
        parent.post(f"{appeal.base}/F/withdraw", json={"proposals": [{"key": key, "hash": shown}]}), name="withdraw"
    )
    await until(lambda: bool(room.order._held))

    def close(db: Session) -> None:
        row = db.exec(select(Appeal)).one()
        row.closed_at = datetime.now(UTC)
        db.add(row)

    await site.store.write(close)
    await live.plan_changed(site.plan_id)
    before = room.seq
    room.order.release()
    answer = await withdrawing
    assert answer.status_code == 409
    assert answer.json()["code"] == "locked"
    assert room.seq == before
