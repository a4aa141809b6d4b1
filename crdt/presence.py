"""Presence: who is in a section and where their cursor stands, in the awareness encoding of y-protocols.

Nobody speaks for somebody else: a connection has the one client id it announced first, and what others see of a
person (name, role, party, colour) is written here, never taken from the sender. Only a well-formed cursor passes.
Values only: no socket, no clock, no Yjs. Rooms may import it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, NewType

from crdt.limits import DEFAULT_LIMITS, MAX_CLIENT, MAX_CLOCK, Limits
from crdt.wire import Malformed, Reader, WireError, Writer

Stamp = NewType("Stamp", str)
"""What the server says about a person, as the JSON member ``"user":{…}``: made once, pasted into each state."""

_ROOT: Final = "prosemirror"
_GAVE_UP: Final = -1
_MOST_ENTRIES: Final = 512
"""Most client ids in one message: a provider repeats those of people who timed out."""
_MOST_BRACKETS: Final = 64
"""Most brackets in one state, and so its greatest depth."""
_BLOCK: Final = re.compile(r"[A-Za-z0-9_.:#-]{1,200}", re.ASCII)
_KEY: Final = re.compile(r"(?:authority|family|tribunal):[a-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_MOST_OFFSET: Final = 99_999_999
_MOST_CLAIMS: Final = 4096
"""Client ids remembered as somebody's, also after they left."""


Entry = tuple[int, int, str | None]
"""Client id, clock, state as JSON text; None: this client is gone."""


def stamp(*, name: str, role: str, party: str, colour: str, colour_word: str) -> Stamp:
    """What everyone sees about a person, encoded once per connection."""
    user = {"name": name, "role": role, "party": party, "colour": colour, "colourWord": colour_word}
    member = '"user":' + json.dumps(user, separators=(",", ":"), ensure_ascii=False)
    return Stamp(member.encode("utf-8", "replace").decode())


def read(payload: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Entry] | Malformed:
    """The entries of an awareness message, their states unread; any bytes give an answer, large ones at once."""
    if len(payload) > limits.awareness_bytes:
        return Malformed("presence too big")
    reader = Reader(payload)
    try:
        entries: list[Entry] = []
        for _ in range(reader.uint(_MOST_ENTRIES)):
            client, clock, text = reader.uint(MAX_CLIENT), reader.uint(MAX_CLOCK), reader.string()
            entries.append((client, clock, None if text == "null" else text))
    except WireError:
        return Malformed("presence")
    return entries if reader.at_end else Malformed("trailing bytes")


def write(entries: list[Entry]) -> bytes:
    """An awareness message."""
    writer = Writer()
    writer.uint(len(entries))
    for client, clock, text in entries:
        writer.uint(client)
        writer.uint(clock)
        writer.string("null" if text is None else text)
    return writer.finish()


def stamped(text: str, user: Stamp) -> str | Malformed:
    """A client's state as others may see it: its cursor if well formed, the server's word for the rest."""
    if text.count("{") + text.count("[") > _MOST_BRACKETS:
        return Malformed("presence nested too deeply")
    try:
        state = json.loads(text)
    except ValueError:
        return Malformed("presence is not JSON")
    if type(state) is not dict:
        return Malformed("presence is not an object")
    return f'{{"cursor":{_cursor(state.get("cursor"))},{_redline(state.get("redline"))}{user}}}'


@dataclass(slots=True)
class _Seat:
    """One connection's place in the room."""

    person: str
    user: Stamp | None
    client: int | None = None
    heard: int = -1
    text: str | None = None
    state: str | None = None


@dataclass(slots=True)
class _Claim:
    """Whose a client id is, and the newest clock others were told for it."""

    person: str
    clock: int = 0


class Presence:
    """The presence of one room. What a method returns is the payload to send to the others, or None."""

    __slots__ = ("_claims", "_limits", "_owner_of", "_seats", "_told_elsewhere")

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        owner_of: Callable[[int], str | None] = lambda client: None,
        told_elsewhere: Callable[[int], int] = lambda client: 0,
    ) -> None:
        """``owner_of`` knows the client ids that wrote in the document (the ledger).

        ``told_elsewhere`` knows the newest clock of a client id that people heard from another server process.
        """
        self._told_elsewhere = told_elsewhere
        self._limits = limits
        self._owner_of = owner_of
        self._seats: dict[Hashable, _Seat] = {}
        self._claims: dict[int, _Claim] = {}

    def join(self, connection: Hashable, person: str, user: Stamp | None) -> None:
        """Gives a connection a seat; without a stamp it sees others but is not shown."""
        self._seats[connection] = _Seat(person, user)

    def receive(self, connection: Hashable, payload: bytes) -> bytes | Malformed | None:
        """Takes a message: its own entry stamped, for the others; None where there is nothing (left) to tell."""
        seat = self._seats[connection]
        entries = read(payload, self._limits)
        if isinstance(entries, Malformed):
            return entries
        for client, clock, text in entries:
            if client == seat.client or (seat.client is None and self._claim(seat, client)):
                return self._hear(seat, client, clock, text)
        return None

    def restamp(self, connection: Hashable, user: Stamp | None) -> bytes | None:
        """Changes what is said about a person; None hides them from now on."""
        seat = self._seats[connection]
        if user == seat.user:
            return None
        seat.user = user
        if seat.client is None or seat.text is None:
            return None
        if user is None:
            return self._gone(seat, seat.client)
        state = stamped(seat.text, user)
        return None if isinstance(state, Malformed) else self._tell(seat, seat.client, 0, state)

    def leave(self, connection: Hashable) -> bytes | None:
        """Takes the seat away; the others are told if they had been shown it."""
        seat = self._seats.pop(connection, None)
        if seat is None or seat.client is None:
            return None
        return self._gone(seat, seat.client)

    def full(self, without: Hashable = None) -> bytes | None:
        """Everyone shown now, for one who joins; without their own entry if they already have one."""
        entries: list[Entry] = [
            (seat.client, self._claims[seat.client].clock, seat.state)
            for connection, seat in self._seats.items()
            if seat.client is not None and seat.state is not None and connection != without
        ]
        return write(entries) if entries else None

    def tell_again(self, client: int) -> bytes | None:
        """Says where this client is, should it be shown here: others were told elsewhere that it has gone."""
        seat = next((seat for seat in self._seats.values() if seat.client == client), None)
        return None if seat is None or seat.state is None else self._tell(seat, client, 0, seat.state)

    def shows(self, client: int) -> bool:
        """Whether this client is shown by a connection here."""
        return any(seat.client == client and seat.state is not None for seat in self._seats.values())

    def client_of(self, connection: Hashable) -> int | None:
        """The client id a connection has announced."""
        seat = self._seats.get(connection)
        return None if seat is None or seat.client == _GAVE_UP else seat.client

    def _claim(self, seat: _Seat, client: int) -> bool:
        """Whether this client id is the person's own; a person who comes back takes it from their old connection."""
        claim = self._claims.get(client)
        if (claim is not None and claim.person != seat.person) or self._owner_of(client) not in (None, seat.person):
            return False
        for other in self._seats.values():
            if other.client == client:
                other.client, other.text, other.state = _GAVE_UP, None, None
        if claim is None:
            self._forget_old_claims()
            self._claims[client] = _Claim(seat.person)
        seat.client = client
        return True

    def _forget_old_claims(self) -> None:
        if len(self._claims) < _MOST_CLAIMS:
            return
        seated = {seat.client for seat in self._seats.values()}
        oldest = next((client for client in self._claims if client not in seated), None)
        if oldest is not None:
            del self._claims[oldest]

    def _hear(self, seat: _Seat, client: int, clock: int, text: str | None) -> bytes | Malformed | None:
        if clock < seat.heard or (clock == seat.heard and text is not None):
            return None
        seat.heard = clock
        if text is None:
            seat.text = None
            return self._gone(seat, client)
        if text == seat.text and seat.state is not None:
            return self._tell(seat, client, clock, seat.state)
        if seat.user is None:
            seat.text = text
            return None
        state = stamped(text, seat.user)
        if isinstance(state, Malformed):
            return state
        seat.text = text
        return self._tell(seat, client, clock, state)

    def _tell(self, seat: _Seat, client: int, clock: int, state: str) -> bytes:
        """Clocks that others see only ever grow, also when a person was said to be gone and comes back."""
        claim = self._claims[client]
        claim.clock = max(clock, claim.clock + 1, self._told_elsewhere(client) + 1)
        seat.state = state
        return write([(client, claim.clock, state)])

    def _gone(self, seat: _Seat, client: int) -> bytes | None:
        if seat.state is None:
            return None
        seat.state = None
        claim = self._claims[client]
        claim.clock = max(claim.clock, self._told_elsewhere(client)) + 1
        return write([(client, claim.clock, None)])


def _cursor(cursor: Any) -> str:
    """A cursor of y-prosemirror, spelt anew from its numbers; ``null`` for anything else."""
    if type(cursor) is dict:
        anchor, head = _position(cursor.get("anchor")), _position(cursor.get("head"))
        if anchor and head:
            return f'{{"anchor":{anchor},"head":{head}}}'
    return "null"


def _redline(caret: Any) -> str:
    """A caret among proposals, spelt anew: where it stands, and no words; nothing for anything else."""
    if type(caret) is dict:
        anchor, head = _anchor(caret.get("anchor")), _anchor(caret.get("head"))
        if anchor and head:
            return f'"redline":{{"anchor":{anchor},"head":{head}}},'
    return ""


def _anchor(anchor: Any) -> str | None:
    """A block and how far into its issued text, and how far into which proposal's wording; None for anything else."""
    if type(anchor) is not dict:
        return None
    block, base, key, index = anchor.get("block"), anchor.get("base"), anchor.get("key"), anchor.get("index")
    if type(block) is not str or not _BLOCK.fullmatch(block) or not _is_offset(base):
        return None
    if key is None and index is None:
        return f'{{"block":"{block}","base":{base}}}'
    if type(key) is not str or not _KEY.fullmatch(key) or not _is_offset(index):
        return None
    return f'{{"block":"{block}","base":{base},"key":"{key}","index":{index}}}'


def _is_offset(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MOST_OFFSET


def _position(position: Any) -> str | None:
    """A relative position of Yjs: an item, the type it is in, or the root; None for anything Yjs could not read."""
    if type(position) is not dict:
        return None
    item, kind, name = _id(position.get("item")), _id(position.get("type")), position.get("tname")
    assoc = position.get("assoc", 0)
    if item is None or kind is None or name not in (None, _ROOT) or type(assoc) is not int or assoc not in (0, -1):
        return None
    if item == kind == "null" and name is None:
        return None
    root = "null" if name is None else f'"{_ROOT}"'
    return f'{{"type":{kind},"tname":{root},"item":{item},"assoc":{assoc}}}'


def _id(value: Any) -> str | None:
    """An id of Yjs, ``null`` if absent, None if it is neither."""
    if value is None:
        return "null"
    if type(value) is not dict:
        return None
    client, clock = value.get("client"), value.get("clock")
    if (
        type(client) is not int
        or type(clock) is not int
        or not 0 <= client <= MAX_CLIENT
        or not 0 <= clock <= MAX_CLOCK
    ):
        return None
    return f'{{"client":{client},"clock":{clock}}}'
