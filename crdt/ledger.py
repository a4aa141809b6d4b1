"""What one document holds, in just enough detail to judge the next update without asking the engine.

Text is not kept: only where each client's clocks stand, in which element, what is deleted, and whose id is whose.
It must mirror exactly what the engine does with an accepted update. ``gate`` reads it; the room records in it.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeAlias

from crdt.schema import SCHEMA, NodeRule, Schema
from crdt.structs import Id
from crdt.update import state_vector


class Node:
    """The root, an element, or a text (which has no rule): something that other structs can stand in. Never changes."""

    __slots__ = ("client", "clock", "depth", "parent", "rule")

    def __init__(self, client: int, clock: int, parent: Node | None, rule: NodeRule | None, depth: int) -> None:
        self.client = client
        self.clock = clock
        self.parent = parent
        self.rule = rule
        self.depth = depth


Place: TypeAlias = Node | tuple[Node, str] | None
"""Where a struct stands: in a node, in an attribute of an element, or nowhere any more (collected by its author)."""

FEW: Final = 64
"""Up to so many deletions are put in their places one by one."""

UNKNOWN: Final = Node(0, 0, None, None, 0)
"""Stands for the place of a struct nobody has seen."""


class Addition:
    """New structs of one client: runs of clocks that share a place, and the clocks that need remembering."""

    __slots__ = ("client", "end", "formats", "gone", "highs", "nodes", "places", "start", "starts")

    def __init__(self, client: int, start: int) -> None:
        self.client = client
        self.start = self.end = start
        self.starts: list[int] = []
        self.places: list[Place] = []
        self.highs: list[int] = []
        self.formats: list[int] = []
        self.nodes: dict[int, Node] = {}
        self.gone: list[tuple[int, int]] = []

    def place(self, clock: int) -> Place:
        """Where the struct at this clock stands; the clock is one of ours."""
        return self.places[bisect_right(self.starts, clock) - 1]


@dataclass(frozen=True, slots=True)
class AttributeItem:
    """One value an attribute was given: its ids, and the value it replaced."""

    client: int
    clock: int
    length: int
    origin: Id | None


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What one accepted update adds; made by ``gate``, taken up by ``Ledger.record``."""

    additions: tuple[Addition, ...]
    deletes: tuple[tuple[int, int, int], ...] = ()
    """Client, first clock, clock after the last."""
    attributes: tuple[tuple[Node, str, AttributeItem], ...] = ()
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The update may be applied: exactly these bytes, which hold nothing that was known before."""

    update: bytes
    change: LedgerChange
    new_clients: tuple[int, ...] = ()
    text_added: int = 0


class Client:
    """Everything one client id wrote."""

    __slots__ = ("clock", "formats", "gone", "highs", "nodes", "owner", "places", "starts")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.clock = 0
        self.starts = array("I")
        self.places: list[Place] = []
        self.highs = array("I")
        """Clocks of first halves of surrogate pairs, ascending."""
        self.formats = array("I")
        """Clocks of formatting marks, ascending."""
        self.nodes: dict[int, Node] = {}
        self.gone = array("I")
        """Deleted clocks: first of a range, first after it, and so on, ascending."""

    def place(self, clock: int) -> Place:
        """Where the struct at this clock stands; the clock is known."""
        return self.places[bisect_right(self.starts, clock) - 1]

    def is_high(self, clock: int) -> bool:
        """True if a pair of surrogates starts at this clock."""
        highs = self.highs
        if not highs:
            return False
        at = bisect_left(highs, clock)
        return at < len(highs) and highs[at] == clock

    def is_gone(self, start: int, end: int) -> bool:
        """True if every clock from start until before end is deleted."""
        gone = self.gone
        at = bisect_right(gone, start)
        return at & 1 == 1 and gone[at] >= end

    def remove(self, start: int, end: int) -> None:
        """Marks clocks as deleted."""
        gone = self.gone
        left, right = bisect_left(gone, start), bisect_right(gone, end)
        bounds = array("I")
        if not left & 1:
            bounds.append(start)
        if not right & 1:
            bounds.append(end)
        gone[left:right] = bounds

    def remove_all(self, ranges: list[tuple[int, int]]) -> None:
        """Marks many ascending ranges as deleted, in linear time."""
        gone = self.gone
        merged = array("I")
        held = [(gone[at], gone[at + 1]) for at in range(0, len(gone), 2)]
        for start, end in heapq.merge(held, ranges):
            if merged and start <= merged[-1]:
                merged[-1] = max(merged[-1], end)
            else:
                merged.append(start)
                merged.append(end)
        self.gone = merged

    def left_of(self, start: int, end: int) -> Iterable[tuple[int, int]]:
        """The parts of a range that are not deleted."""
        gone = self.gone
        at = bisect_right(gone, start)
        if at & 1:
            start = gone[at]
            at += 1
        while start < end:
            if at >= len(gone) or gone[at] >= end:
                yield start, end
                return
            yield start, gone[at]
            start = gone[at + 1]
            at += 2

    def runs(self, start: int, end: int) -> Iterable[tuple[int, int, Place]]:
        """The runs within a range: first clock, clock after the last, place."""
        starts = self.starts
        at = bisect_right(starts, start) - 1
        while start < end:
            stop = min(end, starts[at + 1] if at + 1 < len(starts) else self.clock)
            yield start, stop, self.places[at]
            start = stop
            at += 1

    def formats_in(self, start: int, end: int) -> int:
        """How many of these clocks are formatting marks."""
        return bisect_left(self.formats, end) - bisect_left(self.formats, start)

    def copy(self) -> Client:
        """An independent copy; nodes are shared, as they never change."""
        other = Client(self.owner)
        other.clock = self.clock
        other.starts = self.starts[:]
        other.places = self.places[:]
        other.highs = self.highs[:]
        other.formats = self.formats[:]
        other.nodes = self.nodes.copy()
        other.gone = self.gone[:]
        return other


class Ledger:
    """One document's book. ``check`` in ``gate`` only reads it; ``record`` is the only change."""

    __slots__ = ("attributes", "clients", "root", "schema", "size", "top")

    def __init__(self, schema: Schema = SCHEMA) -> None:
        self.schema = schema
        """What the document may hold."""
        self.root = Node(0, 0, None, schema.document, 0)
        self.clients: dict[int, Client] = {}
        self.attributes: dict[tuple[int, int, str], list[AttributeItem]] = {}
        """Every value ever given to an attribute, by its element's id and its name."""
        self.size = 0
        """Bytes of all content so far, deleted or not."""
        self.top = 0
        """How many elements stand at the top, deleted or not."""

    def record(self, accepted: Accepted, owner: str) -> None:
        """Takes up an accepted update. ValueError if the ledger moved on since it was checked."""
        clients = self.clients
        change = accepted.change
        for addition in change.additions:
            known = clients.get(addition.client)
            if addition.start != (known.clock if known else 0):
                raise ValueError("the ledger moved on since this update was checked")
        for addition in change.additions:
            known = clients.get(addition.client)
            if known is None:
                known = clients[addition.client] = Client(owner)
            places = known.places
            for start, place in zip(addition.starts, addition.places, strict=True):
                if not places or (places[-1] is not place and places[-1] != place):
                    known.starts.append(start)
                    places.append(place)
            known.clock = addition.end
            if addition.highs:
                known.highs.extend(addition.highs)
            if addition.formats:
                known.formats.extend(addition.formats)
            if addition.nodes:
                known.nodes.update(addition.nodes)
                self.top += self.at_top(addition.nodes.values())
            for start, end in addition.gone:
                known.remove(start, end)
        if len(change.deletes) < FEW:
            for client, start, end in change.deletes:
                clients[client].remove(start, end)
        else:
            for client, group in groupby(change.deletes, itemgetter(0)):
                clients[client].remove_all([(start, end) for _, start, end in group])
        for node, key, item in change.attributes:
            self.attributes.setdefault((node.client, node.clock, key), []).append(item)
        self.size += change.cost

    def at_top(self, nodes: Iterable[Node]) -> int:
        """How many of these nodes stand directly in the root."""
        return sum(node.parent is self.root for node in nodes)

    def clocks(self) -> dict[int, int]:
        """Next clock of every client."""
        return {client: known.clock for client, known in self.clients.items()}

    def state_vector(self) -> bytes:
        """What the document holds, as Yjs says it."""
        return state_vector(self.clocks())

    def owner_of(self, client: int) -> str | None:
        """Whose client id this is, or None if nobody wrote with it yet."""
        known = self.clients.get(client)
        return known.owner if known else None

    def place(self, client: int, clock: int) -> Place:
        """Where this struct stands, or UNKNOWN."""
        known = self.clients.get(client)
        if known is None or clock >= known.clock:
            return UNKNOWN
        return known.place(clock)

    def node_is_gone(self, node: Node) -> bool:
        """True if the node or anything around it is deleted."""
        at: Node | None = node
        while at is not None and at is not self.root:
            if self.clients[at.client].is_gone(at.clock, at.clock + 1):
                return True
            at = at.parent
        return False

    def copy(self) -> Ledger:
        """An independent copy."""
        other = Ledger(self.schema)
        other.root = self.root
        other.clients = {client: known.copy() for client, known in self.clients.items()}
        other.attributes = {at: items[:] for at, items in self.attributes.items()}
        other.size = self.size
        other.top = self.top
        return other
