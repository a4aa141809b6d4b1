"""The second example is a whole, lawful, final plan in plain words, with nobody real in it, whenever it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crdt.blocks import canonical, inline_text, is_empty, items, plain_text, words
from crdt.compose import to_update
from crdt.gate import check
from crdt.ledger import Accepted, Ledger
from crdt.replica import Replica
from sections import example
from sections.catalogue import LABELS, section
from sections.clock import months_later
from sections.example_appeal import load
from sections.redline.baseline import freeze, thaw
from sections.redline.views import wordings
from sections.rights import check_standing
from sections.words import day_in_words
from tests.sections.check_example_appeal import LAYERS, PLAN, TODAY
from tests.sections.check_example_words import vague

SENTENCE_END = re.compile(r"(?<=[.!?])[”)]*\s+|[.!?][”)]*$|\n")
CAPITAL = re.compile(r"(?<=[\w,;”)] )[“(]?([A-ZÀ-Ý][\w’'-]*)")
EVIDENCE = re.compile(
    r"\((?P<letter>[a-f])\) (?P<author>[^,;()]+), (?P<date>\d+ \w+ \d+), pages? (?P<pages>\d[\d and]*)"
)
NAMES = {"Zoë", "Zoë's", "Nadia", "Nadia's", "Biscuit", "Paper", "Lantern", "Primary", "School", "Copper", "Kite"}
NOT_NAMES = {"I", "SENCO", "OK", "She", "Act", "Saturday", "Saturdays", "B6", "F", "D", "H1", "Health", "Care"}
NOT_NAMES |= {"Professions", "Council", "Year", "The", "B"}
MONTHS = {day_in_words(date(2026, month, 1)).split()[1] for month in range(1, 13)}
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


def nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tree and every element below it."""
    yield tree
    for child in tree["children"]:
        if "text" not in child:
            yield from nodes(child)


def passages() -> Iterator[str]:
    """Everything a person reads: the plan, the new words, the reasons."""
    for tree in PLAN.sections.values():
        for node in nodes(tree):
            if node["type"] in ("paragraph", "field", "title", "heading"):
                yield inline_text(node)
    for known in LAYERS.values():
        for record in known.values():
            yield from wordings(record).values()
    yield from (act.reason for act in PLAN.acts if act.reason)


def test_the_plan_has_all_twelve_sections_and_every_one_says_something() -> None:
    assert list(LABELS) == list(PLAN.sections)
    assert [] == [label for label, tree in PLAN.sections.items() if is_empty(tree)]
    assert 1_500 <= sum(words(tree) for tree in PLAN.sections.values()) <= 3_500


@pytest.mark.parametrize("label", LABELS)
def test_every_section_can_be_seeded_and_frozen_and_reads_back_the_same(label: str) -> None:
    tree = PLAN.sections[label]
    update = to_update(tree, 7)
    replica = Replica()
    replica.apply(update)

    assert canonical(tree) == tree == replica.tree()
    assert isinstance(check(update, Ledger(), "the server"), Accepted)
    assert tree == thaw(freeze(tree, label, 1))


def test_every_need_has_provision_and_every_link_leads_somewhere() -> None:
    found = {label: items(tree) for label, tree in PLAN.sections.items()}
    home = {item.id: label for label, inside in found.items() for item in inside}
    ids = [item.id for inside in found.values() for item in inside]
    first = [item.id for tree in example.load().sections.values() for item in items(tree)]
    met = {ref for label in ("F", "G", "H1") for item in found[label] for ref in item.refs}

    assert len(ids) == len(set(ids))
    assert set() == set(ids) & set(first)
    assert [] == [item.title for label in "BCD" for item in found[label] if item.id not in met]
    for label, inside in found.items():
        for item in inside:
            assert section(label).items == item.kind
            assert {home[ref] for ref in item.refs} <= set(section(label).links_to)


def test_every_evidence_line_is_a_page_of_a_document_in_section_k() -> None:
    table = next(node for node in nodes(PLAN.sections["K"]) if node["type"] == "table")
    rows = [[inline_text(cell["children"][0]) for cell in row["children"]] for row in table["children"][1:]]
    listed = {row[0].strip("()"): row for row in rows}
    used = set()
    for label in "BCDEFG":
        for line in re.findall(r"Evidence: (.*)", plain_text(PLAN.sections[label])):
            found = list(EVIDENCE.finditer(line))
            assert line.count(" page") == len(found) > 0
            for one in found:
                row = listed[one["letter"]]
                assert (one["author"].lower(), one["date"]) == (row[1].lower(), row[3])
                assert max(int(page) for page in re.findall(r"\d+", one["pages"])) <= int(row[4])
                used.add(one["letter"])

    assert set(listed) == used


def test_section_i_names_the_invented_school_alone() -> None:
    text = plain_text(PLAN.sections["I"])

    assert ["Paper Lantern Primary School"] == re.findall(r"[A-Z]\w+(?: [A-Z]\w+)* School", text)
    assert "Type: a mainstream primary school." in text
    assert ["I", "K"] == [label for label, tree in PLAN.sections.items() if "Paper Lantern" in plain_text(tree)]


def test_nobody_and_nowhere_real_is_named() -> None:
    allowed = NAMES | NOT_NAMES | MONTHS
    seen = {name for passage in passages() for name in CAPITAL.findall(passage)}
    told = {word for person in PLAN.people for word in CAPITAL.findall(person.story)}

    assert ["London"] == CAPITAL.findall("Zoë lives in London.")
    assert set() == seen - allowed
    assert set() == told - allowed
    assert all(re.fullmatch(r"[a-z.]+@example\.org", person.email) for person in PLAN.people)
    assert "Example Council" == PLAN.facts.council


def test_sentences_are_short_enough_to_follow() -> None:
    lengths = [
        len(part.split())
        for passage in passages()
        for part in SENTENCE_END.split(passage.partition("Evidence:")[0])
        if part and part.split()
    ]

    assert sum(lengths) / len(lengths) < 18
    assert max(lengths) <= 30


def test_the_plan_is_vague_where_the_family_says_so_and_the_family_is_not() -> None:
    theirs = {
        side: [
            said for key, record in LAYERS["F"].items() if key.startswith(side) for said in wordings(record).values()
        ]
        for side in ("family", "authority")
    }

    assert len(vague(plain_text(PLAN.sections["F"]))) >= 8
    assert [] == [found for said in theirs["family"] for found in vague(said)]
    assert ["discretion: where possible"] == [found for said in theirs["authority"] for found in vague(said)]


def test_people_of_both_examples_are_the_same_people_and_the_family_is_another() -> None:
    first = {person.email: person for person in example.load().people}
    again = [person for person in PLAN.people if person.email in first]

    assert ["bridget", "dev", "marcus", "ruth", "joy"] == [person.key for person in again]
    assert all((person.name, person.role) == (first[person.email].name, first[person.email].role) for person in again)
    assert ["nadia"] == [person.key for person in PLAN.people if person.email not in first]
    assert all(check_standing(person.role, person.party, person.acts_for).allowed for person in PLAN.people)
    assert "Zoë" == PLAN.facts.child != example.load().facts.child
    assert PLAN.facts.reference != example.load().facts.reference


def test_each_side_is_spoken_for_by_its_own_people() -> None:
    party = {person.key: person.party for person in PLAN.people}

    assert {"family", "authority"} == set(PLAN.appeal.speakers)
    for side, keys in PLAN.appeal.speakers.items():
        assert {side} == {party[key] for key in keys}
    assert (("B", "F", "I"), ("G",)) == (PLAN.appeal.order, PLAN.appeal.recommendation)
    assert ("B", "F", "G", "I") == PLAN.appeal.disputed == tuple(PLAN.layers)
    for label in PLAN.appeal.disputed:
        assert "Cannot" not in section(label).appeal
    assert re.fullmatch(r"EH\d{3}/\d{2}/\d{5}", PLAN.appeal.number)


@given(DAYS)
def test_the_dates_fit_the_law_on_whatever_day_the_example_is_made(today: date) -> None:
    plan = load(today)
    facts, appeal = plan.facts, plan.appeal

    assert facts.request_received_on < facts.meeting_on < facts.draft_served_on
    assert timedelta(days=15) <= facts.finalised_on - facts.draft_served_on
    assert facts.finalised_on <= facts.request_received_on + timedelta(weeks=20)
    assert facts.finalised_on < appeal.lodged_on < months_later(facts.finalised_on, 2)
    assert appeal.lodged_on < appeal.opened_on < today < appeal.filing_on < appeal.hearing_on
    assert timedelta(days=18) <= appeal.hearing_on - appeal.filing_on
    assert all(day.weekday() < 5 for day in (facts.finalised_on, appeal.filing_on, appeal.hearing_on))


@given(DAYS)
def test_everything_was_done_in_order_before_today_and_after_the_appeal_was_opened(today: date) -> None:
    plan = load(today)
    times = [act.at for act in plan.acts]
    papers = [act.evidence for act in plan.acts if act.evidence]

    assert sorted(set(times)) == times
    assert times[-1] < datetime.combine(today, time(0), tzinfo=times[-1].tzinfo)
    assert times[0].date() == plan.appeal.opened_on
    assert all(paper.dated < times[0].date() for paper in papers)
    assert all(at.weekday() < 5 for at in times)


def test_each_load_is_a_fresh_copy() -> None:
    spoilt = load(TODAY)
    spoilt.sections["A"]["children"].clear()
    for side in spoilt.layers["F"].values():
        for fields in side.values():
            fields.clear()

    assert load(TODAY).sections == PLAN.sections
    assert load(TODAY).layers == PLAN.layers
    assert load(TODAY).acts == PLAN.acts
