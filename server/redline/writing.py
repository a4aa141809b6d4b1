"""Writing proposals on the server, for pages without JavaScript and for Word files: through the room, as the person.

The update passes the same rights and the same gate as one from a browser, and the same log. Acts import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crdt.layers import write_layer
from sections.addresses import Address
from sections.rights import may_layer
from server.acts import Office, Refused
from server.auth import SignedIn
from server.codes import Code
from server.day import today
from server.layers import stored
from server.redline.desk import Seen
from server.redline.turns import new_client
from server.room import Room
from server.texts import NotWritten


async def write_proposals(
    office: Office, who: SignedIn, seen: Seen, wanted: Mapping[str, Mapping[str, Any]]
) -> Refused | None:
    """Makes the person's own layer (or its private draft) hold these records; None once they are on disk."""
    standing, side = seen.standing, seen.side
    private = standing.appeal is not None and side in standing.appeal.turns
    address = Address(seen.state.section, side or "", private)
    decision = may_layer(standing.actor, standing.facts, address, "write", today=standing.today)
    if not decision.allowed or side is None:
        return Refused(decision.code or "not-allowed", decision.sentence)

    def may(room: Room) -> str:
        plan = office.live.rooms.plans.get(standing.plan.id)
        if plan is None or stored(address, plan.appeal) != room.stored:
            return Code.LOCKED
        return may_layer(plan.actor(who.person_id), plan.facts, address, "write", today=today()).code

    room = await office.live.rooms.open(standing.plan.id, str(address))
    update = write_layer(room.content.replica.full_update(), wanted, new_client())
    if update is None:
        return None
    try:
        await office.live.seed(standing.plan.id, str(address), update, who.person_id, may)
    except NotWritten as trouble:
        return Refused(trouble.code, trouble.refusal.sentence)
    return None
