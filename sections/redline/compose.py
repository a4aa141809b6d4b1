"""What is shown: the baseline with every side's proposals in their places, as display blocks made of runs.

Total: any layers give a display, the same one in the browser (twin of ``static/src/redline/compose.ts``). Nothing of
the baseline is ever left out: struck words and removed blocks are shown as such. Pure; for whoever shows or prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sections.redline.baseline import Baseline, Block
from sections.redline.placing import Slot, placed
from sections.redline.records import FIELDS, START, Layers, New, Record, Text, records
from sections.redline.units import Units

NODE_TYPES = {"p": "paragraph", "h3": "heading", "h4": "heading", "li": "list_item", "tr": "table_row"}


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind: ``by`` is the key of the record that inserts them, ``struck`` the keys that strike them."""

    text: str
    by: str = ""
    struck: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One display block. ``key`` is set on what a record adds; text blocks have ``runs``, others have ``blocks``.

    ``removed`` are the keys that take the block out, those of the blocks around it included. ``part`` names which
    wording of a new block the runs show.
    """

    id: str
    type: str
    attrs: Mapping[str, str]
    key: str = ""
    part: str = ""
    removed: tuple[str, ...] = ()
    runs: tuple[Run, ...] | None = None
    blocks: tuple[Shown, ...] = ()


def compose(baseline: Baseline, layers: Layers) -> tuple[Shown, ...]:
    """The display of all layers together."""
    return compose_records(baseline, records(baseline, layers))


def compose_records(baseline: Baseline, known: Mapping[str, Record]) -> tuple[Shown, ...]:
    """The display of records already normalised."""
    return _Composer(baseline, known).everything()


def texts(shown: tuple[Shown, ...]) -> Iterator[Shown]:
    """Every display block with runs, in order."""
    for block in shown:
        if block.runs is not None:
            yield block
        else:
            yield from texts(block.blocks)


def text_id(key: str, part: str) -> str:
    """The display id of one wording of a new block."""
    return f"{key}#{part}"


def runs_of(units: Units, proposals: list[Text]) -> tuple[Run, ...]:
    """One baseline text with the proposals on it. At an offset: wordings by rank, then the text with its strikes."""
    wordings: dict[int, list[Text]] = {}
    begun: dict[int, list[str]] = {}
    ended: dict[int, list[str]] = {}
    for p in proposals:
        if p.wording:
            wordings.setdefault(p.at, []).append(p)
        if p.start < p.end:
            begun.setdefault(p.start, []).append(p.key)
            ended.setdefault(p.end, []).append(p.key)
    cuts = sorted({0, units.length, *wordings, *begun, *ended})
    found: list[Run] = []
    striking: set[str] = set()
    for offset, end in zip(cuts, [*cuts[1:], units.length], strict=True):
        found.extend(Run(p.wording, p.key) for p in sorted(wordings.get(offset, ()), key=_by_rank))
        striking.difference_update(ended.get(offset, ()))
        striking.update(begun.get(offset, ()))
        add_baseline(found, units.cut(offset, end), tuple(sorted(striking)))
    return tuple(found)


def add_baseline(runs: list[Run], text: str, struck: tuple[str, ...]) -> None:
    """Adds baseline words to the end, joined to the run before where that is struck alike."""
    if not text:
        return
    if runs and not runs[-1].by and runs[-1].struck == struck:
        runs[-1] = Run(runs[-1].text + text, "", struck)
    else:
        runs.append(Run(text, "", struck))


def value_of(shown: tuple[Shown, ...]) -> list[dict[str, Any]]:
    """The display as plain values, empty parts left out: the form the vectors compare."""
    return [_value(block) for block in shown]


def _by_rank(record: Text) -> tuple[str, str, str]:
    return record.rank, record.side, record.id


class _Composer:
    def __init__(self, baseline: Baseline, known: Mapping[str, Record]) -> None:
        self.baseline = baseline
        self.texts: dict[str, list[Text]] = {}
        self.removals: dict[str, list[str]] = {}
        additions: list[New] = []
        for record in known.values():
            if isinstance(record, New):
                additions.append(record)
            elif not record.live:
                continue
            elif isinstance(record, Text):
                self.texts.setdefault(record.block, []).append(record)
            else:
                self.removals.setdefault(record.block, []).append(record.key)
        self.slots = placed(baseline, additions)

    def everything(self) -> tuple[Shown, ...]:
        shown = self.added(START)
        shown.extend(self.all(self.baseline.blocks, ()))
        return in_lists(shown)

    def all(self, blocks: tuple[Block, ...], removed: tuple[str, ...]) -> Iterator[Shown]:
        for block in blocks:
            yield self.block(block, removed)
            if block.id in self.slots:
                yield from self.added(block.id)

    def block(self, block: Block, removed: tuple[str, ...]) -> Shown:
        if block.id in self.removals:
            removed = tuple(sorted({*removed, *self.removals[block.id]}))
        if block.text is None:
            children = in_lists(list(self.all(block.blocks, removed)))
            return Shown(block.id, block.type, block.attrs, removed=removed, blocks=children)
        proposals = self.texts.get(block.id)
        if proposals:
            runs = runs_of(self.baseline.places[block.id].units, proposals)
        else:
            runs = (Run(block.text),) if block.text else ()
        return Shown(block.id, block.type, block.attrs, removed=removed, runs=runs)

    def added(self, anchor: str) -> list[Shown]:
        """New blocks after an anchor, depth first; what was withdrawn is not shown but still holds its place."""
        found: list[Shown] = []
        pending = list(reversed(self.slots.get(anchor, [])))
        while pending:
            slot = pending.pop()
            if slot.record.on:
                found.append(_new_block(slot))
            pending.extend(reversed(self.slots.get(slot.record.key, [])))
        return found


def in_lists(shown: list[Shown]) -> tuple[Shown, ...]:
    """The blocks with new list entries that stand outside any list put into lists of their own."""
    found: list[Shown] = []
    for block in shown:
        if block.part != "li":
            found.append(block)
            continue
        entry = Shown(block.id, block.type, block.attrs, block.key, blocks=block.blocks)
        last = found[-1] if found else None
        if last is not None and last.part == "list":
            found[-1] = Shown(last.id, last.type, last.attrs, last.key, last.part, blocks=(*last.blocks, entry))
        else:
            found.append(Shown(f"{block.key}#list", "bullet_list", {}, block.key, "list", blocks=(entry,)))
    return tuple(found)


def _new_block(slot: Slot) -> Shown:
    record = slot.record
    key, kind = record.key, slot.kind
    if kind in FIELDS:
        fields = [_wording(record, f"w_{name}", "field", {"name": name}) for name in FIELDS[kind]]
        title, text = _wording(record, "wording", "title", {}), _wording(record, "w_text", "paragraph", {})
        return Shown(key, kind, {}, key, blocks=(title, *fields, text))
    if kind == "tr":
        names = ("wording", *(f"w{number}" for number in range(1, slot.cells)))
        cells = tuple(
            Shown(f"{key}#{name}/cell", "table_cell", {}, key, blocks=(_wording(record, name, "paragraph", {}),))
            for name in names
        )
        return Shown(key, "table_row", {}, key, blocks=cells)
    if kind == "li":
        part = "" if slot.in_list else "li"
        return Shown(key, "list_item", {}, key, part, blocks=(_wording(record, "wording", "paragraph", {}),))
    attrs = {"level": kind[1]} if kind in ("h3", "h4") else {}
    return _wording(record, "wording", NODE_TYPES[kind], attrs)


def _wording(record: New, part: str, name: str, attrs: Mapping[str, str]) -> Shown:
    words = record.words.get(part, "")
    runs = (Run(words, record.key),) if words else ()
    return Shown(text_id(record.key, part), name, attrs, record.key, part, runs=runs)


def _value(block: Shown) -> dict[str, Any]:
    value: dict[str, Any] = {"id": block.id, "type": block.type}
    if block.attrs:
        value["attrs"] = dict(block.attrs)
    if block.key:
        value["key"] = block.key
    if block.part:
        value["part"] = block.part
    if block.removed:
        value["removed"] = list(block.removed)
    if block.runs is None:
        value["blocks"] = [_value(child) for child in block.blocks]
    else:
        value["runs"] = [
            {
                "text": run.text,
                **({"by": run.by} if run.by else {}),
                **({"struck": list(run.struck)} if run.struck else {}),
            }
            for run in block.runs
        ]
    return value
