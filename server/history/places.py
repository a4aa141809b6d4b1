"""Passages by the ids their elements have for good, so that one can be found again at another moment of its section.

A reference is the id of the element as ``client.clock``; an item is also known by its own id, which a copy keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crdt.alignment import item_id
from crdt.blocks import Tree
from crdt.schema import SCHEMA
from crdt.sequence import Element, Span, Unplaceable, both, matches
from crdt.structs import Id
from server.history.books import Moment, NoHistory

_REFERENCE = re.compile(r"([0-9]{1,16})\.([0-9]{1,10})")


@dataclass(frozen=True, slots=True)
class Passage:
    """One element at one moment: its node in the tree, and the elements around it from the top, itself last."""

    node: Tree
    element: Element
    path: tuple[int, ...]
    """Places among all children of the tree, level by level."""


def passages(moment: Moment) -> list[Passage]:
    """Every element of the text, in order. ``NoHistory`` should our order not be the engine's."""
    return with_past(moment)[0]


def with_past(moment: Moment) -> tuple[list[Passage], list[Span]]:
    """The same, and all words that ever stood in the text, in order."""
    try:
        order, ever = both(moment.update, SCHEMA.root)
    except Unplaceable as trouble:
        raise NoHistory(str(trouble)) from trouble
    if not matches(order, moment.tree):
        raise NoHistory("the order of ids is not the order of the text")
    return list(_walk(order, moment.tree, ())), ever


def _walk(element: Element, tree: Tree, path: tuple[int, ...]) -> Iterator[Passage]:
    inner = [child for child in element.children if not isinstance(child, Span)]
    nodes = [(at, child) for at, child in enumerate(tree["children"]) if "text" not in child]
    for one, (at, node) in zip(inner, nodes, strict=True):
        yield Passage(node, one, (*path, at))
        yield from _walk(one, node, (*path, at))


def nodes(tree: Tree) -> Iterator[Tree]:
    """The nodes of all passages of a text, in the order of ``passages``."""
    for child in tree["children"]:
        if "text" not in child:
            yield child
            yield from nodes(child)


def reference(element: Element) -> str:
    """How an address names a passage."""
    return f"{element.id[0]}.{element.id[1]}"


def read_reference(text: str) -> Id | None:
    """The id in an address; None for nonsense."""
    found = _REFERENCE.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]))


def find(among: list[Passage], wanted: Id, item: str = "") -> Passage | None:
    """The passage with this id; else the item that has this item's own id."""
    for one in among:
        if one.element.id == wanted:
            return one
    return next((one for one in among if item and item_id(one.node) == item), None)
