"""The sizes a section and its messages may have, as one value passed in by the server.

The names are those of ``server/settings.py``. Pure; anybody may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_CLOCK: Final = 2**31 - 1
"""Highest clock of one client id: the server's engine counts in 32 bits."""

MAX_CLIENT: Final = 2**53 - 1
"""Highest client id a browser can count exactly."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the pure floor; the defaults are those of the settings."""

    frame_bytes: int = 1024 * 1024
    """Largest message of a live connection."""

    section_bytes: int = 16 * 1024 * 1024
    """Largest content of one section: bytes of all text ever written, and of the structure around it."""

    update_structs: int = 20_000
    """Most structs, and most ranges of deletions per client, in one update."""

    update_clients: int = 512
    """Most client ids that write in one update; deletions may name more, as every page load makes a new id."""

    layer_proposals: int = 1_000
    """Most records in one layer, those taken back included."""

    depth: int = 64
    """Deepest nesting of elements."""

    awareness_bytes: int = 2 * 1024
    """Largest presence message."""


DEFAULT_LIMITS: Final = Limits()

UNBOUNDED: Final = Limits(
    frame_bytes=MAX_CLOCK,
    section_bytes=MAX_CLOCK,
    update_structs=MAX_CLOCK,
    update_clients=MAX_CLOCK,
    layer_proposals=MAX_CLOCK,
    depth=2**10,
)
"""For what the server itself wrote down, and for whole documents."""
