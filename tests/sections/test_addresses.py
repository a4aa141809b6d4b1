"""Addresses of a plan's documents: what is written is what is read, and any other text names nothing."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.addresses import SIDES, Address, parse
from sections.catalogue import LABELS

ADDRESSES = [
    *(Address(label) for label in LABELS),
    *(Address(label, side, private) for label, side, private in product(LABELS, SIDES, (False, True))),
]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("F", Address("F")),
        ("F@family", Address("F", "family")),
        ("H1@authority-draft", Address("H1", "authority", private=True)),
    ],
)
def test_a_document_is_named_by_its_section_its_side_and_whether_it_is_a_draft(text: str, address: Address) -> None:
    assert parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_what_an_address_writes_is_read_as_the_same_address(address: Address) -> None:
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "f",
        "F@",
        "@family",
        "F@tribunal",
        "F@Family",
        "F@family-",
        "F@family-draft-draft",
        "F@@family",
        " F",
        "F\n",
    ],
)
def test_text_that_names_no_document_is_nothing(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=20) | st.from_regex(r"[A-KZ][12]?(@[a-z]{0,10}(-draft)?)?", fullmatch=True))
def test_any_text_is_an_address_written_exactly_so_or_nothing(text: str) -> None:
    address = parse(text)
    assert address is None or (str(address) == text and address in ADDRESSES)
