"""The parts an update is made of: structs by client, and deleted ranges by client.

Values only; ``update`` turns them into bytes and back, ``gate`` judges them. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

GC: Final = 0
DELETED: Final = 1
STRING: Final = 4
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
SKIP: Final = 10
"""A hole, which clients write between what they hold of others; never new to a server that has it all."""

XML_ELEMENT: Final = 3
XML_TEXT: Final = 6

HAS_ORIGIN: Final = 0x80
HAS_RIGHT: Final = 0x40
HAS_KEY: Final = 0x20
HAS_NEIGHBOUR: Final = HAS_ORIGIN | HAS_RIGHT
KIND: Final = 0x1F

Id: TypeAlias = tuple[int, int]
"""Client id and clock of one character, mark, element or attribute."""

Value: TypeAlias = str | int | float | bool | None


class Undefined:
    """JavaScript's ``undefined``, which is not ``null``."""

    __slots__ = ()


UNDEFINED: Final = Undefined()

Content: TypeAlias = str | tuple[str, str] | tuple[int, str | None] | tuple[Value | Undefined, ...] | None


class Struct(NamedTuple):
    """One run of a client's clocks. ``parent`` (a root's name or an id) stands only where no neighbour is named.

    ``content`` by kind: STRING its text; FORMAT (mark, JSON); TYPE (type reference, element name or None);
    ANY its values; DELETED, GC and SKIP None.
    """

    clock: int
    length: int
    info: int
    origin: Id | None
    right: Id | None
    parent: str | Id | None
    key: str | None
    content: Content

    @property
    def kind(self) -> int:
        """GC, DELETED, STRING, FORMAT, TYPE or ANY."""
        return self.info & KIND


@dataclass(frozen=True, slots=True)
class Update:
    """What one update says: new structs by client, and deleted ranges (clock, length) by client."""

    structs: dict[int, list[Struct]]
    deletes: dict[int, list[tuple[int, int]]]


def utf16_length(text: str) -> int:
    """Length as browsers count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) >> 1


def make(
    clock: int,
    kind: int,
    content: Content,
    *,
    length: int = 1,
    origin: Id | None = None,
    right: Id | None = None,
    parent: str | Id | None = None,
    key: str | None = None,
) -> Struct:
    """A struct of our own making; texts get their length from their content."""
    info = kind | (HAS_ORIGIN if origin else 0) | (HAS_RIGHT if right else 0) | (HAS_KEY if key is not None else 0)
    if kind == STRING and isinstance(content, str):
        length = utf16_length(content)
    if info & HAS_NEIGHBOUR:
        return Struct(clock, length, info, origin, right, None, None, content)
    return Struct(clock, length, info, None, None, parent, key, content)
