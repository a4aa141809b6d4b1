"""A working document in plain sentences: every proposal with its number, its place, its evidence and its standing.

For people who do not see type styles, and to be read aloud. It says all that the keyed document says. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from sections.redline.records import Remove
from sections.redline.views import struck_words
from sections.redline.worded import worded
from server.documents.paper import Heading, Listing, Paper, PaperBlock, Paragraph, note, plain
from server.documents.paper_working import RECOMMENDS, facts, footer_words, header_words, section_heading
from server.documents.working import RECOMMENDATION, DisputedSection, WorkingDocument
from server.documents.working_notes import answers_to, number

_ABOUT = (
    "This is the working document in plain sentences. It has every proposal of both sides, in the order of the text. "
    "The version with type styles shows the same proposals inside the text of the plan."
)


def worded_paper(wd: WorkingDocument) -> Paper:
    """The worded version of a working document."""
    body: list[PaperBlock] = [facts(wd), note(_ABOUT)]
    for section in wd.sections:
        body.append(section_heading(section))
        if section.appeal == RECOMMENDATION:
            body.append(note(RECOMMENDS))
        body.extend(_section(wd, section))
    return Paper(
        title="Working document in plain sentences",
        header=header_words(wd),
        footer=footer_words(wd),
        on=wd.on,
        blocks=tuple(body),
    )


def _section(wd: WorkingDocument, section: DisputedSection) -> Iterator[PaperBlock]:
    lines = worded(section.baseline, section.known, section.standing, wd.profile)
    if not lines:
        yield note("Nobody has proposed a change to this section.")
    for line in lines:
        yield Heading(2, plain(f"{number(section, line.key)}, {line.place}"))
        yield Paragraph(plain(line.sentence))
        record = section.known[line.key]
        answers = answers_to(section, record)
        facts_of_line = [
            *((f"All the words it takes out: {struck_words(section.baseline, record)}",) * isinstance(record, Remove)),
            *(f"Evidence: {words}" for words in section.citations.get(line.key, ())),
            *(f"Answered by {number(section, answer.key)}." for answer in answers),
        ]
        if facts_of_line:
            yield Listing(False, tuple((Paragraph(plain(words)),) for words in facts_of_line))
