"""Every page of the working document with full values and with next to none: for their tests, and for looking at them.

The people, the appeal and the plan are made up. The text comes from the real renderers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from starlette.requests import Request

from sections.keys import DEFAULT
from sections.redline.baseline import freeze
from sections.redline.records import records
from sections.redline.register import Status
from sections.redline.views import answered_words, since, view
from sections.redline.worded import places, worded
from server import working_pages as pages
from server import working_values as values
from server.auth.keys import Keys
from server.documents.changes_html import answer, compared, render_changes
from server.documents.redline_html import render
from server.forms import Shown
from server.pages import Pages
from server.settings import Settings
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
        "children": [entry(paragraph("A quiet place to work.")), entry(paragraph("A visual timetable."))],
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
    values.VersionLine(2, date(2027, 1, 8), "Dana Marsh, case officer", 21, "ab12" * 16, DOWNLOADS[:2]),
    values.VersionLine(1, date(2026, 12, 4), "Ruth Ellis, parent", 19, "cd34" * 16, DOWNLOADS[:2]),
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
FILING = values.Deadline(date(2027, 1, 18), 8)
HEARING = values.Deadline(date(2027, 2, 2), 19)
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
        panel_decision=True,
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
    pages.ReadsAs("F1, What", BEFORE, AFTER, compared(BEFORE, AFTER)),
    pages.ReadsAs("A provision after F2", "", "Handwriting", compared("", "Handwriting")),
    pages.ReadsAs("F, list 1, entry 2", "A visual timetable.", "", compared("A visual timetable.", "")),
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
    pages.SectionChanges(
        "F",
        "Special educational provision",
        render_changes(
            since(EARLIER, KNOWN), BASELINE, EARLIER, KNOWN, DEFAULT, NUMBERS, there="/plans/5f0c7d0e/working/F"
        ),
    ),
)
ANSWERS = (
    pages.Answer(
        "Sections in dispute",
        ("B, Special educational needs", "F, Special educational provision"),
        "sections",
        (("section-B", "yes"), ("section-F", "yes")),
    ),
    pages.Answer("Appeal number", ("EH123/26/00041",), "appeal_number", (("appeal_number", "EH123/26/00041"),)),
    pages.Answer("Date of the hearing", (), "hearing-day", ()),
)
TICKS = (
    pages.Tick("B", "Special educational needs", "The tribunal can order changes", ticked=True),
    pages.Tick("F", "Special educational provision", "The tribunal can order changes", ticked=True),
    pages.Tick("I", "Placement", "The tribunal can order changes"),
    pages.Tick("C", "Health needs", "The tribunal can recommend changes; the health body has to answer"),
)
SIDES = (
    pages.SideAsked(
        "family",
        "Family",
        (pages.Candidate("p1", "Ruth Ellis, parent", ticked=True), pages.Candidate("p2", "Sam Ortiz, advocate")),
    ),
    pages.SideAsked("authority", "Council", (pages.Candidate("p3", "Dana Marsh, case officer", ticked=True),)),
)
WORD_ROWS = (
    pages.WordRow("take-1", "F1, What", "Family proposes replacing words.", compared(BEFORE, AFTER)),
    pages.WordRow("take-2", "F2, How often", "Family proposes adding words.", compared("Weekly", "Weekly, on Mondays")),
)
UNMARKED = (
    pages.WordRow(
        "unmarked-1",
        "F1, Who delivers it",
        "“will” was replaced with “may”.",
        compared("A therapist will visit.", "A therapist may visit."),
        ticked=False,
    ),
)


@dataclass(frozen=True)
class Example:
    """A page to draw: its template, and what it is given."""

    name: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


def _section(name: str, **more: Any) -> pages.SectionPage:
    shown: dict[str, Any] = {
        "plan": PLAN,
        "label": "F",
        "title": "Special educational provision",
        "appeal": "order",
        "version": "Working document 3 (draft)",
        "text": text("key"),
        "view": name,
        "cards": CARDS,
        "key": KEY,
        "sections": SECTIONS,
        "schema": 3,
        "filing": FILING,
        "pages": values.PageCount(22, 25),
    }
    return pages.SectionPage(**shown | more)


def _decide(act: Any, **more: Any) -> pages.Decide:
    shown: dict[str, Any] = {
        "plan": PLAN,
        "label": "F",
        "act": act,
        "cards": CARDS[:1],
        "readings": READS_AS[:1],
        "confirming": (
            pages.Confirming("Family", "Ruth Ellis", "Ruth Ellis, 9 January 2027"),
            pages.Confirming("Council", "Dana Marsh can say yes"),
        ),
        "next_step": "When the council has said yes too, the words are agreed and underlined.",
    }
    return pages.Decide(**shown | more)


EMPTY = values.SectionLine("F", "Special educational provision")
WRONG = {"errors": {"reason": "The reason must be 2000 characters or fewer"}, "values": Shown(reason="x")}
FORM: dict[str, Any] = {"values": Shown()}
EXAMPLES = (
    Example(
        "overview",
        "overview.html",
        {
            "page": pages.Overview(
                PLAN,
                "EH123/26/00041",
                HEARING,
                FILING,
                (
                    values.Speaker("Family", ("Ruth Ellis, parent",)),
                    values.Speaker("Council", ("Dana Marsh, case officer",)),
                ),
                values.PageCount(23, 25),
                SECTIONS,
                OTHERS,
                VERSIONS,
                "send the working document to the tribunal by 18 January 2027.",
                DOWNLOADS,
                mine="private",
                theirs="private",
                may_freeze=True,
                may_turn=True,
                may_take_word=True,
                may_close=True,
            )
        },
    ),
    Example(
        "overview-empty",
        "overview.html",
        {
            "page": pages.Overview(
                PLAN,
                "",
                None,
                values.Deadline(date(2027, 1, 18), None),
                (values.Speaker("Family", ()),),
                None,
                (),
                (),
                (),
                "name the sections in dispute.",
            )
        },
    ),
    Example("section", "section.html", {"page": _section("key")}),
    Example(
        "section-colour",
        "section.html",
        {"page": _section("key", colour=True, text=text(colour=True), mine="private", theirs="private")},
    ),
    Example("section-ours", "section.html", {"page": _section("ours", text=text("ours"))}),
    Example(
        "section-disputed",
        "section.html",
        {"page": _section("disputed", text=text("disputed"), pages=values.PageCount(26, 25))},
    ),
    Example("section-since", "section.html", {"page": _section("since", text=CHANGES)}),
    Example(
        "section-empty",
        "section.html",
        {
            "page": _section(
                "since",
                text=values.NOTHING,
                cards=(),
                sections=(EMPTY,),
                filing=None,
                pages=None,
                why_not="You can read this. Only the two sides propose changes.",
            )
        },
    ),
    Example("list", "list.html", {"page": pages.ListPage(PLAN, "F", "Special educational provision", CARDS, SECTIONS)}),
    Example(
        "list-empty", "list.html", {"page": pages.ListPage(PLAN, "F", "Special educational provision", (), (), "open")}
    ),
    Example("decide-agree", "decide.html", {"page": _decide("agree"), **FORM}),
    Example("decide-group", "decide.html", {"page": _decide("disagree", cards=CARDS[:2], readings=READS_AS), **WRONG}),
    Example(
        "decide-refused",
        "decide.html",
        {
            "page": _decide(
                "agree",
                readings=(),
                confirming=(),
                refused="The wording has changed since you looked. Read it again, then decide.",
            ),
            **FORM,
        },
    ),
    *(
        Example(f"decide-{act}", "decide.html", {"page": _decide(act), **FORM})
        for act in ("withdraw", "panel", "panel-approved", "panel-declined")
    ),
    Example(
        "evidence",
        "evidence.html",
        {
            "page": pages.ForOne(PLAN, "F", next(one for one in CARDS if one.evidence)),
            **FORM,
            "errors": {"document": "Enter the name of the document", "dated-day": "The date must include a year"},
        },
    ),
    Example(
        "evidence-empty",
        "evidence.html",
        {"page": pages.ForOne(PLAN, "F", next(one for one in CARDS if not one.evidence)), **FORM},
    ),
    Example("reason", "reason.html", {"page": pages.ForOne(PLAN, "F", CARDS[0]), **WRONG}),
    Example(
        "open",
        "open.html",
        {
            "page": pages.Open(PLAN, TICKS, SIDES),
            "values": Shown(appeal_number="EH1"),
            "errors": {
                "sections": "Tick at least one section",
                "hearing-day": "The date of the hearing must be a real date, like 27 3 2026",
                "speaks-family": "Tick at least one person",
            },
        },
    ),
    Example(
        "open-empty", "open.html", {"page": pages.Open(PLAN, TICKS, (pages.SideAsked("family", "Family", ()),)), **FORM}
    ),
    Example(
        "open-check",
        "open_check.html",
        {"page": pages.OpenCheck(PLAN, ANSWERS, ("The plan stays in force.", "Ruth Ellis and Dana Marsh are told."))},
    ),
    Example(
        "close",
        "close.html",
        {
            "page": pages.Close(
                PLAN,
                (
                    pages.OrderSection(
                        "F",
                        "Special educational provision",
                        "order",
                        (pages.ToOrder("order-1", CARDS[1], BEFORE), pages.ToOrder("order-2", CARDS[2], "")),
                        2,
                    ),
                    pages.OrderSection("C", "Health needs", "recommendation", (), 0),
                ),
            ),
            "values": Shown(),
            "errors": {"how": "Say how the appeal ended", "order-1": "Say what became of F-1"},
        },
    ),
    Example("close-empty", "close.html", {"page": pages.Close(PLAN, ()), **FORM}),
    Example(
        "close-check",
        "close_check.html",
        {"page": pages.CloseCheck(PLAN, ANSWERS, READS_AS, (), HASH, date(2027, 3, 16))},
    ),
    Example(
        "close-differs",
        "close_check.html",
        {
            "page": pages.CloseCheck(
                PLAN, ANSWERS, (), (pages.Difference("F1, What", compared(BEFORE, AFTER)),), HASH, None
            )
        },
    ),
    Example(
        "closed",
        "closed.html",
        {
            "page": pages.Closed(
                PLAN,
                "EH123/26/00041",
                date(2027, 2, 9),
                "The tribunal made an order.",
                "Dana Marsh, case officer",
                date(2027, 3, 16),
                VERSIONS,
                HASH,
            )
        },
    ),
    Example(
        "closed-empty",
        "closed.html",
        {
            "page": pages.Closed(
                PLAN, "", date(2027, 2, 9), "The appeal was withdrawn.", "Dana Marsh, case officer", None, ()
            )
        },
    ),
    Example(
        "versions",
        "versions.html",
        {"page": pages.Versions(PLAN, VERSIONS, may_freeze=True, pages=values.PageCount(27, 25))},
    ),
    Example("versions-empty", "versions.html", {"page": pages.Versions(PLAN, (), may_freeze=True)}),
    Example("version", "version.html", {"page": pages.VersionPage(PLAN, VERSIONS[0], CHANGED, 1, 25, newest=False)}),
    Example("version-first", "version.html", {"page": pages.VersionPage(PLAN, VERSIONS[1], (), None, 25, newest=True)}),
    Example(
        "schedule",
        "schedule.html",
        {
            "page": pages.Schedule(
                PLAN,
                "EH123/26/00041",
                date(2027, 1, 9),
                (
                    pages.ScheduleSection(
                        "F",
                        "Special educational provision",
                        "order",
                        (
                            pages.ScheduleRow(
                                "F-1, C-6",
                                "F1, What",
                                BEFORE,
                                AFTER,
                                "Direct therapy for up to 30 minutes each week, where possible.",
                                tuple(one.citation for one in CITED),
                                "Answered",
                            ),
                            pages.ScheduleRow("F-4", "After F2", "", "Handwriting", "", (), "Proposed"),
                        ),
                    ),
                ),
            )
        },
    ),
    Example("schedule-empty", "schedule.html", {"page": pages.Schedule(PLAN, "", date(2027, 1, 9), ())}),
    Example(
        "word-upload",
        "word_upload.html",
        {"page": pages.WordUpload(PLAN, VERSIONS[0], 10, "Family"), "errors": {"file": "Choose a Word file"}},
    ),
    Example("word-upload-empty", "word_upload.html", {"page": pages.WordUpload(PLAN, None, 10, "Family")}),
    Example(
        "word-review",
        "word_review.html",
        {
            "page": pages.WordReview(
                PLAN,
                "u1",
                "EH123-26-00041 WD2.docx",
                2,
                WORD_ROWS,
                UNMARKED,
                ("See attached.",),
                ("There are 3 comments in the file. They were not read.",),
            )
        },
    ),
    Example(
        "word-review-empty", "word_review.html", {"page": pages.WordReview(PLAN, "u1", "x.docx", None, (), (), ())}
    ),
    Example("turn-private", "turn.html", {"page": pages.TurnPage(PLAN, "private", "the council")}),
    Example("turn-send", "turn.html", {"page": pages.TurnPage(PLAN, "send", "the council", CHANGED, theirs="private")}),
    Example("turn-send-empty", "turn.html", {"page": pages.TurnPage(PLAN, "send", "the council")}),
    Example("turn-live", "turn.html", {"page": pages.TurnPage(PLAN, "live", "the family")}),
)

_SETTINGS = Settings(demo=True)
_STATE = SimpleNamespace(keys=Keys(b"only for tests, never for a server, 32 bytes"), settings=_SETTINGS)


def html(example: Example) -> str:
    """The page as a browser gets it, for somebody who has signed in."""
    signed_in = SimpleNamespace(name="Ruth Ellis", person_id="p1")
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "app": SimpleNamespace(state=_STATE)}
    request = Request(scope | {"state": {"signed_in": signed_in}})
    return Pages(_SETTINGS).html(request, f"working/{example.template}", dict(example.context))
