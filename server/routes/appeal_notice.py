"""What a plan's home says while an appeal is open: what is in dispute, and how long there is to file."""

from __future__ import annotations

from dataclasses import dataclass

from sections.tribunal_clock import countdown
from sections.words import listed
from server.plan_access import Standing
from server.redline.rows import appeal_row
from server.routes.asking import OfficeDep


@dataclass(frozen=True, slots=True)
class AppealNotice:
    """An open appeal in a sentence or two."""

    sentence: str


async def appeal_notice(office: OfficeDep, standing: Standing) -> AppealNotice | None:
    """The notice, for somebody who may read the working document; None while no appeal is open."""
    appeal = standing.appeal
    if appeal is None or not standing.may("see_working").allowed:
        return None
    row = await office.store.aread(lambda db: appeal_row(db, appeal.id))
    many = len(appeal.sections) > 1
    said = f"{'Sections' if many else 'Section'} {listed(appeal.sections)} {'are' if many else 'is'} in dispute."
    left = "" if row.filing_on is None else f" {countdown(standing.today, row.filing_on).sentence}"
    return AppealNotice(said + left)
