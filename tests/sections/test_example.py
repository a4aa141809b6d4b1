"""The worked example is whole, lawful, specific and shaped as the schema says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from crdt.blocks import Item, canonical, inline_text, is_empty, items, plain_text, words
from crdt.schema import SCHEMA
from sections.catalogue import LABELS, section
from sections.example import load
from sections.example.blocks import inline
from sections.rights import check_standing
from tests.sections.check_example_words import PLACEMENT, vague

PLAN = load()
ROLES = {
    "parent": "family",
    "young_person": "family",
    "advocate": "family",
    "interpreter": "family",
    "case_officer": "authority",
    "plan_writer": "authority",
    "signing_officer": "authority",
    "panel_member": "authority",
    "senco": "professional",
    "educational_psychologist": "professional",
    "health": "professional",
    "social_care": "professional",
    "observer": "observer",
}
PROVISION_SECTIONS = ("F", "G", "H1", "H2")
ITEMS: dict[str, list[Item]] = {label: items(tree) for label, tree in PLAN.sections.items()}
SECTION_OF = {item.id: label for label, found in ITEMS.items() for item in found}
EVIDENCE = re.compile(
    r"\((?P<letter>[a-z])\) (?P<author>[^,;()]+), (?P<date>\d{1,2} \w+ \d{4}), pages? (?P<pages>[\d to,and]+)"
)
SENTENCE_END = re.compile(r"(?<=[.!?])[”)]*\s+|[.!?][”)]*$|\n")


def nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tree and every element below it."""
    yield tree
    for child in tree["children"]:
        if "text" not in child:
            yield from nodes(child)


def item_nodes(label: str) -> list[dict[str, Any]]:
    return [child for child in PLAN.sections[label]["children"] if child["type"] in ("need", "outcome", "provision")]


def fields(item: dict[str, Any]) -> dict[str, str]:
    return {part["attrs"]["name"]: inline_text(part) for part in item["children"] if part["type"] == "field"}


def cited(text: str) -> list[tuple[str, str, str, list[int]]]:
    return [
        (
            found["letter"],
            found["author"].lower(),
            found["date"],
            [int(page) for page in re.findall(r"\d+", found["pages"])],
        )
        for found in EVIDENCE.finditer(text)
    ]


def advice() -> dict[str, list[str]]:
    """Section K's table: letter to the cells of its row."""
    table = next(node for node in nodes(PLAN.sections["K"]) if node["type"] == "table")
    rows = [[inline_text(cell["children"][0]) for cell in row["children"]] for row in table["children"][1:]]
    return {row[0].strip("()"): row for row in rows}


def test_the_example_has_the_twelve_sections_in_order() -> None:
    assert list(LABELS) == list(PLAN.sections)


def test_the_example_is_as_long_as_a_real_plan() -> None:
    assert 6_500 <= sum(words(tree) for tree in PLAN.sections.values()) <= 8_000


def test_the_example_has_the_items_of_a_real_plan() -> None:
    counts = {label: len(found) for label, found in ITEMS.items() if found}

    assert 8 <= counts["B"] <= 10
    assert 2 <= counts["C"] <= 3
    assert 1 <= counts["D"] <= 2
    assert 6 <= counts["E"] <= 8
    assert 14 <= counts["F"] <= 18
    assert (2, 1, 1) == (counts["G"], counts["H1"], counts["H2"])


def test_each_section_holds_only_its_own_kind_of_item() -> None:
    for label, found in ITEMS.items():
        assert {section(label).items} >= {item.kind for item in found} or not found


def test_section_i_is_empty_and_every_other_section_says_something() -> None:
    assert {"type": "doc", "children": []} == PLAN.sections["I"]
    assert ["I"] == [label for label, tree in PLAN.sections.items() if is_empty(tree)]


def test_every_id_is_well_formed_and_used_once() -> None:
    ids = [item.id for found in ITEMS.values() for item in found]

    assert len(ids) == len(set(ids))
    assert [] == [name for name in ids if not re.fullmatch(r"[a-z0-9]{10}", name)]


def test_every_link_leads_to_an_item_that_its_section_may_link_to() -> None:
    for label, found in ITEMS.items():
        for item in found:
            assert len(item.refs) == len(set(item.refs)), item
            assert {SECTION_OF[ref] for ref in item.refs} <= set(section(label).links_to), item


@pytest.mark.parametrize(("needs", "met_in"), [("B", ("F",)), ("C", ("G",)), ("D", ("H1", "H2")), ("E", ("F",))])
def test_every_need_and_outcome_has_provision(needs: str, met_in: tuple[str, ...]) -> None:
    met = {ref for label in met_in for item in ITEMS[label] for ref in item.refs}

    assert [] == [item.title for item in ITEMS[needs] if item.id not in met]


@pytest.mark.parametrize(("label", "needs"), [("F", "B"), ("G", "C"), ("H1", "D"), ("H2", "D")])
def test_every_provision_is_for_a_need_and_an_outcome(label: str, needs: str) -> None:
    for item in ITEMS[label]:
        assert {needs, "E"} <= {SECTION_OF[ref] for ref in item.refs}, item


@pytest.mark.parametrize("label", LABELS)
def test_every_node_is_one_the_schema_allows(label: str) -> None:
    tree = PLAN.sections[label]

    assert canonical(tree) == tree
    for node in nodes(tree):
        rule = SCHEMA.document if node["type"] == "doc" else SCHEMA.nodes[node["type"]]
        attrs = node.get("attrs", {})
        needed = {name for name, wanted in rule.attributes.items() if wanted.default is not None}
        assert needed <= set(attrs) <= set(rule.attributes), node
        assert all(rule.attributes[name].fits(value) for name, value in attrs.items()), node
        for child in node["children"]:
            if "text" not in child:
                assert child["type"] in rule.children, node
                continue
            assert rule.inline, node
            for mark, mark_attrs in child.get("marks", {}).items():
                assert set(SCHEMA.marks[mark]) == set(mark_attrs)
                assert all(SCHEMA.marks[mark][name].fits(value) for name, value in mark_attrs.items())


def test_every_item_has_an_id_then_title_fields_text_and_links_in_that_order() -> None:
    for label in LABELS:
        for item in item_nodes(label):
            kinds = [part["type"] for part in item["children"]]
            names = [part["attrs"]["name"] for part in item["children"] if part["type"] == "field"]
            expected_fields = SCHEMA.fields.get(item["type"], ())
            body = kinds[1 + len(expected_fields) :]

            assert ["title", *["field"] * len(expected_fields)] == kinds[: 1 + len(expected_fields)]
            assert list(expected_fields) == names
            assert sorted(body, key=lambda kind: kind == "ref") == body
            assert all(
                inline_text(part).strip()
                for part in item["children"]
                if part["type"] in ("title", "field", "paragraph")
            )


def test_every_provision_says_how_much_and_how_often_in_numbers() -> None:
    number = re.compile(r"\d|\b(one|two|three|four|five|six|eight|ten|once|twice|every|each|whole)\b", re.IGNORECASE)
    for label in PROVISION_SECTIONS:
        for item in item_nodes(label):
            said = fields(item)
            for name in ("frequency", "duration", "review"):
                assert number.search(said[name]), (item["attrs"]["id"], name)


@pytest.mark.parametrize("label", PROVISION_SECTIONS)
def test_no_provision_uses_a_word_that_leaves_room_for_doubt(label: str) -> None:
    assert [] == vague(plain_text(PLAN.sections[label]))


@pytest.mark.parametrize(
    "phrase",
    [
        "access to a quiet room",
        "regular sessions",
        "up to 20 minutes",
        "as appropriate",
        "with support",
        "staff",
        "may",
    ],
)
def test_the_check_for_vague_words_finds_them(phrase: str) -> None:
    assert vague(f"Sami has {phrase} each week.")


def test_every_outcome_has_a_start_a_measure_and_a_date() -> None:
    for item in item_nodes("E"):
        said = fields(item)
        assert "Start in October 2026" in said["measure"]
        assert len(re.findall(r"\d+", said["measure"])) >= 3
        assert said["by_when"].startswith("End of Key Stage 2: 20 July 2029.")
        assert not re.search(r"\b(receives?|hours? of|sessions?|therapy)\b", inline_text(item["children"][0]))


def test_every_need_and_provision_says_where_its_evidence_is() -> None:
    for label in ("B", "C", "D", *PROVISION_SECTIONS):
        for item in item_nodes(label):
            assert cited(plain_text(item)), item["attrs"]["id"]


def test_every_evidence_reference_is_a_page_of_a_document_in_section_k() -> None:
    listed = advice()
    used: dict[str, set[str]] = {letter: set() for letter in listed}
    for label in LABELS:
        if label == "K":
            continue
        text = " ".join(plain_text(PLAN.sections[label]).split())
        found = cited(text)
        assert len(re.findall(r"\([a-z]\) ", text)) == len(found), label
        for letter, author, day, pages in found:
            row = listed[letter]
            assert (row[1].lower(), row[3]) == (author, day)
            assert max(pages) <= int(row[4])
            used[letter].add(label)

    assert {letter: row[5] for letter, row in listed.items()} == {
        letter: ", ".join(label for label in LABELS if label in labels) for letter, labels in used.items()
    }


def test_no_draft_section_proposes_a_school_or_a_type_of_school() -> None:
    for label, tree in PLAN.sections.items():
        assert None is PLACEMENT.search(plain_text(tree)), label
    assert ["A", "K"] == [label for label, tree in PLAN.sections.items() if "Paper Lantern" in plain_text(tree)]
    assert "Sami goes to Paper Lantern Primary School now" in plain_text(PLAN.sections["A"])


def test_the_wish_of_the_family_is_kept_apart_and_belongs_to_a_parent() -> None:
    person = {person.key: person for person in PLAN.people}[PLAN.preference.by]

    assert "parent" == person.role
    assert PLAN.preference.wish
    assert len(PLAN.preference.wish) <= 300
    assert PLAN.preference.why
    assert "\n" not in PLAN.preference.why
    assert all(PLAN.preference.why not in plain_text(tree) for tree in PLAN.sections.values())


def test_sentences_are_short_enough_to_follow() -> None:
    lengths: list[int] = []
    for tree in PLAN.sections.values():
        for node in nodes(tree):
            if SCHEMA.nodes.get(node["type"]) is None or node["type"] not in ("paragraph", "field"):
                continue
            text = inline_text(node).partition("Evidence:")[0]
            lengths += [len(part.split()) for part in SENTENCE_END.split(text) if part and part.split()]

    assert sum(lengths) / len(lengths) < 22
    assert max(lengths) <= 40


def test_no_long_passage_is_written_twice() -> None:
    passages = [
        inline_text(node)
        for tree in PLAN.sections.values()
        for node in nodes(tree)
        if node["type"] in ("paragraph", "field")
    ]
    long = [passage for passage in passages if len(passage.split()) >= 25]

    assert len(long) == len(set(long))


def test_the_dates_fit_the_law() -> None:
    facts = PLAN.facts

    assert date(2027, 2, 8) == facts.request_received_on + timedelta(weeks=20)
    assert facts.request_received_on < facts.meeting_on < facts.request_received_on + timedelta(weeks=20)
    assert ("EX-2026-041", "Sami", "drafting", "Example Council") == (
        facts.reference,
        facts.child,
        facts.stage,
        facts.council,
    )


def test_there_is_one_invented_person_for_each_role() -> None:
    keys = {person.key for person in PLAN.people}

    assert ROLES == {person.role: person.party for person in PLAN.people}
    assert len(ROLES) == len(PLAN.people) == len(keys) == len({person.email for person in PLAN.people})
    assert all(re.fullmatch(r"[a-z.]+@example\.org", person.email) for person in PLAN.people)
    assert all(person.story for person in PLAN.people)
    assert {"leila"} == {person.acts_for for person in PLAN.people if person.role == "advocate"}
    assert all(check_standing(person.role, person.party, person.acts_for).allowed for person in PLAN.people)
    assert all(person.is_staff for person in PLAN.people if person.party == "authority")
    assert not any(person.is_staff for person in PLAN.people if person.party in ("family", "professional"))


def test_light_marks_become_marks_and_nothing_else_does() -> None:
    assert [
        {"text": "A "},
        {"text": "b", "marks": {"strong": {}}},
        {"text": " "},
        {"text": "c", "marks": {"em": {}}},
        {"text": " "},
        {"text": "d", "marks": {"link": {"href": "https://example.org/"}}},
        {"text": " [e](javascript:f) 2 * 3"},
    ] == inline("A **b**\n*c* [d](https://example.org/) [e](javascript:f) 2 * 3")


def test_each_load_is_a_fresh_copy() -> None:
    spoilt = load()
    spoilt.sections["A"]["children"].clear()

    assert PLAN == load()
