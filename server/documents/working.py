"""A working document as values: all that its Word, PDF and worded forms are made from.

The server fills these in from its tables and logs; whatever writes a file reads nothing else. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sections.keys import Profile
from sections.redline.baseline import Baseline
from sections.redline.records import Record
from sections.redline.register import Status

ORDER = "order"
RECOMMENDATION = "recommendation"
"""What the tribunal can do about a section: order changes, or only recommend them."""


@dataclass(frozen=True, slots=True)
class DisputedSection:
    """One section in dispute. ``numbers`` and ``citations`` are by key: ``F-12``, and its evidence in words."""

    label: str
    title: str
    appeal: str
    baseline: Baseline
    known: Mapping[str, Record]
    standing: Mapping[str, Status]
    numbers: Mapping[str, str]
    citations: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WorkingDocument:
    """Everything one printed version holds. ``version`` is None until it is frozen; ``party`` is who sends it."""

    council: str
    reference: str
    child: str
    appeal_number: str
    version: int | None
    on: date
    party: str
    profile: Profile
    colour: bool
    sections: tuple[DisputedSection, ...]

    @property
    def version_words(self) -> str:
        """``WD3``, or that it is not frozen yet."""
        return f"WD{self.version}" if self.version is not None else "Not frozen yet"

    @property
    def party_name(self) -> str:
        """The sending side's name, as the key has it."""
        return self.profile.hands[self.party].name
