"""What people read when something is refused, and on the pages of an appeal: plain words, no blame, what is next."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sections.redline.register import REFUSALS as REGISTER_REFUSALS
from server.codes import REFUSALS
from tests.sections.check_plain_words import not_plain, shown_by

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates" / "working").glob("*.html"))


def sentences(value: Any) -> Iterator[str]:
    """Every text in a file of rules that is a sentence."""
    if isinstance(value, dict):
        for one in value.values():
            yield from sentences(one)
    elif isinstance(value, list):
        for one in value:
            yield from sentences(one)
    elif isinstance(value, str) and value.endswith("."):
        yield value


@pytest.mark.parametrize("name", ["rights.toml", "appeal.toml", "stages.toml", "clock.toml"])
def test_no_sentence_of_the_rules_needs_the_makers_words(name: str) -> None:
    said = list(sentences(tomllib.loads((ROOT / "sections" / name).read_text(encoding="utf-8"))))
    assert said
    assert {} == {text: found for text in said if (found := not_plain(text))}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_page_of_an_appeal_needs_the_makers_words(path: Path) -> None:
    assert [] == not_plain(shown_by(path.read_text(encoding="utf-8")))


def test_every_refusal_is_plain_and_says_more_than_no() -> None:
    for refusal in REFUSALS.values():
        assert [] == not_plain(refusal.sentence), refusal.code
        assert refusal.sentence.count(".") + refusal.sentence.count(";") >= 2, refusal.code
    assert set(REGISTER_REFUSALS) <= {str(code) for code in REFUSALS}


def test_a_section_in_dispute_says_who_proposes_where_and_whom_to_tell() -> None:
    reason = tomllib.loads((ROOT / "sections" / "stages.toml").read_text(encoding="utf-8"))["appeal"]["disputed"]
    assert "working document" in reason
    assert "tell the case officer" in reason


def test_the_makers_words_are_found_where_they_are_seen_and_only_there() -> None:
    assert ["how it is built: layer", "blame: invalid"] == not_plain("Its own layer is invalid. A player plays.")
    assert [] == not_plain(shown_by('{# the layer #}<p class="layer">{{ layer }} Read it.</p>'))
    assert ["how it is built: layer"] == not_plain(shown_by('{{ govukButton({"text": "Open the layer"}) }}'))
