"""The catalogue states the twelve sections, and the page for people states the same."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from sections import catalogue
from sections.catalogue import SECTIONS, BadRules, find, section

PAGE = (Path(__file__).parents[2] / "docs" / "sections.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of every table row under one heading of docs/sections.md, header lines included."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [
        [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("|")
    ]


def test_the_twelve_sections_stand_in_the_order_of_the_regulations() -> None:
    assert ("A", "B", "C", "D", "E", "F", "G", "H1", "H2", "I", "J", "K") == catalogue.LABELS


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("A", None),
        ("B", "need"),
        ("C", "need"),
        ("D", "need"),
        ("E", "outcome"),
        ("F", "provision"),
        ("G", "provision"),
        ("H1", "provision"),
        ("H2", "provision"),
        ("I", None),
        ("J", None),
        ("K", None),
    ],
)
def test_each_section_holds_its_own_kind_of_item(label: str, kind: str | None) -> None:
    assert kind == section(label).items


@pytest.mark.parametrize(
    ("label", "targets"),
    [("E", {"B"}), ("F", {"B", "E"}), ("G", {"C", "E"}), ("H1", {"D", "E"}), ("H2", {"D", "E"})],
)
def test_provision_and_outcomes_can_point_at_what_they_are_for(label: str, targets: set[str]) -> None:
    assert targets <= set(section(label).links_to)


@pytest.mark.parametrize("label", ["A", "B", "C", "D", "I", "J", "K"])
def test_needs_and_plain_text_point_at_nothing(label: str) -> None:
    assert () == section(label).links_to


@pytest.mark.parametrize(
    ("label", "appeal"),
    [(label, "Can be appealed") for label in ("B", "F", "I")]
    + [(label, "The tribunal can make a recommendation") for label in ("C", "D", "G", "H1", "H2")]
    + [(label, "Cannot be appealed") for label in ("A", "E", "J", "K")],
)
def test_what_can_be_appealed_is_said_in_words(label: str, appeal: str) -> None:
    assert section(label).appeal.startswith(appeal)


@pytest.mark.parametrize("rule", SECTIONS, ids=lambda rule: rule.label)
def test_a_section_explains_itself_briefly(rule: catalogue.SectionRule) -> None:
    assert 3 <= len(rule.good) <= 6
    assert len(rule.law.split()) <= 25
    assert rule.law.endswith(".")
    assert "\n" not in rule.law
    assert "Regs" in rule.source
    assert rule.contributors
    assert f"{rule.label} {rule.title}" == rule.heading


def test_no_wording_is_offered_for_an_empty_section_i() -> None:
    assert () == section("I").empty_statement


def test_an_unknown_label_is_found_to_be_nothing() -> None:
    assert find("H") is None
    assert section("H1") is find("H1")
    with pytest.raises(KeyError):
        section("H")


def test_the_rules_say_from_when_they_hold() -> None:
    assert date(2014, 9, 1) == catalogue.EDITION.starts
    assert "Children and Families Act 2014" in catalogue.EDITION.law


def test_a_catalogue_with_a_label_twice_is_refused() -> None:
    with pytest.raises(BadRules, match="one label"):
        catalogue._checked((section("A"), section("A")))


def test_a_catalogue_with_a_link_to_plain_text_is_refused() -> None:
    broken = catalogue._rule({**catalogue.rules_file("catalogue.toml")["sections"][4], "links_to": ["A"]})
    with pytest.raises(BadRules, match="links to A"):
        catalogue._checked((section("A"), broken))


def test_a_catalogue_with_an_unknown_kind_of_item_is_refused() -> None:
    broken = catalogue._rule({**catalogue.rules_file("catalogue.toml")["sections"][4], "items": "wish"})
    with pytest.raises(BadRules, match="unknown kind"):
        catalogue._checked((broken,))


def test_every_kind_of_item_is_a_node_of_the_document_schema() -> None:
    schema = json.loads(files("crdt").joinpath("schema.json").read_text(encoding="utf-8"))
    kinds = {name for name, node in schema["nodes"].items() if node.get("item")}
    assert kinds == {rule.items for rule in SECTIONS} - {None}


@pytest.mark.parametrize("rule", SECTIONS, ids=lambda rule: rule.label)
def test_the_page_for_people_lists_the_section(rule: catalogue.SectionRule) -> None:
    row = next(row for row in rows_of("The twelve sections") if row[0] == rule.label)
    kind = {None: "text", "need": "text and needs", "outcome": "text and outcomes", "provision": "text and provision"}
    assert [rule.title, kind[rule.items], ", ".join(rule.links_to)] == row[1:4]
