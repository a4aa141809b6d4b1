"""Hostile updates made from honest ones: bytes changed blindly, and fields changed knowingly."""

from __future__ import annotations

import random
from collections.abc import Callable

from crdt.ledger import Ledger
from crdt.schema import SCHEMA
from crdt.structs import ANY, DELETED, FORMAT, GC, HAS_KEY, KIND, SKIP, STRING, TYPE, Struct, Update, make
from crdt.update import decode, encode
from crdt.wire import Malformed, Writer

HUGE = (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1)
TEXTS = ("", "x", "😀", "a😀", "\ufffd", "x" * 5_000, "\u0000", "é")
NAMES = ("paragraph", "table", "script", "", "hard_break", "ref", "list_item", "need", "title")
LAYER_NAMES = ("text", "new", "rm", "words", "words", "paragraph", "")
KEYS = ("level", "id", "x")
LAYER_KEYS = ("from", "id", "block", "on", "part", "rank", "x")
KINDS = (GC, DELETED, 2, 3, STRING, 5, FORMAT, TYPE, ANY, 9, SKIP, 11, 31)


class Attacker:
    """Makes one hostile update after another, by a seeded generator."""

    def __init__(self, dice: random.Random, honest: list[bytes], ledger: Ledger, own_client: int) -> None:
        self._dice = dice
        self._honest = honest
        self._ledger = ledger
        self._own = own_client
        prose = ledger.schema is SCHEMA
        self._root = ledger.schema.root
        self._names = NAMES if prose else LAYER_NAMES
        self._keys = KEYS if prose else LAYER_KEYS

    def next(self) -> bytes:
        """The next update."""
        way = self._dice.choice((self._blind, self._fields, self._fields, self._fields, self._own_words, self._garbage))
        return way()

    def _any_client(self) -> int:
        dice = self._dice
        known = list(self._ledger.clients)
        return dice.choice([*known, self._own, self._own, 1, 2**32 - 1, 2**53 - 1])

    def _any_id(self) -> tuple[int, int]:
        client = self._any_client()
        known = self._ledger.clients.get(client)
        end = known.clock if known else 3
        clock = self._dice.choice((self._dice.randrange(end + 2), max(0, end - 1), 0))
        return client, self._dice.choice(HUGE[:2]) if self._dice.random() < 0.02 else clock

    def _blind(self) -> bytes:
        """Bytes flipped, cut, doubled or put in."""
        dice = self._dice
        data = bytearray(dice.choice(self._honest))
        for _ in range(dice.choice((1, 1, 2, 5))):
            at = dice.randrange(len(data) + 1)
            other = min(len(data), at + dice.randrange(9))
            way = dice.randrange(6)
            if way == 0 and at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            elif way == 1:
                del data[at:other]
            elif way == 2:
                data[at:at] = data[at:other]
            elif way == 3:
                data[at:at] = dice.randbytes(dice.randrange(5))
            elif way == 4 and at < len(data):
                data[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            else:
                writer = Writer()
                writer.uint(dice.choice(HUGE))
                data[at:at] = writer.finish()
        return bytes(data)

    def _garbage(self) -> bytes:
        """Bytes from nowhere."""
        dice = self._dice
        return dice.choice((b"", b"\x01\x01", b"\x00")) + dice.randbytes(dice.randrange(40))

    def _fields(self) -> bytes:
        """An honest update, moved to where the document stands, with a few fields changed."""
        dice = self._dice
        update = decode(dice.choice(self._honest))
        if isinstance(update, Malformed):
            return self._blind()
        structs: dict[int, list[Struct]] = {}
        for client, section in update.structs.items():
            mover = dice.choice((client, client, self._own, self._any_client()))
            known = self._ledger.clients.get(mover)
            clock = known.clock if known else 0
            shift = clock - section[0].clock if dice.random() < 0.8 else 0
            structs[mover] = [
                self._moved(struct, client, mover, shift) for struct in section if struct.clock + shift >= 0
            ]
            if not structs[mover]:
                del structs[mover]
        deletes = dict(update.deletes)
        if dice.random() < 0.5:
            client, clock = self._any_id()
            deletes[client] = [(clock, dice.choice((1, 1, 2, 3, 2**31)))]
        for section in structs.values():
            for at in range(len(section)):
                if dice.random() < 0.3:
                    section[at] = self._changed(section[at])
        if structs and dice.random() < 0.05:
            section = dice.choice(list(structs.values()))
            section.insert(dice.randrange(len(section) + 1), dice.choice(section))
        data = encode(Update(structs, deletes))
        if structs and dice.random() < 0.03:  # a section twice
            data = bytes([data[0] + 1]) + encode(Update(structs, {}))[1:-1] + data[1:]
        return data

    @staticmethod
    def _moved(struct: Struct, client: int, mover: int, shift: int) -> Struct:
        def own(at: tuple[int, int] | None) -> tuple[int, int] | None:
            return (mover, max(0, at[1] + shift)) if at is not None and at[0] == client else at

        parent = own(struct.parent) if isinstance(struct.parent, tuple) else struct.parent
        return struct._replace(
            clock=struct.clock + shift, origin=own(struct.origin), right=own(struct.right), parent=parent
        )

    def _changed(self, struct: Struct) -> Struct:
        dice = self._dice
        changes: tuple[Callable[[Struct], Struct], ...] = (
            lambda one: self._beside(one, self._any_id(), one.right),
            lambda one: self._beside(one, one.origin, self._any_id()),
            lambda one: self._beside(one, self._any_id(), self._any_id()),
            lambda one: make(one.clock, one.kind, one.content, parent=self._any_id(), key=one.key, length=one.length),
            lambda one: make(one.clock, one.kind, one.content, parent=dice.choice((self._root, "hidden", ""))),
            lambda one: make(one.clock, one.kind, one.content, parent=self._any_id(), key=dice.choice(self._keys)),
            lambda one: one._replace(clock=one.clock + dice.choice((-1, 1, 5))) if one.clock else one,
            lambda one: one._replace(info=one.info ^ HAS_KEY),
            self._other_kind,
        )
        return dice.choice(changes)(struct)

    @staticmethod
    def _beside(one: Struct, origin: tuple[int, int] | None, right: tuple[int, int] | None) -> Struct:
        if origin is None and right is None:
            return one
        return make(one.clock, one.info & KIND, one.content, origin=origin, right=right, length=one.length)

    def _other_kind(self, one: Struct) -> Struct:
        dice = self._dice
        kind = dice.choice(KINDS)
        content = {
            STRING: dice.choice(TEXTS),
            FORMAT: (
                dice.choice(("strong", "link", "strong--aaaaaaaa", "x")),
                dice.choice(("null", "{}", '{"href":"x"}', "1e9")),
            ),
            TYPE: dice.choice([(3, name) for name in self._names] + [(6, None)]),
            ANY: dice.choice((("3",), ("x",), (None,), ("3", "4"), (True,), (3,), (1.5,), ())),
        }.get(kind)
        length = dice.choice((1, 1, 2, 0, *HUGE))
        if kind in (GC, SKIP):
            return Struct(one.clock, length, kind, None, None, None, None, None)
        return one._replace(info=(one.info & ~KIND) | kind, content=content, length=length)

    def _own_words(self) -> bytes:
        """A well-formed run of structs by the attacker, in places of all sorts."""
        dice = self._dice
        client = dice.choice((self._own, self._own, self._any_client()))
        known = self._ledger.clients.get(client)
        clock = known.clock if known else 0
        section: list[Struct] = []
        for _ in range(dice.choice((1, 1, 2, 5, 30))):
            neighbour = (client, clock - 1) if section and dice.random() < 0.4 else self._any_id()
            ways = (
                make(clock, STRING, dice.choice(TEXTS[1:]), origin=neighbour),
                make(clock, STRING, dice.choice(TEXTS[1:]), right=neighbour),
                make(clock, STRING, "word", parent=neighbour),
                make(clock, TYPE, (3, dice.choice(self._names)), parent=neighbour),
                make(clock, TYPE, (3, dice.choice(self._names)), origin=neighbour),
                make(clock, TYPE, (3, dice.choice(self._names)), parent=self._root),
                make(clock, TYPE, (6, None), parent=neighbour),
                make(clock, FORMAT, ("strong", dice.choice(("{}", "null"))), origin=neighbour),
                make(clock, ANY, (dice.choice("34"),), parent=neighbour, key=self._keys[0]),
                make(clock, ANY, ("4",), origin=neighbour),
                make(clock, DELETED, None, length=dice.choice((1, 3)), origin=neighbour),
                make(clock, DELETED, None, length=dice.choice((1, 3)), parent=neighbour),
                Struct(clock, dice.choice((1, 2, 2**30)), 0, None, None, None, None, None),
            )
            section.append(dice.choice(ways))
            clock += section[-1].length
        deletes = {neighbour[0]: [(neighbour[1], 1)]} if dice.random() < 0.3 else {}
        return encode(Update({client: section}, deletes))
