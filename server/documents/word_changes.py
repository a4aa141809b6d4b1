"""From what one section's lines now read to the records to write: added, changed and withdrawn proposals of one side.

A change counts against what the file was made from, so what a colleague did here meanwhile is not undone unseen. Pure;
for ``word_reading``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sections.redline.baseline import Baseline
from sections.redline.compose import Run
from sections.redline.decompose import Hand, decompose
from sections.redline.records import New, Record, Remove, Text
from sections.redline.views import struck_words, wordings
from server.documents.word_block import as_printed
from server.documents.word_lines import Held, Line
from server.documents.word_values import Proposed


@dataclass(slots=True)
class Layer:
    """The own side's records of one section as they become: before by what was printed, after by what the file says."""

    held: Held
    hand: Hand
    before: dict[str, Record] = field(default_factory=dict)
    after: dict[str, Record] = field(default_factory=dict)
    removing: dict[str, list[bool]] = field(default_factory=dict)
    waiting: list[tuple[str, list[Run], frozenset[str]]] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    printed: dict[str, dict[str, str]] = field(default_factory=dict)

    def line(self, line: Line, runs: Sequence[Run]) -> None:
        """Takes in one line: what it was printed as, and what it reads now."""
        if line.key:
            if self.hand.owns(line.key):
                self.printed.setdefault(line.key, {})[line.part] = "".join(s.text for s in line.stretches if s.by)
                self.words.setdefault(line.key, {})[line.part] = "".join(run.text for run in runs if run.by == line.key)
            return
        printed = as_printed(line)
        removed = {key for run in printed for key in run.struck if self.removes(key)}
        for key in removed:
            whole = all(run.by or key in run.struck for run in runs)
            self.removing.setdefault(key, []).append(whole)
        hand = replace(self.hand, block=line.id)
        self.before.update(decompose(self.cleaned(printed, frozenset(removed)), hand))
        self.waiting.append((line.id, list(runs), frozenset(removed)))

    def decide(self) -> None:
        """Reads the lines taken in so far: only all lines together say whether a removal of several still is one."""
        for block, runs, removed in self.waiting:
            kept = frozenset(key for key in removed if all(self.removing[key]))
            self.after.update(decompose(self.cleaned(runs, kept), replace(self.hand, block=block)))
        self.waiting.clear()

    def removes(self, key: str) -> bool:
        return self.hand.owns(key) and isinstance(self.held.known.get(key), Remove)

    def cleaned(self, runs: Iterable[Run], kept: frozenset[str]) -> list[Run]:
        """The runs with strikes of whole blocks left out, or, where only part of a block is struck now, made anew."""
        found: list[Run] = []
        fresh: dict[str, str] = {}
        for run in runs:
            struck: list[str] = []
            for key in run.struck:
                if not self.removes(key):
                    struck.append(key)
                elif key not in kept:
                    struck.append(fresh[key] if key in fresh else self.fresh(fresh, key))
            found.append(replace(run, struck=tuple(sorted(struck))))
        return found

    def fresh(self, fresh: dict[str, str], key: str) -> str:
        fresh[key] = self.hand.minted()
        return fresh[key]

    def add(self, record: Record) -> None:
        """Takes in a record the file adds as a whole."""
        self.after[record.key] = record

    def finished(self) -> dict[str, Record | None]:
        """The records that differ from what was printed: as they are now, or None where they went."""
        self.decide()
        found: dict[str, Record | None] = {
            key: record for key, record in self.after.items() if self.before.get(key) != record
        }
        found.update({key: None for key in self.before if key not in self.after})
        for key, wholes in self.removing.items():
            if not all(wholes):
                found[key] = None
        for key, words in self.words.items():
            new = self.held.known.get(key)
            if isinstance(new, New) and words != self.printed[key]:
                now = {part: text for part, text in {**new.words, **words}.items() if text}
                found[key] = replace(new, words=now) if now else None
        return found


def proposed(layer: Layer, baseline: Baseline, known: Mapping[str, Record]) -> tuple[Proposed, ...]:
    """The changes as the own side's present layer would take them; what it says already is left out."""
    found: list[Proposed] = []
    for key, record in layer.finished().items():
        present, base = known.get(key), layer.held.known.get(key)
        if record is None:
            if present is None or not present.live:
                continue
            written = _ghost(present)
        else:
            written = _over(record, present)
            if written == present or not written.live:
                continue
        lives = present is not None and present.live
        found.append(
            Proposed(
                "withdraw" if record is None else "change" if lives else "add",
                written,
                wordings(present) if present is not None and lives else {},
                wordings(written) if written.live else {},
                struck_words(baseline, present) if present is not None and lives else "",
                struck_words(baseline, written) if written.live else "",
                stale=present != base,
            )
        )
    return tuple(found)


def _over(record: Record, present: Record | None) -> Record:
    """The file's record over the present one: what a file does not show (answers, groups, moves) stays as it is."""
    if isinstance(record, Text) and isinstance(present, Text):
        return replace(
            record,
            counters=present.counters,
            counters_hash=present.counters_hash,
            group=present.group,
            moves=present.moves,
        )
    return record


def _ghost(record: Record) -> Record:
    if isinstance(record, Text):
        return replace(record, end=record.start, at=record.start, wording="")
    return replace(record, on=False)
