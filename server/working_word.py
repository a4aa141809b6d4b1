"""What the page of a Word file that came back shows: the rows to choose from, and everything else that was found."""

from __future__ import annotations

from collections.abc import Iterator

from sections.redline.worded import places
from server.documents.word_values import SectionReading
from server.plan_access import Standing
from server.redline.word import Reviewed
from server.redline.word_rows import Row, place_of
from server.working_pages.word import WordReview, WordRow


def review_page(standing: Standing, reviewed: Reviewed) -> WordReview:
    """The page for one reading."""
    reading = reviewed.reading
    return WordReview(
        plan=standing.plan,
        upload=str(reviewed.upload.id),
        file_name=reviewed.upload.name,
        version=reading.ours.version,
        read=_rows(reviewed, "read"),
        unmarked=_rows(reviewed, "unmarked"),
        lost=tuple(_lost(reviewed)),
        notes=tuple(_notes(reviewed)),
        private=reviewed.private,
        reading=reviewed.shown,
        evidence=_rows(reviewed, "evidence"),
        others=tuple(_others(reviewed)),
        still=tuple(_still(reviewed)),
    )


def _rows(reviewed: Reviewed, kind: str) -> tuple[WordRow, ...]:
    return tuple(_row(row) for row in reviewed.rows if row.kind == kind)


def _row(row: Row) -> WordRow:
    return WordRow(row.field, row.place, row.what, row.marked, row.ticked)


def _sections(reviewed: Reviewed) -> Iterator[tuple[str, SectionReading, dict[str, str]]]:
    for label, section in reviewed.reading.sections.items():
        yield label, section, places(reviewed.sections[label].baseline)


def _lost(reviewed: Reviewed) -> Iterator[str]:
    for label, section, names in _sections(reviewed):
        for one in section.unplaced:
            yield f"{place_of(names, label, one.block)}: “{one.text}”. {one.sentence}"
    for one in reviewed.reading.outside:
        yield f"Outside every section: “{one.text}”. {one.sentence}"


def _others(reviewed: Reviewed) -> Iterator[str]:
    for label, section, names in _sections(reviewed):
        numbers = reviewed.sections[label].numbers
        for one in section.others:
            number = f"{numbers[one.key]}, " if one.key in numbers else ""
            said = f": “{one.text}”" if one.text else ""
            yield f"{number}{place_of(names, label, one.block)}{said}. {one.sentence}"


def _still(reviewed: Reviewed) -> Iterator[str]:
    for label, section, names in _sections(reviewed):
        for one in section.unmarked:
            if one.record is None:
                gone = "".join(piece.text for piece in one.pieces if piece.kind == "out")
                yield f"{place_of(names, label, one.block)}: “{gone}”"


def _notes(reviewed: Reviewed) -> Iterator[str]:
    ours = reviewed.reading.ours
    if not ours.found:
        yield "This file was not made here, or lost what we put in it, so it was read by its headings and its words."
    elif not ours.hash_right:
        yield "The file was made for another text of the plan than the one in this appeal. Look closely."
    for label in reviewed.reading.absent:
        yield f"Section {label} is not in the file. Nothing about it was read."
    taken = {row.citation for row in reviewed.rows if row.citation}
    for label, section, names in _sections(reviewed):
        for note in section.footnotes:
            if note.text not in taken:
                yield f"A footnote at {place_of(names, label, note.block)} says: “{note.text}”."
