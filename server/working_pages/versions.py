"""What is handed on: the numbered versions, one of them, and the schedule of both wordings side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sections.appeal import PageStatus
from server.working_values import Appeal, PlanName, SectionChanges, VersionLine


@dataclass(frozen=True, slots=True)
class Versions:
    """versions.html"""

    plan: PlanName
    versions: tuple[VersionLine, ...]
    may_freeze: bool = False
    pages: PageStatus | None = None


@dataclass(frozen=True, slots=True)
class VersionPage:
    """version.html"""

    plan: PlanName
    version: VersionLine
    changed: tuple[SectionChanges, ...]
    before: int | None
    limit: int | None
    newest: bool
    may_file: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One disputed place: the words as issued, and what each side wants."""

    number: str
    place: str
    original: str
    family: str
    authority: str
    evidence: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True)
class ScheduleSection:
    """A section's disputed places."""

    label: str
    title: str
    appeal: Appeal
    rows: tuple[ScheduleRow, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """schedule.html"""

    plan: PlanName
    appeal_number: str
    on: date
    sections: tuple[ScheduleSection, ...]
