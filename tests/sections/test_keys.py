"""The key profiles are data, and data that contradicts itself is found at once."""

from __future__ import annotations

from typing import Any

import pytest

from sections.catalogue import BadRules, rules_file
from sections.keys import DEFAULT, EDITION, HANDS, PROFILES, _profiles, find


def test_the_official_key_comes_first_and_has_no_colours() -> None:
    assert ("send23", False) == (DEFAULT.name, DEFAULT.colours)
    assert 2015 == EDITION.starts.year


@pytest.mark.parametrize(
    ("hand", "deleted", "expected"),
    [
        ("original", False, set()),
        ("family", False, {"bold"}),
        ("family", True, {"bold", "strike"}),
        ("authority", False, {"italic"}),
        ("authority", True, {"italic", "strike"}),
        ("agreed", False, {"underline"}),
        ("agreed", True, {"underline", "strike"}),
    ],
)
def test_the_official_key_is_send23(hand: str, deleted: bool, expected: set[str]) -> None:
    assert expected == DEFAULT.style(hand, deleted=deleted)


def test_only_a_profile_with_colours_has_any() -> None:
    coloured = find("send23-colour")
    assert coloured is not None
    assert [profile.colour("family") for profile in PROFILES] == ["", "", "blue"]
    assert all(coloured.colour(hand) for hand in HANDS if hand != "original")


@pytest.mark.parametrize("spoil", ["missing hand", "unknown style", "alike", "one name"])
def test_rules_that_contradict_themselves_are_refused(spoil: str) -> None:
    rules: dict[str, Any] = rules_file("keys.toml")
    if spoil == "missing hand":
        del rules["hands"]["tribunal"]
    elif spoil == "unknown style":
        rules["hands"]["family"]["style"] = ["blink"]
    elif spoil == "alike":
        rules["hands"]["family"] |= {"style": ["italic"], "letter": "C"}
    else:
        rules["profiles"].append(rules["profiles"][0])
    with pytest.raises(BadRules):
        _profiles(rules)
