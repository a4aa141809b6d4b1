"""Does a formatting mark or an attribute's value fit the schema? Strings in, yes or no out.

Values come from anybody: parsing is bounded and never raises. Used by the gate.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final

from crdt.schema import AttributeRule, Schema
from crdt.structs import Undefined, Value

LONGEST: Final = 4096
"""Longest mark name or value looked at, in characters; a link may have 2,000."""

_HASHED: Final = re.compile(r"(.*)--[a-zA-Z0-9+/=]{8}", re.DOTALL)


def mark_fits(schema: Schema, mark: str, value: str) -> bool:
    """True if this formatting is one the schema has: ``mark`` may carry the editor's hash, ``value`` is JSON."""
    return len(mark) <= LONGEST and len(value) <= LONGEST and _mark_fits(schema, mark, value)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("named twice")
    return dict(pairs)


@lru_cache(maxsize=256)
def _mark_fits(schema: Schema, mark: str, value: str) -> bool:
    hashed = _HASHED.fullmatch(mark)
    rules = schema.marks.get(hashed[1] if hashed else mark)
    if rules is None:
        return False
    if value == "null":
        return True
    try:
        attributes = json.loads(value, object_pairs_hook=_object)
        value.encode()
        json.dumps(attributes, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    if not isinstance(attributes, dict):
        return False
    return all(name in rules and isinstance(held, str) and rules[name].fits(held) for name, held in attributes.items())


def attribute_fits(rule: AttributeRule, value: Value | Undefined) -> bool:
    """True if an element may carry this value. Whole numbers count as their digits, as some editors write them so."""
    if isinstance(value, str):
        return rule.fits(value)
    if rule.string or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) < 2**31 and value == int(value) and rule.fits(str(int(value)))
    return rule.default is None
