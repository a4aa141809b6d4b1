"""Reading and writing the var-int byte format of lib0, which Yjs, its providers and we speak.

Nothing here knows what the bytes mean. Reading is total: any bytes give a value or a ``WireError``, in linear time.
Pure; every other codec of this floor is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_UINT: Final = 2**53 - 1
"""Highest number a browser can count exactly."""

MAX_VARINT_BYTES: Final = 10


class WireError(ValueError):
    """These bytes do not say what the reader was asked for."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The verdict of every decoder on bytes that do not make sense; ``detail`` is for logs, never for people."""

    detail: str


class Reader:
    """Reads one message from its beginning to its end; every length must fit into what is left."""

    __slots__ = ("_data", "_end", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self._end = len(data)
        self.position = position

    @property
    def at_end(self) -> bool:
        """True when nothing is left."""
        return self.position >= self._end

    def byte(self) -> int:
        """The next byte."""
        position = self.position
        if position >= self._end:
            raise WireError("ends too early")
        self.position = position + 1
        return self._data[position]

    def uint(self, limit: int = MAX_UINT) -> int:
        """The next var-int, at most ``limit``."""
        data = self._data
        position = self.position
        last = min(self._end, position + MAX_VARINT_BYTES)
        value = shift = 0
        while position < last:
            part = data[position]
            position += 1
            value |= (part & 0x7F) << shift
            if part < 0x80:
                if value > limit:
                    raise WireError("number too large")
                self.position = position
                return value
            shift += 7
        raise WireError("number too long" if position < self._end else "ends too early")

    def uints(self, limit: int = MAX_UINT) -> list[int]:
        """The next run of var-ints, which says how many they are; each is at most ``limit``."""
        count = self.uint()
        data, end, position = self._data, self._end, self.position
        small = min(limit, 0x7F)
        values: list[int] = []
        for _ in range(count):
            if position < end and data[position] <= small:  # most are one byte
                values.append(data[position])
                position += 1
            else:
                self.position = position
                values.append(self.uint(limit))
                position = self.position
        self.position = position
        return values

    def bytes_(self) -> bytes:
        """The next run of bytes, which says its own length."""
        length = self.uint()
        start = self.position
        if length > self._end - start:
            raise WireError("length beyond the end")
        self.position = start + length
        return self._data[start : start + length]

    def string(self) -> str:
        """The next text; it must be valid UTF-8."""
        try:
            return self.bytes_().decode()
        except UnicodeDecodeError as error:
            raise WireError("not UTF-8") from error

    def rest(self) -> bytes:
        """Everything that is left, unread."""
        start, self.position = self.position, self._end
        return self._data[start:]


class Writer:
    """Writes one message."""

    __slots__ = ("_out",)

    def __init__(self) -> None:
        self._out = bytearray()

    def byte(self, value: int) -> None:
        """Writes one byte."""
        self._out.append(value)

    def uint(self, value: int) -> None:
        """Writes a number from 0 to 2**53-1 in as few bytes as possible."""
        if not 0 <= value <= MAX_UINT:
            raise ValueError(f"{value} is no wire number")
        out = self._out
        while value > 0x7F:
            out.append(0x80 | (value & 0x7F))
            value >>= 7
        out.append(value)

    def bytes_(self, value: bytes) -> None:
        """Writes bytes after their length."""
        self.uint(len(value))
        self._out += value

    def string(self, value: str) -> None:
        """Writes text after the length of its UTF-8 bytes."""
        self.bytes_(value.encode())

    def raw(self, value: bytes) -> None:
        """Writes bytes as they are."""
        self._out += value

    def finish(self) -> bytes:
        """What was written."""
        return bytes(self._out)
