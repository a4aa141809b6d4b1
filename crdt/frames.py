"""Live-protocol messages and bytes: Hocuspocus 4 framing, as its stock provider speaks it.

A frame is a document name, a kind and a body. Reading is total and strict: any bytes give a ``Frame`` or a
``Malformed``, and a byte too many is malformed. Session-aware names (with a NUL) are not offered, so refused.
Values only: no socket, no document. Everyone may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from crdt.wire import Malformed, Reader, WireError, Writer

NAME_BYTES: Final = 127
"""Longest document name, so that its length is one byte; a plan, a section and a layer need less than half."""

UNKNOWN: Final = -1
"""The kind ``split`` gives to bytes that are no frame at all."""


class Kind(IntEnum):
    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    SYNC_REPLY = 4
    STATELESS = 5
    BROADCAST_STATELESS = 6
    CLOSE = 7
    SYNC_STATUS = 8
    PING = 9
    PONG = 10


class SyncKind(IntEnum):
    STEP1 = 0
    STEP2 = 1
    UPDATE = 2


class AuthKind(IntEnum):
    TOKEN = 0
    DENIED = 1
    AUTHENTICATED = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. ``document`` is empty for a ping or pong of the connection itself.

    ``body``: the state vector or update of a sync, the payload of an awareness, the text of the rest (token, reason,
    scope, stateless text); None where the message carries none (a server's request for a token, a client's close).
    """

    document: str
    kind: Kind
    body: bytes | str | None = None
    sync: SyncKind | None = None
    auth: AuthKind | None = None
    version: str | None = None
    """The provider's version, sent beside a token."""
    saved: bool | None = None
    """What a sync status says."""


_KINDS: Final = {int(kind): kind for kind in Kind}
_SYNCS: Final = {int(kind): kind for kind in SyncKind}
_AUTHS: Final = {int(kind): kind for kind in AuthKind}
_HIGHEST_KIND: Final = max(_KINDS)


# Reading


def split(frame: bytes) -> tuple[str, int, int]:
    """The document name, the kind and where the body starts: all the hot path needs to route a frame.

    A lone ping or pong is ``("", 9 | 10, 1)``. Bytes that are no frame are ``("", UNKNOWN, 0)``.
    """
    size = len(frame)
    if size < 2:
        return ("", frame[0], 1) if size and frame[0] in (Kind.PING, Kind.PONG) else ("", UNKNOWN, 0)
    end = frame[0] + 1
    if not 1 < end <= NAME_BYTES + 1 or end >= size or frame[end] > _HIGHEST_KIND:
        return "", UNKNOWN, 0
    try:
        name = str(frame[1:end], "utf-8")
    except UnicodeDecodeError:
        return "", UNKNOWN, 0
    return ("", UNKNOWN, 0) if "\0" in name else (name, frame[end], end + 1)


def sync_body(frame: bytes, offset: int) -> tuple[int, bytes] | None:
    """The sync kind (0, 1 or 2) and the bytes of a sync frame's body at ``offset``; None if malformed."""
    if offset >= len(frame) or frame[offset] > SyncKind.UPDATE:
        return None
    body = payload(frame, offset + 1)
    return None if body is None else (frame[offset], body)


def payload(frame: bytes, offset: int) -> bytes | None:
    """The length-prefixed bytes that fill a frame from ``offset`` exactly to its end; None if malformed."""
    length = shift = 0
    for position in range(offset, min(offset + 5, len(frame))):
        byte = frame[position]
        length |= (byte & 127) << shift
        if byte < 128:
            return frame[position + 1 :] if position + 1 + length == len(frame) else None
        shift += 7
    return None


def decode(frame: bytes) -> Frame | Malformed:
    """The whole message, whichever side sent it."""
    name, number, offset = split(frame)
    if number == UNKNOWN:
        return Malformed("no frame")
    kind = _KINDS[number]
    if not name:
        return Frame("", kind)
    if kind in (Kind.SYNC, Kind.SYNC_REPLY):
        sync = sync_body(frame, offset)
        if sync is None:
            return Malformed("sync body")
        return Frame(name, kind, body=sync[1], sync=_SYNCS[sync[0]])
    if kind is Kind.AWARENESS:
        body = payload(frame, offset)
        return Malformed("awareness body") if body is None else Frame(name, kind, body=body)
    reader = Reader(frame, offset)
    try:
        found = _rest(name, kind, reader)
    except WireError:
        return Malformed(f"{kind.name.lower()} body")
    return found if reader.at_end else Malformed("trailing bytes")


def _rest(name: str, kind: Kind, reader: Reader) -> Frame | Malformed:
    match kind:
        case Kind.AUTH:
            return _auth(name, reader)
        case Kind.STATELESS | Kind.BROADCAST_STATELESS:
            return Frame(name, kind, body=reader.string())
        case Kind.CLOSE:
            return Frame(name, kind, body=None if reader.at_end else reader.string())
        case Kind.SYNC_STATUS:
            return Frame(name, kind, saved=reader.uint(1) == 1)
        case _:
            return Frame(name, kind)


def _auth(name: str, reader: Reader) -> Frame | Malformed:
    auth = _AUTHS.get(reader.uint())
    if auth is None:
        return Malformed("auth kind")
    if auth is AuthKind.TOKEN and reader.at_end:
        return Frame(name, Kind.AUTH, auth=auth)
    body = reader.string()
    version = reader.string() if auth is AuthKind.TOKEN and not reader.at_end else None
    return Frame(name, Kind.AUTH, body=body, auth=auth, version=version)


# Writing


def sync_step1(name: str, state_vector: bytes) -> bytes:
    """Asks for what the other side has beyond this state vector."""
    return _head(name, Kind.SYNC) + b"\0" + _sized(state_vector)


def sync_step2(name: str, update: bytes) -> bytes:
    """Answers a step 1."""
    return _head(name, Kind.SYNC) + b"\1" + _sized(update)


def sync_update(name: str, update: bytes) -> bytes:
    """Passes an edit on."""
    return _head(name, Kind.SYNC) + b"\2" + _sized(update)


def awareness(name: str, states: bytes) -> bytes:
    """Passes presence on."""
    return _head(name, Kind.AWARENESS) + _sized(states)


def query_awareness(name: str) -> bytes:
    """Asks for everyone's presence."""
    return _head(name, Kind.QUERY_AWARENESS)


def token(name: str, text: str, version: str | None = None) -> bytes:
    """What a client opens a document with."""
    return _head(name, Kind.AUTH) + b"\0" + _text(text) + (b"" if version is None else _text(version))


def token_request(name: str) -> bytes:
    """Asks the client for a fresh token."""
    return _head(name, Kind.AUTH) + b"\0"


def permission_denied(name: str, reason: str) -> bytes:
    """Says that this document stays closed to this client."""
    return _head(name, Kind.AUTH) + b"\1" + _text(reason)


def authenticated(name: str, scope: str) -> bytes:
    """Opens the document: scope ``read-write`` or ``readonly``."""
    return _head(name, Kind.AUTH) + b"\2" + _text(scope)


def stateless(name: str, text: str) -> bytes:
    """Carries a message of our own."""
    return _head(name, Kind.STATELESS) + _text(text)


def close(name: str, reason: str | None) -> bytes:
    """Closes one document; a server gives a reason (which may be empty), a client gives None."""
    return _head(name, Kind.CLOSE) + (b"" if reason is None else _text(reason))


def sync_status(name: str, ok: bool) -> bytes:
    """Acknowledges one sync frame: True means it is on disk."""
    return _head(name, Kind.SYNC_STATUS) + (b"\1" if ok else b"\0")


def ping() -> bytes:
    """Asks the other end of the connection whether it is there."""
    return bytes((Kind.PING,))


def pong() -> bytes:
    """Answers a ping."""
    return bytes((Kind.PONG,))


@lru_cache(maxsize=8192)
def _head(name: str, kind: Kind) -> bytes:
    return _text(name) + bytes((kind,))


def _sized(data: bytes) -> bytes:
    size = len(data)
    if size < 0x80:
        return bytes((size,)) + data
    if size < 0x4000:
        return bytes((size & 0x7F | 0x80, size >> 7)) + data
    writer = Writer()
    writer.bytes_(data)
    return writer.finish()


def _text(text: str) -> bytes:
    return _sized(text.encode("utf-8", "replace"))
