"""A section as HTML: nothing a sender wrote becomes markup, nothing written is hidden, everything is labelled."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from crdt import blocks
from crdt.blocks import Tree
from crdt.schema import SCHEMA
from server.documents.html import render
from tests.strategies import trees

LOOKUP = {
    "aaaaaaaaaa": {"label": "B3", "kind": "need", "title": "Reading & writing", "section": "B"},
    "bbbbbbbbbb": {"label": "E1", "kind": "outcome", "title": "", "section": "E", "href": "/plans/x/E#item-bbbbbbbbbb"},
}
VOID = {"br"}
EMPTY_LOOKUP: dict[str, dict[str, str]] = {}


class Reading(HTMLParser):
    """What a reader gets: text, and elements with their attributes; fails on markup left open or closed twice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def doc(*children: dict[str, Any]) -> Tree:
    return blocks.canonical({"type": "doc", "children": list(children)})


def node(kind: str, /, *children: dict[str, Any] | str, **attrs: str) -> dict[str, Any]:
    return {
        "type": kind,
        "attrs": attrs,
        "children": [{"text": child} if isinstance(child, str) else child for child in children],
    }


def html(*children: dict[str, Any], section: str = "F", heading_level: int = 3) -> str:
    rendered = render(doc(*children), section, LOOKUP, heading_level)
    assert isinstance(rendered, Markup)
    Reading(rendered)
    return str(rendered)


def test_an_empty_section_gives_nothing() -> None:
    assert html() == ""
    assert html(node("paragraph"), node("heading", " ", level="3")) == ""


def test_text_and_marks() -> None:
    run = {"text": "b", "marks": {"strong": {}, "em": {}}}
    line = node("paragraph", "a ", run, node("hard_break"), "c")
    assert html(line) == '<p class="govuk-body" dir="auto">a <strong><em>b</em></strong><br>c</p>'


def test_markup_in_text_stays_text() -> None:
    assert html(node("paragraph", "<script>alert('x')</script>")) == (
        '<p class="govuk-body" dir="auto">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>'
    )


@pytest.mark.parametrize(
    "href", ["https://example.org/?a=1&b=2", "http://example.org", "mailto:a@example.org", "tel:1"]
)
def test_a_link_leads_there_and_tells_nobody_where_from(href: str) -> None:
    found = Reading(html(node("paragraph", {"text": "here", "marks": {"link": {"href": href}}})))
    assert found.elements[1] == ("a", {"class": "govuk-link", "href": href, "rel": "noopener noreferrer"})


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//example.org",
        "/plans",
        "",
        " https://x",
        "https://x\n",
    ],
)
def test_any_other_link_is_only_its_words(href: str) -> None:
    assert (
        html(node("paragraph", {"text": "here", "marks": {"link": {"href": href}}}))
        == '<p class="govuk-body" dir="auto">here</p>'
    )


@pytest.mark.parametrize(
    ("heading_level", "level", "shown"),
    [(3, "3", "h3"), (3, "4", "h4"), (2, "3", "h2"), (2, "4", "h3"), (6, "4", "h6"), (3, "<9", "h3")],
)
def test_headings_follow_those_of_the_page(heading_level: int, level: str, shown: str) -> None:
    assert html(node("heading", "Reading", level=level), heading_level=heading_level).startswith(f"<{shown} ")


def test_lists_nest_and_a_lone_paragraph_is_the_entry_itself() -> None:
    inner = node("ordered_list", node("list_item", node("paragraph", "two")))
    outer = node("bullet_list", node("list_item", node("paragraph", "one"), inner))
    assert html(outer) == (
        '<ul class="govuk-list govuk-list--bullet"><li dir="auto">one'
        '<ol class="govuk-list govuk-list--number"><li dir="auto">two</li></ol></li></ul>'
    )


def test_several_paragraphs_in_an_entry_stay_paragraphs() -> None:
    entry = node("list_item", node("paragraph", "one"), node("paragraph", "two"))
    assert html(node("bullet_list", entry)).count("<p ") == 2


def test_a_table_says_what_its_headers_are_for() -> None:
    def cells(kind: str, *words: str) -> list[dict[str, Any]]:
        return [node(kind, node("paragraph", word), colspan="1", rowspan="1") for word in words]

    wide = node("table_cell", node("paragraph", "every day"), colspan="2", rowspan="1")
    table = node(
        "table",
        node("table_row", *cells("table_header", "Who", "When", "Where")),
        node("table_row", *cells("table_header", "Tutor"), wide),
    )
    found = Reading(html(table))
    headers = [attrs["scope"] for tag, attrs in found.elements if tag == "th"]
    assert headers == ["col", "col", "col", "row"]
    assert ("td", {"class": "govuk-table__cell", "dir": "auto", "colspan": "2"}) in found.elements
    assert [tag for tag, _ in found.elements if tag in ("thead", "tbody")] == ["thead", "tbody"]


def test_a_header_over_several_columns_is_for_the_group() -> None:
    over = node("table_header", node("paragraph", "Week"), colspan="2", rowspan="1")
    days = [node("table_header", node("paragraph", day)) for day in ("Mon", "Tue")]
    table = node("table", node("table_row", over), node("table_row", *days), node("table_row", node("table_cell")))
    scopes = [attrs["scope"] for tag, attrs in Reading(html(table)).elements if tag == "th"]
    assert scopes == ["colgroup", "col", "col"]


def test_a_table_of_headers_only_is_still_a_table() -> None:
    assert "<thead" not in html(node("table", node("table_row", node("table_header", node("paragraph", "x")))))
    assert html(node("table")) == ""


def test_an_item_is_a_labelled_section_with_its_fields_and_links() -> None:
    provision = node(
        "provision",
        node("title", "Reading"),
        node("field", "Paired reading", name="what"),
        node("field", "A teacher", name="who"),
        node("field", name="frequency"),
        node("paragraph", "More."),
        node("ref", to="aaaaaaaaaa"),
        node("ref", to="bbbbbbbbbb"),
        node("ref", to="cccccccccc"),
        id="dddddddddd",
    )
    assert html(provision) == (
        '<section class="item item--provision" id="item-dddddddddd" aria-labelledby="item-dddddddddd-title">'
        '<h3 class="govuk-heading-m" id="item-dddddddddd-title">F1 <bdi>Reading</bdi></h3>'
        '<dl class="govuk-summary-list">'
        '<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">What</dt>'
        '<dd class="govuk-summary-list__value" dir="auto">Paired reading</dd></div>'
        '<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">Who delivers it</dt>'
        '<dd class="govuk-summary-list__value" dir="auto">A teacher</dd></div>'
        '<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">How often</dt>'
        '<dd class="govuk-summary-list__value" dir="auto">Not written yet</dd></div></dl>'
        '<p class="govuk-body" dir="auto">More.</p>'
        '<ul class="govuk-list item__links">'
        '<li><a class="govuk-link" href="#item-aaaaaaaaaa">Meets need B3: <bdi>Reading &amp; writing</bdi></a></li>'
        '<li><a class="govuk-link" href="/plans/x/E#item-bbbbbbbbbb">Works towards outcome E1</a></li>'
        "<li>Was linked to something that is no longer in the plan</li></ul></section>"
    )


def test_an_item_without_title_has_its_label() -> None:
    assert ">H1-1</h3>" in html(node("provision", id="dddddddddd"), section="H1")


def test_an_item_pasted_twice_does_not_break_the_page() -> None:
    copy = node("need", node("title", "Reading"), id="dddddddddd")
    found = Reading(html(copy, copy, node("need"), section="B"))
    ids = [attrs["id"] for _, attrs in found.elements if "id" in attrs]
    assert len(ids) == len(set(ids)) == 6


def test_every_field_has_its_label_from_the_schema() -> None:
    for name, label in SCHEMA.field_labels.items():
        assert f">{label}</dt>" in html(node("provision", node("field", "x", name=name)))


def test_text_in_unknown_or_misplaced_elements_is_shown() -> None:
    odd = node("aside", "seen", node("need", node("title", "also")))
    misplaced = [node("bullet_list", "one"), node("table", "two"), node("table", node("table_row", "three"))]
    shown = "".join(Reading(html(odd, *misplaced, {"text": "four"})).text)
    for word in ("seen", "also", "one", "two", "three", "four"):
        assert word in shown


def test_a_misplaced_item_takes_no_number_from_another() -> None:
    odd = node("aside", node("need", node("title", "inside")))
    assert ">B1 <bdi>Reading</bdi></h3>" in html(odd, node("need", node("title", "Reading")), section="B")


@given(trees(), st.sampled_from(["B", "F", "H1"]), st.integers(1, 6))
def test_no_word_is_lost_and_nothing_written_becomes_markup(tree: Tree, section: str, heading_level: int) -> None:
    found = Reading(render(tree, section, EMPTY_LOOKUP, heading_level))
    shown = "".join(re.sub(r"[\s\0]+", "", "".join(found.text)))
    for line in blocks.plain_text(tree).split("\n"):
        for word in re.split(r"[\s\0]+", line):
            assert word in shown
    ids = [attrs["id"] for _, attrs in found.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in found.elements:
        assert tag not in ("script", "style", "iframe", "object", "form", "input")
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        assert (tag == "th") == ("scope" in attrs)


def test_each_table_is_a_named_region_that_can_be_scrolled_by_keyboard() -> None:
    table = node("table", node("table_row", node("table_cell", node("paragraph", "x"))))
    found = Reading(html(table, node("paragraph", "between"), table, section="K"))
    regions = [attributes for name, attributes in found.elements if name == "div"]
    assert ["Table 1 in section K", "Table 2 in section K"] == [one["aria-label"] for one in regions]
    assert {("region", "0")} == {(one["role"], one["tabindex"]) for one in regions}


def test_every_block_takes_its_direction_from_its_own_words() -> None:
    row = node("table_row", node("table_header", node("paragraph", "a")), node("table_cell", node("paragraph", "b")))
    item = node("provision", node("title", "عنوان"), node("field", "ب", name="what"))
    lists = node("bullet_list", node("list_item", node("paragraph", "د")))
    found = Reading(html(node("paragraph", "مرحبا"), node("heading", "ج", level="3"), lists, node("table", row), item))
    blocks_shown = [(tag, attrs) for tag, attrs in found.elements if tag in ("p", "li", "th", "td", "dd")]
    assert {"p", "li", "th", "td", "dd"} == {tag for tag, _ in blocks_shown}
    assert {"auto"} == {attrs.get("dir") for _, attrs in blocks_shown}
    heading, title = [attrs for tag, attrs in found.elements if tag == "h3"]
    assert "auto" == heading["dir"]
    assert "dir" not in title  # our label comes first; the title has a direction of its own
    assert ">F1 <bdi>عنوان</bdi></h3>" in html(item)
