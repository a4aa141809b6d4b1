"""The Yjs document of one section, or of one layer beside it, kept by the server: the only file that may import pycrdt.

It must never be given bytes the gate has not accepted, never be awaited inside, and never be used again once it
raised ``ReplicaBroken``: damage can outlive a caught panic, so its owner rebuilds from the log.
Rooms, snapshots and checks may import it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from crdt import blocks
from crdt.blocks import Tree
from crdt.edits import Append, Edit, Path, SetAttribute, Splice
from crdt.schema import SCHEMA, Schema

T = TypeVar("T")

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

        def write() -> bytes:
            updates: list[bytes] = []
            watching = self._doc.observe(lambda event: updates.append(event.update))
            with self._doc.transaction():
                writing = _Writing(self._root)
                for edit in edits:
                    writing.make(edit)
            self._doc.unobserve(watching)
            return updates[0] if updates else b"\0\0"

        return self._guarded(write)

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


def _append(parent: XmlFragment | XmlElement, element: Tree) -> None:
    made = parent.children.append(XmlElement(element["type"], element.get("attrs", {})))
    for child in element["children"]:
        if "text" in child:
            made.children.append(XmlText(child["text"]))
        else:
            _append(made, child)
