"""The byte format of lib0: what is written can be read, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt.wire import MAX_UINT, Reader, WireError, Writer


def written(*values: int) -> bytes:
    writer = Writer()
    for value in values:
        writer.uint(value)
    return writer.finish()


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (2**32 - 1, "ffffffff0f"),
        (MAX_UINT, "ffffffffffffff0f"),
    ],
)
def test_numbers_are_written_as_lib0_writes_them(value: int, data: str) -> None:
    assert data == written(value).hex()
    reader = Reader(bytes.fromhex(data))
    assert value == reader.uint()
    assert reader.at_end


@pytest.mark.parametrize("value", [-1, MAX_UINT + 1])
def test_what_a_browser_cannot_count_is_not_written(value: int) -> None:
    with pytest.raises(ValueError, match="no wire number"):
        written(value)


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\xff" * 9, b"\xff" * 10, b"\xff" * 160_000, written(MAX_UINT)[:-1] + b"\x1f"]
)
def test_numbers_that_end_too_early_or_never_are_wire_errors(data: bytes) -> None:
    with pytest.raises(WireError):
        Reader(data).uint()


def test_a_number_above_its_limit_is_a_wire_error() -> None:
    assert 300 == Reader(written(300)).uint(300)
    with pytest.raises(WireError):
        Reader(written(301)).uint(300)


def test_the_length_of_text_counts_bytes_and_not_letters() -> None:
    writer = Writer()
    writer.string("Zoë Müller 😀")
    writer.byte(9)
    data = writer.finish()
    assert len("Zoë Müller 😀".encode()) == data[0]
    reader = Reader(data)
    assert "Zoë Müller 😀" == reader.string()
    assert 9 == reader.byte()


@pytest.mark.parametrize("data", [b"\x02a", b"\x01\xff", b"\x03\xed\xa0\xbd", b"\xff\xff\xff\xff\x0fa"])
def test_text_that_is_cut_off_or_no_utf_8_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        Reader(data).string()


def test_a_byte_past_the_end_is_a_wire_error() -> None:
    with pytest.raises(WireError):
        Reader(b"").byte()


def test_the_rest_is_everything_not_read_yet() -> None:
    writer = Writer()
    writer.bytes_(b"ab")
    writer.raw(b"cd")
    reader = Reader(writer.finish())
    assert b"ab" == reader.bytes_()
    assert 3 == reader.position
    assert b"cd" == reader.rest()
    assert reader.at_end


@given(st.lists(st.integers(0, MAX_UINT)))
def test_a_run_of_numbers_is_read_as_one_by_one(values: list[int]) -> None:
    reader = Reader(written(len(values), *values, 5))
    assert values == reader.uints()
    assert 5 == reader.uint()


@pytest.mark.parametrize("data", [b"", b"\x02\x01", b"\x01\x80", written(2**40, 1, 2, 3), written(2, 3, 301)])
def test_a_run_that_ends_too_early_or_goes_too_far_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        Reader(data).uints(300)


def test_even_the_smallest_limit_holds_for_every_number_of_a_run() -> None:
    assert [0, 9] == Reader(written(2, 0, 9)).uints(9)
    with pytest.raises(WireError):
        Reader(written(2, 0, 10)).uints(9)
