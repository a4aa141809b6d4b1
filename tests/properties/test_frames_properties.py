"""Framing holds for any bytes: total, exact, and the hot path agrees with the careful one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from crdt import frames
from crdt.frames import Frame, Kind
from crdt.wire import Malformed
from tests.strategies import DOCUMENT_NAMES

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
BODIES = st.binary(max_size=400)
WRITERS: list[Callable[..., bytes]] = [frames.sync_step1, frames.sync_step2, frames.sync_update, frames.awareness]
SAYERS: list[Callable[..., bytes]] = [
    frames.token,
    frames.permission_denied,
    frames.authenticated,
    frames.stateless,
    frames.close,
]
WRITTEN = st.one_of(
    st.builds(lambda write, name, body: write(name, body), st.sampled_from(WRITERS), DOCUMENT_NAMES, BODIES),
    st.builds(lambda say, name, text: say(name, text), st.sampled_from(SAYERS), DOCUMENT_NAMES, WORDS),
    st.builds(lambda name, saved: frames.sync_status(name, saved), DOCUMENT_NAMES, st.booleans()),
)


def rewritten(frame: Frame) -> bytes:
    """The bytes a decoded frame was made of, written from its fields alone."""
    name, body = frame.document, frame.body
    if isinstance(body, bytes):
        if frame.sync is None:
            return frames.awareness(name, body)
        return (frames.sync_step1, frames.sync_step2, frames.sync_update)[frame.sync](name, body)
    if frame.saved is not None:
        return frames.sync_status(name, frame.saved)
    if frame.auth is not None:
        assert body is not None
        return (frames.token, frames.permission_denied, frames.authenticated)[frame.auth](name, body)
    assert body is not None
    return frames.stateless(name, body) if frame.kind is Kind.STATELESS else frames.close(name, body)


@given(WRITTEN)
def test_what_is_written_is_read_back(frame: bytes) -> None:
    decoded = frames.decode(frame)
    assert isinstance(decoded, Frame)
    assert frame == rewritten(decoded)


@given(WRITTEN, st.data())
def test_a_frame_cut_short_or_with_more_is_another_frame_or_none(frame: bytes, data: st.DataObject) -> None:
    whole = frames.decode(frame)
    cut = data.draw(st.integers(0, len(frame) - 1))
    more = data.draw(st.binary(min_size=1, max_size=5))
    assert whole != frames.decode(frame[:cut])
    assert whole != frames.decode(frame + more)


@given(st.binary(max_size=80) | st.builds(lambda body: b"\1B" + body, st.binary(max_size=80)))
@example(b"")
@example(b"\x0a")
def test_any_bytes_have_an_answer_and_both_readers_agree(frame: bytes) -> None:
    name, kind, offset = frames.split(frame)
    decoded = frames.decode(frame)
    if kind == frames.UNKNOWN:
        assert isinstance(decoded, Malformed)
    if isinstance(decoded, Frame):
        assert (decoded.document, int(decoded.kind)) == (name, kind)
        assert 0 < offset <= len(frame)
        if decoded.sync is not None:
            assert (int(decoded.sync), decoded.body) == frames.sync_body(frame, offset)
