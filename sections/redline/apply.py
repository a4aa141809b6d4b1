"""From a baseline and what was accepted to the next baseline, and nothing else; and the differences of two baselines.

The text of the next version is never written by hand: it follows from the records. What cannot stand together is
refused, not guessed. Pure; for freezing versions, orders and previews.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sections.redline.baseline import CELL_TYPES, LIST_TYPES, Baseline, Block, Note, derived_id, merged_notes
from sections.redline.compose import Run, Shown, compose_records
from sections.redline.overlap import Conflict, conflicts
from sections.redline.records import New, Record
from sections.redline.units import length

_PRUNED = LIST_TYPES | {"list_item", "table", "table_row"}
_CELL = {"colspan": "1", "rowspan": "1"}


@dataclass(frozen=True, slots=True)
class Applied:
    """The next baseline, and exactly the records that made it, by key."""

    baseline: Baseline
    taken: Mapping[str, Record]


@dataclass(frozen=True, slots=True)
class NotApplied:
    """Why nothing was applied: keys that are no live proposals, and pairs that cannot both be taken."""

    unknown: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One block that two baselines do not share: its text before and after, None where it is not there."""

    id: str
    type: str
    before: str | None
    after: str | None


def apply(baseline: Baseline, known: Mapping[str, Record], accepted: Iterable[str]) -> Applied | NotApplied:
    """The next baseline with the accepted proposals taken up and all others left out."""
    keys = tuple(dict.fromkeys(accepted))
    unknown = tuple(key for key in keys if key not in known or not known[key].live)
    taken = {key: known[key] for key in keys if key not in unknown}
    clashing = tuple(
        conflict
        for place, key in enumerate(taken)
        for conflict in conflicts(baseline, known, known[key], tuple(taken)[:place])
    )
    if unknown or clashing:
        return NotApplied(unknown, clashing)
    return Applied(resolved(baseline, known, keys), taken)


def resolved(baseline: Baseline, known: Mapping[str, Record], accepted: Iterable[str]) -> Baseline:
    """The text if exactly these were taken up, even where they clash: for looking, never for issuing."""
    chosen = set(accepted)
    kept: dict[str, Record] = {}
    for key, record in known.items():
        if key in chosen:
            kept[key] = record
        elif isinstance(record, New):
            kept[key] = replace(record, on=False)  # not shown, but others may follow it
    blocks = _Resolver(baseline).blocks(compose_records(baseline, kept))
    return Baseline(baseline.version + 1, baseline.section, tuple(blocks))


def differences(before: Baseline, after: Baseline) -> tuple[Difference, ...]:
    """Every block, in order, that is new, gone, or reads otherwise. Empty: the two say the same."""
    found: list[Difference] = []
    for block in _in_order(before.blocks):
        place = after.places.get(block.id)
        if place is None:
            found.append(Difference(block.id, block.type, block.text or "", None))
        elif (block.text, block.type, block.attrs) != (place.block.text, place.block.type, place.block.attrs):
            found.append(Difference(block.id, block.type, block.text or "", place.block.text or ""))
    found.extend(
        Difference(block.id, block.type, None, block.text or "")
        for block in _in_order(after.blocks)
        if block.id not in before.places
    )
    common = [block.id for block in _in_order(before.blocks) if block.id in after.places]
    moved = [block.id for block in _in_order(after.blocks) if block.id in before.places]
    if common != moved:
        found.extend(
            Difference(one, before.places[one].block.type, before.places[one].block.text or "", None)
            for one, other in zip(common, moved, strict=True)
            if one != other
        )
    return tuple(found)


class _Resolver:
    """Turns a display of accepted records into blocks. Ids of what is new follow from where it came from."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self.version = str(baseline.version + 1)
        self.used = set(baseline.places)

    def blocks(self, shown: Iterable[Shown]) -> list[Block]:
        found: list[Block] = []
        for block in shown:
            if block.removed and not block.key:
                continue
            if block.runs is not None:
                found.extend(self.texts(block))
            elif block.type == "list_item":
                found.extend(self.entries(block))
            else:
                found.extend(self.holder(block))
        return found

    def holder(self, block: Shown) -> list[Block]:
        own = self.named(block)
        if block.key and block.type in {"need", "outcome", "provision"}:
            return [Block(own, block.type, {"id": own}, blocks=tuple(self.item_parts(own, block)))]
        children = self.blocks(block.blocks)
        if not children and block.blocks:
            if block.type in _PRUNED:
                return []
            if block.type in CELL_TYPES:
                children = [Block(self.fresh(own, "empty"), "paragraph", {}, "")]
        attrs = _CELL if block.key and block.type in CELL_TYPES else block.attrs
        return [Block(own, block.type, attrs, blocks=tuple(children))]

    def item_parts(self, own: str, block: Shown) -> Iterator[Block]:
        for part in block.blocks:
            text = unicodedata.normalize("NFC", "".join(run.text for run in part.runs or ()))
            if part.type == "paragraph":
                yield from self.texts(part) if text or block.type == "need" else ()
            else:
                name = "title" if part.type == "title" else part.attrs["name"]
                yield Block(f"{own}.{name}", part.type, part.attrs, text)

    def entries(self, block: Shown) -> Iterator[Block]:
        """A list entry; a paragraph split in it begins the next entry."""
        groups: list[list[Block]] = [[]]
        for child in block.blocks:
            made = self.blocks([child])
            if child.runs is None:
                groups[-1].extend(made)
                continue
            groups[-1].extend(made[:1])
            groups.extend([later] for later in made[1:])
        own = self.named(block)
        for number, group in enumerate(groups):
            if group:
                yield Block(
                    own if number == 0 else self.fresh(own, str(number)), "list_item", block.attrs, blocks=tuple(group)
                )

    def texts(self, shown: Shown) -> list[Block]:
        """One text block, or several where an accepted wording has line breaks; none if all its words went."""
        original = self.baseline.places[shown.id].block if not shown.key else None
        may_split = shown.type in {"paragraph", "heading"}
        lines = list(_lines(shown.runs or (), original.notes if original else (), may_split=may_split))
        if original is not None and original.text and may_split and lines == [("", ())]:
            return []
        found: list[Block] = []
        for number, (text, notes) in enumerate(lines):
            own = original.id if original and number == 0 else self.fresh(shown.id, str(number), text)
            found.append(Block(own, shown.type, shown.attrs, text, notes))
        return found

    def named(self, block: Shown) -> str:
        return self.fresh(block.id) if block.key else block.id

    def fresh(self, *parts: str) -> str:
        found = derived_id(self.version, *parts)
        while found in self.used:
            found = derived_id(found)
        self.used.add(found)
        return found


def _lines(runs: Iterable[Run], notes: tuple[Note, ...], *, may_split: bool) -> Iterator[tuple[str, tuple[Note, ...]]]:
    """The words that stay, cut at the line breaks of wordings (those of the baseline are its own)."""
    text = ""
    kept: list[Note] = []
    base = 0
    for run in runs:
        if run.by:
            first, *later = run.text.split("\n") if may_split else [run.text]
            text += first
            for line in later:
                yield _composed(text, kept)
                text, kept = line, []
            continue
        end = base + length(run.text)
        if not run.struck:
            here = length(text)
            for note in notes:
                start, stop = max(note.start, base), min(note.end, end)
                if start < stop:
                    kept.append(Note(here + start - base, here + stop - base, note.mark, note.attrs))
            text += run.text
        base = end
    yield _composed(text, kept)


def _composed(text: str, notes: list[Note]) -> tuple[str, tuple[Note, ...]]:
    """The text as NFC; should that move anything, the notes of this line are let go rather than put on other words."""
    normal = unicodedata.normalize("NFC", text)
    return normal, tuple(merged_notes(iter(notes))) if normal == text else ()


def _in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _in_order(block.blocks)
