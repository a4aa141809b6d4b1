"""How one server process tells the others what it has committed. Alone, there is nobody to tell.

A message is only a hint (section, seq, bytes): the log decides, and a gap is read from it. A second way, over Redis,
will fit the same protocol. ``rooms`` and ``live`` may import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class Hint(NamedTuple):
    """Entries up to ``seq`` of a section are on disk."""

    document_id: int
    seq: int


class Bus(Protocol):
    """Publishes after the commit; may lose, repeat and reorder."""

    def publish(self, hint: Hint) -> None:
        """Tells the other processes."""

    def subscribe(self, heard: Callable[[Hint], None]) -> None:
        """Calls ``heard`` on the event loop for what other processes published."""


class LoneBus:
    """The bus of a server that is the only one on its store (the store's lock makes sure of that)."""

    def publish(self, hint: Hint) -> None:
        """Nobody else is there."""

    def subscribe(self, heard: Callable[[Hint], None]) -> None:
        """Nobody else will speak."""
