"""What the log is made of: entries, what became of those that were to be appended, and an append on its way.

Values only. ``log`` gives them their names for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from server.database import StoreFailed

UPDATE = "update"
MODE = "mode"
SYSTEM = "system"


class Entry(NamedTuple):
    kind: str
    payload: bytes
    author: str


class Row(NamedTuple):
    """One committed entry."""

    seq: int
    kind: str
    payload: bytes
    author: str


@dataclass(frozen=True, slots=True)
class Saved:
    """On disk up to and including ``last``."""

    last: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: what came before, or somebody's rights, are not what they were. Judge again."""


Outcome = Saved | Conflict | StoreFailed

Follow = Callable[[Sequence[Row], int], bool]
"""Asked on the loop while the section stands still: entries of other processes, and the number of the plan's rights.

True when the queued entries may stand behind them as they are; then the asker has taken these entries.
"""


class Appended:
    """Entries for one section, judged against everything up to ``before``, by the rights of number ``rights``."""

    __slots__ = ("at", "before", "document_id", "done", "doomed", "entries", "follow", "heard", "rights")

    def __init__(
        self,
        document_id: int,
        before: int,
        done: Callable[[Outcome], None],
        rights: int | None = None,
        follow: Follow | None = None,
    ) -> None:
        self.document_id = document_id
        self.before = before
        self.entries: list[Entry] = []
        self.done = done
        self.rights = rights
        self.follow = follow
        self.at = datetime.now(UTC)
        self.heard = 0
        """How many failures in this section whoever queued it had heard of."""
        self.doomed = False
        """Queued before a failure was heard of: judged on top of what was not written."""

    @property
    def last(self) -> int:
        return self.before + len(self.entries)
