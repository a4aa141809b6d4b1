"""How many pages of A4 a version has, counted from the PDF that would be made.

It is counted once and the number kept in the version's row; where no PDF can be made there is none. Routes use it.
"""

from __future__ import annotations

from sqlmodel import Session

from server.acts import Office, Refused
from server.documents.pdf import page_count
from server.papers import made
from server.redline.export_values import Copy, of_version
from server.redline.rows import appeal_row
from server.redline.tables import WorkingVersion
from server.redline.versions import find
from server.tables import Plan


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
