"""The schema as code sees it is the schema of the file."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from crdt.schema import LAYER, SCHEMA, parse
from sections.redline.records import ID, KEY, KINDS, START, parts
from tests.sections.redline.making import baselines

TEXT = files("crdt").joinpath("schema.json").read_text("utf-8")


def test_every_node_child_attribute_and_mark_of_the_file_is_known() -> None:
    raw = json.loads(TEXT)
    assert raw["version"] == SCHEMA.version
    assert set(raw["nodes"]) == set(SCHEMA.nodes)
    for name, rule in raw["nodes"].items():
        assert set(rule["children"]) == SCHEMA.nodes[name].children
        assert set(rule["attrs"]) == set(SCHEMA.nodes[name].attributes)
        assert (rule.get("inline", False), rule.get("item", False)) == (
            SCHEMA.nodes[name].inline,
            SCHEMA.nodes[name].item,
        )
    assert set(raw["marks"]) == set(SCHEMA.marks)


def test_every_default_fits_its_own_rule() -> None:
    for node in (*SCHEMA.nodes.values(), *LAYER.nodes.values()):
        for rule in node.attributes.values():
            assert rule.default is None or rule.fits(rule.default)


@pytest.mark.parametrize("value", ["https://example.org/a?b=c", "mailto:someone@example.org", "tel:+441234567890"])
def test_a_link_may_lead_to_the_web_a_mailbox_or_a_telephone(value: str) -> None:
    assert SCHEMA.marks["link"]["href"].fits(value)


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "https://a b", "https://", "//example.org", ""]
)
def test_a_link_may_lead_nowhere_else(value: str) -> None:
    assert not SCHEMA.marks["link"]["href"].fits(value)


def test_a_child_that_is_not_described_is_told() -> None:
    raw = json.loads(TEXT)
    raw["nodes"]["table"]["children"].append("caption")
    with pytest.raises(ValueError, match="caption"):
        parse(json.dumps(raw))


def test_a_rule_without_values_and_pattern_takes_any_text() -> None:
    raw = json.loads(TEXT)
    raw["nodes"]["table"]["attrs"]["note"] = {"default": "x"}
    assert parse(json.dumps(raw)).nodes["table"].attributes["note"].fits("anything")


def test_a_layer_has_a_place_for_every_record_and_every_part_of_it() -> None:
    new = LAYER.nodes["new"].attributes
    assert new["kind"].values == KINDS
    part = LAYER.nodes["words"].attributes["part"]
    assert all(part.fits(name) for kind in KINDS for name in parts(kind))
    assert not any(part.fits(name) for name in ("", "w", "w0", "w40", "w_other", "wordings"))
    for name in ("text", "new", "rm"):
        rules = LAYER.nodes[name].attributes
        assert [key for key, rule in rules.items() if rule.fixed and rule.default is None]
        assert all(rule.string for rule in rules.values())
        for fits in ("a", "0" * 64, "r1_-A"):
            assert rules["id"].fits(fits) == bool(ID.fullmatch(fits))
            assert rules["counters"].fits(f"family:{fits}") == bool(KEY.fullmatch(f"family:{fits}"))
        assert not rules["id"].fits("A")
        assert not rules["id"].fits("a\n")
    assert LAYER.keeps
    assert not LAYER.marks


def test_a_layer_takes_every_id_a_baseline_gives() -> None:
    for baseline in baselines():
        for block in baseline.places:
            assert LAYER.nodes["text"].attributes["block"].fits(block)
            assert LAYER.nodes["rm"].attributes["block"].fits(block)
            assert LAYER.nodes["new"].attributes["after"].fits(block)
    assert LAYER.nodes["new"].attributes["after"].fits(START)
