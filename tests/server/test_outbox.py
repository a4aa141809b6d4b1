"""What a connection is owed: one write per turn, bounded for a slow reader, and nothing skipped in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from websockets.frames import Frame, Opcode

from server.outbox import Outbox, Parcel, Tick, frame


class Reader:
    """A sink that keeps what was written, and is slow when told."""

    def __init__(self) -> None:
        self.blocked = False
        self.writes: list[bytes] = []

    def write(self, parcels: Sequence[Parcel]) -> None:
        self.writes.append(b"".join(message for parcel in parcels for message in parcel.messages))

    def close(self, code: int, reason: str) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Part:
    """A section on the connection."""

    def __init__(self, outbox: Outbox, blocks: Reader | None = None) -> None:
        self.stale = False
        self.fresh = 0
        self._outbox = outbox
        self._blocks = blocks

    def refresh(self) -> None:
        self.fresh += 1
        self._outbox.copy(Parcel.of(b"<all>"), self)
        if self._blocks is not None:
            self._blocks.blocked = True


class Desk:
    """An outbox with its reader and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.closed = 0
        self.reader = Reader()
        self.outbox = Outbox(
            self.reader,
            Tick(asyncio.get_running_loop()),
            limit=100,
            window=60,
            clock=lambda: self.now,
            overflowed=self._close,
        )

    def _close(self) -> None:
        self.closed += 1

    def put(self, text: bytes, part: Part | None = None) -> None:
        self.outbox.put(Parcel.of(text), part)


async def turn() -> None:
    await asyncio.sleep(0)


async def test_everything_of_one_turn_leaves_in_one_write_in_order() -> None:
    desk = Desk()
    for text in (b"a", b"b", b"c"):
        desk.put(text)
    assert desk.reader.writes == []
    await turn()
    desk.put(b"d")
    await turn()
    assert desk.reader.writes == [b"abc", b"d"]


async def test_a_slow_reader_gets_what_waited_when_they_catch_up() -> None:
    desk = Desk()
    part = Part(desk.outbox)
    desk.reader.blocked = True
    desk.put(b"a", part)
    desk.put(b"b", part)
    await turn()
    assert desk.reader.writes == []
    desk.reader.blocked = False
    desk.outbox.drained()
    assert desk.reader.writes == [b"ab"]
    assert not part.stale


async def test_too_much_for_a_slow_reader_is_dropped_and_one_fresh_copy_is_sent_instead() -> None:
    desk = Desk()
    part, other = Part(desk.outbox), Part(desk.outbox)
    desk.reader.blocked = True
    desk.put(b"<ack>")
    desk.put(b"o", other)
    for _ in range(40):
        desk.put(b"edit", part)
        assert desk.outbox.size <= 100
    assert part.stale
    assert other.stale
    desk.reader.blocked = False
    desk.outbox.drained()
    assert desk.reader.writes == [b"<ack>", b"<all>", b"<all>"]
    assert (part.fresh, other.fresh, desk.closed) == (1, 1, 0)
    desk.put(b"next", part)
    await turn()
    assert desk.reader.writes[-1] == b"next"


async def test_fresh_copies_go_one_at_a_time_as_the_reader_takes_them() -> None:
    desk = Desk()
    parts = [Part(desk.outbox, blocks=desk.reader) for _ in range(3)]
    for part in parts:
        desk.outbox.owe(part)
    for sent in (1, 2, 3):
        desk.reader.blocked = False
        desk.outbox.drained()
        assert desk.reader.writes == [b"<all>"] * sent


async def test_a_copy_for_a_reader_who_is_behind_is_owed_not_kept() -> None:
    desk = Desk()
    part = Part(desk.outbox)
    desk.reader.blocked = True
    desk.outbox.copy(Parcel.of(b"x" * 10_000), part)
    assert desk.outbox.size == 0
    assert part.stale


async def test_a_second_overflow_within_the_window_ends_the_connection() -> None:
    desk = Desk()
    part = Part(desk.outbox)

    def overflow() -> None:
        desk.reader.blocked = True
        for _ in range(40):
            desk.put(b"edit", part)
        desk.reader.blocked = False
        desk.outbox.drained()

    overflow()
    desk.now = 61
    overflow()
    assert desk.closed == 0
    desk.now = 100
    overflow()
    assert desk.closed == 1


async def test_answers_alone_can_also_be_too_much() -> None:
    desk = Desk()
    desk.reader.blocked = True
    for _ in range(50):
        desk.put(b"<ack>")
    assert desk.closed >= 1
    assert desk.outbox.size <= 100


async def test_what_waits_for_a_section_that_was_closed_is_not_sent_afresh() -> None:
    desk = Desk()
    part = Part(desk.outbox)
    desk.outbox.owe(part)
    desk.outbox.forget(part)
    desk.outbox.drained()
    assert part.fresh == 0


async def test_last_words_are_written_even_to_a_slow_reader() -> None:
    desk = Desk()
    part = Part(desk.outbox)
    desk.reader.blocked = True
    desk.put(b"edit", part)
    desk.put(b"<goodbye>")
    desk.outbox.finish()
    assert desk.reader.writes == [b"<goodbye>"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_our_frames_are_those_of_the_library(size: int) -> None:
    message = bytes(size)
    assert frame(message) == Frame(Opcode.BINARY, message).serialize(mask=False)


def test_parcels_join_without_losing_their_order() -> None:
    joined = Parcel.joined([Parcel((b"a", b"b")), Parcel.of(b"c")])
    assert list(joined.messages) == [b"a", b"b", b"c"]
    assert joined.framed == frame(b"a") + frame(b"b") + frame(b"c")
