"""What a layer may hold: proposals, normalised. Any value at all goes in; known, clamped, well-formed records come out.

A layer is what one side wrote: record id -> field -> value, read from its shared map with wordings as strings. A record
is named by its key, ``side:id``. Nothing raises here, and two readers of one layer see the same records. Pure; twin of
``static/src/redline/records.ts``; for everyone who reads a layer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sections.redline.baseline import REMOVABLE, Baseline, Block
from sections.redline.units import clean

SIDES = ("authority", "family", "tribunal")
"""Who may hold a layer, in the order their wordings stand at one place when ranks are equal."""

FIELDS: dict[str, tuple[str, ...]] = {
    "provision": ("what", "who", "qualification", "frequency", "duration", "group", "where", "review"),
    "outcome": ("measure", "by_when"),
    "need": (),
}
KINDS = frozenset({"p", "h3", "h4", "li", "tr", *FIELDS})
START = "^"
MIDDLE = "V"
MOST_CELLS = 40

ID = re.compile(r"[a-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
KEY = re.compile(rf"({'|'.join(SIDES)}):{ID.pattern}", re.ASCII)
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_RANK = re.compile(r"[0-9A-Za-z]{1,400}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)

Layers: TypeAlias = Mapping[str, Any]
"""``{"family": {id: fields}, "authority": …}``: what came from outside, trusted in nothing."""


@dataclass(frozen=True, slots=True)
class Common:
    """What every record has. ``group``: one act that made several records. ``moves``: the own record it moves."""

    side: str
    id: str
    counters: str = ""
    counters_hash: str = ""
    group: str = ""
    moves: str = ""

    @property
    def key(self) -> str:
        return f"{self.side}:{self.id}"


@dataclass(frozen=True, slots=True)
class Text(Common):
    """Replace [start, end) of a block by the wording, shown at offset ``at``."""

    block: str = ""
    start: int = 0
    end: int = 0
    at: int = 0
    rank: str = MIDDLE
    wording: str = ""

    @property
    def live(self) -> bool:
        return self.wording != "" or self.start < self.end


@dataclass(frozen=True, slots=True)
class New(Common):
    """A new paragraph, heading, list entry, table row or whole item, after a block or after another new one."""

    after: str = START
    kind: str = "p"
    rank: str = MIDDLE
    on: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return self.on and any(self.words.values())


@dataclass(frozen=True, slots=True)
class Remove(Common):
    """Take a whole block, row, list, table or item out."""

    block: str = ""
    on: bool = False

    @property
    def live(self) -> bool:
        return self.on


Record: TypeAlias = Text | New | Remove


def normalise(baseline: Baseline, side: str, record_id: Any, value: Any) -> Record | None:
    """The record as it is meant, or None where nothing can be made of it."""
    if side not in SIDES or not isinstance(record_id, str) or not ID.fullmatch(record_id):
        return None
    if not isinstance(value, Mapping):
        return None
    counters, counters_hash = _counters(side, value.get("counters"))
    common = (
        side,
        record_id,
        counters,
        counters_hash,
        _matching(_GROUP, value.get("group")),
        _matching(ID, value.get("moves")),
    )
    match value.get("type"):
        case "text":
            return _text(baseline, common, value)
        case "new":
            return _new(baseline, common, value)
        case "rm":
            block = _found(baseline, value.get("block"))
            removable = block is not None and block.type in REMOVABLE
            return Remove(*common, block=block.id, on=_is_on(value.get("on"))) if block and removable else None
        case _:
            return None


def records(baseline: Baseline, layers: Any) -> dict[str, Record]:
    """Every well-formed record of every layer by key, ghosts included."""
    found: dict[str, Record] = {}
    if not isinstance(layers, Mapping):
        return found
    for side in SIDES:
        layer = layers.get(side)
        if isinstance(layer, Mapping):
            for record_id, value in layer.items():
                record = normalise(baseline, side, record_id, value)
                if record is not None:
                    found[record.key] = record
    return found


def withdrawn(record: Record) -> Record:
    """The ghost of a record: it proposes nothing and keeps its place, so that what follows it stays where it is."""
    if isinstance(record, Text):
        return replace(record, end=record.start, at=record.start, wording="")
    return replace(record, on=False)


def parts(kind: str) -> tuple[str, ...]:
    """The names of a new block's wordings, in order: ``wording`` first; a row has one for each cell."""
    if kind == "tr":
        return ("wording", *(f"w{number}" for number in range(1, MOST_CELLS)))
    if kind in FIELDS:
        return ("wording", *(f"w_{name}" for name in FIELDS[kind]), "w_text")
    return ("wording",)


def to_value(record: Record) -> dict[str, Any]:
    """The record as the fields a layer holds: normalising them gives the record again."""
    value: dict[str, Any]
    if isinstance(record, Text):
        value = {
            "type": "text",
            "block": record.block,
            "from": record.start,
            "to": record.end,
            "at": record.at,
            "rank": record.rank,
            "wording": record.wording,
        }
    elif isinstance(record, New):
        value = {
            "type": "new",
            "after": record.after,
            "kind": record.kind,
            "rank": record.rank,
            "on": int(record.on),
            **record.words,
        }
    else:
        value = {"type": "rm", "block": record.block, "on": int(record.on)}
    if record.counters:
        value["counters"] = {"key": record.counters, "hash": record.counters_hash}
    if record.group:
        value["group"] = record.group
    if record.moves:
        value["moves"] = record.moves
    return value


def _text(baseline: Baseline, common: tuple[str, str, str, str, str, str], value: Mapping[Any, Any]) -> Text | None:
    block = _found(baseline, value.get("block"))
    if block is None or block.text is None:
        return None
    units = baseline.places[block.id].units
    first = _offset(value.get("from"), 0, units.length)
    last = _offset(value.get("to"), first, units.length)
    start = units.snap(first)
    end = units.snap_up(last) if last > first else start
    wording = _words(value.get("wording"))
    at = min(max(units.snap(_offset(value.get("at"), end, units.length)), start), end) if wording else end
    return Text(*common, block=block.id, start=start, end=end, at=at, rank=_rank(value.get("rank")), wording=wording)


def _new(baseline: Baseline, common: tuple[str, str, str, str, str, str], value: Mapping[Any, Any]) -> New | None:
    after, kind = value.get("after"), value.get("kind")
    if not isinstance(after, str) or not isinstance(kind, str) or kind not in KINDS:
        return None
    if after != START and after not in baseline.places and not KEY.fullmatch(after):
        return None
    words = {name: text for name in parts(kind) if (text := _words(value.get(name)))}
    return New(*common, after=after, kind=kind, rank=_rank(value.get("rank")), on=_is_on(value.get("on")), words=words)


def _found(baseline: Baseline, block_id: Any) -> Block | None:
    place = baseline.places.get(block_id) if isinstance(block_id, str) else None
    return None if place is None else place.block


def _offset(value: Any, otherwise: int, most: int) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and math.isnan(value))
    ):
        return otherwise
    return int(min(max(value, 0), most))


def _is_on(value: Any) -> bool:
    return value is True or (isinstance(value, int | float) and value == 1)


def _words(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _rank(value: Any) -> str:
    rank = value.rstrip("0") if isinstance(value, str) and _RANK.fullmatch(value) else ""
    return rank or MIDDLE


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _counters(side: str, value: Any) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        return "", ""
    key = _matching(KEY, value.get("key"))
    if not key or key.startswith(f"{side}:"):
        return "", ""
    return key, _matching(_HASH, value.get("hash"))
