"""Updates that once hurt an engine or a gate, by what they did. None of them may ever get through."""

from __future__ import annotations

from crdt.structs import STRING, TYPE, XML_ELEMENT, XML_TEXT, Struct, Update, make
from crdt.update import encode

RECORDED: dict[str, str] = {
    "panic: empty text at a known clock": "010105004405400000",
    "panic: struct for a known range": "02010500870513020105540400052f02c3a900",
    "panic: client named twice": "0201010046053e0e696e73657274696f6e2d2d616263046e756c6c010100040005040568656c6c6f00",
    "segmentation fault": "0301ffffffffffffff0f0066051900046e756c6c010205866307067374726f6e67027b7d03ffffffffffffff0f"
    "0065050501310a010a01010201000a",
    "poison: JSON content": "0101020562053402013101310102010800",
    "poison: JSON content with an attribute's name": "01010700c20520050d0101310105015a00",
}

CLIENT = 7


def base() -> list[Struct]:
    """One paragraph that says "a😀b"."""
    return [
        make(0, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror"),
        make(1, TYPE, (XML_TEXT, None), parent=(CLIENT, 0)),
        make(2, STRING, "a😀b", parent=(CLIENT, 1)),
    ]


def start() -> bytes:
    """The update that makes the base document."""
    return encode(Update({CLIENT: base()}, {}))


def _one(struct: Struct) -> bytes:
    return encode(Update({CLIENT: [struct]}, {}))


def deep(levels: int) -> bytes:
    """Lists in lists in lists."""
    structs = [make(6, TYPE, (XML_ELEMENT, "bullet_list"), parent="prosemirror")]
    for level in range(levels):
        name = "bullet_list" if level % 2 else "list_item"
        structs.append(make(7 + level, TYPE, (XML_ELEMENT, name), parent=(CLIENT, 6 + level)))
    return encode(Update({CLIENT: structs}, {}))


def made() -> dict[str, bytes]:
    """Further ones against the base document, all by the owner of its client id."""
    return {name: bytes.fromhex(text) for name, text in RECORDED.items()} | {
        "a hidden root": _one(make(6, STRING, "x" * 1000, parent="hidden")),
        "a very deep list": deep(20_000 - 1),
        "a list one level too deep": deep(64),
        "text right in the document": _one(make(6, STRING, "x", parent="prosemirror")),
        "text right in a paragraph": _one(make(6, STRING, "x", parent=(CLIENT, 0))),
        "text in a list": _one(make(6, TYPE, (XML_ELEMENT, "bullet_list"), parent=(CLIENT, 0))),
        "an element in text": _one(make(6, TYPE, (XML_ELEMENT, "hard_break"), parent=(CLIENT, 1))),
        "an unknown element": _one(make(6, TYPE, (XML_ELEMENT, "script"), parent="prosemirror")),
        "a parent that is a letter": _one(make(6, STRING, "x", parent=(CLIENT, 2))),
        "a neighbour in another place": _one(make(6, STRING, "x", origin=(CLIENT, 2), right=(CLIENT, 0))),
        "a left neighbour inside a pair": _one(make(6, STRING, "x", origin=(CLIENT, 3))),
        "a right neighbour inside a pair": _one(make(6, STRING, "x", right=(CLIENT, 4))),
        "a deletion that ends inside a pair": encode(Update({}, {CLIENT: [(2, 2)]})),
        "a deletion that begins inside a pair": encode(Update({}, {CLIENT: [(4, 2)]})),
        "a deletion of the future": encode(Update({}, {CLIENT: [(2, 99)]})),
        "a deletion by nobody": encode(Update({}, {99: [(0, 1)]})),
        "its own neighbour": _one(make(6, STRING, "x", origin=(CLIENT, 6))),
        "a neighbour of the future": _one(make(6, STRING, "x", origin=(CLIENT, 60))),
        "a neighbour nobody wrote": _one(make(6, STRING, "x", origin=(99, 0))),
        "a gap": _one(make(9, STRING, "x", origin=(CLIENT, 2))),
        "two that wait for each other": encode(
            Update({8: [make(0, STRING, "x", origin=(9, 0))], 9: [make(0, STRING, "y", origin=(8, 0))]}, {})
        ),
        "an unknown mark": _one(make(6, 6, ("onclick", "{}"), origin=(CLIENT, 2))),
        "a link that is a script": _one(make(6, 6, ("link", '{"href":"javascript:alert(1)"}'), origin=(CLIENT, 2))),
        "a link with two targets": _one(
            make(6, 6, ("link", '{"href":"https://a.example","href":"https://b.example"}'), origin=(CLIENT, 2))
        ),
        "a mark of endless brackets": _one(make(6, 6, ("link", "[" * 4000), origin=(CLIENT, 2))),
        "an attribute of a paragraph": _one(make(6, 8, ("x",), parent=(CLIENT, 0), key="class")),
        "bytes left over": start() + b"\x00",
        "nothing at all": b"",
        "endless number": b"\xff" * 200_000,
        "a number in too many bytes": b"\x81\x00" + start()[1:],
        "more structs than bytes": b"\x01\xff\xff\xff\x7f\x07\x06",
        "a length beyond the end": b"\x01\x01\x07\x06\x84\x07\x02\xff\x7f\x61\x00",
    }
