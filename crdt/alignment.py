"""Which passage of one text is which of another: items by their ids, all else by its words and its order.

For two states of the same section. Nothing is decided by it but what is shown as changed, and how small a change is.
Pure; ``becoming`` and the server's comparisons use it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from crdt.blocks import ITEM_KINDS, Tree

Pair: TypeAlias = tuple[Tree | None, Tree | None]

_ALIKE = 0.4
_MOST_PAIRS = 10_000


def aligned(old: Sequence[Tree], new: Sequence[Tree]) -> Iterator[Pair]:
    """The children of one element and of another in one order: both where they are one passage, else one of them."""
    matcher = SequenceMatcher(None, [_key(node) for node in old], [_key(node) for node in new], autojunk=False)
    i = j = 0
    for first, second, size in matcher.get_matching_blocks():
        yield from _gap(old[i:first], new[j:second])
        yield from zip(old[first : first + size], new[second : second + size], strict=True)
        i, j = first + size, second + size


def item_id(node: Tree) -> str:
    """An item's own id; '' for anything else."""
    return str(node.get("attrs", {}).get("id", "")) if node.get("type") in ITEM_KINDS else ""


def _key(node: Tree) -> str:
    item = item_id(node)
    return f"item {node['type']} {item}" if item else json.dumps(node, sort_keys=True, ensure_ascii=False)


def _gap(old: Sequence[Tree], new: Sequence[Tree]) -> Iterator[Pair]:
    """What stands between two places that are the same: passages that are alike are one passage that changed."""
    i = 0
    bags = [_bag(node) for node in old]
    many = len(old) * len(new) > _MOST_PAIRS
    waiting: list[Tree] = []
    for node in new:
        bag = _bag(node)
        reach = range(i, min(i + 1, len(old)) if many else len(old))
        match = next((at for at in reach if _fits(old[at], node) and _like(bags[at], bag) >= _ALIKE), None)
        if match is None:
            waiting.append(node)
            continue
        yield from ((one, None) for one in old[i:match])
        yield from ((None, other) for other in waiting)
        waiting = []
        yield old[match], node
        i = match + 1
    yield from ((one, None) for one in old[i:])
    yield from ((None, other) for other in waiting)


def _fits(old: Tree, new: Tree) -> bool:
    if old["type"] != new["type"] or item_id(old) or item_id(new):
        return False
    return old["type"] != "field" or old.get("attrs") == new.get("attrs")


def _bag(node: Tree) -> Counter[str]:
    return Counter(word for text in _texts(node) for word in text.split())


def _like(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _texts(node: Tree) -> Iterator[str]:
    if "text" in node:
        yield node["text"]
    for child in node.get("children", ()):
        yield from _texts(child)
