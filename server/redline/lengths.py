"""How many pages of A4 a working document has, counted from the PDF that would be made.

A frozen version is counted once and the number kept in its row; where no PDF can be made there is none. Routes use it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from server.acts import Office, Refused
from server.documents.pdf import page_count
from server.papers import made
from server.plan_access import Standing
from server.redline.export_values import Copy, of_now, of_version
from server.redline.rows import appeal_row
from server.redline.state import SectionState
from server.redline.tables import WorkingVersion
from server.redline.versions import find
from server.tables import Plan


async def pages_now(office: Office, standing: Standing, states: Sequence[SectionState]) -> int | None:
    """The length of what is shared now; None where it cannot be counted."""
    if not states:
        return None
    copy = Copy(office.settings.council)
    wd = of_now(standing.plan, states[0].appeal, states, copy, on=standing.today, side=standing.access.party)
    found = await made(lambda: page_count(wd))
    return None if isinstance(found, Refused) else found


async def pages_of(office: Office, plan: Plan, version: WorkingVersion) -> int | None:
    """The length of a frozen version."""
    if version.pages is not None:
        return version.pages
    appeal = await office.store.aread(lambda db: appeal_row(db, version.appeal_id))
    wd = of_version(plan, appeal, version, Copy(office.settings.council))
    found = await made(lambda: page_count(wd))
    if isinstance(found, Refused):
        return None

    def keep(db: Session) -> None:
        row = find(db, version.appeal_id, version.number)
        if row is not None:
            row.pages = found
            db.add(row)

    await office.store.write(keep)
    version.pages = found
    return found
