"""For any bytes and any structs: decoding is total, and what is canonical comes back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crdt.structs import ANY, DELETED, FORMAT, GC, STRING, TYPE, UNDEFINED, Struct, Update, make
from crdt.update import decode, encode, read_state_vector, state_vector
from crdt.wire import MAX_UINT, Malformed, Reader, WireError, Writer

CLIENTS = st.integers(0, 2**53 - 1)
CLOCKS = st.integers(0, 2**20)
IDS = st.tuples(CLIENTS, CLOCKS)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
FLOATS = (
    st.floats()
    .filter(lambda value: value != value or not value.is_integer() or abs(value) > 2**31)
    .map(lambda value: 0.1 if value != value else value)
)
VALUES = TEXT | st.none() | st.booleans() | st.just(UNDEFINED) | st.integers(-(2**31) + 1, 2**31 - 1) | FLOATS


@st.composite
def structs(draw: st.DrawFn, clock: int) -> Struct:
    kind = draw(st.sampled_from([GC, DELETED, STRING, FORMAT, TYPE, ANY]))
    if kind == GC:
        return Struct(clock, draw(st.integers(1, 99)), GC, None, None, None, None, None)
    content = {
        DELETED: st.none(),
        STRING: TEXT,
        FORMAT: st.tuples(TEXT, TEXT),
        TYPE: st.tuples(st.just(3), TEXT) | st.just((6, None)),
        ANY: st.lists(VALUES, min_size=1, max_size=3).map(tuple),
    }[kind]
    held = draw(content)
    length = len(held) if kind == ANY else draw(st.integers(1, 99)) if kind == DELETED else 1
    origin, right = draw(st.none() | IDS), draw(st.none() | IDS)
    parent = draw(TEXT | IDS) if origin is None and right is None else None
    key = draw(st.none() | TEXT) if parent is not None else None
    return make(clock, kind, held, length=length, origin=origin, right=right, parent=parent, key=key)


@st.composite
def updates(draw: st.DrawFn) -> Update:
    sections: dict[int, list[Struct]] = {}
    for client in draw(st.lists(CLIENTS, unique=True, max_size=3)):
        clock = draw(CLOCKS)
        section: list[Struct] = []
        for _ in range(draw(st.integers(1, 4))):
            section.append(draw(structs(clock)))
            clock += section[-1].length
        sections[client] = section
    deletes: dict[int, list[tuple[int, int]]] = {}
    for client in draw(st.lists(CLIENTS, unique=True, max_size=3)):
        clock = 0
        ranges: list[tuple[int, int]] = []
        for skip, length in draw(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=4)):
            ranges.append((clock + skip, length))
            clock += skip + length
        deletes[client] = ranges
    return Update(sections, deletes)


@given(updates())
def test_what_is_written_is_read(update: Update) -> None:
    data = encode(update)
    assert update == decode(data)
    assert data == encode(decode(data))  # type: ignore[arg-type]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_update_or_malformed(data: bytes) -> None:
    decoded = decode(data)
    if not isinstance(decoded, Malformed):
        assert data == encode(decoded)


@given(updates(), st.data())
def test_a_changed_update_is_an_update_or_malformed(update: Update, data: st.DataObject) -> None:
    whole = bytearray(encode(update))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    assert isinstance(decode(bytes(whole)), Update | Malformed)
    assert isinstance(decode(bytes(whole[:at])), Update | Malformed)


@given(st.dictionaries(CLIENTS, st.integers(0, 2**31 - 1)))
def test_state_vectors_survive_bytes(clocks: dict[int, int]) -> None:
    assert clocks == read_state_vector(state_vector(clocks))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_state_vector_or_malformed(data: bytes) -> None:
    assert isinstance(read_state_vector(data), dict | Malformed)


@given(st.lists(st.integers(0, MAX_UINT) | TEXT | st.binary(max_size=300)))
def test_everything_written_on_the_wire_is_read_back(values: list[int | str | bytes]) -> None:
    writer = Writer()
    for value in values:
        if isinstance(value, int):
            writer.uint(value)
        elif isinstance(value, str):
            writer.string(value)
        else:
            writer.bytes_(value)
    reader = Reader(writer.finish())
    for value in values:
        read = reader.uint if isinstance(value, int) else reader.string if isinstance(value, str) else reader.bytes_
        assert value == read()
    assert reader.at_end


@given(st.binary(max_size=40), st.lists(st.sampled_from(["uint", "string", "bytes_", "byte"]), max_size=6))
def test_reading_any_bytes_gives_values_or_a_wire_error(data: bytes, ways: list[str]) -> None:
    reader = Reader(data)
    try:
        for way in ways:
            getattr(reader, way)()
    except WireError:
        return
    assert reader.position <= len(data)
