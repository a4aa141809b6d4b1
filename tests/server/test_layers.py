"""A name on the wire means the document of the appeal and the turn that are open now, and never an earlier one's."""

from __future__ import annotations

import pytest

from crdt.schema import LAYER, SCHEMA
from server.layers import OpenAppeal, is_layer, is_private, layer_name, schema_of, stored_name

LIVE = OpenAppeal(3, 1, ("B", "F"), {})
PRIVATE = OpenAppeal(3, 1, ("B", "F"), {"family": 7})


@pytest.mark.parametrize(
    ("name", "appeal", "expected"),
    [
        ("F", None, "F"),
        ("F", LIVE, "F"),
        ("F@family", LIVE, "F@family#3"),
        ("F@authority", PRIVATE, "F@authority#3"),
        ("F@family", None, None),
        ("A@family", LIVE, None),
        ("F@family-draft", LIVE, None),
        ("F@family-draft", PRIVATE, "F@family-draft#3.7"),
        ("F@authority-draft", PRIVATE, None),
        ("F@tribunal", LIVE, None),
        ("F@family#3", LIVE, None),
        ("F@family-draft#3.7", PRIVATE, None),
        ("F@family@family", LIVE, None),
        ("F@", LIVE, None),
        ("@family", LIVE, None),
        ("", LIVE, None),
        ("F@family-draft-draft", PRIVATE, None),
        ("f@family", LIVE, None),
    ],
)
def test_the_name_in_the_store(name: str, appeal: OpenAppeal | None, expected: str | None) -> None:
    assert stored_name(name, appeal) == expected


def test_what_a_name_in_the_store_says() -> None:
    assert layer_name("F", "family", 3) == "F@family#3"
    assert [is_layer(name) for name in ("F", "F@family#3", "F@family-draft#3.7")] == [False, True, True]
    assert [is_private(name) for name in ("F", "F@family#3", "F@family-draft#3.7")] == [False, False, True]
    assert [schema_of(name) for name in ("F", "F@family#3")] == [SCHEMA, LAYER]
