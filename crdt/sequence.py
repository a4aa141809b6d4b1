"""A document in the order of its text, every character with its id, worked out from the bytes of the whole document.

The engine says what a text is, not which id stands where. This puts structs in order by the rule that Yjs has; whoever
uses it compares the words with the engine's own (``matches``) and believes nothing where they differ. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from crdt.blocks import Tree
from crdt.limits import UNBOUNDED
from crdt.structs import DELETED, STRING, TYPE, XML_ELEMENT, Id, Struct
from crdt.update import decode, utf16_length
from crdt.wire import Malformed

_DEEPEST = 200


class Unplaceable(ValueError):
    """The bytes are not a whole document."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one client that stand together: the id of the first, and the words."""

    client: int
    clock: int
    text: str


@dataclass(frozen=True, slots=True)
class Element:
    """One element that is there, with its own id; texts are not kept apart, as in a canonical tree."""

    name: str
    id: Id
    children: list[Element | Span] = field(default_factory=list)


Placed: TypeAlias = Element | Span


class _Holder:
    """Something pieces stand in: the root, an element (with a name), or a text."""

    __slots__ = ("first", "id", "name")

    def __init__(self, at: Id, name: str | None) -> None:
        self.id = at
        self.name = name
        self.first: _Piece | None = None


class _Piece:
    """A run of one client's clocks. ``home`` is None where it stands in no order, as attributes do."""

    __slots__ = ("client", "clock", "content", "gone", "home", "kind", "left", "length", "origin", "right", "right_id")

    def __init__(self, client: int, struct: Struct) -> None:
        self.client = client
        self.clock = struct.clock
        self.length = struct.length
        self.kind = struct.kind
        self.content = struct.content
        self.origin = struct.origin
        self.right_id = struct.right
        self.home: _Holder | None = None
        self.gone = struct.kind <= DELETED
        self.left: _Piece | None = None
        self.right: _Piece | None = None


def sequence(update: bytes, root: str) -> Element:
    """What stands in ``root``, in order, without what is deleted. ``update`` must be a whole document's."""
    return both(update, root)[0]


def both(update: bytes, root: str) -> tuple[Element, list[Span]]:
    """The same, and beside it all words that ever stood there, deleted or not, in their order."""
    decoded = decode(update, UNBOUNDED)
    if isinstance(decoded, Malformed):
        raise Unplaceable(decoded.detail)
    book = _Book(root)
    book.take(decoded.structs)
    book.strike(decoded.deletes)
    return Element("doc", (0, 0), _standing(book, book.root, 0)), list(_ever(book, book.root, 0))


def matches(element: Element, tree: Tree) -> bool:
    """Whether the engine's tree has the same elements with the same words, in the same order."""
    words: list[str] = []
    inner: list[Element] = []
    shape: list[str] = []
    for child in element.children:
        if isinstance(child, Span):
            words.append(child.text)
        else:
            inner.append(child)
            shape.append(child.name)
    others = [child for child in tree["children"] if "text" not in child]
    return (
        "".join(words) == "".join(child["text"] for child in tree["children"] if "text" in child)
        and shape == [other["type"] for other in others]
        and all(matches(one, other) for one, other in zip(inner, others, strict=True))
    )


class _Book:
    """All pieces by their ids, put in order one after the other."""

    def __init__(self, root: str) -> None:
        self._name = root
        self.root = _Holder((0, 0), root)
        self.holders: dict[Id, _Holder] = {}
        self._pieces: dict[int, list[_Piece]] = {}
        self._clocks: dict[int, list[int]] = {}
        self._next: dict[int, int] = {}

    def take(self, sections: dict[int, list[Struct]]) -> None:
        """Puts every struct in its place, each after those it names."""
        done = dict.fromkeys(sections, 0)
        waiting: dict[int, list[tuple[int, int]]] = {}
        ready = list(sections)
        placed = 0
        while ready:
            client = ready.pop()
            section, at = sections[client], done[client]
            while at < len(section):
                missing = self._missing(section[at])
                if missing is not None:
                    heappush(waiting.setdefault(missing[0], []), (missing[1], client))
                    break
                self._place(client, section[at])
                at += 1
                placed += 1
            done[client] = at
            queue, end = waiting.get(client), self._next.get(client, 0)
            while queue and queue[0][0] < end:
                ready.append(heappop(queue)[1])
        if placed != sum(map(len, sections.values())):
            raise Unplaceable("names what is not there")

    def strike(self, deletes: dict[int, list[tuple[int, int]]]) -> None:
        """Marks what is deleted."""
        for client, ranges in deletes.items():
            for clock, length in ranges:
                end = clock + length
                while clock < end:
                    piece = self._starting((client, clock))
                    if piece.clock + piece.length > end:
                        self._split(piece, end)
                    piece.gone = True
                    clock = piece.clock + piece.length

    def _missing(self, struct: Struct) -> Id | None:
        for at in (struct.origin, struct.right, struct.parent):
            if isinstance(at, tuple) and at[1] >= self._next.get(at[0], 0):
                return at
        return None

    def _place(self, client: int, struct: Struct) -> None:
        piece = _Piece(client, struct)
        if struct.clock != self._next.get(client, 0):
            raise Unplaceable("a hole in what one client wrote")
        left = None if struct.origin is None else self._ending(struct.origin)
        right = None if struct.right is None else self._starting(struct.right)
        self._next[client] = struct.clock + struct.length
        self._pieces.setdefault(client, []).append(piece)
        self._clocks.setdefault(client, []).append(struct.clock)
        piece.home = self._home(struct, left, right)
        if struct.kind == TYPE and isinstance(struct.content, tuple):
            reference, name = struct.content[0], struct.content[1]
            at = (client, struct.clock)
            self.holders[at] = _Holder(at, str(name) if reference == XML_ELEMENT else None)
        if piece.home is not None:
            self._integrate(piece, piece.home, left, right)

    def _home(self, struct: Struct, left: _Piece | None, right: _Piece | None) -> _Holder | None:
        if struct.key is not None or struct.info == 0:
            return None
        if left is not None:
            return left.home if right is None or right.home is not None else None
        if right is not None:
            return right.home
        if isinstance(struct.parent, tuple):
            return self.holders.get(struct.parent)
        return self.root if struct.parent == self._name else None

    def _integrate(self, piece: _Piece, home: _Holder, left: _Piece | None, right: _Piece | None) -> None:
        """Yjs's rule for those who wrote in the same place at once."""
        if left is None or left.right is not right:
            other = home.first if left is None else left.right
            conflicting: set[int] = set()
            before: set[int] = set()
            while other is not None and other is not right:
                before.add(id(other))
                conflicting.add(id(other))
                if other.origin == piece.origin:
                    if other.client < piece.client:
                        left = other
                        conflicting.clear()
                    elif other.right_id == piece.right_id:
                        break
                elif other.origin is not None and id(self._holding(other.origin)) in before:
                    if id(self._holding(other.origin)) not in conflicting:
                        left = other
                        conflicting.clear()
                else:
                    break
                other = other.right
        piece.left = left
        if left is None:
            piece.right, home.first = home.first, piece
        else:
            piece.right, left.right = left.right, piece
        if piece.right is not None:
            piece.right.left = piece

    def _holding(self, at: Id) -> _Piece:
        pieces = self._pieces.get(at[0])
        if pieces is None or at[1] >= self._next[at[0]]:
            raise Unplaceable("names what is not there")
        return pieces[bisect_right(self._clocks[at[0]], at[1]) - 1]

    def _ending(self, at: Id) -> _Piece:
        piece = self._holding(at)
        if piece.clock + piece.length > at[1] + 1:
            self._split(piece, at[1] + 1)
        return piece

    def _starting(self, at: Id) -> _Piece:
        piece = self._holding(at)
        return piece if piece.clock == at[1] else self._split(piece, at[1])

    def _split(self, piece: _Piece, clock: int) -> _Piece:
        """Cuts a piece in two before ``clock``; gives the second."""
        offset = clock - piece.clock
        second = _Piece.__new__(_Piece)
        second.client, second.clock, second.length = piece.client, clock, piece.length - offset
        second.kind, second.gone, second.home = piece.kind, piece.gone, piece.home
        second.origin, second.right_id = (piece.client, clock - 1), piece.right_id
        second.content = piece.content
        if isinstance(piece.content, str):
            piece.content, second.content = cut(piece.content, offset)
        piece.length = offset
        second.left, second.right = piece, piece.right
        if piece.home is not None:
            if second.right is not None:
                second.right.left = second
            piece.right = second
        at = bisect_right(self._clocks[piece.client], piece.clock)
        self._clocks[piece.client].insert(at, clock)
        self._pieces[piece.client].insert(at, second)
        return second


def cut(text: str, units: int) -> tuple[str, str]:
    """A text in two, after so many UTF-16 units. A pair cut in two is a broken document."""
    if text.isascii():
        return text[:units], text[units:]
    raw = text.encode("utf-16-le")
    try:
        return raw[: units * 2].decode("utf-16-le"), raw[units * 2 :].decode("utf-16-le")
    except UnicodeDecodeError as broken:
        raise Unplaceable("splits a surrogate pair") from broken


def _standing(book: _Book, holder: _Holder, depth: int) -> list[Placed]:
    if depth > _DEEPEST:
        raise Unplaceable("nested too deeply")
    found: list[Placed] = []
    piece = holder.first
    while piece is not None:
        if piece.gone:
            pass
        elif piece.kind == STRING and isinstance(piece.content, str):
            _add(found, Span(piece.client, piece.clock, piece.content))
        elif piece.kind == TYPE:
            inner = book.holders[piece.client, piece.clock]
            if inner.name is None:
                found.extend(_standing(book, inner, depth + 1))
            else:
                found.append(Element(inner.name, inner.id, _standing(book, inner, depth + 1)))
        piece = piece.right
    return found


def _ever(book: _Book, holder: _Holder, depth: int) -> Iterator[Span]:
    if depth > _DEEPEST:
        raise Unplaceable("nested too deeply")
    piece = holder.first
    while piece is not None:
        if piece.kind == STRING and isinstance(piece.content, str):
            yield Span(piece.client, piece.clock, piece.content)
        elif piece.kind == TYPE:
            yield from _ever(book, book.holders[piece.client, piece.clock], depth + 1)
        piece = piece.right


def _add(found: list[Placed], span: Span) -> None:
    last = found[-1] if found else None
    if isinstance(last, Span) and last.client == span.client and last.clock + utf16_length(last.text) == span.clock:
        found[-1] = Span(last.client, last.clock, last.text + span.text)
    else:
        found.append(span)
