"""A made-up appeal as the pages of the working document show it: text, cards, versions, people, forms.

The text comes from the real renderers. ``working_examples`` puts these on pages.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sections.appeal_dates import appeal_dates
from sections.facts import AppealFacts
from sections.keys import DEFAULT
from sections.redline.baseline import freeze
from sections.redline.records import records
from sections.redline.register import Status
from sections.redline.views import answered_words, since, view
from sections.redline.worded import places, worded
from sections.tribunal_clock import countdown
from server import working_values as values
from server.documents.changes_html import answer, compared, render_changes
from server.documents.redline_html import render
from server.working_pages import opening, word
from tests.sections.redline.making import cell, entry, paragraph, provision, tree

PLAN = values.PlanNamed("5f0c7d0e", "EX-2026-041")
HASH = "9f3c" * 16
HOSTILE = '<script>alert("x")</script>'
WHAT = "provspeech.what"
WHO = "provspeech.who"

TREE = tree(
    {"type": "heading", "attrs": {"level": "3"}, "children": [{"text": "Communication"}]},
    paragraph("Provision is reviewed by the school and the speech and language therapist together."),
    provision(
        "provspeech",
        "Direct speech and language therapy",
        what="Direct therapy as required, with a programme for the school to follow.",
        who="A therapist or trained assistant",
        frequency="Regularly",
        duration="",
    ),
    provision("provreading", "Reading", what="Access to small group work.", who="School staff", frequency="Weekly"),
    {
        "type": "bullet_list",
        "children": [
            entry(paragraph("A quiet place to work,\naway from the door.")),
            entry(paragraph("A visual timetable.")),
        ],
    },
    {
        "type": "table",
        "children": [
            {"type": "table_row", "children": [cell("Who", "table_header"), cell("Training", "table_header")]},
            {"type": "table_row", "children": [cell("Class staff"), cell("Half a day each year")]},
        ],
    },
)
BASELINE = freeze(TREE, "F", 1)


def _text(block: str, out: str, wording: str, **more: Any) -> dict[str, Any]:
    words = next(one.text or "" for one in BASELINE.texts() if one.id == block)
    start = words.index(out) if out else len(words)
    end = start + len(out)
    return {"type": "text", "block": block, "from": start, "to": end, "at": end, "wording": wording, **more}


_FIRST = next(block.id for block in BASELINE.blocks if block.type == "paragraph")
_LIST = next(block for block in BASELINE.blocks if block.type == "bullet_list")
_ROW = next(block for block in BASELINE.blocks if block.type == "table").blocks[1]
LAYERS: dict[str, dict[str, Any]] = {
    "family": {
        "a": _text(WHAT, "as required", "for 30 minutes each week, one to one"),
        "b": _text(WHO, " or trained assistant", ""),
        "c": _text("provspeech.frequency", "Regularly", "Once a week in term time"),
        "d": {
            "type": "new",
            "after": "provreading",
            "kind": "provision",
            "on": 1,
            "wording": "Handwriting",
            "w_what": "A programme for handwriting, 15 minutes a day",
            "w_who": "Teaching assistant",
        },
        "e": {
            "type": "new",
            "after": _ROW.id,
            "kind": "tr",
            "on": 1,
            "wording": "Lunch staff",
            "w1": "Two hours each year",
        },
    },
    "authority": {
        "a": _text(
            WHAT,
            "as required",
            "for up to 30 minutes each week, where possible",
            counters={"key": "family:a", "hash": HASH},
        ),
        "b": {"type": "rm", "block": _LIST.blocks[1].id, "on": 1},
        "c": _text(_FIRST, "together", "together, each term"),
    },
}
KNOWN = records(BASELINE, LAYERS)
STANDING: dict[str, Status] = {
    "family:a": "countered",
    "family:b": "not agreed",
    "family:c": "agreed",
    "family:d": "proposed",
    "family:e": "pending panel",
    "authority:a": "proposed",
    "authority:b": "reopened",
    "authority:c": "agreed",
}
NUMBERS = {key: f"{key[0].upper().replace('A', 'C')}-{number}" for number, key in enumerate(KNOWN, 1)}
PLACES = places(BASELINE)
KEY = values.key_lines(DEFAULT)
CITED = (
    values.Evidence("e1", "Alder, speech and language therapist, 28 February 2026, p. 4, para. 2"),
    values.Evidence("e2", "Birch, educational psychologist, 3 March 2026, p. 11, para. 37"),
)
DOWNLOADS = (
    values.Link("Word, in the tribunal’s key", "/plans/5f0c7d0e/working/copy.docx"),
    values.Link("PDF", "/plans/5f0c7d0e/working/copy.pdf"),
    values.Link("Accessible version, in words", "/plans/5f0c7d0e/working/accessible"),
)
VERSIONS = (
    values.VersionLine(
        2, date(2027, 1, 8), "Dana Marsh, case officer", 21, "ab12" * 16, date(2027, 1, 9), DOWNLOADS[:2]
    ),
    values.VersionLine(1, date(2026, 12, 4), "Ruth Ellis, parent", None, "cd34" * 16, downloads=DOWNLOADS[:2]),
)
SECTIONS = (
    values.SectionLine("B", "Special educational needs", counts=(values.Count("agreed", 3),)),
    values.SectionLine(
        "F",
        "Special educational provision",
        counts=(values.Count("proposed", 4), values.Count("agreed", 2), values.Count("not agreed", 1)),
    ),
    values.SectionLine("C", "Health needs", appeal="recommendation"),
)
OTHERS = (values.SectionLine("A", "Views, interests and aspirations"), values.SectionLine("K", "Advice"))
FILING = values.Deadline(date(2027, 1, 18), countdown(date(2027, 1, 9), date(2027, 1, 18)).sentence)
HEARING = values.Deadline(date(2027, 2, 2), "In 17 tribunal working days")
DATES = appeal_dates(
    AppealFacts(
        number="EH123/26/00041",
        sections=("B", "F"),
        sent_on=date(2026, 11, 2),
        hearing_on=date(2027, 2, 2),
        filing_on=date(2027, 1, 18),
    ),
    date(2027, 1, 9),
)
EVENTS = (
    values.Event(datetime(2027, 1, 3, 10, 42, tzinfo=UTC), "Ruth Ellis proposed this"),
    values.Event(datetime(2027, 1, 9, 16, 5, tzinfo=UTC), "Dana Marsh offered other wording"),
)


def text(name: Any = "key", *, colour: bool = False) -> Any:
    """The section in one view."""
    shown = view(BASELINE, KNOWN, STANDING, name, "family")
    return render(shown, KNOWN, STANDING, DEFAULT, NUMBERS, places=PLACES, level=3, colour=colour)


def cards() -> tuple[values.Card, ...]:
    """Every proposal of the example beside its words."""
    everything = values.May(
        agree=True,
        disagree=True,
        counter=True,
        withdraw=True,
        panel=True,
        panel_decides=True,
        evidence=True,
        reason=True,
    )
    found = []
    for line in worded(BASELINE, KNOWN, STANDING, DEFAULT):
        record = KNOWN[line.key]
        ours = record.side == "family"
        found.append(
            values.Card(
                key=line.key,
                number=NUMBERS[line.key],
                side=record.side,
                side_name="Family" if ours else "Council",
                place=line.place,
                sentence=line.sentence,
                status=line.status,
                first="Ruth Ellis, parent, 3 January 2027" if ours else "Dana Marsh, case officer, 5 January 2027",
                last="Sam Ortiz, advocate, 9 January 2027" if ours else "",
                on_behalf="Ruth Ellis" if ours else "",
                reason="The report asks for a fixed time each week." if line.key == "family:a" else "",
                evidence=CITED if ours else (),
                confirmed=("Family: Ruth Ellis, 9 January 2027",) if line.status == "agreed" else (),
                not_agreed=("Council: Dana Marsh, 9 January 2027",) if line.status == "not agreed" else (),
                answers=NUMBERS.get(record.counters, ""),
                answer=answer(answered_words(KNOWN, line.key)),
                answers_older=bool(record.counters),
                next="the council says yes or no." if line.status == "proposed" else "",
                events=EVENTS,
                may=everything
                if line.status != "agreed"
                else values.May(why_not="This is agreed. If you change the words, it no longer is."),
                hash=HASH,
            )
        )
    return tuple(found)


CARDS = cards()
BEFORE = "Direct therapy as required, with a programme for the school to follow."
AFTER = "Direct therapy for 30 minutes each week, one to one, with a programme for the school to follow."
READS_AS = (
    values.ReadsAs("F1, What", BEFORE, AFTER, compared(BEFORE, AFTER)),
    values.ReadsAs("A provision after F2", "", "Handwriting", compared("", "Handwriting")),
    values.ReadsAs("F, list 1, entry 2", "A visual timetable.", "", compared("A visual timetable.", "")),
)
EARLIER = records(
    BASELINE,
    {
        "family": {"a": _text(WHAT, "as required", "30 minutes each week")},
        "authority": {"z": _text(WHAT, "Direct ", "")},
    },
)
CHANGES = render_changes(since(EARLIER, KNOWN), BASELINE, EARLIER, KNOWN, DEFAULT, NUMBERS)
CHANGED = (
    values.SectionChanges(
        "F",
        "Special educational provision",
        render_changes(
            since(EARLIER, KNOWN), BASELINE, EARLIER, KNOWN, DEFAULT, NUMBERS, there="/plans/5f0c7d0e/working/F"
        ),
    ),
)
ANSWERS = (
    values.Answer(
        "Sections in dispute",
        ("B, Special educational needs", "F, Special educational provision"),
        "sections",
        (("section-B", "yes"), ("section-F", "yes")),
    ),
    values.Answer("Appeal number", ("EH123/26/00041",), "appeal_number", (("appeal_number", "EH123/26/00041"),)),
    values.Answer("Date of the hearing", (), "hearing-day", ()),
)
TICKS = (
    opening.Tick("B", "Special educational needs", "The tribunal can order changes", ticked=True),
    opening.Tick("F", "Special educational provision", "The tribunal can order changes", ticked=True),
    opening.Tick("I", "Placement", "The tribunal can order changes"),
    opening.Tick("C", "Health needs", "The tribunal can recommend changes; the health body has to answer"),
)
PEOPLE = (
    opening.Candidate("p1", "Ruth Ellis, parent, for the family", ticked=True),
    opening.Candidate("p3", "Dana Marsh, case officer, for the council"),
)
WORD_ROWS = (
    word.WordRow("take-1", "F1, What", "Family proposes replacing words.", compared(BEFORE, AFTER)),
    word.WordRow("take-2", "F2, How often", "Family proposes adding words.", compared("Weekly", "Weekly, on Mondays")),
)
UNMARKED = (
    word.WordRow(
        "unmarked-1",
        "F1, Who delivers it",
        "“will” was replaced with “may”.",
        compared("A therapist will visit.", "A therapist may visit."),
        ticked=False,
    ),
)
