"""The one list of refusals: whole, in plain words, and the same wherever it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.codes import REFUSALS, Code, PlanError, Refusal, refusal
from server.writer import StoreFailed

NAMES = {
    "locked",
    "not-yours",
    "not-allowed",
    "not-on-plan",
    "signed-out",
    "malformed",
    "gap",
    "too-big",
    "too-fast",
    "stale-schema",
    "stale-epoch",
    "not-saved",
    "unknown-document",
    "too-many",
    "busy",
    "not-current",
    "not-entitled",
    "withdrawn",
    "overlap",
    "answer",
    "removed",
    "panel",
    "closed",
    "grouped",
    "undecided",
    "not-a-word-file",
}
CLOSES = {1009, 4401, 4403, 4408, 4429}


def test_the_list_is_the_one_that_was_agreed() -> None:
    assert {code.value for code in REFUSALS} == NAMES
    assert set(REFUSALS) == set(Code)


@pytest.mark.parametrize("row", REFUSALS.values(), ids=str)
def test_every_refusal_has_a_status_and_words_for_a_person(row: Refusal) -> None:
    assert 400 <= row.status <= 599
    assert row.close is None or row.close in CLOSES
    assert row.sentence.endswith(".")
    assert len(row.sentence) <= 140
    assert not {"error", "invalid", "failed", "user", "illegal"} & set(row.sentence.lower().replace(".", "").split())


def test_a_code_nobody_knows_is_a_bug() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        refusal("nonsense")


def test_a_broken_dependency_knows_its_answer() -> None:
    assert StoreFailed("x").refusal is REFUSALS[Code.NOT_SAVED]
    assert PlanError().refusal is REFUSALS[Code.BUSY]


@pytest.mark.parametrize("row", REFUSALS.values(), ids=str)
def test_the_page_for_people_lists_the_refusal(row: Refusal) -> None:
    page = (Path(__file__).parents[2] / "docs" / "refusals.md").read_text()
    closes = row.close or "no, the section only"
    assert f"| `{row.code.value}` | {row.status} | {closes} | {row.sentence} |" in page
