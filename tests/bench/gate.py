"""How long the gate takes, and what the ledger keeps: `python -m tests.bench.gate`.

Medians of checking and recording together, each update on its own, as a room does it. Touches no engine and no disk.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc

from crdt.gate import Accepted, check
from crdt.ledger import Ledger
from crdt.limits import DEFAULT_LIMITS
from crdt.structs import FORMAT, STRING, TYPE, XML_ELEMENT, XML_TEXT, Struct, Update, make
from crdt.update import encode

CLIENT = 3_123_456_789
OWNER = "a" * 32
KEYSTROKES = 3_000


def paragraph() -> list[Struct]:
    """An empty paragraph with its text and one letter."""
    return [
        make(0, TYPE, (XML_ELEMENT, "paragraph"), parent="prosemirror"),
        make(1, TYPE, (XML_TEXT, None), parent=(CLIENT, 0)),
        make(2, STRING, "a", parent=(CLIENT, 1)),
    ]


def update(*structs: Struct) -> bytes:
    """One update by the client."""
    return encode(Update({CLIENT: list(structs)}, {}))


def bulk(first: int, size: int) -> bytes:
    """A paste of about so many bytes: words between marks, in one update."""
    structs: list[Struct] = []
    clock, written = first, 0
    while written < size:
        for kind, content in (
            (FORMAT, ("strong", "{}")),
            (STRING, "reads aloud "),
            (FORMAT, ("strong", "null")),
            (STRING, "x"),
        ):
            struct = make(clock, kind, content, origin=(CLIENT, clock - 1 if structs else 2 + KEYSTROKES))
            structs.append(struct)
            clock += struct.length
        written += 70
    return update(*structs)


def measure(ledger: Ledger, updates: list[bytes]) -> float:
    """Median microseconds for checking and recording one."""
    times = []
    for one in updates:
        begin = time.perf_counter()
        verdict = check(one, ledger, OWNER, DEFAULT_LIMITS)
        if not isinstance(verdict, Accepted):
            raise SystemExit(f"refused: {verdict}")
        ledger.record(verdict, OWNER)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def main() -> None:
    """Measures and prints."""
    ledger = Ledger()
    measure(ledger, [update(*paragraph())])
    typing = [update(make(clock, STRING, "e", origin=(CLIENT, clock - 1))) for clock in range(3, 3 + KEYSTROKES)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    measure(ledger, typing)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    clock = 3 + KEYSTROKES
    middle = [
        update(make(at, STRING, "e", origin=(CLIENT, 8 if at == clock else at - 1), right=(CLIENT, 9)))
        for at in range(clock, clock + KEYSTROKES)
    ]
    clock += KEYSTROKES
    emoji = [
        update(make(at, STRING, "😀", origin=(CLIENT, at - 1), right=(CLIENT, 9)))
        for at in range(clock, clock + 600, 2)
    ]
    clock += 600
    marks = [
        update(
            make(at, FORMAT, ("strong", "{}"), origin=(CLIENT, 2), right=(CLIENT, 3)),
            make(at + 1, FORMAT, ("strong", "null"), origin=(CLIENT, 5), right=(CLIENT, 6)),
        )
        for at in range(clock, clock + 600, 2)
    ]
    clock += 600
    deletes = [encode(Update({}, {CLIENT: [(at, 1)]})) for at in range(10, 1_210, 2)]
    paste = [bulk(clock, 64 * 1024)]
    again = Ledger()
    lines = [
        ("keystroke, check and record", measure(again, [update(*paragraph()), *typing])),
        ("keystroke in the middle of text", measure(ledger, middle)),
        ("emoji", measure(ledger, emoji)),
        ("making a word bold", measure(ledger, marks)),
        ("deleting a letter", measure(ledger, deletes)),
        (f"paste of {len(paste[0]) // 1024} KiB, {len(paste[0]) // 18} structs", measure(ledger, paste)),
    ]
    for name, microseconds in lines:
        sys.stdout.write(f"{name:45} {microseconds:10.1f} µs\n")
    sys.stdout.write(f"{'ledger, per typed letter':45} {kept / KEYSTROKES:10.2f} bytes\n")


if __name__ == "__main__":
    main()
