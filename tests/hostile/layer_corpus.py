"""Updates that would rob one side of a proposal, or of what it is about. None of them may ever get through."""

from __future__ import annotations

from crdt.structs import ANY, DELETED, FORMAT, STRING, TYPE, XML_ELEMENT, XML_TEXT, Struct, Update, make
from crdt.update import encode

CLIENT = 7
_ELEMENT, _ID, _BLOCK, _RANK, _WORDS, _PART, _TEXT, _LETTERS, _END = 0, 1, 2, 3, 4, 5, 6, 7, 11


def base() -> list[Struct]:
    """One replacement that says "a😀b"."""
    return [
        make(_ELEMENT, TYPE, (XML_ELEMENT, "text"), parent="proposals"),
        make(_ID, ANY, ("r1",), parent=(CLIENT, _ELEMENT), key="id"),
        make(_BLOCK, ANY, ("provspeech.what",), parent=(CLIENT, _ELEMENT), key="block"),
        make(_RANK, ANY, ("V",), parent=(CLIENT, _ELEMENT), key="rank"),
        make(_WORDS, TYPE, (XML_ELEMENT, "words"), parent=(CLIENT, _ELEMENT)),
        make(_PART, ANY, ("wording",), parent=(CLIENT, _WORDS), key="part"),
        make(_TEXT, TYPE, (XML_TEXT, None), parent=(CLIENT, _WORDS)),
        make(_LETTERS, STRING, "a😀b", parent=(CLIENT, _TEXT)),
    ]


def start() -> bytes:
    """The update that makes the base layer."""
    return encode(Update({CLIENT: base()}, {}))


def _one(struct: Struct) -> bytes:
    return encode(Update({CLIENT: [struct]}, {}))


def _gone(*ranges: tuple[int, int]) -> bytes:
    return encode(Update({}, {CLIENT: list(ranges)}))


def made() -> dict[str, bytes]:
    """Each against the base layer, by the owner of its client id."""
    return {
        "a record deleted": _gone((_ELEMENT, 1)),
        "a wording deleted": _gone((_WORDS, 1)),
        "a wording's text deleted": _gone((_TEXT, 1)),
        "everything deleted": _gone((_ELEMENT, _END)),
        "what it is about deleted": _gone((_BLOCK, 1)),
        "what it is about deleted among others": _gone((_BLOCK, 2), (_LETTERS, 1)),
        "another id": _one(make(_END, ANY, ("r2",), origin=(CLIENT, _ID))),
        "another place": _one(make(_END, ANY, ("other",), origin=(CLIENT, _BLOCK))),
        "another place, set as if for the first time": _one(
            make(_END, ANY, ("other",), parent=(CLIENT, _ELEMENT), key="block")
        ),
        "another place, by a second client id": encode(
            Update({9: [make(0, ANY, ("other",), parent=(CLIENT, _ELEMENT), key="block")]}, {})
        ),
        "a place set and deleted": _one(make(_END, DELETED, None, origin=(CLIENT, _BLOCK))),
        "another part": _one(make(_END, ANY, ("w1",), origin=(CLIENT, _PART))),
        "a number": _one(make(_END, ANY, (1,), parent=(CLIENT, _ELEMENT), key="from")),
        "an offset beyond all texts": _one(make(_END, ANY, ("9" * 9,), parent=(CLIENT, _ELEMENT), key="from")),
        "an answer to nobody": _one(make(_END, ANY, ("observer:r1",), parent=(CLIENT, _ELEMENT), key="counters")),
        "emphasis": _one(make(_END, FORMAT, ("strong", "{}"), origin=(CLIENT, _LETTERS))),
        "the end of an emphasis": _one(make(_END, FORMAT, ("strong", "null"), origin=(CLIENT, _LETTERS))),
        "prose": _one(make(_END, TYPE, (XML_ELEMENT, "paragraph"), parent="proposals")),
        "prose in its own root": _one(make(_END, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror")),
        "a record in a record": _one(make(_END, TYPE, (XML_ELEMENT, "rm"), parent=(CLIENT, _ELEMENT))),
        "loose words": _one(make(_END, TYPE, (XML_ELEMENT, "words"), parent="proposals")),
        "text beside its words": _one(make(_END, STRING, "x", origin=(CLIENT, _WORDS))),
        "text in a record": _one(make(_END, TYPE, (XML_TEXT, None), parent=(CLIENT, _ELEMENT))),
    }
