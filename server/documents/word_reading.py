"""Take Word back: an uploaded working document read as one side's proposals, and all that a person must look at first.

Our own files are matched by their bookmarks and held against the tree they carry; files of strangers by the headings of
their sections and the original words. Nothing is guessed: what can mean two things is listed. Total: any bytes give a
``Reading`` or a refusal. Pure; for the page that shows a reading and asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sections.keys import DEFAULT, Profile
from sections.redline.baseline import Baseline
from sections.redline.decompose import Hand
from sections.redline.ranks import first
from sections.redline.records import New, Record, Text, withdrawn
from sections.redline.register import SETTLED, Status
from sections.redline.views import wordings
from sections.redline.worddiff import word_diff
from server.documents.anchors import bookmark
from server.documents.embedded import embedded
from server.documents.word_align import Effort
from server.documents.word_block import Plain, Read, Writer, as_printed, read_block
from server.documents.word_changes import Layer, proposed
from server.documents.word_landing import still_settled, unsaid
from server.documents.word_lines import Held, Line, lines_of
from server.documents.word_loose import Additions
from server.documents.word_meaning import Key
from server.documents.word_ours import Printed, beyond, printed
from server.documents.word_pairs import Piece as FilePiece
from server.documents.word_paragraphs import Part, our_styles, parts_of
from server.documents.word_places import Loose, Places, place
from server.documents.word_runs import Word, runs_of
from server.documents.word_safety import Limits, Refused, open_word
from server.documents.word_values import Reading, SectionReading, Suggestion, Theirs, Unmarked, Unplaced

Known = Mapping[str, Mapping[str, Record]]


def read_word(
    data: bytes,
    sections: Mapping[str, Baseline],
    known: Known,
    side: str,
    mint: Callable[[], str],
    *,
    limits: Limits,
    standing: Mapping[str, Mapping[str, Status]] | None = None,
    profile: Profile = DEFAULT,
) -> Reading | Refused:
    """What the file proposes for ``side`` against the present records; nothing is written."""
    package = open_word(data, limits)
    if isinstance(package, Refused):
        return package
    told = printed(embedded(data), sections, profile)
    word = runs_of(package, limits, our_styles(told.profile))
    if isinstance(word, Refused):
        return word
    held = {
        label: told.sections.get(label) or Held(label, baseline, known.get(label, {}), (standing or {}).get(label, {}))
        for label, baseline in sections.items()
    }
    return _Reader(word, told, held, known, side, mint).reading()


@dataclass(slots=True)
class _Findings:
    """One section while it is read."""

    layer: Layer
    unplaced: list[Unplaced] = field(default_factory=list)
    unmarked: list[Unmarked] = field(default_factory=list)
    theirs: list[Theirs] = field(default_factory=list)
    notes: list[Suggestion] = field(default_factory=list)


class _Reader:
    """One reading of one file."""

    def __init__(
        self, word: Word, told: Printed, held: Mapping[str, Held], known: Known, side: str, mint: Callable[[], str]
    ) -> None:
        self.word, self.told, self.held, self.known, self.side, self.mint = word, told, held, known, side, mint
        self.key = Key(told.profile, side)
        self.effort = Effort()
        self.lines = {label: lines_of(one, told.profile, side) for label, one in held.items()}
        names = {bookmark(line.id): line.id for lines in self.lines.values() for line in lines}
        self.parts = parts_of(word, self.key, names, as_is=bool(told.sections))

    def reading(self) -> Reading:
        sections: dict[str, SectionReading] = {}
        regions, outside = self.regions()
        for labels, parts in regions:
            lines = [line for label in labels for line in self.lines[label]]
            places = place(lines, parts, self.key, self.effort)
            for label in labels:
                found = self.section(label, labels, lines, places, parts)
                if found is not None:
                    sections[label] = found
                else:
                    outside.extend(_homeless(places, lines, label, labels))
        absent = tuple(sorted(label for label in self.held if label not in sections))
        return Reading(self.told.ours, sections, tuple(outside), absent)

    def regions(self) -> tuple[list[tuple[tuple[str, ...], list[Part]]], list[Unplaced]]:
        """Which paragraphs may be which section; a file that names none of ours may be all of them."""
        owners = {bookmark(line.id): label for label, lines in self.lines.items() for line in lines}
        texts = {line.text.strip() for lines in self.lines.values() for line in lines}
        here, headed, by_label, before = "", False, dict[str, list[Part]](), list[Part]()
        for part in self.parts:
            if part.bookmarks:
                here = owners[part.bookmarks[0]]
            elif part.section and part.text.strip() not in texts:
                here, headed = part.section, True
                continue
            (by_label.setdefault(here, []) if here in self.held else before).append(part)
        if not by_label and not headed and self.held:
            return [(tuple(self.held), self.parts)], []
        lost = [one for part in before if not part.is_furniture or not part.says_itself for one in _marked(part)]
        return [((label,), parts) for label, parts in by_label.items()], lost

    def section(
        self, label: str, labels: Sequence[str], lines: Sequence[Line], places: Places, parts: Sequence[Part]
    ) -> SectionReading | None:
        """One section as read; None where the file has nothing of it."""
        held = self.held[label]
        numbers = [number for number, line in enumerate(lines) if line.section == label]
        loose = _of(places, lines, label, labels)
        is_there = any(number in places.found for number in numbers) or any(part.folds for part in parts)
        if not is_there and any(lines[number].text for number in numbers):
            return None
        hand = Hand(self.side, "", held.known, self.mint)
        own = [record for record in held.known.values() if record.side == self.side]
        settled = frozenset(key for key, now in held.standing.items() if now in SETTLED)
        apart = frozenset(record.key for record in own if record.counters or record.key in settled)
        findings = _Findings(Layer(held, hand))
        reads: list[tuple[Line, Read, tuple[FilePiece, ...]]] = []
        folded = self.folded(lines, numbers, places, parts)
        for number in numbers:
            line, found = lines[number], places.found.get(number)
            expected = line.text if found else line.text.strip()
            blank = not expected and not any(piece.text for piece in (found.pieces if found else ()))
            if blank or (found is None and line.top in folded):
                findings.layer.line(line, as_printed(line))
                continue
            writer = Writer(replace(hand, block=line.id), apart, settled)
            pieces = found.pieces if found else ()
            read = read_block(line, pieces, writer, self.effort)
            findings.layer.line(line, read.runs)
            reads.append((line, read, pieces))
        changed = findings.layer.finished()
        unclear = bool(changed) or any(read.leaves_something for _, read, _ in reads)
        later = self.later(findings.layer) if unclear else {line.id: line for line in lines}
        for line, read, pieces in reads:
            findings.notes.extend(read.notes)
            settles = tuple(still_settled(line, read, changed))
            findings.unplaced.extend(settles)
            if not (line.id in later and _shows(pieces, later[line.id])):
                self.left(findings, line, read, pieces)
                ours = bool(self.told.sections) and not settles and not _shows(pieces, line)
                findings.unplaced.extend(unsaid(line, read, pieces, later.get(line.id), self.side, ours=ours))
        self.loose(findings, held, lines, places, parts, loose)
        self.since(findings, held, label)
        changes = proposed(findings.layer, held.baseline, self.known.get(label, {}))
        return SectionReading(
            changes,
            tuple(findings.unplaced),
            tuple(findings.unmarked),
            tuple(findings.theirs),
            tuple(self.footnotes(findings)),
        )

    def folded(
        self, lines: Sequence[Line], numbers: Sequence[int], places: Places, parts: Sequence[Part]
    ) -> frozenset[str]:
        """The passages our own file leaves out and says so: nothing of them is there, and nobody proposes anything."""
        if not self.told.sections or not any(part.folds for part in parts):
            return frozenset()
        kept = {lines[number].top for number in numbers if lines[number].is_touched or number in places.found}
        return frozenset(lines[number].top for number in numbers) - kept

    def later(self, layer: Layer) -> dict[str, Line]:
        """The lines as they would be printed once the file is taken up."""
        held = layer.held
        known, standing = dict(held.known), dict(held.standing)
        for key, record in layer.finished().items():
            known[key] = record if record is not None else withdrawn(known[key])
            standing[key] = "proposed" if record is not None else "withdrawn"
        after = replace(held, known=known, standing=standing)
        return {line.id: line for line in lines_of(after, self.told.profile, self.side)}

    def left(self, findings: _Findings, line: Line, read: Read, pieces: Sequence[FilePiece]) -> None:
        """What one line leaves to a person."""
        findings.unplaced.extend(read.unplaced)
        findings.theirs.extend(read.theirs)
        for plain in read.plain:
            record = self.would_be(findings.layer.held, line, plain, pieces)
            if line.key and record is None:
                findings.unplaced.append(Unplaced(line.id, plain.come, (), "no-place"))
            else:
                findings.unmarked.append(Unmarked(line.id, word_diff(plain.gone, plain.come), record))

    def would_be(self, held: Held, line: Line, plain: Plain, pieces: Sequence[FilePiece]) -> Record | None:
        """The proposal an unmarked difference would be."""
        if line.key:
            new = held.known.get(line.key)
            if not isinstance(new, New) or new.side != self.side:
                return None
            words = "".join(piece.text for piece in pieces if piece.meaning.kind in ("in", "plain"))
            return replace(new, words={**new.words, line.part: words})
        if plain.already:
            return None
        new_id = self.mint()
        rank = first(self.side, new_id)
        return Text(
            self.side,
            new_id,
            block=line.id,
            start=plain.start,
            end=plain.end,
            at=plain.end,
            rank=rank,
            wording=plain.come,
        )

    def loose(
        self,
        findings: _Findings,
        held: Held,
        lines: Sequence[Line],
        places: Places,
        parts: Sequence[Part],
        loose: Sequence[Loose],
    ) -> None:
        """Paragraphs that are no line: new ones of ours, or something to look at."""
        rows: dict[int, list[tuple[int, Line]]] = {}
        for number, found in sorted(places.found.items(), key=lambda one: one[1].at):
            cell = parts[found.at].cell
            if cell is not None:
                rows.setdefault(cell[0], []).append((cell[1], lines[number]))
        additions = Additions(
            held, Hand(self.side, "", held.known, self.mint), lines, rows, ours=bool(self.told.sections)
        )
        additions.take(one for one in loose if not (one.part.is_furniture and one.part.says_itself))
        for record in additions.records:
            findings.layer.add(record)
        findings.unplaced.extend(additions.unplaced)
        findings.unmarked.extend(additions.unmarked)
        findings.theirs.extend(additions.theirs)
        findings.notes.extend(additions.notes)

    def since(self, findings: _Findings, held: Held, label: str) -> None:
        """The other side's proposals that read otherwise here now than in the tree the file carries."""
        present = self.known.get(label, {})
        for key in dict.fromkeys((*held.known, *present)):
            was, now = held.known.get(key), present.get(key)
            if was == now or key.startswith(f"{self.side}:"):
                continue
            if (was is not None and was.live) or (now is not None and now.live):
                one = now if now is not None and now.live else was
                words = " ".join(wordings(one).values()) if one is not None else ""
                block = getattr(one, "block", "") or getattr(one, "after", "")
                findings.theirs.append(Theirs(block, key, words, "changed-since"))

    def footnotes(self, findings: _Findings) -> Iterator[Suggestion]:
        """What notes say beyond those we printed; comments go to the person."""
        for note in findings.notes:
            text = beyond(self.word.notes.get(note.text, ""), self.told.footnotes)
            if not text:
                continue
            if note.text.startswith("comment:"):
                findings.unplaced.append(Unplaced(note.block, text, (), "comment"))
            else:
                yield replace(note, text=text)


def _shows(pieces: Sequence[FilePiece], line: Line) -> bool:
    """Whether the file shows exactly what would be printed: then nothing in it is unclear, nor left to anybody.

    So it is with an answer: the words it strikes in print change with the proposal it answers.
    """
    if any(piece.tracked for piece in pieces):
        return False
    seen = [(character, piece.marks) for piece in pieces for character in piece.text]
    return seen == [(character, stretch.marks) for stretch in line.stretches for character in stretch.text]


def _of(places: Places, lines: Sequence[Line], label: str, labels: Sequence[str]) -> list[Loose]:
    """The loose paragraphs of one section: those after its lines; those before all lines belong to the first."""
    return [
        one for one in places.loose if (lines[one.after].section if one.after >= 0 else next(iter(labels), "")) == label
    ]


def _homeless(places: Places, lines: Sequence[Line], label: str, labels: Sequence[str]) -> list[Unplaced]:
    return [found for one in _of(places, lines, label, labels) for found in _marked(one.part)]


def _marked(part: Part) -> list[Unplaced]:
    """The marked words of a paragraph nobody could place."""
    return [
        Unplaced("", piece.text, tuple(sorted(piece.marks)), "no-place")
        for piece in part.pieces
        if piece.text.strip() and (piece.marks or piece.tracked)
    ]
