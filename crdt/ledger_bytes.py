"""A ledger as bytes and back, for snapshots. Reading is total and strict: a ledger, or why these bytes are none.

The order is fixed, so that equal ledgers give equal bytes. The bytes say which schema they follow: version 1 is that
of prose, version 2 names its root. Only snapshots and their checks import it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from crdt.ledger import AttributeItem, Client, Ledger, Node, Place
from crdt.limits import MAX_CLIENT, MAX_CLOCK
from crdt.schema import SCHEMA, Schema
from crdt.wire import Malformed, Reader, WireError, Writer

FORMAT_VERSION: Final = 1
NAMED_VERSION: Final = 2


def to_bytes(ledger: Ledger) -> bytes:
    """Everything the ledger knows."""
    writer = Writer()
    if ledger.schema is SCHEMA:
        writer.uint(FORMAT_VERSION)
    else:
        writer.uint(NAMED_VERSION)
        writer.string(ledger.schema.root)
    writer.uint(ledger.size)
    nodes = sorted(
        (node for known in ledger.clients.values() for node in known.nodes.values()),
        key=lambda node: (node.depth, node.client, node.clock),
    )
    numbers = {ledger.root: 0} | {node: number for number, node in enumerate(nodes, 1)}
    writer.uint(len(nodes))
    for node in nodes:
        writer.uint(node.client)
        writer.uint(node.clock)
        writer.uint(numbers[node.parent or ledger.root])
        writer.string(node.rule.name if node.rule else "")
    places = {(node.client, node.clock): number for node, number in numbers.items()}
    keys: dict[tuple[int, str], int] = {}
    writer.uint(len(ledger.attributes))
    for (client, clock, key), items in sorted(ledger.attributes.items()):
        number = places[client, clock]
        keys[number, key] = len(keys)
        writer.uint(number)
        writer.string(key)
        _write_items(writer, items)
    writer.uint(len(ledger.clients))
    for client, known in sorted(ledger.clients.items()):
        writer.uint(client)
        writer.string(known.owner)
        writer.uint(known.clock)
        _write_rising(writer, known.starts)
        for place in known.places:
            writer.uint(_place_code(place, numbers, keys))
        for rising in (known.highs, known.formats, known.gone):
            _write_rising(writer, rising)
    return writer.finish()


def _write_items(writer: Writer, items: Iterable[AttributeItem]) -> None:
    ordered = sorted(items, key=lambda item: (item.client, item.clock))
    writer.uint(len(ordered))
    for item in ordered:
        writer.uint(item.client)
        writer.uint(item.clock)
        writer.uint(item.length)
        writer.byte(0 if item.origin is None else 1)
        if item.origin is not None:
            writer.uint(item.origin[0])
            writer.uint(item.origin[1])


def _write_rising(writer: Writer, values: Iterable[int]) -> None:
    values = list(values)
    writer.uint(len(values))
    before = 0
    for value in values:
        writer.uint(value - before)
        before = value


def _place_code(place: Place, numbers: dict[Node, int], keys: dict[tuple[int, str], int]) -> int:
    if place is None:
        return 0
    if isinstance(place, Node):
        return 1 + 2 * numbers[place]
    return 2 + 2 * keys[numbers[place[0]], place[1]]


def from_bytes(data: bytes, schema: Schema = SCHEMA) -> Ledger | Malformed:
    """The ledger of a document of this schema that these bytes hold, or why they hold none."""
    reader = Reader(data)
    try:
        ledger = _read(reader, schema)
    except WireError as error:
        return Malformed(str(error))
    if not reader.at_end:
        return Malformed("bytes left over")
    return ledger


def _read(reader: Reader, schema: Schema) -> Ledger:
    if reader.uint() != (FORMAT_VERSION if schema is SCHEMA else NAMED_VERSION):
        raise WireError("another version")
    if schema is not SCHEMA and reader.string() != schema.root:
        raise WireError("another schema")
    ledger = Ledger(schema)
    ledger.size = reader.uint()
    nodes = [ledger.root]
    for _ in range(reader.uint()):
        nodes.append(_read_node(reader, nodes, schema))  # each may stand in one before it
    ledger.top = ledger.at_top(nodes)
    keys: list[tuple[Node, str]] = []
    for _ in range(reader.uint()):
        node, key = _pick(nodes, reader.uint()), reader.string()
        if node.rule is None or key not in node.rule.attributes:
            raise WireError("no such attribute")
        keys.append((node, key))
        items = [_read_item(reader) for _ in _times(reader)]
        if not any(item.origin is None for item in items):
            raise WireError("an attribute without a first value")
        ledger.attributes[node.client, node.clock, key] = items
    for _ in range(reader.uint()):
        client = reader.uint(MAX_CLIENT)
        if client in ledger.clients:
            raise WireError("client named twice")
        ledger.clients[client] = _read_client(reader, nodes, keys)
    for node in nodes[1:]:
        holder = ledger.clients.get(node.client)
        if holder is None or node.clock >= holder.clock or holder.place(node.clock) is not node.parent:
            raise WireError("an element nobody wrote")
        if holder.nodes.setdefault(node.clock, node) is not node:
            raise WireError("two elements in one place")
    return ledger


def _times(reader: Reader) -> Iterator[None]:
    for _ in range(reader.uint()):
        yield


def _pick(nodes: list[Node], number: int) -> Node:
    if number >= len(nodes):
        raise WireError("no such element")
    return nodes[number]


def _read_node(reader: Reader, nodes: list[Node], schema: Schema) -> Node:
    client, clock = reader.uint(MAX_CLIENT), reader.uint(MAX_CLOCK)
    parent, name = _pick(nodes, reader.uint()), reader.string()
    outer = parent.rule
    if outer is None:
        raise WireError("an element inside of text")
    if not name:
        if not outer.inline:
            raise WireError("text where there is none")
        return Node(client, clock, parent, None, parent.depth + 1)
    if name not in outer.children:
        raise WireError("an element that may not stand there")
    return Node(client, clock, parent, schema.nodes[name], parent.depth + 1)


def _read_item(reader: Reader) -> AttributeItem:
    client, clock, length = reader.uint(MAX_CLIENT), reader.uint(MAX_CLOCK), reader.uint(MAX_CLOCK)
    if reader.byte() == 0:
        return AttributeItem(client, clock, length, None)
    return AttributeItem(client, clock, length, (reader.uint(MAX_CLIENT), reader.uint(MAX_CLOCK)))


def _read_rising(reader: Reader, limit: int) -> array[int]:
    """Rising clocks, the first of which may be 0, none above the limit."""
    steps = reader.uints(MAX_CLOCK)
    if steps.count(0) > (steps[:1] == [0]):
        raise WireError("clocks that do not rise")
    if steps and sum(steps) > limit:
        raise WireError("clock too large")
    return array("I", accumulate(steps))


def _read_client(reader: Reader, nodes: list[Node], keys: list[tuple[Node, str]]) -> Client:
    known = Client(reader.string())
    known.clock = reader.uint(MAX_CLOCK)
    known.starts = _read_rising(reader, known.clock - 1)
    if not known.starts or known.starts[0] != 0:
        raise WireError("a client without a beginning")
    for _ in known.starts:
        code = reader.uint()
        if code == 0:
            known.places.append(None)
        elif code & 1:
            known.places.append(_pick(nodes, code >> 1))
        elif code // 2 - 1 < len(keys):
            known.places.append(keys[code // 2 - 1])
        else:
            raise WireError("no such attribute")
    known.highs = _read_rising(reader, known.clock - 1)
    known.formats = _read_rising(reader, known.clock - 1)
    known.gone = _read_rising(reader, known.clock)
    if len(known.gone) & 1:
        raise WireError("a deletion without an end")
    return known
