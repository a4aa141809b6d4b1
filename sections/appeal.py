"""An appeal to the tribunal: what can be appealed, whether its facts can stand, and how it is cited and filed.

The words and limits are data in ``appeal.toml``, read once at import. What cannot stand is a value: the field and a
sentence. Pure: today comes in as an argument. Anybody may import this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sections.catalogue import LABELS, BadRules, edition_of, rules_file
from sections.facts import AppealFacts
from sections.tribunal_clock import FIRST_YEAR, LAST_YEAR
from sections.words import day_in_words, listed

Outcome = Literal["order", "recommendation", "no"]
PageState = Literal["within", "near", "full", "over", "unlimited"]


def _labels(rules: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sections the tribunal can order, and those it can only recommend on."""
    named = [*rules["order"], *rules["recommendation"]]
    if len(set(named)) != len(named) or not set(named) <= set(LABELS):
        raise BadRules("appeal.toml: a section is named twice or does not exist")
    return tuple(rules["order"]), tuple(rules["recommendation"])


_RULES = rules_file("appeal.toml")
_SAY: dict[str, str] = _RULES["problems"]
_PAGES: dict[str, Any] = _RULES["pages"]
_EVIDENCE: dict[str, Any] = _RULES["evidence"]

EDITION = edition_of(_RULES)
ORDERED, RECOMMENDED = _labels(_RULES["sections"])
APPEALABLE: tuple[str, ...] = tuple(label for label in LABELS if label in (*ORDERED, *RECOMMENDED))
PAGE_LIMIT: int = _PAGES["limit"]
PAGE_LIMIT_FROM: date = _PAGES["from"]
PAGE_LIMIT_SOURCE: str = _PAGES["source"]
FONT_POINTS: int = _PAGES["points"]
NUMBER_EXAMPLE: str = _RULES["number"]["example"]

_NUMBER = re.compile(r"(EH[0-9]{3})[/-]([0-9]{2})[/-]([0-9]{5})", re.ASCII)
_PAGE = re.compile(r"[A-Za-z]{0,3}[0-9]{1,4}(?:-[A-Za-z]{0,3}[0-9]{1,4})?", re.ASCII)
_PARAGRAPH = re.compile(r"[A-Za-z]?[0-9]{1,4}(?:\.[0-9]{1,3}){0,4}(?:\([a-z0-9]{1,4}\)){0,3}", re.ASCII)
_PARTIES = {"family": "Family", "authority": "Council"}
_MOST: int = _EVIDENCE["most"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something entered that cannot stand: the field it is in, and what to do about it."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PageStatus:
    """How long a working document is, against the limit there is for it, in words."""

    pages: int
    limit: int | None
    state: PageState
    sentence: str


def outcome(section: str) -> Outcome:
    """What the tribunal can do about a section: order changes, recommend them, or nothing."""
    return "order" if section in ORDERED else "recommendation" if section in RECOMMENDED else "no"


def outcome_hint(section: str) -> str:
    """The same as a sentence for whoever chooses the sections of an appeal."""
    found = outcome(section)
    if found == "no":
        return _SAY["section_no_appeal"].format(section=section)
    return str(_RULES["sections"][f"{found}_hint"])


def appeal_number(text: str) -> str | None:
    """The appeal number as the tribunal writes it, ``EH123/26/00041``; None for what is no such number."""
    found = _NUMBER.fullmatch("".join(text.split()).upper())
    return None if found is None else "/".join(found.groups())


def check_appeal(appeal: AppealFacts, *, today: date) -> tuple[Problem, ...]:
    """Everything about an appeal that cannot stand, field by field; empty when it can be opened."""
    found = [*_number_problems(appeal.number), *_section_problems(appeal.sections)]
    days = {name: getattr(appeal, name) for name in ("sent_on", "filing_on", "hearing_on", "ordered_on")}
    beyond = [name for name, day in days.items() if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR]
    bounds = {"first": day_in_words(date(FIRST_YEAR, 1, 1)), "last": day_in_words(date(LAST_YEAR, 12, 31))}
    found += [Problem(name, _SAY["date_unknown"].format(**bounds)) for name in beyond]
    known = {name: day for name, day in days.items() if day is not None and name not in beyond}
    found += [Problem(name, _SAY[key]) for name, key in _date_problems(known, today)]
    return tuple(found)


def _number_problems(number: str) -> list[Problem]:
    if not number.strip():
        return [Problem("appeal_number", _SAY["number_missing"].format(example=NUMBER_EXAMPLE))]
    if appeal_number(number) is None:
        return [Problem("appeal_number", _SAY["number_wrong"].format(example=NUMBER_EXAMPLE))]
    return []


def _section_problems(sections: tuple[str, ...]) -> list[Problem]:
    if not sections:
        return [Problem("sections", _SAY["sections_missing"])]
    found: list[Problem] = []
    for section in dict.fromkeys(sections):
        key = "section_unknown" if section not in LABELS else "section_no_appeal" if outcome(section) == "no" else ""
        if key:
            found.append(Problem("sections", _SAY[key].format(section=section)))
        if sections.count(section) > 1:
            found.append(Problem("sections", _SAY["section_twice"].format(section=section)))
    alone = [label for label in APPEALABLE if label in sections]
    if alone and not set(alone) & set(ORDERED):
        them = "it" if len(alone) == 1 else "them"
        what = f"Section{'' if len(alone) == 1 else 's'} {listed(alone)}"
        found.append(Problem("sections", _SAY["section_alone"].format(sections=what, them=them)))
    return found


def _date_problems(days: dict[str, date], today: date) -> list[tuple[str, str]]:
    sent, filing = days.get("sent_on"), days.get("filing_on")
    hearing, ordered = days.get("hearing_on"), days.get("ordered_on")
    found: list[tuple[str, str]] = []
    if sent is not None and sent > today:
        found.append(("sent_on", "sent_in_future"))
    if ordered is not None and ordered > today:
        found.append(("ordered_on", "ordered_in_future"))
    if sent is not None and filing is not None and filing <= sent:
        found.append(("filing_on", "filing_before_sent"))
    if sent is not None and hearing is not None and hearing <= sent:
        found.append(("hearing_on", "hearing_before_sent"))
    if sent is not None and ordered is not None and ordered <= sent:
        found.append(("ordered_on", "ordered_before_sent"))
    if filing is not None and hearing is not None and filing >= hearing:
        found.append(("filing_on", "filing_after_hearing"))
    return found


def page_status(pages: int, hearing_on: date | None) -> PageStatus:
    """How a page count stands against the limit; without a hearing date the limit is taken to apply."""
    if hearing_on is not None and hearing_on <= PAGE_LIMIT_FROM:
        state: PageState = "unlimited"
    elif pages >= PAGE_LIMIT:
        state = "over" if pages > PAGE_LIMIT else "full"
    else:
        state = "near" if pages >= _PAGES["near_from"] else "within"
    said = _PAGES[state].format(
        pages=pages,
        length="1 page" if pages == 1 else f"{pages} pages",
        limit=PAGE_LIMIT,
        over=pages - PAGE_LIMIT,
        since=day_in_words(PAGE_LIMIT_FROM),
    )
    return PageStatus(pages, None if state == "unlimited" else PAGE_LIMIT, state, said)


def citation(document: str, author: str, role: str, dated: date | None, page: str, paragraph: str = "") -> str:
    """Where evidence is, as a footnote says it: ``Smith, educational psychologist, 28 February 2026, p. 1, para. 5``.

    What is not known is left out; a document without a known author is named itself.
    """
    said = [author.strip() or document.strip(), role.strip(), day_in_words(dated) if dated else ""]
    if page.strip():
        said.append(f"{'pp.' if '-' in page else 'p.'} {page.strip()}")
    if paragraph.strip():
        said.append(f"para. {paragraph.strip()}")
    return ", ".join(part for part in said if part)


def check_evidence(
    document: str, author: str, role: str, dated: date | None, page: str, paragraph: str, *, today: date
) -> tuple[Problem, ...]:
    """Everything about a piece of evidence that cannot stand, field by field; only the paragraph may be left out."""
    found: list[Problem] = []
    for name, value in (("document", document), ("author", author), ("role", role)):
        if not value.strip():
            found.append(Problem(name, _SAY["evidence_missing"].format(what=_EVIDENCE[name])))
        elif len(value) > _MOST:
            found.append(Problem(name, _SAY["evidence_long"].format(most=_MOST)))
        elif not value.strip().isprintable():
            found.append(Problem(name, _SAY["evidence_line"]))
    if dated is None:
        found.append(Problem("dated", _SAY["evidence_missing"].format(what=_EVIDENCE["dated"])))
    elif dated > today:
        found.append(Problem("dated", _SAY["dated_in_future"]))
    if not page.strip():
        found.append(Problem("page", _SAY["evidence_missing"].format(what=_EVIDENCE["page"])))
    elif _PAGE.fullmatch(page.strip()) is None:
        found.append(Problem("page", _SAY["page_wrong"]))
    if paragraph.strip() and _PARAGRAPH.fullmatch(paragraph.strip()) is None:
        found.append(Problem("paragraph", _SAY["paragraph_wrong"]))
    return tuple(found)


def file_name(number: str, version: int | None, on: date, party: str, ending: str = "docx") -> str:
    """What a copy is called: ``EH123-26-00041 WD3 2026-11-22 Family.docx``; ``WD draft`` when it is no version yet."""
    case = "-".join(re.findall("[A-Za-z0-9]+", number)) or "EH"
    name = f"WD{version}" if version is not None else "WD draft"
    return f"{case} {name} {on.isoformat()} {_PARTIES.get(party, 'Copy')}.{ending}"
