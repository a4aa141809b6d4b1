"""Taking a Word copy back: sending the file, and reviewing what was read from it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from server.working_values import PlanName, VersionLine


@dataclass(frozen=True, slots=True)
class WordUpload:
    """word_upload.html; the file is the field ``file``."""

    plan: PlanName
    last: VersionLine | None
    most_megabytes: int
    side_name: str


@dataclass(frozen=True, slots=True)
class WordRow:
    """Something read from the file. ``field`` is its tick; ``marked`` shows the words."""

    field: str
    place: str
    what: str
    marked: Markup
    ticked: bool = True


@dataclass(frozen=True, slots=True)
class WordReview:
    """word_review.html"""

    plan: PlanName
    upload: str
    """The id of what was read, sent back."""
    file_name: str
    version: int | None
    read: tuple[WordRow, ...]
    unmarked: tuple[WordRow, ...]
    lost: tuple[str, ...]
    """Words that could not be placed."""
    notes: tuple[str, ...] = ()
    """What else there is to know: comments, tracked changes, another version."""
    private: bool = False
    """Whether the side drafts in private now."""
    reading: str = ""
    """The hash of what was read; a choice names it."""
    evidence: tuple[WordRow, ...] = ()
    others: tuple[str, ...] = ()
    """How the file shows the other side's words otherwise than they are."""
    still: tuple[str, ...] = ()
    """Changed without marking, with nothing to propose."""
