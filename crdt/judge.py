"""The rule of the gate, struct by struct: order, neighbours, schema, and what the engine will make of each.

Works on a decoded update beside an unchanged ledger and gathers what would be new. Only ``gate`` uses it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from heapq import heappop, heappush
from typing import Any, Final

from crdt.fits import attribute_fits, mark_fits
from crdt.ledger import UNKNOWN, Addition, AttributeItem, Ledger, LedgerChange, Node, Place
from crdt.limits import Limits
from crdt.schema import NodeRule
from crdt.structs import ANY, DELETED, FORMAT, GC, HAS_ORIGIN, KIND, SKIP, STRING, TYPE, XML_TEXT, Id, Struct

STRUCT_COST: Final = 16
"""Bytes a struct counts besides its content, unless it is typing that goes on where it was."""


class Refusal(Exception):
    """Ends the judgement; ``gate`` turns it into a verdict."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def malformed(detail: str) -> Refusal:
    """An update no honest editor makes."""
    return Refusal("malformed", detail)


class Judge:
    """One judgement: first ``structs``, then ``deletes``, then ``change``."""

    __slots__ = (
        "_additions", "_attributes", "_blocked", "_cost", "_deletes", "_first_values", "_ledger", "_limits",
        "_next", "_owner", "_schema", "_staying", "kept", "text_added", "trimmed",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, owner: str, limits: Limits) -> None:
        self._ledger = ledger
        self._schema = ledger.schema
        self._owner = owner
        self._limits = limits
        self._additions: dict[int, Addition] = {}
        self._next: dict[int, int] = {}
        """Index of the next struct to judge, of every client that is not done."""
        self._blocked: dict[int, list[tuple[int, int]]] = {}
        """Per client, a heap of (clock, other client): the other goes on once this clock is judged."""
        self._deletes: list[tuple[int, int, int]] = []
        self._attributes: list[tuple[Node, str, AttributeItem]] = []
        self._first_values: set[tuple[int, tuple[Node, str]]] = set()
        self._staying: dict[int, list[int]] = {}
        """Clocks of new elements, texts and values that may not be deleted, ascending."""
        self._cost = 0
        self.kept: dict[int, list[Struct]] = {}
        """The structs that are new, cut to what is new."""
        self.trimmed = False
        """True if the update also held what was known before."""
        self.text_added = 0

    def structs(self, sections: dict[int, list[Struct]]) -> None:
        """Judges every new struct, each after those it refers to."""
        for client, section in sections.items():
            self._begin(client, section)
        ready = list(self.kept)
        while ready:
            client = ready.pop()
            self._advance(client)
            waiting = self._blocked.get(client)
            end = self._additions[client].end
            while waiting and waiting[0][0] < end:
                ready.append(heappop(waiting)[1])
        if self._next:
            raise malformed("structs that wait for each other")

    def deletes(self, deletes: dict[int, list[tuple[int, int]]]) -> None:
        """Judges every deletion and keeps those that are new."""
        for client, ranges in deletes.items():
            known = self._ledger.clients.get(client)
            addition = self._additions.get(client)
            clock = addition.end if addition else known.clock if known else 0
            if ranges[-1][0] + ranges[-1][1] > clock:
                raise Refusal("gap", "deletes what is not known")
            for start, length in ranges:
                end = start + length
                if known and known.is_gone(start, end):
                    self.trimmed = True
                    continue
                if self._is_high(client, end - 1) or (start and self._is_high(client, start - 1)):
                    raise malformed("splits a surrogate pair")
                if self._schema.keeps and self._stays(client, start, end):
                    raise malformed("deletes what stays")
                self._deletes.append((client, start, end))

    def _stays(self, client: int, start: int, end: int) -> bool:
        """True if these clocks hold something that may not be deleted, unless its author deleted it at once."""
        staying = self._staying.get(client)
        if staying:
            at = bisect_left(staying, start)
            if at < len(staying) and staying[at] < end:
                return True
        known = self._ledger.clients.get(client)
        if known is None:
            return False
        return any(
            _keeps(place)
            for first, after in known.left_of(start, min(end, known.clock))
            for _, _, place in known.runs(first, after)
        )

    def change(self) -> LedgerChange:
        """Everything the ledger has to take up."""
        return LedgerChange(tuple(self._additions.values()), tuple(self._deletes), tuple(self._attributes), self._cost)

    def new_deletes(self) -> dict[int, list[tuple[int, int]]]:
        """The deletions that are new, as an update holds them."""
        deletes: dict[int, list[tuple[int, int]]] = {}
        for client, start, end in self._deletes:
            deletes.setdefault(client, []).append((start, end - start))
        return deletes

    def _begin(self, client: int, section: list[Struct]) -> None:
        """Cuts a section to what is new, and opens the addition its structs go to."""
        known = self._ledger.clients.get(client)
        clock = known.clock if known else 0
        first = section[0].clock
        if first > clock:
            raise Refusal("gap", "structs before these are missing")
        if first < clock:
            self.trimmed = True
            section = _after(client, section, clock)
            if not section:
                return
        if known is not None and known.owner != self._owner:
            raise Refusal("not-yours", "the client id belongs to somebody else")
        self.kept[client] = section
        self._next[client] = 0
        self._additions[client] = Addition(client, clock)

    def _advance(self, client: int) -> None:
        """Judges a section up to a struct that refers to another section's struct not judged yet."""
        section = self.kept[client]
        addition = self._additions[client]
        for at in range(self._next[client], len(section)):
            struct = section[at]
            clock, _, info, origin, right, parent, key, _ = struct
            place: Place
            if info == GC:
                place = None
            elif info == SKIP:
                raise Refusal("gap", "a hole where something is missing")
            elif origin is not None:
                other, before = origin
                if other == client and before == clock - 1 and addition.places:
                    place = addition.places[-1]
                else:
                    place = self._place(other, before)
                    if place is UNKNOWN:
                        return self._wait(client, at, origin)
                if self._is_high(other, before):
                    raise malformed("splits a surrogate pair")
                if right is not None:
                    beside = self._place(*right)
                    if beside is UNKNOWN:
                        return self._wait(client, at, right)
                    if beside is not place and beside != place:
                        raise malformed("neighbours in different places")
            elif right is not None:
                place = self._place(*right)
                if place is UNKNOWN:
                    return self._wait(client, at, right)
            elif isinstance(parent, tuple):
                place = self._place(*parent)
                if place is UNKNOWN:
                    return self._wait(client, at, parent)
                place = self._inside(parent, place)
            elif parent == self._schema.root:
                place = self._ledger.root
            else:
                raise malformed("unknown root")
            if right is not None and right[1] and self._is_high(right[0], right[1] - 1):
                raise malformed("splits a surrogate pair")
            if key is not None and isinstance(place, Node):
                place = (place, key)
            self._take(addition, struct, place)
        del self._next[client]
        return None

    def _wait(self, client: int, at: int, needed: Id) -> None:
        """Puts a section aside until another one has been judged up to what it needs."""
        other, clock = needed
        if other == client:
            raise malformed("refers to itself or to its future")
        last = self.kept[other][-1] if other in self._next else None
        if last is None or clock >= last.clock + last.length:
            raise Refusal("gap", "refers to what is not known")
        self._next[client] = at
        heappush(self._blocked.setdefault(other, []), (clock, client))

    def _place(self, client: int, clock: int) -> Place:
        """Where a struct stands, known or of this update, or UNKNOWN."""
        addition = self._additions.get(client)
        if addition is not None and clock >= addition.start:
            return addition.place(clock) if clock < addition.end else UNKNOWN
        return self._ledger.place(client, clock)

    def _inside(self, parent: Id, outer: Place) -> Place:
        """The node a parent's id means. What its author collected takes its children with it."""
        client, clock = parent
        addition = self._additions.get(client)
        if addition is not None and clock >= addition.start:
            node = addition.nodes.get(clock)
        else:
            node = self._ledger.clients[client].nodes.get(clock)
        if node is not None:
            return node
        if outer is None or (isinstance(outer, Node) and outer.rule is not None):
            return None
        raise malformed("parent is no element")

    def _is_high(self, client: int, clock: int) -> bool:
        addition = self._additions.get(client)
        if addition is not None and clock >= addition.start:
            highs = addition.highs
            if not highs:
                return False
            at = bisect_left(highs, clock)
            return at < len(highs) and highs[at] == clock
        known = self._ledger.clients.get(client)
        return known is not None and known.is_high(clock)

    def _take(self, addition: Addition, struct: Struct, place: Place) -> None:
        """Judges what a struct holds in the place where it stands, and adds it."""
        content: Any
        clock, length, info, _, _, _, _, content = struct
        kind = info & KIND
        cost = STRUCT_COST
        if isinstance(place, Node):
            if place.rule is None:
                if kind == STRING:
                    cost = self._text(addition, struct)
                elif kind == FORMAT:
                    if not mark_fits(self._schema, *content):
                        raise malformed("unknown formatting")
                    addition.formats.append(clock)
                    cost += len(content[1])
                elif kind != DELETED:
                    raise malformed("no text")
            elif kind == TYPE:
                addition.nodes[clock] = self._node(addition.client, clock, content, place)
                cost *= 4
            elif kind != DELETED:
                raise malformed("text outside of text")
        elif place is None:
            if content.__class__ is str:
                cost += len(content)
        else:
            cost += self._attribute(addition.client, struct, place)
        if self._schema.keeps and kind > DELETED and _keeps(place):
            self._staying.setdefault(addition.client, []).append(clock)
        if kind <= DELETED or place is None:
            addition.gone.append((clock, clock + length))
        places = addition.places
        if not places or (places[-1] is not place and places[-1] != place):
            addition.starts.append(clock)
            places.append(place)
        addition.end = clock + length
        self._cost += cost

    def _text(self, addition: Addition, struct: Struct) -> int:
        """Adds typed text; returns what it counts."""
        text: str = struct.content  # type: ignore[assignment]  # what STRING holds
        size = struct.length
        self.text_added += size
        if not text.isascii():
            units = text.encode("utf-16-le")
            size = len(text.encode())
            if len(text) != struct.length:
                halves = array("H", units)
                clock = struct.clock
                addition.highs.extend(clock + at for at, half in enumerate(halves) if half & 0xFC00 == 0xD800)
        return size if struct.origin == (addition.client, struct.clock - 1) else size + STRUCT_COST

    def _node(self, client: int, clock: int, content: tuple[int, str | None], place: Node) -> Node:
        """The new element or text, if it may stand there."""
        reference, name = content
        rule: NodeRule = place.rule  # type: ignore[assignment]  # a text has none, and is no place for nodes
        depth = place.depth + 1
        if depth > self._limits.depth:
            raise Refusal("too-big", "nested too deeply")
        if reference == XML_TEXT:
            if not rule.inline:
                raise malformed("text where there is none")
            return Node(client, clock, place, None, depth)
        if name not in rule.children:
            raise malformed("an element that may not stand there")
        return Node(client, clock, place, self._schema.nodes[name], depth)

    def _attribute(self, client: int, struct: Struct, place: tuple[Node, str]) -> int:
        """Notes a new value of an attribute, if it fits; returns what it counts."""
        node, key = place
        rule = node.rule.attributes.get(key) if node.rule is not None else None
        if rule is None or struct.right is not None:
            raise malformed("an attribute that may not stand there")
        content: Any = struct.content
        kind = struct.info & KIND
        size = len(key)
        if kind == ANY:
            # Values set one after the other and deleted together are written as one struct.
            if not all(attribute_fits(rule, value) for value in content):
                raise malformed("an attribute that may not hold this")
            size += sum(len(value) for value in content if isinstance(value, str))
        elif kind != DELETED:
            raise malformed("an attribute that may not hold this")
        if rule.fixed and not (kind == ANY and struct.length == 1 and struct.origin is None and client == node.client):
            raise malformed("an attribute that stays as it was set")
        if struct.origin is None:
            self._first_value(client, place)
        self._attributes.append((node, key, AttributeItem(client, struct.clock, struct.length, struct.origin)))
        return size

    def _first_value(self, client: int, place: tuple[Node, str]) -> None:
        """A client knows what it set itself and replaces that; many first values would make the engine crawl."""
        node, key = place
        known = self._ledger.attributes.get((node.client, node.clock, key), ())
        if (client, place) in self._first_values or any(item.client == client for item in known):
            raise malformed("an attribute set for the first time again")
        self._first_values.add((client, place))


def _keeps(place: Place) -> bool:
    """True if nothing that stands in this place may be deleted."""
    if place is None:
        return False
    if isinstance(place, Node):
        return place.rule is not None and place.rule.keeps
    node, key = place
    return node.rule is not None and node.rule.attributes[key].fixed


def _after(client: int, section: list[Struct], clock: int) -> list[Struct]:
    """The part of a section from this clock on, written as its author would have from there."""
    low, high = 0, len(section)
    while low < high:
        middle = (low + high) // 2
        if section[middle].clock + section[middle].length <= clock:
            low = middle + 1
        else:
            high = middle
    section = section[low:]
    if not section or section[0].clock == clock:
        return section
    struct = section[0]
    offset = clock - struct.clock
    content = struct.content
    if isinstance(content, str):
        try:
            content = content.encode("utf-16-le")[offset * 2 :].decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise malformed("splits a surrogate pair") from error
    elif isinstance(content, tuple):
        content = content[offset:]
    length = struct.length - offset
    if struct.info in (GC, SKIP):
        section[0] = struct._replace(clock=clock, length=length)
    else:
        section[0] = Struct(
            clock, length, struct.info | HAS_ORIGIN, (client, clock - 1), struct.right, None, None, content
        )
    return section
