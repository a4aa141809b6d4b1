"""Key profiles: how original, proposed and agreed words look in a working document, and the key printed with it.

The words are data in ``keys.toml``, read once at import. States are stored, styles are rendered: nothing here decides
what is agreed. Pure: no I/O but that file. Anybody may import this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sections.catalogue import BadRules, edition_of, rules_file

STYLES = frozenset({"bold", "italic", "underline"})
HANDS = ("original", "agreed", "family", "authority", "tribunal")


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand in the text: its name, the letter in the margin, its type style, and its line in the printed key."""

    name: str
    letter: str
    style: frozenset[str]
    colour: str
    line: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to show the hands. ``hands`` has every name of ``HANDS``."""

    name: str
    title: str
    source: str
    agreed_deletion_underlined: bool
    colours: bool
    hands: Mapping[str, Hand]

    def style(self, hand: str, *, deleted: bool) -> frozenset[str]:
        """The type styles of a hand's words; a deletion has ``strike`` too."""
        style = self.hands[hand].style
        if not deleted:
            return style
        if hand == "agreed" and not self.agreed_deletion_underlined:
            return frozenset({"strike"})
        return style | {"strike"}

    def colour(self, hand: str) -> str:
        """The colour word of a hand; empty where the profile has no colours."""
        return self.hands[hand].colour if self.colours else ""

    def lines(self) -> tuple[str, ...]:
        """The key as it is printed in the document."""
        return tuple(self.hands[hand].line for hand in HANDS)


def _hand(name: str, row: Mapping[str, Any]) -> Hand:
    style = frozenset(row["style"])
    if not style <= STYLES:
        raise BadRules(f"keys.toml: the hand {name} has an unknown style")
    return Hand(row["name"], row["letter"], style, row["colour"], row["line"])


def _profiles(rules: Mapping[str, Any]) -> tuple[Profile, ...]:
    if tuple(rules["hands"]) != HANDS:
        raise BadRules("keys.toml: the hands are not " + ", ".join(HANDS))
    hands = {name: _hand(name, row) for name, row in rules["hands"].items()}
    looks = {(hand.style, hand.letter) for hand in hands.values()}
    if len(looks) != len(hands):
        raise BadRules("keys.toml: two hands look alike")
    profiles = tuple(Profile(hands=hands, **row) for row in rules["profiles"])
    if len({profile.name for profile in profiles}) != len(profiles):
        raise BadRules("keys.toml: two profiles have one name")
    return profiles


_RULES = rules_file("keys.toml")

EDITION = edition_of(_RULES)
PROFILES: tuple[Profile, ...] = _profiles(_RULES)
DEFAULT: Profile = PROFILES[0]


def find(name: str) -> Profile | None:
    """The profile of this name, or None for a name from outside that is not there."""
    return next((profile for profile in PROFILES if profile.name == name), None)
