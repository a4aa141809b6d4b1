"""A wire that reads what Redis tells its subscribers, and loses, doubles and shuffles some of it by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.wire import Connection, Wire

LINES = b"+-:,#_("
BULKS = b"$!="
LISTS = {b"*": 1, b"~": 1, b">": 1, b"%": 2}
TOLD = (b"message", b"pmessage", b"smessage")


@dataclass
class Chances:
    """Of every message to a subscriber: how likely each misfortune is."""

    lost: float = 0.0
    doubled: float = 0.0
    held_back: float = 0.0
    """Comes after the next one, or the one after that."""


class _Told(Connection):
    wire: RedisWire

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._rest = b""
        self._held: list[bytes] = []

    async def downwards(self, data: bytes, forward: Callable[[bytes], None]) -> None:
        self._rest += data
        ready: list[bytes] = []
        while (size := end_of_value(self._rest, 0)) is not None:
            value, self._rest = self._rest[:size], self._rest[size:]
            if is_told(value):
                ready += self._misfortune(value)
            else:
                ready.append(value)
        forward(b"".join(ready))

    def _misfortune(self, value: bytes) -> list[bytes]:
        chances, dice = self.wire.chances, self.wire.dice
        self.wire.told += 1
        came = [value]
        if dice.random() < chances.lost:
            came = []
        elif dice.random() < chances.doubled:
            came = [value, value]
        elif dice.random() < chances.held_back:
            self._held.append(value)
            return []
        late, self._held = self._held, []
        dice.shuffle(late)
        return came + late


class RedisWire(Wire):
    """``chances`` may be changed at any time."""

    kind = _Told

    def __init__(self, url: str, seed: int = 0) -> None:
        super().__init__(url)
        self.chances = Chances()
        self.dice = random.Random(seed)
        self.told = 0
        """Messages to subscribers so far."""

    def __enter__(self) -> RedisWire:
        super().__enter__()
        return self


def is_told(value: bytes) -> bool:
    """Whether it is a message of a channel, in either version of the protocol."""
    if value[:1] not in b"*>":
        return False
    first = value.split(b"\r\n", 3)
    return len(first) > 2 and first[2] in TOLD


def end_of_value(data: bytes, at: int) -> int | None:
    """Where the value that begins here ends; None when not all of it is there."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return None
    kind, end = data[at : at + 1], line + 2
    if kind in LINES:
        return end
    size = int(data[at + 1 : line])
    if size < 0:
        return end
    if kind in BULKS:
        return end + size + 2 if len(data) >= end + size + 2 else None
    for _ in range(size * LISTS[kind]):
        found = end_of_value(data, end)
        if found is None:
            return None
        end = found
    return end
