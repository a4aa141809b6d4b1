"""The Yjs document of one section, or of one layer beside it, kept by the server: the only file that may import pycrdt.

It must never be given bytes the gate has not accepted, never be awaited inside, and never be used again once it
raised ``ReplicaBroken``: damage can outlive a caught panic, so its owner rebuilds from the log.
Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from crdt import blocks
from crdt.alignment import aligned
from crdt.becoming import Cut, Keep, Put, steps
from crdt.blocks import Tree
from crdt.edits import Append, Edit, Path, SetAttribute, Splice
from crdt.schema import SCHEMA, Schema
from crdt.update import state_vector
from crdt.wire import Writer

T = TypeVar("T")

_SLICE_CLOCKS = 20_000
"""What one slice of a document brings, about: the engine writes that in two milliseconds."""

_DEEPEST = 200
"""Far above what the gate lets in (64), far below what would exhaust the stack."""


class ReplicaBroken(Exception):
    """The document can no longer be trusted; throw this replica away."""


class Replica:
    """One live document. Every method either does all it promises or raises ``ReplicaBroken``.

    ``client`` is the client id of what is written here; it matters only to who writes.
    """

    __slots__ = ("_broken", "_doc", "_root")

    def __init__(self, schema: Schema = SCHEMA, client: int | None = None) -> None:
        self._broken: str | None = None
        self._doc: Doc[Any] = Doc(client_id=client, skip_gc=True)
        self._root: XmlFragment = self._doc.get(schema.root, type=XmlFragment)

    @property
    def broken(self) -> bool:
        return self._broken is not None

    def apply(self, update: bytes) -> None:
        """Merges one accepted update."""
        self._guarded(lambda: self._doc.apply_update(update))

    def apply_many(self, updates: Iterable[bytes]) -> None:
        """Merges accepted updates in order, each in its own transaction (one large transaction is slower)."""

        def merge() -> None:
            for update in updates:
                self._doc.apply_update(update)

        self._guarded(merge)

    def state_vector(self) -> bytes:
        """What this document has seen, as a Yjs state vector."""
        return self._guarded(self._doc.get_state)

    def diff(self, state_vector: bytes) -> bytes:
        """The update that brings a document with that (already validated) state vector up to this one."""
        return self._guarded(lambda: self._doc.get_update(state_vector))

    def full_update_in_slices(self, clocks: dict[int, int]) -> bytes:
        """The same as ``full_update``, some clients at a time: for a thread that others should not wait for.

        ``clocks`` says what this document holds, client by client.
        """
        gone = self.diff(state_vector(clocks))[1:]  # it begins with how many clients have structs in it: none
        slices: list[bytes] = []
        for group in _groups(clocks):
            rest = {client: clock for client, clock in clocks.items() if client not in group}
            part, count = self.diff(state_vector(rest)), _count(len(group))
            if not (part.startswith(count) and part.endswith(gone)):
                return self.full_update()
            slices.append(part[len(count) : len(part) - len(gone)])
        return b"".join((_count(sum(clock > 0 for clock in clocks.values())), *slices, gone))

    def full_update(self) -> bytes:
        """The whole document as one update."""
        return self._guarded(self._doc.get_update)

    def tree(self) -> Tree:
        """The text as a canonical tree."""

        def walk() -> Tree:
            with self._doc.transaction():
                return blocks.document(_children(self._root, 0))

        return self._guarded(walk)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Makes these changes at once, and gives the update that holds just them."""

        def write() -> None:
            writing = _Writing(self._root)
            for edit in edits:
                writing.make(edit)

        return self._written(write)

    def becoming(self, wanted: Tree) -> bytes:
        """Makes the document hold this tree by a small change, and gives the update that holds just that.

        What is in both stays what it is. ``wanted`` must be canonical; compare ``tree()`` with it afterwards.
        """
        return self._written(lambda: _become(self._root, _children(self._root, 0), wanted["children"]))

    def _written(self, write: Callable[[], None]) -> bytes:
        """The update that holds what ``write`` did, in one transaction."""

        def watched() -> bytes:
            updates: list[bytes] = []
            watching = self._doc.observe(lambda event: updates.append(event.update))
            with self._doc.transaction():
                write()
            self._doc.unobserve(watching)
            return updates[0] if updates else b"\0\0"

        return self._guarded(watched)

    def _guarded(self, work: Callable[[], T]) -> T:
        if self._broken is not None:
            raise ReplicaBroken(self._broken)
        try:
            return work()
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            self._broken = "interrupted"
            raise
        except BaseException as trouble:  # a Rust panic is one of its own kind
            self._broken = type(trouble).__name__
            raise ReplicaBroken(self._broken) from trouble


def _groups(clocks: dict[int, int]) -> Iterator[set[int]]:
    """The clients that hold anything, parted so that none has much more to bring than a slice should."""
    group: set[int] = set()
    size = 0
    for client, clock in clocks.items():
        if clock:
            group.add(client)
            size += clock
        if size >= _SLICE_CLOCKS:
            yield group
            group, size = set(), 0
    if group:
        yield group


def _count(number: int) -> bytes:
    writer = Writer()
    writer.uint(number)
    return writer.finish()


def _children(parent: XmlFragment | XmlElement, depth: int) -> list[Tree]:
    if depth > _DEEPEST:
        raise ReplicaBroken("nested too deeply")
    found: list[Tree] = []
    for child in parent.children:
        if isinstance(child, XmlElement):
            attributes = child.attributes.__iter__()  # pycrdt's type for iter() is wrong
            found.append(blocks.element(child.tag or "", attributes, _children(child, depth + 1)))
        elif isinstance(child, XmlText):
            for value, marks in child.diff():
                if isinstance(value, str):
                    blocks.add_run(found, value, marks)
                else:
                    found.append(blocks.element("embed", (), []))
    return found


class _Writing:
    """Carries changes out one by one; finds elements as they were placed before the first of them."""

    def __init__(self, root: XmlFragment) -> None:
        self._root = root
        self._inside: dict[Path, list[XmlElement]] = {}

    def make(self, edit: Edit) -> None:
        match edit:
            case Append(path, element):
                inside = self._elements(path)  # counted before the new one is there
                _append(self._at(path), element)
                self._inside[path] = inside
            case SetAttribute(path, name, None):
                del self._element(path).attributes[name]
            case SetAttribute(path, name, value):
                self._element(path).attributes[name] = value
            case Splice():
                self._splice(edit)

    def _at(self, path: Path) -> XmlFragment | XmlElement:
        return self._element(path) if path else self._root

    def _element(self, path: Path) -> XmlElement:
        return self._elements(path[:-1])[path[-1]]

    def _elements(self, path: Path) -> list[XmlElement]:
        if path not in self._inside:
            self._inside[path] = [child for child in self._at(path).children if isinstance(child, XmlElement)]
        return self._inside[path]

    def _splice(self, edit: Splice) -> None:
        """Cuts from each text its part of the range; the new words go where the range begins."""
        texts = [child for path in edit.paths for child in self._element(path).children if isinstance(child, XmlText)]
        if not texts:
            texts = [self._element(edit.paths[0]).children.append(XmlText(""))]
        start, end, wanted = edit.start, edit.end, edit.text
        for text in texts:
            held = "".join(piece for piece, _ in text.diff() if isinstance(piece, str))
            first = len(held[:start].encode())
            last = len(held[:end].encode())
            if first < last:
                del text[first:last]
            if wanted and start <= len(held):
                text.insert(first, wanted)
                wanted = ""
            start, end = max(0, start - len(held)), max(0, end - len(held))


def _become(parent: XmlFragment | XmlElement, now: list[Tree], wanted: list[Tree]) -> None:
    """Changes what is in an element, as little as its passages being alike allows."""
    if now == wanted:
        return
    texts = any(isinstance(child, XmlText) for child in parent.children)
    if texts or any("text" in child for child in wanted):
        _respell(parent, now, wanted)
        return
    at = 0
    for one, other in list(aligned(now, wanted)):
        if other is None:
            del parent.children[at]
            continue
        if one is None:
            _insert(parent, at, other)
        elif one != other:
            element = parent.children[at]
            if not isinstance(element, XmlElement):
                raise ReplicaBroken("an element is not where it was")
            _set_attributes(element, one.get("attrs", {}), other.get("attrs", {}))
            _become(element, one["children"], other["children"])
        at += 1


def _set_attributes(element: XmlElement, now: dict[str, str], wanted: dict[str, str]) -> None:
    for name in now.keys() | wanted.keys():
        if now.get(name) != wanted.get(name):
            if name in wanted:
                element.attributes[name] = wanted[name]
            else:
                del element.attributes[name]


def _respell(parent: XmlFragment | XmlElement, now: list[Tree], wanted: list[Tree]) -> None:
    """Changes the words of a paragraph, between the line breaks it has; where those change, all of it is new."""
    live = list(parent.children)
    kinds = [child["type"] for child in now if "text" not in child]
    alone = all(not (isinstance(a, XmlText) and isinstance(b, XmlText)) for a, b in pairwise(live))
    if not alone or kinds != [child["type"] for child in wanted if "text" not in child]:
        for _ in live:
            del parent.children[0]
        for place, child in enumerate(_grouped(wanted)):
            _insert(parent, place, child)
        return
    at = 0
    for before, after in zip(_segments(now), _segments(wanted), strict=True):
        text = parent.children[at] if at < len(parent.children) else None
        if isinstance(text, XmlText):
            _spell(text, before, after)
            at += 1
        elif after:
            _insert(parent, at, {"type": "", "runs": after})
            at += 1
        at += 1  # the line break


def _segments(children: list[Tree]) -> list[list[Tree]]:
    """The runs between elements."""
    found: list[list[Tree]] = [[]]
    for child in children:
        if "text" in child:
            found[-1].append(child)
        else:
            found.append([])
    return found


def _grouped(children: list[Tree]) -> list[Tree]:
    """Children with neighbouring runs as one text."""
    found: list[Tree] = []
    for child in children:
        if "text" not in child:
            found.append(child)
        elif found and "runs" in found[-1]:
            found[-1]["runs"].append(child)
        else:
            found.append({"type": "", "runs": [child]})
    return found


def _spell(text: XmlText, now: list[Tree], wanted: list[Tree]) -> None:
    at = 0  # in bytes, as the engine counts
    held = "".join(run["text"] for run in now)
    for step in steps(now, wanted):
        match step:
            case Keep(length, marks):
                size = len(held[:length].encode())
                if marks:
                    text.format(at, at + size, marks)
                at, held = at + size, held[length:]
            case Cut(length):
                size = len(held[:length].encode())
                del text[at : at + size]
                held = held[length:]
            case Put(words, marks):
                text.insert(at, words, marks)
                at += len(words.encode())


def _insert(parent: XmlFragment | XmlElement, at: int, child: Tree) -> None:
    """Puts an element, or a text of some runs, before the child at this place."""
    if "runs" in child:
        text = parent.children.insert(at, XmlText(""))
        _spell(text, [], child["runs"])
        return
    element = parent.children.insert(at, XmlElement(child["type"], child.get("attrs", {})))
    for place, inner in enumerate(_grouped(child["children"])):
        _insert(element, place, inner)


def _append(parent: XmlFragment | XmlElement, element: Tree) -> None:
    made = parent.children.append(XmlElement(element["type"], element.get("attrs", {})))
    for child in element["children"]:
        if "text" in child:
            made.children.append(XmlText(child["text"]))
        else:
            _append(made, child)
