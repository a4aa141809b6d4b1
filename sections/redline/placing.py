"""Where new blocks stand: a tree under each baseline block, siblings by rank, side and id.

A new block goes after its anchor in the nearest place around it that may hold its kind; one whose anchor is not there,
or only in a circle, stands nowhere and is not shown. Pure; for ``compose``; part of the twin's ``placing.ts``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sections.redline.baseline import CELL_TYPES, ITEM_TYPES, LIST_TYPES, Baseline
from sections.redline.records import FIELDS, MOST_CELLS, START, New

_SPAN = re.compile("[1-9][0-9]?")
_FLOW = ITEM_TYPES | CELL_TYPES | {"list_item"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A new block in its place: after ``anchor``, inside the baseline block ``host`` ("" at the top)."""

    record: New
    anchor: str
    host: str
    kind: str
    in_list: bool = False
    cells: int = 0

    @property
    def flows(self) -> bool:
        """Whether it stands among paragraphs rather than as an entry of a list or a row of a table."""
        return not self.in_list and self.kind != "tr"


def placed(baseline: Baseline, additions: list[New]) -> dict[str, list[Slot]]:
    """The slots under each anchor (a baseline id, ``^`` or a key), in order."""
    found: dict[str, list[Slot]] = {}
    children: dict[str, list[New]] = {}
    pending: list[Slot] = []
    for record in additions:
        if ":" in record.after:
            children.setdefault(record.after, []).append(record)
        elif (slot := _after_block(baseline, record, record.after)) is not None:
            pending.append(slot)
    while pending:
        slot = pending.pop()
        found.setdefault(slot.anchor, []).append(slot)
        followers = (_after_new(baseline, child, slot) for child in children.get(slot.record.key, ()))
        pending.extend(follower for follower in followers if follower is not None)
    for slots in found.values():
        slots.sort(key=lambda slot: (slot.record.rank, slot.record.side, slot.record.id))
    return found


def _after_block(baseline: Baseline, record: New, anchor: str) -> Slot | None:
    """The slot after a baseline block, climbing until the kind fits."""
    if anchor == START:
        return None if record.kind == "tr" else Slot(record, START, "", record.kind)
    climb = [anchor, *(block.id for block in baseline.ancestors(anchor))]
    steps = [(own, baseline.places[own].parent) for own in climb]
    if record.kind == "tr":
        for own, parent in steps:
            if parent is not None and parent.type == "table":
                return Slot(record, own, parent.id, "tr", cells=_cells(baseline, parent.id))
        return None
    if record.kind == "li":
        for own, parent in steps:
            if parent is not None and parent.type in LIST_TYPES:
                return Slot(record, own, parent.id, "li", in_list=True)
    for own, parent in steps:
        if parent is None:
            return Slot(record, own, "", record.kind)
        if record.kind not in FIELDS and parent.type in _FLOW:
            return Slot(record, own, parent.id, "li" if record.kind == "li" else "p")
    return None


def _after_new(baseline: Baseline, record: New, before: Slot) -> Slot | None:
    """The slot after another new block: beside it where the kind fits, else after what holds that one."""
    key, host = before.record.key, before.host
    if record.kind == "tr":
        return Slot(record, key, host, "tr", cells=before.cells) if before.kind == "tr" else None
    if record.kind == "li" and before.in_list:
        return Slot(record, key, host, "li", in_list=True)
    if not before.flows:
        return _after_block(baseline, record, host)
    if host == "":
        return Slot(record, key, "", record.kind)
    if record.kind in FIELDS:
        return _after_block(baseline, record, host)
    if record.kind == "li" and baseline.places[host].block.type == "list_item":
        return _after_block(baseline, record, host)
    return Slot(record, key, host, "li" if record.kind == "li" else "p")


def _cells(baseline: Baseline, table_id: str) -> int:
    rows = [row for row in baseline.places[table_id].block.blocks if row.type == "table_row"]
    spans = [cell.attrs.get("colspan", "1") for cell in rows[0].blocks] if rows else []
    return min(max(sum(int(span) if _SPAN.fullmatch(span) else 1 for span in spans), 1), MOST_CELLS)
