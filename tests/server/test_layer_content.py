"""A layer's content is replayed, packed and unpacked as a section's is, once it is said to be a layer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crdt.ledger_bytes import to_bytes
from crdt.schema import LAYER
from server.log import UPDATE, Row
from server.replay import Content, LogUnsound
from server.snapshots import unpacked
from server.tables import Snapshot
from tests.hostile.histories import fresh
from tests.hostile.layer_corpus import made, start


def replayed() -> Content:
    (history,) = fresh(first_seed=5, count=1, edits=120, schema=LAYER)
    content = Content(LAYER)
    content.take(Row(seq, UPDATE, update, who) for seq, (who, update) in enumerate(history.log, 1))
    assert content.tree() == history.tree
    return content


def test_a_snapshot_of_a_layer_holds_what_its_log_says() -> None:
    content = replayed()
    row = Snapshot(
        document_id=1,
        seq=content.seq,
        payload=content.replica.diff(b"\0"),
        ledger=to_bytes(content.ledger),
        content_hash=content.hash(),
        built_at=datetime.now(UTC),
    )
    again = unpacked(row, LAYER)
    assert again is not None
    assert (again.seq, again.hash()) == (content.seq, content.hash())
    assert to_bytes(again.ledger) == to_bytes(content.ledger)
    assert unpacked(row) is None


def test_a_log_of_a_layer_that_robs_a_side_is_an_alarm() -> None:
    content = Content(LAYER)
    content.take([Row(1, UPDATE, start(), "somebody")])
    with pytest.raises(LogUnsound, match="deletes what stays"):
        content.take([Row(2, UPDATE, made()["a record deleted"], "somebody")])


def test_a_layer_is_no_section() -> None:
    with pytest.raises(LogUnsound, match="unknown root"):
        Content().take([Row(1, UPDATE, start(), "somebody")])
