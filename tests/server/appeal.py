"""What tests of the working document use: the example's plan made final, with an appeal open on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session

from crdt.layers import write_layer
from crdt.replica import Replica
from crdt.schema import LAYER
from sections.redline.baseline import Baseline, Block, from_value
from server.tables import Plan
from tests.server.site import Site

NUMBER = "EH123/26/00041"
SIDES = {"parent": "family", "advocate": "family", "case_officer": "authority", "signing_officer": "authority"}


@dataclass
class AppealSite:
    """The site, and what people do there in an appeal."""

    site: Site
    clients: int = 7000

    @property
    def base(self) -> str:
        return f"{self.site.api}/working"

    def speakers(self, *roles: str) -> list[str]:
        return [self.site.people[role].id for role in roles]

    async def open(self, *, sections: tuple[str, ...] = ("B", "F", "I"), **facts: Any) -> None:
        """Makes the plan final and opens an appeal; the parent and the case officer speak for their sides."""
        await self.site.app.state.live.move_stage(self.site.plan_id, self._finalise, "final")
        body = {
            "number": NUMBER,
            "sections": list(sections),
            "speakers": self.speakers("parent", "case_officer", "signing_officer"),
        } | facts
        answer = await self.site.program("case_officer").post(f"{self.site.api}/appeal", json=body)
        assert answer.status_code == 201, answer.text

    def _finalise(self, db: Session) -> None:
        plan = db.get_one(Plan, self.site.plan_id)
        plan.stage = "final"
        db.add(plan)

    async def look(self, role: str, section: str) -> dict[str, Any]:
        """The section as this person gets it."""
        answer = await self.site.program(role).get(f"{self.base}/{section}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def baseline(self, section: str) -> Baseline:
        found = from_value((await self.look("observer", section))["baseline"])
        assert found is not None
        return found

    async def write(self, role: str, section: str, records: dict[str, dict[str, Any]], *, draft: bool = False) -> None:
        """Writes records into the layer of the person's side, through the room, as that person."""
        live = self.site.app.state.live
        name = f"{section}@{SIDES[role]}{'-draft' if draft else ''}"
        room = await live.rooms.open(self.site.plan_id, name)
        self.clients += 1
        update = write_layer(room.content.replica.full_update(), records, self.clients)
        assert update is not None
        await live.seed(self.site.plan_id, name, update, self.site.people[role].id)

    async def propose(self, role: str, section: str, record_id: str, old: str, new: str) -> str:
        """Replaces words that stand once in the section by others; the proposal's key."""
        await self.write(role, section, {record_id: await self.replacing(section, old, new)})
        return f"{SIDES[role]}:{record_id}"

    async def propose_draft(self, role: str, section: str, record_id: str, old: str, new: str) -> None:
        """The same in the side's private draft."""
        await self.write(role, section, {record_id: await self.replacing(section, old, new)}, draft=True)

    async def replacing(self, section: str, old: str, new: str) -> dict[str, Any]:
        """The fields of a replacement."""
        block = block_with(await self.baseline(section), old)
        start = (block.text or "").index(old)
        return {
            "type": "text",
            "block": block.id,
            "from": start,
            "to": start + len(old),
            "at": start + len(old),
            "rank": "V",
            "wording": new,
        }

    async def decide(self, role: str, section: str, act: str, *keys: str, **more: Any) -> httpx.Response:
        """A decision on the wordings as this person sees them now."""
        shown = (await self.look(role, section))["proposals"]
        body = {"act": act, "proposals": [{"key": key, "hash": shown[key]["hash"]} for key in keys]} | more
        return await self.site.program(role).post(f"{self.base}/{section}/decisions", json=body)

    async def texts(self, section: str, count: int) -> list[str]:
        """The whole texts of blocks that no other block repeats."""
        texts = [block.text for block in (await self.baseline(section)).texts() if block.text]
        return [text for text in texts if sum(text in other for other in texts) == 1][:count]

    async def status(self, section: str, key: str) -> str:
        return str((await self.look("observer", section))["proposals"][key]["status"])


def block_with(baseline: Baseline, words: str) -> Block:
    """The one block of the baseline that has these words."""
    found = [block for block in baseline.texts() if words in (block.text or "")]
    assert len(found) == 1, (words, len(found))
    return found[0]


def empty_layer() -> bytes:
    """A layer nobody has written in."""
    return Replica(LAYER).full_update()
