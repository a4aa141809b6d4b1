"""The length of a working document in pages of A4, for pages that show it: of what is shared now, and of a version.

Nobody waits: ``pages_count`` counts in the background, and until then there is none. A version's number is kept in its
row. Routes use it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from server.acts import Office
from server.plan_access import Standing
from server.redline.export_values import Copy, of_now, of_version
from server.redline.pages_count import PageCounts
from server.redline.state import SectionState
from server.redline.tables import Appeal, WorkingVersion
from server.redline.versions import find
from server.tables import Plan


def pages_now(counts: PageCounts, council: str, standing: Standing, states: Sequence[SectionState]) -> int | None:
    """The length of what is shared now; None while it is not counted."""
    side, on = standing.access.party, standing.today
    return counts.now(states, lambda: of_now(standing.plan, states[0].appeal, states, Copy(council), on=on, side=side))


def pages_of(counts: PageCounts, office: Office, plan: Plan, appeal: Appeal, version: WorkingVersion) -> int | None:
    """The length of a frozen version; None while it is not counted."""
    if version.pages is not None:
        return version.pages

    async def keep(pages: int) -> None:
        def write(db: Session) -> None:
            row = find(db, version.appeal_id, version.number)
            if row is not None:
                row.pages = pages
                db.add(row)

        await office.store.write(write)

    return counts.version(version.hash, lambda: of_version(plan, appeal, version, Copy(office.settings.council)), keep)
