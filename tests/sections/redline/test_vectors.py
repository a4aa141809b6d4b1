"""The Python engine is held to the shared vectors; the browser's engine is held to the same files in test_twin.py."""

from __future__ import annotations

from typing import Any

import pytest

from sections.redline.baseline import to_value
from sections.redline.compose import compose, value_of
from sections.redline.worddiff import word_diff
from tests.sections.redline.make_vectors import acted, composed, disputed, replay
from tests.sections.redline.making import VECTORS, baselines, minting, read_vectors

COMPOSE = sorted(path.name for path in VECTORS.glob("compose_*.json"))
EDIT = sorted(path.name for path in VECTORS.glob("edit_*.json"))


def test_there_are_at_least_five_hundred_vectors() -> None:
    assert 500 <= sum(len(read_vectors(name)["vectors"]) for name in COMPOSE + EDIT)


@pytest.mark.parametrize("name", COMPOSE + EDIT)
def test_the_vectors_were_made_from_these_baselines(name: str) -> None:
    frozen = [to_value(baseline) for baseline in baselines()]
    kept = read_vectors(name)["baselines"]
    assert frozen[: len(kept)] == kept


@pytest.mark.parametrize("name", COMPOSE)
def test_layers_are_read_and_composed_as_the_vectors_say(name: str) -> None:
    frozen = baselines()
    for vector in read_vectors(name)["vectors"]:
        expected = {"records": vector["records"], "shown": vector["shown"]}
        assert expected == composed(frozen[vector["baseline"]], vector["layers"]), vector["name"]


@pytest.mark.parametrize("name", EDIT)
def test_acts_have_the_outcome_the_vectors_say(name: str) -> None:
    frozen = baselines()
    for vector in read_vectors(name)["vectors"]:
        assert vector["expected"] == acted(frozen[vector["baseline"]], vector["layers"], vector["act"]), vector["name"]


def test_word_diffs_are_what_the_vectors_say() -> None:
    for vector in read_vectors("words.json")["vectors"]:
        pieces = [{"kind": piece.kind, "text": piece.text} for piece in word_diff(vector["old"], vector["new"])]
        assert vector["pieces"] == pieces


def test_what_is_still_open_is_shown_as_the_vectors_say() -> None:
    frozen = baselines()
    for vector in read_vectors("views.json")["vectors"]:
        shown = disputed(frozen[vector["baseline"]], vector["layers"], vector["standing"])
        assert vector["shown"] == shown, vector["name"]


def test_sessions_at_the_keyboard_end_as_the_vectors_say() -> None:
    baseline = baselines()[0]
    for vector in read_vectors("sessions.json")["vectors"]:
        layers: dict[str, dict[str, Any]] = {"authority": {}, "family": {}}
        mint = minting()
        for act in vector["acts"]:
            replay(baseline, layers, act, mint)
        assert vector["layers"] == layers, vector["name"]
        assert vector["shown"] == value_of(compose(baseline, layers)), vector["name"]
