"""A whole document as bytes that can be taken up part by part, each in a step that is over in a few milliseconds.

The bytes hold the update that brings everything, as the engine wrote it, and where to cut it: every part names only
what stands in it or in one before it, and brings its own deletions. Pure. Only snapshots and their checks import it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from crdt.limits import MAX_CLIENT, MAX_CLOCK, Limits
from crdt.structs import Id, Struct, Update
from crdt.update import Stops, decode
from crdt.wire import Malformed, Reader, WireError, Writer

PART_STRUCTS: Final = 2000
PART_BYTES: Final = 64 * 1024
"""How much one part brings, at most: the engine takes that up in about two milliseconds."""

_MAGIC: Final = b"\xff" * 10 + b"\x01"
"""No update begins with a number as long as this."""

_Deletes = dict[int, list[tuple[int, int]]]


class _Run(NamedTuple):
    """What one part brings of one client: clocks, how many structs these are, and where their bytes stand."""

    client: int
    clock: int
    end: int
    structs: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Parts:
    """``whole`` is one update; ``each`` gives the same as several, to be applied in order."""

    whole: bytes
    _parts: tuple[tuple[tuple[_Run, ...], bytes], ...] = ()

    def __len__(self) -> int:
        return len(self._parts) or 1

    def each(self) -> Iterator[bytes]:
        """The parts, in order; the whole if it was never cut."""
        if not self._parts:
            yield self.whole
        for runs, deletes in self._parts:
            writer = Writer()
            writer.uint(len(runs))
            for run in runs:
                writer.uint(run.structs)
                writer.uint(run.client)
                writer.uint(run.clock)
                writer.raw(self.whole[run.start : run.stop])
            writer.raw(deletes)
            yield writer.finish()


def pack(whole: bytes, limits: Limits, structs: int = PART_STRUCTS, size: int = PART_BYTES) -> bytes:
    """The whole update of a document with its cuts; as it is when it is small, or cannot be cut."""
    stops: Stops = {}
    found = decode(whole, limits, stops) if len(whole) > size else Malformed("too small to be cut")
    order = None if isinstance(found, Malformed) else _in_order(found.structs)
    if isinstance(found, Malformed) or order is None:
        return whole
    writer = Writer()
    writer.raw(_MAGIC)
    writer.bytes_(whole)
    places = {client: place for place, client in enumerate(found.structs)}
    writer.uint(len(places))
    for client, section in found.structs.items():
        writer.uint(client)
        writer.uint(section[0].clock)
        writer.uint(stops[client][0])
    gone = {client: _Gone(ranges) for client, ranges in found.deletes.items()}
    parts = list(_parts(found, stops, order, structs, size))
    writer.uint(len(parts))
    for part in parts:
        writer.uint(len(part))
        for run in part:
            writer.uint(places[run.client])
            writer.uint(run.structs)
            writer.uint(run.end - run.clock)
            writer.uint(run.stop - run.start)
        writer.bytes_(_deletes({run.client: gone[run.client].within(run) for run in part if run.client in gone}))
    return writer.finish()


def unpack(data: bytes) -> Parts | Malformed:
    """The parts these bytes hold. An update without cuts is one part; whether it is an update is for the engine."""
    if not data.startswith(_MAGIC):
        return Parts(data)
    reader = Reader(data, len(_MAGIC))
    try:
        whole = reader.bytes_()
        ahead = [(reader.uint(MAX_CLIENT), reader.uint(MAX_CLOCK), reader.uint(len(whole))) for _ in _times(reader)]
        parts = tuple(_read_part(reader, ahead, len(whole)) for _ in _times(reader))
    except WireError as error:
        return Malformed(str(error))
    return Parts(whole, parts) if reader.at_end else Malformed("bytes left over")


def _times(reader: Reader) -> range:
    return range(reader.uint())


def _read_part(reader: Reader, ahead: list[tuple[int, int, int]], size: int) -> tuple[tuple[_Run, ...], bytes]:
    """One part, and ``ahead`` moved behind it."""
    runs: list[_Run] = []
    for _ in _times(reader):
        place, structs, length, taken = reader.uint(), reader.uint(), reader.uint(MAX_CLOCK), reader.uint()
        if place >= len(ahead):
            raise WireError("no such client")
        client, clock, start = ahead[place]
        if start + taken > size:
            raise WireError("length beyond the end")
        ahead[place] = client, clock + length, start + taken
        runs.append(_Run(client, clock, clock + length, structs, start, start + taken))
    return tuple(runs), reader.bytes_()


def _in_order(structs: dict[int, list[Struct]]) -> list[int] | None:
    """Whose next struct comes when, so that each stands behind what it names. None when there is no such order."""
    done = dict.fromkeys(structs, 0)
    held = {client: section[0].clock for client, section in structs.items()}
    order: list[int] = []
    for first in structs:
        stack: list[tuple[int, int]] = [(first, len(structs[first]))]
        on_stack = {first}
        while stack:
            client, goal = stack[-1]
            at = done[client]
            if at >= goal:
                stack.pop()
                on_stack.discard(client)
                continue
            struct = structs[client][at]
            missing = next((id_ for id_ in _named(struct) if held.get(id_[0], 0) <= id_[1]), None)
            if missing is None:
                order.append(client)
                done[client] = at + 1
                held[client] = struct.clock + struct.length
                continue
            other, clock = missing
            if other in on_stack or other not in structs:
                return None
            goal = bisect_right(structs[other], clock, key=_clock)
            if goal <= done[other]:
                return None
            stack.append((other, goal))
            on_stack.add(other)
    return order


def _clock(struct: Struct) -> int:
    return struct.clock


def _named(struct: Struct) -> Iterator[Id]:
    if struct.origin is not None:
        yield struct.origin
    if struct.right is not None:
        yield struct.right
    if isinstance(struct.parent, tuple):
        yield struct.parent


def _parts(found: Update, stops: Stops, order: list[int], structs: int, size: int) -> Iterator[list[_Run]]:
    at = dict.fromkeys(found.structs, 0)
    part: dict[int, _Run] = {}
    count = length = 0
    for client in order:
        number = at[client]
        at[client] = number + 1
        struct = found.structs[client][number]
        start, stop = stops[client][number : number + 2]
        if count and (count == structs or length + stop - start > size):
            yield list(part.values())
            part, count, length = {}, 0, 0
        count += 1
        length += stop - start
        run = part.get(client) or _Run(client, struct.clock, struct.clock, 0, start, start)
        part[client] = run._replace(end=struct.clock + struct.length, structs=run.structs + 1, stop=stop)
    yield list(part.values())


class _Gone:
    """The deleted ranges of one client; each is asked for once, in rising order."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._ranges = ranges
        self._at = 0

    def within(self, run: _Run) -> list[tuple[int, int]]:
        """The parts of them within a run."""
        found: list[tuple[int, int]] = []
        while self._at < len(self._ranges):
            clock, length = self._ranges[self._at]
            start, end = max(clock, run.clock), min(clock + length, run.end)
            if start < end:
                found.append((start, end - start))
            if clock + length > run.end:
                break
            self._at += 1
        return found


def _deletes(found: _Deletes) -> bytes:
    writer = Writer()
    found = {client: ranges for client, ranges in found.items() if ranges}
    writer.uint(len(found))
    for client, ranges in found.items():
        writer.uint(client)
        writer.uint(len(ranges))
        for clock, length in ranges:
            writer.uint(clock)
            writer.uint(length)
    return writer.finish()
