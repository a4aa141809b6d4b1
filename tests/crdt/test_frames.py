"""Framing: what the stock provider sends is read, what we write it understands, everything else is malformed."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from crdt import frames, presence
from crdt.frames import AuthKind, Frame, Kind, SyncKind
from crdt.wire import Malformed
from tests.crdt.mounting import NODE, ROOT

NAME = "0123456789abcdef0123456789abcdef/H1"


@pytest.fixture(scope="module")
def stock_provider() -> dict[str, list[Any]]:
    """What the stock provider sent, and what it made of one frame of each kind a server sends."""
    assert (ROOT / "static" / "node_modules" / "@hocuspocus").is_dir(), (
        "static/node_modules is missing: run `npm ci --ignore-scripts` in static/ first"
    )
    told = [
        frames.authenticated(NAME, "read-write"),
        frames.sync_step2(NAME, b"\0\0"),
        frames.sync_step1(NAME, b"\0"),
        frames.stateless(NAME, '{"é":1}'),
        frames.awareness(NAME, presence.write([(7, 3, '{"user":{"name":"Zoë"}}')])),
        frames.sync_status(NAME, True),
        frames.sync_status(NAME, False),
        frames.token_request(NAME),
        frames.ping(),
        frames.query_awareness(NAME),
        frames.permission_denied(NAME, "not-allowed"),
        frames.close(NAME, "bye"),
    ]
    request = {"document": NAME, "frames": [frame.hex() for frame in told]}
    script = str(Path(__file__).with_name("provider_check.mjs"))
    done = subprocess.run(
        [str(NODE), script], input=json.dumps(request), capture_output=True, text=True, timeout=60, check=True
    )
    answer: dict[str, list[Any]] = json.loads(done.stdout)
    return answer


def test_the_stock_provider_understands_every_frame_of_ours(stock_provider: dict[str, list[Any]]) -> None:
    heard = stock_provider["heard"]
    for event in (
        ["authenticated", "read-write"],
        ["synced", ""],
        ["stateless", '{"é":1}'],
        ["present", [{"clientId": 42}, {"clientId": 7, "user": {"name": "Zoë"}}]],
        ["unsynced", 0],
        ["denied", "not-allowed"],
        ["closed", "bye"],
    ):
        assert event in heard


def test_every_frame_of_the_stock_provider_is_read(stock_provider: dict[str, list[Any]]) -> None:
    found = [frames.decode(bytes.fromhex(frame)) for frame in stock_provider["sent"]]
    token = Frame(NAME, Kind.AUTH, body="a token: é", auth=AuthKind.TOKEN, version="4.7.0")
    expected = [
        token,
        Frame(NAME, Kind.SYNC, body=b"\0", sync=SyncKind.STEP1),
        Frame(NAME, Kind.AWARENESS, body=b"\x01\x2a\x00\x02{}"),
        Frame(NAME, Kind.SYNC, body=b"\0\0", sync=SyncKind.STEP2),
        token,
        Frame("", Kind.PONG),
    ]
    assert expected == found[:6]
    assert Frame(NAME, Kind.SYNC, body=bytes.fromhex("01012a0004010174 02c3a9 00"), sync=SyncKind.UPDATE) in found


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (frames.sync_step1(NAME, b"\0"), Frame(NAME, Kind.SYNC, body=b"\0", sync=SyncKind.STEP1)),
        (frames.sync_step2(NAME, b"u" * 300), Frame(NAME, Kind.SYNC, body=b"u" * 300, sync=SyncKind.STEP2)),
        (frames.sync_update(NAME, b""), Frame(NAME, Kind.SYNC, body=b"", sync=SyncKind.UPDATE)),
        (frames.awareness(NAME, b"\0"), Frame(NAME, Kind.AWARENESS, body=b"\0")),
        (frames.query_awareness(NAME), Frame(NAME, Kind.QUERY_AWARENESS)),
        (frames.token(NAME, "jwt"), Frame(NAME, Kind.AUTH, body="jwt", auth=AuthKind.TOKEN)),
        (frames.token(NAME, "jwt", "4.7.0"), Frame(NAME, Kind.AUTH, body="jwt", auth=AuthKind.TOKEN, version="4.7.0")),
        (frames.token_request(NAME), Frame(NAME, Kind.AUTH, auth=AuthKind.TOKEN)),
        (frames.permission_denied(NAME, "no"), Frame(NAME, Kind.AUTH, body="no", auth=AuthKind.DENIED)),
        (frames.authenticated(NAME, "readonly"), Frame(NAME, Kind.AUTH, body="readonly", auth=AuthKind.AUTHENTICATED)),
        (frames.stateless(NAME, "é"), Frame(NAME, Kind.STATELESS, body="é")),
        (frames.close(NAME, ""), Frame(NAME, Kind.CLOSE, body="")),
        (frames.close(NAME, None), Frame(NAME, Kind.CLOSE)),
        (frames.sync_status(NAME, True), Frame(NAME, Kind.SYNC_STATUS, saved=True)),
        (frames.sync_status(NAME, False), Frame(NAME, Kind.SYNC_STATUS, saved=False)),
        (frames.ping(), Frame("", Kind.PING)),
        (frames.pong(), Frame("", Kind.PONG)),
        (b"\1B\4\0\1\0", Frame("B", Kind.SYNC_REPLY, body=b"\0", sync=SyncKind.STEP1)),
        (b"\1B\6\1x", Frame("B", Kind.BROADCAST_STATELESS, body="x")),
    ],
)
def test_a_frame_says_what_was_written(frame: bytes, expected: Frame) -> None:
    assert expected == frames.decode(frame)


@pytest.mark.parametrize(
    ("why", "frame"),
    [
        ("nothing", b""),
        ("a lone byte that is no ping", b"\0"),
        ("no name", b"\0\0\0\1\0"),
        ("a name with a session", b"\3B\0s\x03"),
        ("a name that is not UTF-8", b"\1\xff\x03"),
        ("a name with half a surrogate pair", b"\3\xed\xa0\x80\x03"),
        ("a name longer than any", b"\x80\1" + b"B" * 128 + b"\3"),
        ("a name beyond the end", b"\5B"),
        ("no kind", b"\1B"),
        ("an unknown kind", b"\1B\x0b"),
        ("an unknown sync", b"\1B\0\3\0"),
        ("a sync without bytes", b"\1B\0\1"),
        ("a sync without kind", b"\1B\0"),
        ("a sync that ends too early", b"\1B\0\2\5abc"),
        ("a sync with bytes left over", b"\1B\0\2\1ab"),
        ("a length that never ends", b"\1B\0\2" + b"\xff" * 64),
        ("presence with bytes left over", b"\1B\1\1ab"),
        ("presence without bytes", b"\1B\1"),
        ("an unknown auth", b"\1B\2\3\1x"),
        ("an auth without kind", b"\1B\2"),
        ("a refusal without reason", b"\1B\2\1"),
        ("a token with bytes left over", b"\1B\2\0\1t\1v\0"),
        ("a scope with a version", b"\1B\2\2\1s\1v"),
        ("text that is not UTF-8", b"\1B\5\1\xff"),
        ("stateless without text", b"\1B\5"),
        ("a status that is neither", b"\1B\x08\2"),
        ("a query with a body", b"\1B\3\0"),
        ("a close with bytes left over", b"\1B\7\0\0"),
    ],
)
def test_anything_else_is_malformed(why: str, frame: bytes) -> None:
    assert isinstance(frames.decode(frame), Malformed), why


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000])
def test_a_length_is_written_as_it_is_read_at_every_boundary(size: int) -> None:
    update = bytes(size)
    assert Frame(NAME, Kind.SYNC, body=update, sync=SyncKind.UPDATE) == frames.decode(frames.sync_update(NAME, update))


def test_the_hot_path_routes_without_reading_the_body() -> None:
    frame = frames.sync_update(NAME, b"update")
    name, kind, offset = frames.split(frame)
    assert (name, kind) == (NAME, Kind.SYNC)
    assert frames.sync_body(frame, offset) == (SyncKind.UPDATE, b"update")
    assert frames.split(b"\x09") == ("", Kind.PING, 1)
    assert frames.split(b"\xff") == ("", frames.UNKNOWN, 0)


def test_a_hostile_length_costs_nothing() -> None:
    started = time.process_time()
    for head in (b"", b"\1B\0\2", b"\1B\1", b"\1B\2\0", b"\1B\5"):
        assert isinstance(frames.decode(head + b"\xff" * 160_000), Malformed)
    assert time.process_time() - started < 0.1
