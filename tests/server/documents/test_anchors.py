"""Names in a Word file: a style says whose words they are, a bookmark says which block, and both can be read back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401  # the one Hypothesis profile
from sections.keys import HANDS
from server.documents.anchors import bookmark, bookmarks, hands_of, style_id
from tests.server.documents.making import frozen

HANDED = st.sets(st.sampled_from([hand for hand in HANDS if hand != "original"]), min_size=1)


@given(HANDED, st.booleans())
def test_a_style_says_its_hands_and_whether_words_are_struck(hands: set[str], deleted: bool) -> None:
    assert hands_of(style_id(hands, deleted=deleted)) == (tuple(sorted(hands)), deleted)


@pytest.mark.parametrize(
    "style", ["", "Deletion", "Insertion", "StrangerInsertion", "FamilyAuthorityDeletion", "Normal"]
)
def test_other_styles_say_nothing(style: str) -> None:
    assert hands_of(style) is None


@given(st.text("aZ09._:#^ é😀", max_size=80))
def test_every_id_has_a_bookmark_that_word_can_hold_and_hides(block_id: str) -> None:
    assert re.fullmatch(r"_[A-Za-z0-9_]{1,39}", bookmark(block_id))


def test_no_two_blocks_of_a_baseline_share_one() -> None:
    for label in ("B", "F", "K"):
        baseline = frozen(label)
        assert len(bookmarks(baseline)) == len(baseline.places)
    assert bookmark("goal.by_when") == "_a_goal__by_when"
