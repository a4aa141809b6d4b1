"""Two moments of a section laid over each other: one tree in which every word that went or came is marked.

Items are known by their ids, everything else by its place and likeness; a passage that was moved is told as moved, or
as gone from here and new there. Values in, values out; pages and "since you last looked" use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crdt.alignment import aligned, item_id
from crdt.blocks import ITEM_KINDS, Item, Tree
from sections.history import Changed, words_in
from sections.redline.worddiff import Piece, word_diff

_INLINE = frozenset({"paragraph", "heading", "title", "field"})
_MOST_WORDS = 400_000
"""Beyond so many pairs of words a passage counts as replaced: comparing it would take seconds."""
_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class Compared:
    """``tree``: nodes and runs may have ``change``: in, out, moved or dress (how words look). Items have ``number``.

    A node that changed, and was there before, has its former self as ``old``.
    """

    tree: Tree
    changes: tuple[Changed, ...]

    @property
    def same(self) -> bool:
        """Nothing changed."""
        return not self.changes


def compare(old: Tree, new: Tree, section: str) -> Compared:
    """The new text with what went and came since the old one."""
    numbers = _numbers(old) | {("new", *key[1:]): value for key, value in _numbers(new).items()}
    tree: Tree = {"type": "doc", "children": _merged(old["children"], new["children"])}
    tree["children"] = list(_numbered(tree["children"], numbers))
    return Compared(tree, tuple(_changes(tree, section)))


def _numbered(children: list[Tree], numbers: dict[tuple[str, str], int]) -> Iterator[Tree]:
    """The same with the number each item has now, or had before it went. The trees compared are never written to."""
    at = {"old": 0, "new": 0}
    for child in children:
        if child.get("type") not in ITEM_KINDS:
            yield child
            continue
        whose = "old" if child.get("change") == "out" else "new"
        at[whose] += 1
        yield child | {"number": numbers.get((whose, item_id(child)), at[whose])}


def _numbers(tree: Tree) -> dict[tuple[str, str], int]:
    items = [child for child in tree["children"] if child.get("type") in ITEM_KINDS]
    found: dict[tuple[str, str], int] = {}
    for number, item in enumerate(items, 1):
        if item_id := item.get("attrs", {}).get("id", ""):
            found.setdefault(("old", item_id), number)
    return found


# One level of a tree


def _merged(old: list[Tree], new: list[Tree]) -> list[Tree]:
    rows = list(aligned(old, new))
    gone = {item: one for one, other in rows if one is not None and other is None and (item := item_id(one))}
    come = {item for one, other in rows if one is None and other is not None and (item := item_id(other))}
    found: list[Tree] = []
    for one, other in rows:
        if one is not None and other is not None:
            found.append(_pair(one, other))
        elif one is not None:
            if item_id(one) not in come:
                found.append(_whole(one, "out") | {"old": one})
        elif other is not None:
            before = gone.get(item_id(other))
            found.append(_whole(other, "in") if before is None else _pair(before, other) | {"change": "moved"})
    return found


def _pair(old: Tree, new: Tree) -> Tree:
    if old == new:
        return new
    if new["type"] in _INLINE or any("text" in child for child in (*old["children"], *new["children"])):
        children, dress = _inline(old["children"], new["children"])
    else:
        children, dress = _merged(old["children"], new["children"]), False
    node = new | {"children": children, "old": old}
    if dress or old.get("attrs") != new.get("attrs"):
        node["change"] = "dress"
    return node


def _whole(node: Tree, change: str) -> Tree:
    """A node that went or came with all that is in it."""
    if "text" in node:
        return node | {"change": change}
    return node | {"change": change, "children": [_whole(child, change) for child in node["children"]]}


# Words


def _inline(old: list[Tree], new: list[Tree]) -> tuple[list[Tree], bool]:
    """The words of one paragraph, and whether only how they look has changed."""
    if not all(map(_plain, (*old, *new))):  # something the schema has no place for
        return [*(_whole(child, "out") for child in old), *(_whole(child, "in") for child in new)], False
    before, after = _flat(old), _flat(new)
    if before == after:
        return new, True
    was, now = _Runs(old), _Runs(new)
    children: list[Tree] = []
    for piece in smoothed(words_compared(before, after)):
        if piece.kind == "out":
            children += (_whole(run, "out") for run in was.take(len(piece.text)))
        else:
            taken = now.take(len(piece.text))
            if piece.kind == "in":
                children += (_whole(run, "in") for run in taken)
            else:
                was.take(len(piece.text))
                children += taken
    return children, False


def words_compared(before: str, after: str) -> tuple[Piece, ...]:
    """Word by word, unless the passage is so long, and so wholly changed, that it would take too long."""
    if (before.count(" ") + 1) * (after.count(" ") + 1) <= _MOST_WORDS:
        return word_diff(before, after)
    start = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    start = before.rfind(" ", 0, start) + 1
    rest, other = before[start:][::-1], after[start:][::-1]
    end = next((at for at, pair in enumerate(zip(rest, other, strict=False)) if pair[0] != pair[1]), 0)
    end = max(0, rest.rfind(" ", 0, end))
    middle = before[start : len(before) - end], after[start : len(after) - end]
    found: list[Piece] = [Piece("same", before[:start])] if start else []
    if (middle[0].count(" ") + 1) * (middle[1].count(" ") + 1) <= _MOST_WORDS:
        found += word_diff(*middle)
    else:
        found += (piece for piece in (Piece("out", middle[0]), Piece("in", middle[1])) if piece.text)
    return (*found, Piece("same", before[len(before) - end :])) if end else tuple(found)


def smoothed(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same with changes that only blanks part told as one: ``a lot of`` for ``some``, not word for word."""
    out = put = blank = ""
    for piece in pieces:
        if piece.kind == "same" and not piece.text.strip() and (out or put):
            blank += piece.text
        elif piece.kind == "same":
            yield from _change(out, put)
            yield Piece("same", blank + piece.text)
            out = put = blank = ""
        else:
            out, put = out + blank + piece.text * (piece.kind == "out"), put + blank + piece.text * (piece.kind == "in")
            blank = ""
    yield from _change(out, put)
    if blank:
        yield Piece("same", blank)


def _change(out: str, put: str) -> Iterator[Piece]:
    if out:
        yield Piece("out", out)
    if put:
        yield Piece("in", put)


def _plain(child: Tree) -> bool:
    return "text" in child or child["type"] == "hard_break"


def _flat(children: Iterable[Tree]) -> str:
    return "".join(child.get("text", _BREAK) for child in children)


class _Runs:
    """Hands out a paragraph's runs, so many characters at a time."""

    def __init__(self, children: list[Tree]) -> None:
        self._left = list(reversed(children))

    def take(self, characters: int) -> list[Tree]:
        found: list[Tree] = []
        while characters > 0 and self._left:
            child = self._left.pop()
            size = len(child["text"]) if "text" in child else 1
            if size > characters:
                self._left.append(child | {"text": child["text"][characters:]})
                child, size = child | {"text": child["text"][:characters]}, characters
            found.append(child)
            characters -= size
        return found


# Counting


def _changes(tree: Tree, section: str) -> Iterator[Changed]:
    outside = Changed("")
    for child in tree["children"]:
        if child.get("type") not in ITEM_KINDS:
            outside = _plus(outside, child)
    if outside != Changed(""):
        yield outside
    for child in tree["children"]:
        if child.get("type") in ITEM_KINDS:
            label = Item("", child["type"], child["number"], "", ()).label(section)
            found = _plus(Changed(label), child)
            if found != Changed(label):
                yield found


def _plus(so_far: Changed, node: Tree) -> Changed:
    added, removed, other = so_far.added, so_far.removed, so_far.other
    for one in _nodes(node):
        change = one.get("change")
        if "text" in one and change in ("in", "out"):
            count = words_in(one["text"])
            added += count if change == "in" else 0
            removed += count if change == "out" else 0
            other = other or (not count and bool(one["text"].strip()))
        elif change in ("moved", "dress") or (change in ("in", "out") and one.get("type") == "ref"):
            other = True
    return Changed(so_far.place, added, removed, other)


def _nodes(node: Tree) -> Iterator[Tree]:
    yield node
    for child in node.get("children", ()):
        yield from _nodes(child)
