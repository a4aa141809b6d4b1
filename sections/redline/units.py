"""Text in UTF-16 code units, as browsers and Yjs count it, never cutting a pair; and the cleaning of foreign text.

Pure. For this package; twin of ``static/src/redline/units.ts``.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text with control characters and broken pairs shown as U+FFFD, unit for unit; line feed and tab stay."""
    return _UNSAFE.sub("\ufffd", text)


def one_line_break(text: str) -> str:
    """The text with every kind of line break as a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Units:
    """One text that can be measured and cut at UTF-16 offsets. Plain slices wherever no character needs two units."""

    __slots__ = ("_encoded", "length", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._encoded = text.encode("utf-16-le", "surrogatepass") if _ASTRAL.search(text) else None
        self.length = len(text) if self._encoded is None else len(self._encoded) // 2

    def cut(self, start: int, end: int) -> str:
        """The text of [start, end); both must have been snapped."""
        if self._encoded is None:
            return self.text[start:end]
        return self._encoded[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")

    def snap(self, offset: int) -> int:
        """The offset moved into the text, and down to the beginning of a character it would cut."""
        offset = min(max(offset, 0), self.length)
        return offset - 1 if self._inside_pair(offset) else offset

    def snap_up(self, offset: int) -> int:
        """The offset moved into the text, and up to the end of a character it would cut."""
        offset = min(max(offset, 0), self.length)
        return offset + 1 if self._inside_pair(offset) else offset

    def _inside_pair(self, offset: int) -> bool:
        encoded = self._encoded
        return encoded is not None and 0 < offset < self.length and 0xDC <= encoded[2 * offset + 1] <= 0xDF


def length(text: str) -> int:
    """How many UTF-16 code units the text has."""
    return Units(text).length
