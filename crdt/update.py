"""Yjs updates (version 1) and state vectors: bytes to typed structs and back.

Judges form only: numbers in range, lengths inside the message, kinds a section can hold, nothing left over.
What the structs do to a document is judged in ``gate``. Decoding is total, linear, and needs no document.
"""

from __future__ import annotations

import struct as binary
from typing import Final, TypeAlias

from crdt.limits import DEFAULT_LIMITS, MAX_CLIENT, MAX_CLOCK, Limits
from crdt.structs import (
    ANY,
    DELETED,
    FORMAT,
    GC,
    HAS_KEY,
    HAS_NEIGHBOUR,
    HAS_ORIGIN,
    HAS_RIGHT,
    KIND,
    SKIP,
    STRING,
    TYPE,
    UNDEFINED,
    XML_ELEMENT,
    XML_TEXT,
    Content,
    Id,
    Struct,
    Undefined,
    Update,
    Value,
    make,
    utf16_length,
)
from crdt.wire import Malformed, Reader, WireError, Writer

__all__: Final = [
    "ANY",
    "DELETED",
    "FORMAT",
    "GC",
    "STRING",
    "TYPE",
    "XML_ELEMENT",
    "XML_TEXT",
    "Id",
    "Malformed",
    "Stops",
    "Struct",
    "Update",
    "decode",
    "encode",
    "make",
    "read_state_vector",
    "state_vector",
    "utf16_length",
    "valid_state_vector",
]


class _Unfit(ValueError):
    """Form this system does not take; becomes ``Malformed``."""


Stops: TypeAlias = dict[int, list[int]]
"""By client: where in the bytes its structs begin, then where each of them ends."""


def decode(update: bytes, limits: Limits = DEFAULT_LIMITS, stops: Stops | None = None) -> Update | Malformed:
    """The structs and deletions in these bytes, or why they are none; ``stops`` is filled if it is given."""
    try:
        structs, position = _structs(update, limits, stops)
        deletes, position = _deletes(update, position, limits)
    except IndexError:
        return Malformed("ends too early")
    except UnicodeDecodeError:
        return Malformed("not UTF-8")
    except _Unfit as unfit:
        return Malformed(str(unfit))
    if position != len(update):
        return Malformed("bytes left over")
    return Update(structs, deletes)


def _uint(data: bytes, position: int, limit: int) -> tuple[int, int]:
    """One var-int in its shortest form, and where it ends. IndexError past the end."""
    value = data[position]
    position += 1
    if value < 0x80:
        return value, position
    value &= 0x7F
    shift = 7
    while shift < 63:
        part = data[position]
        position += 1
        value |= (part & 0x7F) << shift
        if part < 0x80:
            if part == 0:
                raise _Unfit("number not in its shortest form")
            if value > limit:
                raise _Unfit("number too large")
            return value, position
        shift += 7
    raise _Unfit("number too long")


def _string(data: bytes, position: int) -> tuple[str, int]:
    length = data[position]
    if length < 0x80:
        position += 1
    else:
        length, position = _uint(data, position, MAX_CLOCK)
    end = position + length
    if end > len(data):
        raise _Unfit("length beyond the end")
    return data[position:end].decode(), end


def _structs(data: bytes, limits: Limits, stops: Stops | None) -> tuple[dict[int, list[Struct]], int]:
    """All client sections. Written out at length: this loop is the cost of every large update."""
    sections: dict[int, list[Struct]] = {}
    new = tuple.__new__
    total = 0
    count, position = _uint(data, 0, MAX_CLOCK)
    if count > limits.update_clients:
        raise _Unfit("too many clients")
    for _ in range(count):
        amount, position = _uint(data, position, MAX_CLOCK)
        client, position = _uint(data, position, MAX_CLIENT)
        clock, position = _uint(data, position, MAX_CLOCK)
        total += amount
        if amount == 0:
            raise _Unfit("empty section")
        if total > limits.update_structs:
            raise _Unfit("too many structs")
        if client in sections:
            raise _Unfit("client named twice")
        section: list[Struct] = []
        sections[client] = section
        append = section.append
        places = None if stops is None else stops.setdefault(client, [position])
        for _ in range(amount):
            info = data[position]
            position += 1
            origin = right = parent = key = None
            if info & HAS_NEIGHBOUR:
                if info & HAS_ORIGIN:
                    other, position = _uint(data, position, MAX_CLIENT)
                    at, position = _uint(data, position, MAX_CLOCK)
                    origin = (other, at)
                if info & HAS_RIGHT:
                    other, position = _uint(data, position, MAX_CLIENT)
                    at, position = _uint(data, position, MAX_CLOCK)
                    right = (other, at)
            elif info and info != SKIP:
                parent, position = _parent(data, position)
                if info & HAS_KEY:
                    key, position = _string(data, position)
            kind = info & KIND
            content: Content = None
            length = 1
            if kind == STRING:
                content, position = _string(data, position)
                length = len(content) if content.isascii() else len(content.encode("utf-16-le")) >> 1
            elif kind == FORMAT:
                mark, position = _string(data, position)
                value, position = _string(data, position)
                content = (mark, value)
            elif kind == TYPE:
                content, position = _type(data, position)
            elif kind == ANY:
                content, length, position = _values(data, position)
            elif kind == DELETED or info in (GC, SKIP):
                length, position = _uint(data, position, MAX_CLOCK)
            else:
                raise _Unfit(f"struct kind {info}")
            if length == 0:
                raise _Unfit("empty struct")
            append(new(Struct, (clock, length, info, origin, right, parent, key, content)))
            clock += length
            if places is not None:
                places.append(position)
        if clock > MAX_CLOCK:
            raise _Unfit("clock too large")
    return sections, position


def _parent(data: bytes, position: int) -> tuple[str | Id, int]:
    flag = data[position]
    if flag == 1:
        return _string(data, position + 1)
    if flag:
        raise _Unfit("parent flag")
    client, position = _uint(data, position + 1, MAX_CLIENT)
    clock, position = _uint(data, position, MAX_CLOCK)
    return (client, clock), position


def _type(data: bytes, position: int) -> tuple[tuple[int, str | None], int]:
    reference = data[position]
    if reference == XML_TEXT:
        return (XML_TEXT, None), position + 1
    if reference != XML_ELEMENT:
        raise _Unfit(f"type {reference}")
    name, position = _string(data, position + 1)
    return (XML_ELEMENT, name), position


def _values(data: bytes, position: int) -> tuple[tuple[Value | Undefined, ...], int, int]:
    """A list of plain values; lists and objects within are not for us."""
    count, position = _uint(data, position, MAX_CLOCK)
    if count > len(data) - position:
        raise _Unfit("length beyond the end")
    values: list[Value | Undefined] = []
    for _ in range(count):
        tag = data[position]
        position += 1
        if tag == 119:
            text, position = _string(data, position)
            values.append(text)
        elif tag == 125:
            number, position = _signed(data, position)
            values.append(number)
        elif tag in (123, 124):
            size = 8 if tag == 123 else 4
            if position + size > len(data):
                raise _Unfit("length beyond the end")
            values.append(binary.unpack(">d" if tag == 123 else ">f", data[position : position + size])[0])
            position += size
        elif 126 <= tag <= 127 or 120 <= tag <= 121:
            values.append({127: UNDEFINED, 126: None, 121: False, 120: True}[tag])
        else:
            raise _Unfit(f"value type {tag}")
    return tuple(values), count, position


def _signed(data: bytes, position: int) -> tuple[int, int]:
    """One signed var-int: sign in the second bit of the first byte, six bits of value beside it."""
    first = data[position]
    position += 1
    value = first & 0x3F
    if first & 0x80:
        high, position = _uint(data, position, MAX_CLOCK)
        if high == 0:
            raise _Unfit("number not in its shortest form")
        value |= high << 6
    if first & 0x40 and value == 0:
        raise _Unfit("minus zero")
    return (-value if first & 0x40 else value), position


def _deletes(data: bytes, position: int, limits: Limits) -> tuple[dict[int, list[tuple[int, int]]], int]:
    deletes: dict[int, list[tuple[int, int]]] = {}
    count, position = _uint(data, position, MAX_CLOCK)
    for _ in range(count):
        client, position = _uint(data, position, MAX_CLIENT)
        amount, position = _uint(data, position, MAX_CLOCK)
        if client in deletes:
            raise _Unfit("client named twice")
        if amount == 0:
            raise _Unfit("empty section")
        if amount > limits.update_structs:
            raise _Unfit("too many deletions")
        ranges: list[tuple[int, int]] = []
        deletes[client] = ranges
        end = 0
        for _ in range(amount):
            clock, position = _uint(data, position, MAX_CLOCK)
            length, position = _uint(data, position, MAX_CLOCK)
            if length == 0:
                raise _Unfit("empty deletion")
            if clock < end:
                raise _Unfit("deletions out of order")
            end = clock + length
            ranges.append((clock, length))
    return deletes, position


def encode(update: Update) -> bytes:
    """The bytes Yjs would write for this update, client sections in the order given."""
    writer = Writer()
    writer.uint(len(update.structs))
    for client, section in update.structs.items():
        writer.uint(len(section))
        writer.uint(client)
        writer.uint(section[0].clock)
        for struct in section:
            _write_struct(writer, struct)
    writer.uint(len(update.deletes))
    for client, ranges in update.deletes.items():
        writer.uint(client)
        writer.uint(len(ranges))
        for clock, length in ranges:
            writer.uint(clock)
            writer.uint(length)
    return writer.finish()


def _write_id(writer: Writer, at: Id) -> None:
    writer.uint(at[0])
    writer.uint(at[1])


def _write_struct(writer: Writer, struct: Struct) -> None:
    writer.byte(struct.info)
    if struct.origin is not None:
        _write_id(writer, struct.origin)
    if struct.right is not None:
        _write_id(writer, struct.right)
    if struct.parent is not None:
        if isinstance(struct.parent, str):
            writer.byte(1)
            writer.string(struct.parent)
        else:
            writer.byte(0)
            _write_id(writer, struct.parent)
        if struct.key is not None:
            writer.string(struct.key)
    content = struct.content
    if content is None:
        writer.uint(struct.length)
    elif isinstance(content, str):
        writer.string(content)
    elif struct.kind == FORMAT:
        for part in content:
            writer.string(str(part))
    elif struct.kind == TYPE:
        reference, name = content
        writer.byte(reference)  # type: ignore[arg-type]  # TYPE content is (int, name)
        if name is not None:
            writer.string(str(name))
    else:
        writer.uint(len(content))
        for value in content:
            _write_value(writer, value)


def _write_value(writer: Writer, value: Value | Undefined) -> None:
    """One plain value as lib0 writes it: small whole numbers, then 32-bit floats, then 64-bit floats."""
    if isinstance(value, Undefined):
        writer.byte(127)
    elif value is None:
        writer.byte(126)
    elif isinstance(value, bool):
        writer.byte(120 if value else 121)
    elif isinstance(value, str):
        writer.byte(119)
        writer.string(value)
    elif isinstance(value, int):
        writer.byte(125)
        size = abs(value)
        sign = 0x40 if value < 0 else 0
        writer.byte((0x80 if size > 0x3F else 0) | sign | (size & 0x3F))
        if size > 0x3F:
            writer.uint(size >> 6)
    else:
        try:
            short = binary.pack(">f", value)
        except OverflowError:
            short = b""
        exact = bool(short) and binary.unpack(">f", short)[0] == value
        writer.byte(124 if exact else 123)
        writer.raw(short if exact else binary.pack(">d", value))


def state_vector(clocks: dict[int, int]) -> bytes:
    """The bytes of a state vector."""
    writer = Writer()
    writer.uint(len(clocks))
    for client, clock in clocks.items():
        writer.uint(client)
        writer.uint(clock)
    return writer.finish()


def read_state_vector(data: bytes) -> dict[int, int] | Malformed:
    """Next clock by client, or why these bytes are no state vector."""
    reader = Reader(data)
    clocks: dict[int, int] = {}
    try:
        for _ in range(reader.uint()):
            client = reader.uint(MAX_CLIENT)
            clocks[client] = reader.uint(MAX_CLOCK)
    except WireError as error:
        return Malformed(str(error))
    if not reader.at_end:
        return Malformed("bytes left over")
    return clocks


def valid_state_vector(data: bytes) -> bool:
    """True if these bytes are a state vector, so that the engine may be given them."""
    return not isinstance(read_state_vector(data), Malformed)
