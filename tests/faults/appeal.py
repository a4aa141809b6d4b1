"""A plan under appeal on several processes, and people who write proposals into its layers."""

from __future__ import annotations

from sqlmodel import Session, col, select

from crdt.layers import write_layer
from server.auth.keys import load_keys
from server.auth.sessions import Sessions
from server.database import Store
from server.redline.tables import Appeal, Proposal
from tests.faults.several import Made, Several
from tests.live_client import Section
from tests.live_serving import make_plan
from tests.server.live_appeal import open_in, striking

EACH = 6
WRITERS = (("parent", "F@family"), ("advocate", "F@family"), ("case_officer", "F@authority"))


def make_appeal(servers: Several) -> Made:
    """A final plan with an appeal open on it."""
    with servers.store() as store:
        sessions = Sessions(store, servers.settings, load_keys(servers.settings))

        def fill(db: Session) -> tuple[str, dict[str, str], dict[str, str]]:
            plan, people = make_plan(db, "final")
            db.flush()
            open_in(db, plan, people)
            return plan, people, {role: sessions.begin_in(db, people[role], "cli").token for role, _ in WRITERS}

        return Made(*store.write_sync(fill))


async def propose(section: Section, place: int) -> None:
    """Proposals one by one, each saved before the next."""
    for number in range(EACH):
        name = f"w{place}p{number}"
        update = write_layer(section.doc.get_update(), {name: striking(name)}, 1_000_000 * (place + 1) + number)
        assert update is not None
        section.doc.apply_update(update)
        await section.send(update)
        await section.saved()


def numbers_of(store: Store, plan: str) -> list[int]:
    """The numbers in the register of this plan's appeal."""
    query = select(Proposal.number).join(Appeal, col(Proposal.appeal_id) == Appeal.id).where(Appeal.plan_id == plan)
    return sorted(store.read(lambda db: list(db.exec(query))))
