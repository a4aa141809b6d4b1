"""The dispute schedule as a Word file: by section and number, both wordings side by side. Values in, bytes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sections.words import listed
from server.documents.anchors import HEAD
from server.documents.docx_write import word_file
from server.documents.paper import Cell, Grid, Paper, PaperBlock, Paragraph, note, plain
from server.documents.paper_working import RECOMMENDS, facts, footer_words, header_words, section_heading
from server.documents.schedule import Exchange, Side, exchanges
from server.documents.working import RECOMMENDATION, DisputedSection, WorkingDocument
from server.documents.working_notes import STATUS_WORDS

_WIDTHS = (13, 26, 26, 21, 14)


def schedule_docx(wd: WorkingDocument) -> bytes:
    """The schedule as .docx, A4 turned sideways, with head rows on every page."""
    return word_file(schedule_paper(wd))


def schedule_paper(wd: WorkingDocument) -> Paper:
    """The schedule as a document: one table for each section in dispute."""
    body: list[PaperBlock] = [facts(wd)]
    for section in wd.sections:
        body.append(section_heading(section))
        if section.appeal == RECOMMENDATION:
            body.append(note(RECOMMENDS))
        found = exchanges(wd, section)
        body.append(_table(wd, section, found) if found else note("There are no proposals in this section."))
    return Paper(
        title="Schedule of issues in dispute",
        header=header_words(wd),
        footer=footer_words(wd),
        on=wd.on,
        blocks=tuple(body),
        landscape=True,
    )


def _table(wd: WorkingDocument, section: DisputedSection, found: Sequence[Exchange]) -> Grid:
    names = [wd.profile.hands[side].name for side in ("family", "authority")]
    heads = ("Number and place", f"{names[0]}’s wording", f"{names[1]}’s wording", "Evidence", "Status")
    rows = [tuple(Cell((Paragraph(plain(words), HEAD),), head=True) for words in heads)]
    rows += [tuple(_row(exchange)) for exchange in found]
    return Grid(tuple(rows), 1, f"Proposals in section {section.label}", _WIDTHS)


def _row(exchange: Exchange) -> Iterator[Cell]:
    orders = exchange.of("tribunal")
    yield _cell([f"{listed([side.number for side in exchange.sides])}\n{exchange.place}"])
    for name in ("family", "authority"):
        sides = exchange.of(name)
        yield _cell([_wording(side) for side in sides] or ["No other wording. The plan stands as issued."])
    evidence = [f"{side.number}: {'; '.join(side.evidence)}" for side in exchange.sides if side.evidence]
    yield _cell(evidence or ["None cited yet."])
    status = [f"{side.number}: {STATUS_WORDS[side.status]}" for side in exchange.sides]
    yield _cell([*status, *(_wording(side) for side in orders)])


def _wording(side: Side) -> str:
    """One proposal in words, so that nothing depends on type styles."""
    new = "\n".join(f"“{words}”" for words in side.wording)
    if side.removes:
        return f"{side.number}: take out all of “{side.struck}”"
    if side.struck and new:
        return f"{side.number}: in place of “{side.struck}”: {new}"
    return f"{side.number}: take out “{side.struck}”" if side.struck else f"{side.number}: add {new}"


def _cell(texts: Sequence[str]) -> Cell:
    return Cell(tuple(Paragraph(plain(text)) for text in texts))
