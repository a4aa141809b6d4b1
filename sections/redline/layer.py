"""A layer read from its live document: the canonical tree (plain values) as the fields that ``records`` takes.

A record is an element ``text``, ``new`` or ``rm``; its wordings are the ``words`` in it. Where several elements have
one id, the greatest by its canonical JSON counts, wherever it stands, so that all readers choose the same. Total: any
tree gives a layer. Pure; twin of ``static/src/redline/layer.ts``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sections.redline.records import ID, parts

_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)
_OWN = {
    "text": ("block", "rank"),
    "new": ("after", "kind", "rank"),
    "rm": ("block",),
}
_NUMBERS = {"text": ("from", "to", "at"), "new": (), "rm": ()}
_COMMON = ("group", "moves")


def layer_of(tree: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every record of the layer by its id, as ``records.normalise`` takes it. What is missing or unfit is left out."""
    found: dict[str, dict[str, Any]] = {}
    for element in _elements(tree):
        record_id = _attributes(element).get("id")
        if element["type"] not in _OWN or not isinstance(record_id, str) or not ID.fullmatch(record_id):
            continue
        fields = _fields(element)
        if record_id not in found or _order(fields) > _order(found[record_id]):
            found[record_id] = fields
    return found


def _fields(element: Mapping[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    given = _attributes(element)
    fields: dict[str, Any] = {"type": kind}
    fields |= {name: given[name] for name in (*_OWN[kind], *_COMMON) if name in given}
    fields |= {name: int(given[name]) for name in _NUMBERS[kind] if _NUMBER.fullmatch(given.get(name, ""))}
    if kind != "text" and given.get("on") in ("0", "1"):
        fields["on"] = int(given["on"])
    if "counters" in given:
        fields["counters"] = {"key": given["counters"], "hash": given.get("counters_hash", "")}
    if kind == "text":
        fields["wording"] = _wordings(element).get("wording", "")
    elif kind == "new":
        wordings = _wordings(element)
        fields |= {part: wordings[part] for part in parts(given.get("kind", "")) if wordings.get(part)}
    return fields


def _wordings(element: Mapping[str, Any]) -> dict[str, str]:
    """The text of every part, several ``words`` of one part joined in the order in which they stand."""
    found: dict[str, str] = {}
    for words in _elements(element):
        if words["type"] == "words":
            part = _attributes(words).get("part", "wording")
            found[part] = found.get(part, "") + "".join(
                run["text"] for run in words.get("children", ()) if "text" in run
            )
    return found


def _attributes(element: Mapping[str, Any]) -> Mapping[str, str]:
    attributes: Mapping[str, str] = element.get("attrs", {})
    return attributes


def _elements(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (child for child in tree.get("children", ()) if "type" in child)


def _order(fields: Mapping[str, Any]) -> bytes:
    """Canonical JSON, comparable as browsers compare strings: by UTF-16 units."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-16-be", "surrogatepass")
