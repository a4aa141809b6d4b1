"""From the words of an act to the fields of a record: places by the name the page gives them, words found in the text.

Words have to be there exactly once: an act that does not fit the text is BadRules, and the example does not load.
Only this package uses it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sections.catalogue import BadRules
from sections.redline.baseline import Baseline, Block
from sections.redline.ranks import between, first
from sections.redline.records import KEY, KINDS, START, normalise, parts, to_value
from sections.redline.units import length
from sections.redline.worded import places

Fields: TypeAlias = dict[str, Any]
Row: TypeAlias = Mapping[str, Any]

_TEXT = frozenset({"in", "strike", "with", "behind", "insert"})
_NEW = frozenset({"below", "new", "words"})
_COMMON = frozenset(
    {"day", "by", "do", "section", "id", "counters", "group", "moves", "evidence", "reason", "ends", "counters_hash"}
)


def fields_of(baseline: Baseline, side: str, row: Row, answered: Fields | None) -> Fields:
    """The fields of the proposal a row describes, as a layer holds them. ``answered``: those it counters."""
    if "in" in row:
        fields, allowed = _text(baseline, side, row, answered), _TEXT
    elif "new" in row:
        fields, allowed = _new(baseline, side, row), _NEW
    elif "remove" in row:
        fields, allowed = {"type": "rm", "block": _place(baseline, row["remove"])[0].id, "on": 1}, frozenset({"remove"})
    else:
        raise BadRules(f"{_name(row)}: says neither where nor what")
    odd = set(row) - allowed - _COMMON
    if odd:
        raise BadRules(f"{_name(row)}: {', '.join(sorted(odd))} has no meaning here")
    if "counters" in row:
        fields["counters"] = {"key": row["counters"], "hash": row["counters_hash"]}
    fields.update({name: row[name] for name in ("group", "moves") if name in row})
    record = normalise(baseline, side, row["id"], fields)
    if record is None or to_value(record) != fields or not record.live:
        raise BadRules(f"{_name(row)}: no live record comes of it")
    return fields


def ghost(fields: Fields) -> Fields:
    """The fields of a proposal once it is withdrawn: a record is never deleted."""
    if fields["type"] == "text":
        return {**fields, "from": fields["at"], "to": fields["at"], "wording": ""}
    return {**fields, "on": 0}


def _text(baseline: Baseline, side: str, row: Row, answered: Fields | None) -> Fields:
    block = next((found for found in _place(baseline, row["in"]) if found.text is not None), None)
    if block is None or block.text is None:
        raise BadRules(f"{_name(row)}: {row['in']} has no words of its own")
    if "strike" in row:
        start = _once(block.text, row["strike"], row)
        end = start + length(row["strike"])
    else:
        start = end = _once(block.text, row["behind"], row) + length(row["behind"])
    beside = answered is not None and answered["type"] == "text"
    return {
        "type": "text",
        "block": block.id,
        "from": start,
        "to": end,
        "at": end,
        "rank": between(answered["rank"], "", row["id"]) if answered and beside else first(side, row["id"]),
        "wording": row.get("with", row.get("insert", "")),
    }


def _new(baseline: Baseline, side: str, row: Row) -> Fields:
    kind, below = row["new"], row["below"]
    if kind not in KINDS:
        raise BadRules(f"{_name(row)}: {kind} is no kind of block")
    at_start_or_new = below == START or KEY.fullmatch(below)
    words = _wordings(row["words"])
    unknown = set(words) - set(parts(kind))
    if unknown:
        raise BadRules(f"{_name(row)}: {kind} has no {', '.join(sorted(unknown))}")
    return {
        "type": "new",
        "after": below if at_start_or_new else _place(baseline, below)[0].id,
        "kind": kind,
        "rank": first(side, row["id"]),
        "on": 1,
        **words,
    }


def _wordings(words: Row) -> dict[str, str]:
    """Each wording under the name of its part; a row's cells are ``wording``, ``w1``, ``w2`` …"""
    if "cells" in words:
        return {f"w{number}" if number else "wording": cell for number, cell in enumerate(words["cells"])}
    return {name if name == "wording" else f"w_{name}": said for name, said in words.items()}


def _place(baseline: Baseline, name: str) -> list[Block]:
    """The blocks a place's name stands for, the outermost first: a list entry and its only paragraph share one."""
    found = [baseline.places[block].block for block, said in places(baseline).items() if said == name]
    if not found:
        raise BadRules(f"section {baseline.section} has no place called {name}")
    return found


def _once(text: str, words: str, row: Row) -> int:
    """Where the words begin, in UTF-16 code units."""
    if not words or text.count(words) != 1:
        raise BadRules(f"{_name(row)}: “{words}” is there {text.count(words) if words else 0} times, not once")
    return length(text[: text.index(words)])


def _name(row: Row) -> str:
    return f"section {row['section']}, {row['id']}"
