"""Attacks on the working document over the wire: every one is refused with a sentence, shown to nobody, and over then.

Real sockets. After each attack the room still takes the words of those whose they are.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pycrdt import XmlElement, XmlFragment

from crdt import frames
from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from tests.live_client import LiveClient, Section
from tests.server.live_appeal import BLOCK, WORDS, LiveAppeal, live_appeal, striking

CANARY = "zebrafish"
KINDS = ("update", "step2")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_appeal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveAppeal]:
    """One for all attacks that leave it as it was."""
    async with live_appeal(tmp_path_factory.mktemp("appeal"), sockets_per_person=200) as found:
        yield found


@pytest.fixture
async def appeal(tmp_path: Path) -> AsyncIterator[LiveAppeal]:
    async with live_appeal(tmp_path, sockets_per_person=50, room_idle_seconds=600) as found:
        yield found


async def offer(section: Section, kind: str, update: bytes) -> dict[str, str]:
    """Sends an update this way; the refusal."""
    await (section.send(update) if kind == "update" else section.step2(update))
    refused = await section.is_refused()
    assert section.answers[-1] is False
    assert refused["sentence"].endswith((".", "?"))
    return refused


async def still(client: LiveClient) -> None:
    """Waits until everything sent to this client so far has come."""
    client.strays.clear()
    await client.send(frames.ping())
    await client.until(lambda: frames.pong() in client.strays)


def record(words: str = CANARY, client: int = 77) -> bytes:
    """An update with one new proposal."""
    update = write_layer(Replica(LAYER).full_update(), {"forged": striking(words)}, client)
    assert update is not None
    return update


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("parent", "F@authority"),
        ("advocate", "F@authority"),
        ("case_officer", "F@family"),
        ("signing_officer", "F@family"),
        ("senco", "F@family"),
        ("senco", "F@authority"),
        ("observer", "F@family"),
        ("interpreter", "F@family"),
        ("panel_member", "F@authority"),
    ],
)
async def test_nobody_writes_a_layer_that_is_not_theirs(
    open_appeal: LiveAppeal, role: str, name: str, kind: str
) -> None:
    watching, watcher = await open_appeal.enter("observer", name)
    client, mine = await open_appeal.enter(role, name)
    assert mine.scope == "readonly"
    assert "not-allowed" == (await offer(mine, kind, record()))["code"]
    await still(watching)
    assert CANARY.encode() not in watcher.doc.get_update()
    writing, theirs = await open_appeal.enter("parent" if name.endswith("family") else "case_officer", name)
    honest = f"honest{open_appeal.clients}"
    await theirs.send(open_appeal.writing(theirs, {"own": striking(honest)}))
    await theirs.saved()
    await watching.until(lambda: honest in str(watcher.doc.get("proposals", type=XmlFragment)))
    for one in (watching, client, writing):
        await one.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["parent", "case_officer", "signing_officer"])
@pytest.mark.parametrize("section", ["F", "A"])
async def test_nobody_writes_the_issued_text(open_appeal: LiveAppeal, role: str, section: str, kind: str) -> None:
    watching, watcher = await open_appeal.enter("observer", section)
    client, mine = await open_appeal.enter(role, section)
    assert "locked" == (await offer(mine, kind, mine.paragraph(CANARY)))["code"]
    await still(watching)
    assert watcher.text == (WORDS if section == "F" else "")
    for one in (watching, client):
        await one.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("role", "name", "codes"),
    [
        ("parent", "A@family", {"unknown-document", "locked"}),
        ("case_officer", "A@authority", {"unknown-document", "locked"}),
        ("parent", "F@tribunal", {"unknown-document"}),
        ("parent", "F@family#1", {"unknown-document"}),
        ("parent", "F@family-draft#1.1", {"unknown-document"}),
        ("parent", "F@nobody", {"unknown-document"}),
        ("parent", "F@family-draft", {"locked"}),
        ("case_officer", "F@family-draft", {"not-allowed"}),
        ("observer", "F@family-draft", {"not-allowed"}),
        ("parent", "F@authority-draft", {"not-allowed"}),
    ],
)
async def test_there_is_no_such_layer_to_open(open_appeal: LiveAppeal, role: str, name: str, codes: set[str]) -> None:
    assert await open_appeal.denied(role, name) in codes


@pytest.mark.parametrize("change", ["turn begun", "turn sent", "appeal closed", "access ended", "principal ended"])
@pytest.mark.parametrize("kind", KINDS)
async def test_rights_that_change_while_a_layer_is_open_count_for_the_next_message(
    appeal: LiveAppeal, change: str, kind: str
) -> None:
    name = "F@family"
    if change == "turn sent":
        await appeal.begin("parent")
        name = "F@family-draft"
    _, mine = await appeal.enter("advocate", name)
    await mine.send(appeal.writing(mine, {"before": striking("before")}))
    await mine.saved()
    forged = appeal.writing(mine, {"after": striking(CANARY)})
    match change:
        case "turn begun":
            await appeal.begin("parent")
        case "turn sent":
            await appeal.send("parent")
        case "appeal closed":
            await appeal.close()
        case _:
            await appeal.end("advocate" if change == "access ended" else "parent")
    await (mine.send(forged) if kind == "update" else mine.step2(forged))
    assert (await mine.is_refused())["code"] in ("locked", "not-on-plan", "unknown-document")
    for room in appeal.server.live.rooms.of_plan(appeal.server.plan):
        assert CANARY.encode() not in room.content.replica.full_update()


async def test_a_client_id_of_another_author_is_not_taken_over(appeal: LiveAppeal) -> None:
    _, first = await appeal.enter("parent", "F@family")
    await first.send(record("honest", 4242))
    await first.saved()
    thief, second = await appeal.enter("advocate", "F@family")
    await thief.until(lambda: b"honest" in second.doc.get_update())
    stolen = write_layer(second.doc.get_update(), {"more": striking(CANARY)}, 4242)
    assert stolen is not None
    assert "not-yours" == (await offer(second, "update", stolen))["code"]


async def test_a_schema_of_prose_is_not_that_of_a_layer(appeal: LiveAppeal) -> None:
    client, mine = await appeal.enter("parent", "F@family")
    await client.send(frames.stateless(mine.name, json.dumps({"type": "hello", "schema": 99})))
    assert "stale-schema" == (await mine.is_refused())["code"]


async def test_no_more_proposals_than_the_setting_says(tmp_path: Path) -> None:
    async with live_appeal(tmp_path, layer_proposals=10) as appeal:
        _, mine = await appeal.enter("parent", "F@family")
        await mine.send(appeal.writing(mine, {f"r{number}": striking() for number in range(10)}))
        await mine.saved()
        assert "too-big" == (await offer(mine, "update", appeal.writing(mine, {"r10": striking()})))["code"]
        _, again = await appeal.enter("parent", "F@family")
        await again.send(appeal.writing(again, {"r3": striking("other words")}))
        await again.saved()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "name", ["author", "by", "number", "status", "side", "hash", "evidence", "reason", "confirmed", "agreed", "ordered"]
)
async def test_a_record_says_nothing_about_itself_that_the_log_and_the_register_say(
    open_appeal: LiveAppeal, name: str
) -> None:
    client, mine = await open_appeal.enter("advocate", "F@family")
    root = mine.doc.get("proposals", type=XmlFragment)
    given = {"id": "forged", "block": BLOCK, "from": "0", "to": "3", "at": "3", "rank": "V", name: CANARY}

    def forge() -> None:
        root.children.append(XmlElement("text", given))

    update = mine.change(forge)
    assert "malformed" == (await offer(mine, "update", update))["code"]
    await client.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("old", ["deleted", "renamed"])
async def test_a_fixed_attribute_and_a_record_stay_as_they_were_made(open_appeal: LiveAppeal, old: str) -> None:
    client, mine = await open_appeal.enter("parent", "F@family")
    await mine.send(open_appeal.writing(mine, {"stays": striking(f"stays {open_appeal.clients}")}))
    await mine.saved()
    root = mine.doc.get("proposals", type=XmlFragment)

    def forge() -> None:
        if old == "deleted":
            del root.children[0]
        else:
            element = root.children[0]
            assert isinstance(element, XmlElement)
            element.attributes["id"] = "another"

    assert (await offer(mine, "update", mine.change(forge)))["code"] in ("malformed", "not-yours")
    await client.close()
