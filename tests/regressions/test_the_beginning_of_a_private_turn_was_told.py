"""That a side had begun to draft in private was heard: by a hint, a fresh copy, at the door, and in the record."""

from __future__ import annotations

import json
from pathlib import Path

from crdt import frames
from tests.live_client import LiveClient
from tests.server.appeal import AppealSite
from tests.server.live_appeal import live_appeal, striking
from tests.server.site import Site

OUTSIDE = ("case_officer", "signing_officer", "panel_member", "senco", "observer")


async def still(client: LiveClient) -> None:
    """Waits until everything sent to this client so far has come."""
    client.strays.clear()
    await client.send(frames.ping())
    await client.until(lambda: frames.pong() in client.strays)


async def test_the_other_side_hears_nothing_until_it_is_sent(tmp_path: Path) -> None:
    async with live_appeal(tmp_path, sockets_per_person=50) as appeal:
        watching, theirs = await appeal.enter("case_officer", "F@family")
        writing, first = await appeal.enter("parent", "F@family")
        await first.send(appeal.writing(first, {"open": striking("in the open")}))
        await first.saved()
        await watching.until(lambda: b"in the open" in theirs.doc.get_update())
        await watching.until(lambda: {"type": "register"} in theirs.told)
        await writing.close()
        await still(watching)
        heard = theirs.received, list(theirs.told)
        await appeal.begin("parent")
        client, draft = await appeal.enter("parent", "F@family-draft")
        state = json.dumps({"cursor": None}).encode()
        presence = bytes((1, *_small(draft.doc.client_id), 1, len(state))) + state
        await client.send(frames.awareness(draft.name, presence))
        await draft.send(appeal.writing(draft, {"secret": striking("zebrafish")}))
        await draft.saved()
        theirs.presence.clear()
        await watching.send(frames.query_awareness(theirs.name))
        await still(watching)
        assert heard == (theirs.received, theirs.told)
        assert b"parent" not in b"".join(theirs.presence)
        assert all(one.role != "parent" for one in appeal.server.live.present(appeal.server.plan))
        assert await appeal.send("parent") == 1
        await watching.until(lambda: b"zebrafish" in theirs.doc.get_update())


async def test_the_answer_at_the_door_of_a_draft_is_the_same_whether_there_is_one(tmp_path: Path) -> None:
    async with live_appeal(tmp_path, sockets_per_person=50) as appeal:
        before = [await appeal.denied(role, "F@family-draft") for role in OUTSIDE]
        await appeal.begin("parent")
        assert before == [await appeal.denied(role, "F@family-draft") for role in OUTSIDE]
        assert None not in before
        assert await appeal.denied("advocate", "F@family-draft") is None


async def test_the_record_tells_it_to_that_side_alone(site: Site) -> None:
    appeal = AppealSite(site)
    await appeal.open()
    acts = []
    for role in ("parent", "case_officer"):
        turn = await site.program(role).post(f"{site.api}/appeal/turn", json={"to": "private"})
        assert turn.status_code == 200
        told = await site.program("signing_officer").get(f"{site.api}/audit")
        acts.append([one["detail"]["side"] for one in told.json() if one["act"] == "turn-begun"])
    assert acts == [[], ["authority"]]
    page = (await site.program("signing_officer").get(f"{site.home}/record")).text
    assert page.count("Began to draft in private") == 1


def _small(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
