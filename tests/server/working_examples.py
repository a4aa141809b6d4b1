"""Every page of the working document with full values and with next to none: to test them and to look at them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

from starlette.requests import Request

from sections.appeal import page_status
from server import working_values as values
from server.auth.keys import Keys
from server.documents.changes_html import compared
from server.forms import Shown
from server.pages import Pages
from server.settings import Settings
from server.working_pages import deciding, ending, opening, reading, versions, word
from tests.server.working_made import (
    AFTER,
    ANSWERS,
    BEFORE,
    CARDS,
    CHANGED,
    CHANGES,
    CITED,
    DATES,
    DOWNLOADS,
    FILING,
    HASH,
    HEARING,
    KEY,
    OTHERS,
    PEOPLE,
    PLAN,
    READS_AS,
    SECTIONS,
    TICKS,
    UNMARKED,
    VERSIONS,
    WORD_ROWS,
    text,
)


@dataclass(frozen=True)
class Example:
    """A page to draw: its template, and what it is given."""

    name: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


def _section(name: str, **more: Any) -> reading.SectionPage:
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
        "pages": page_status(22, None),
        "may_look": True,
    }
    return reading.SectionPage(**shown | more)


def _decide(act: Any, **more: Any) -> deciding.Decide:
    shown: dict[str, Any] = {
        "plan": PLAN,
        "label": "F",
        "act": act,
        "cards": CARDS[:1],
        "readings": READS_AS[:1],
        "confirming": (
            deciding.Confirming("Family", "Ruth Ellis", "Ruth Ellis, 9 January 2027"),
            deciding.Confirming("Council", "Dana Marsh can say yes"),
        ),
        "next_step": "When the council has said yes too, the words are agreed and underlined.",
    }
    return deciding.Decide(**shown | more)


EMPTY = values.SectionLine("F", "Special educational provision")
WRONG = {"errors": {"reason": "The reason must be 2000 characters or fewer"}, "values": Shown(reason="x")}
ASKED = (ending.ToOrder("order-1", CARDS[1], BEFORE), ending.ToOrder("order-2", CARDS[2], ""))
FORM: dict[str, Any] = {"values": Shown()}
EXAMPLES = (
    Example(
        "overview",
        "overview.html",
        {
            "page": reading.Overview(
                PLAN,
                "EH123/26/00041",
                HEARING,
                FILING,
                (
                    values.Speaker("Family", ("Ruth Ellis, parent",)),
                    values.Speaker("Council", ("Dana Marsh, case officer",)),
                ),
                page_status(23, None),
                SECTIONS,
                OTHERS,
                VERSIONS,
                "send the working document to the tribunal by 18 January 2027.",
                downloads=DOWNLOADS,
                private=True,
                dates=DATES,
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
            "page": reading.Overview(
                PLAN,
                "",
                None,
                values.Deadline(date(2027, 1, 18)),
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
        {"page": _section("key", colour=True, text=text(colour=True), private=True)},
    ),
    Example("section-ours", "section.html", {"page": _section("ours", text=text("ours"))}),
    Example(
        "section-disputed",
        "section.html",
        {"page": _section("disputed", text=text("disputed"), pages=page_status(26, None))},
    ),
    Example("section-observer", "section.html", {"page": _section("theirs", text=text("theirs"), may_look=False)}),
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
    Example(
        "list", "list.html", {"page": reading.ListPage(PLAN, "F", "Special educational provision", CARDS, SECTIONS)}
    ),
    Example(
        "list-empty",
        "list.html",
        {"page": reading.ListPage(PLAN, "F", "Special educational provision", (), (), "open")},
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
            "page": deciding.ForOne(PLAN, "F", next(one for one in CARDS if one.evidence)),
            **FORM,
            "errors": {"document": "Enter the name of the document", "dated-day": "The date must include a year"},
        },
    ),
    Example(
        "evidence-empty",
        "evidence.html",
        {"page": deciding.ForOne(PLAN, "F", next(one for one in CARDS if not one.evidence)), **FORM},
    ),
    Example("reason", "reason.html", {"page": deciding.ForOne(PLAN, "F", CARDS[0]), **WRONG}),
    Example(
        "open",
        "open.html",
        {
            "page": opening.Open(PLAN, TICKS, PEOPLE),
            "values": Shown(appeal_number="EH1"),
            "errors": {
                "sections": "Tick at least one section",
                "hearing_on-day": "The date of the hearing must be a real date, like 27 3 2026",
                "speakers": "Select who speaks for the council.",
            },
        },
    ),
    Example("open-empty", "open.html", {"page": opening.Open(PLAN, TICKS, ()), **FORM}),
    Example(
        "open-change",
        "open.html",
        {
            "page": opening.Open(
                PLAN, (dataclasses.replace(TICKS[0], fixed=True), *TICKS[1:]), PEOPLE, changing="EH123/26/00041"
            ),
            **FORM,
        },
    ),
    Example(
        "open-check",
        "open_check.html",
        {"page": opening.OpenCheck(PLAN, ANSWERS, ("The plan stays in force.", "Ruth Ellis and Dana Marsh are told."))},
    ),
    Example(
        "close",
        "close.html",
        {
            "page": ending.Close(
                PLAN,
                (
                    ending.OrderSection(
                        "F",
                        "Special educational provision",
                        "order",
                        ASKED,
                        2,
                        (ASKED,),
                    ),
                    ending.OrderSection("C", "Health needs", "recommendation", (), 0),
                ),
            ),
            "values": Shown(),
            "errors": {"how": "Say how the appeal ended", "order-1": "Say what became of F-1"},
        },
    ),
    Example("close-empty", "close.html", {"page": ending.Close(PLAN, ()), **FORM}),
    Example(
        "close-check",
        "close_check.html",
        {"page": ending.CloseCheck(PLAN, ANSWERS, READS_AS, (), HASH, date(2027, 3, 16))},
    ),
    Example(
        "close-blocked",
        "close_check.html",
        {"page": ending.CloseCheck(PLAN, ANSWERS, (), (), HASH, None, blocked=("Not decided yet: F-1.",))},
    ),
    Example(
        "close-differs",
        "close_check.html",
        {
            "page": ending.CloseCheck(
                PLAN, ANSWERS, (), (ending.Difference("F1, What", compared(BEFORE, AFTER)),), HASH, None
            )
        },
    ),
    Example(
        "closed",
        "closed.html",
        {
            "page": ending.Closed(
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
            "page": ending.Closed(
                PLAN, "", date(2027, 2, 9), "The appeal was withdrawn.", "Dana Marsh, case officer", None, ()
            )
        },
    ),
    Example(
        "versions",
        "versions.html",
        {"page": versions.Versions(PLAN, VERSIONS, may_freeze=True, pages=page_status(27, None))},
    ),
    Example("versions-empty", "versions.html", {"page": versions.Versions(PLAN, (), may_freeze=True)}),
    Example("version", "version.html", {"page": versions.VersionPage(PLAN, VERSIONS[0], CHANGED, 1, 25, newest=False)}),
    Example(
        "version-first",
        "version.html",
        {"page": versions.VersionPage(PLAN, VERSIONS[1], (), None, None, newest=True, may_file=True)},
    ),
    Example(
        "schedule",
        "schedule.html",
        {
            "page": versions.Schedule(
                PLAN,
                "EH123/26/00041",
                date(2027, 1, 9),
                (
                    versions.ScheduleSection(
                        "F",
                        "Special educational provision",
                        "order",
                        (
                            versions.ScheduleRow(
                                "F-1, C-6",
                                "F1, What",
                                BEFORE,
                                AFTER,
                                "Direct therapy for up to 30 minutes each week, where possible.",
                                tuple(one.citation for one in CITED),
                                "Answered",
                            ),
                            versions.ScheduleRow("F-4", "After F2", "", "Handwriting", "", (), "Proposed"),
                        ),
                    ),
                ),
            )
        },
    ),
    Example("schedule-empty", "schedule.html", {"page": versions.Schedule(PLAN, "", date(2027, 1, 9), ())}),
    Example(
        "word-upload",
        "word_upload.html",
        {"page": word.WordUpload(PLAN, VERSIONS[0], 10, "Family"), "errors": {"file": "Choose a Word file"}},
    ),
    Example("word-upload-empty", "word_upload.html", {"page": word.WordUpload(PLAN, None, 10, "Family")}),
    Example(
        "word-review",
        "word_review.html",
        {
            "page": word.WordReview(
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
    Example("word-review-empty", "word_review.html", {"page": word.WordReview(PLAN, "u1", "x.docx", None, (), (), ())}),
    Example("turn-private", "turn.html", {"page": deciding.TurnPage(PLAN, "private", "the council")}),
    Example("turn-send", "turn.html", {"page": deciding.TurnPage(PLAN, "send", "the council", CHANGED)}),
    Example("turn-send-empty", "turn.html", {"page": deciding.TurnPage(PLAN, "send", "the council")}),
)

_SETTINGS = Settings(demo=True)
_STATE = SimpleNamespace(keys=Keys(b"only for tests, never for a server, 32 bytes"), settings=_SETTINGS)


def html(example: Example) -> str:
    """The page as a browser gets it, for somebody who has signed in."""
    signed_in = SimpleNamespace(name="Ruth Ellis", person_id="p1")
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "app": SimpleNamespace(state=_STATE)}
    request = Request(scope | {"state": {"signed_in": signed_in}})
    return Pages(_SETTINGS).html(request, f"working/{example.template}", dict(example.context))
