"""Names that travel in a Word file, so that it can be read back: character styles for hands, bookmarks for blocks.

The writer makes them, the reader of a returned file looks for them. Pure; Word keeps both when somebody edits the text.

Bookmarks: every printed paragraph that shows a baseline block or a wording of a new block starts with one, named
``_a_<block id>`` with ``__`` for a dot (Word hides names that begin with an underscore and allows no dots). An id that
Word could not hold becomes ``_h_`` and ten characters that follow from it: look names up in ``bookmarks`` rather than
taking them apart. Character styles: ``FamilyInsertion``, ``AuthorityFamilyDeletion`` and so on. Runs in the
styles ``LETTER`` (letters before changed words) and ``NUMBER`` (an item's label before its title), footnote references,
and paragraphs in the styles of ``OURS`` are no text of the plan. A new block's bookmark is that of its display id
(``compose.text_id``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sections.keys import HANDS
from sections.redline.baseline import Baseline, derived_id

LETTER = "ChangeLetter"
NUMBER = "ItemNumber"
NOT_DISPUTED = "NotInDispute"
NOTE = "DocumentNote"
LABEL = "PartLabel"
HEAD = "PartHead"
LINKS = "LinkLine"
OURS = frozenset({NOT_DISPUTED, NOTE, LABEL, HEAD, LINKS})
"""Paragraph styles of what the document says about itself."""
_LONGEST = 40
_PLAIN = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+(_[A-Za-z0-9]+)*)?")


def bookmark(block_id: str) -> str:
    """The bookmark of a block or of a wording, by its id in the display."""
    name = f"_a_{block_id.replace('.', '__')}"
    return name if _PLAIN.fullmatch(block_id) and len(name) <= _LONGEST else f"_h_{derived_id('bookmark', block_id)}"


def bookmarks(baseline: Baseline, others: Iterable[str] = ()) -> dict[str, str]:
    """From bookmark to block id, for every block of a baseline and for display ids of new wordings."""
    return {bookmark(block_id): block_id for block_id in (*baseline.places, *others)}


def style_id(hands: Iterable[str], *, deleted: bool) -> str:
    """The character style of changed words; '' for original words."""
    named = "".join(hand.capitalize() for hand in sorted(hands) if hand != "original")
    return f"{named}{'Deletion' if deleted else 'Insertion'}" if named else ""


def hands_of(style: str) -> tuple[tuple[str, ...], bool] | None:
    """What a character style says: whose words, and whether they are struck out; None for any other style."""
    for ending in ("Deletion", "Insertion"):
        if style.endswith(ending):
            words = re.findall("[A-Z][a-z]+", style.removesuffix(ending))
            hands = tuple(word.lower() for word in words)
            if hands and set(hands) <= set(HANDS) and style_id(hands, deleted=ending == "Deletion") == style:
                return hands, ending == "Deletion"
    return None
