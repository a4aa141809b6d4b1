"""What a document of a plan is called: a section, or one side's layer of proposals over it, shared or private.

``F`` is the section, ``F@family`` what the family proposes, ``F@family-draft`` what it drafts in private for now.
Pure and total: text that names nothing is None. Anybody may import this.
"""

from __future__ import annotations

from dataclasses import dataclass

from sections.catalogue import LABELS

SIDES = ("family", "authority")
"""The parties to an appeal, each with a layer of its own. The tribunal's words are no live document."""

_DRAFT = "-draft"


@dataclass(frozen=True, slots=True)
class Address:
    """One document of a plan. ``layer`` is the side whose proposals it holds, or empty for the section itself."""

    section: str
    layer: str = ""
    private: bool = False

    def __str__(self) -> str:
        return f"{self.section}@{self.layer}{_DRAFT if self.private else ''}" if self.layer else self.section


_KNOWN: dict[str, Address] = {
    str(address): address
    for label in LABELS
    for address in (
        Address(label),
        *(Address(label, side, private) for side in SIDES for private in (False, True)),
    )
}


def parse(text: str) -> Address | None:
    """The address a text names, written exactly as ``str`` writes it; None for everything else."""
    return _KNOWN.get(text)
