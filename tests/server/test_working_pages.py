"""The pages of the working document: every template with full values and with next to none."""

from __future__ import annotations

import dataclasses
import re
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest

from sections.keys import DEFAULT, HANDS
from sections.redline.register import Status
from sections.redline.views import ViewName
from server import working_values
from server.pages import web_root
from tests.server.test_pages import Outline, check_frame
from tests.server.working_examples import EXAMPLES, Example, html
from tests.server.working_made import CARDS, HASH, HOSTILE

TEMPLATES = web_root() / "templates" / "working"
BY_NAME = {example.name: example for example in EXAMPLES}
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def page(name: str) -> str:
    return html(BY_NAME[name])


@every_example
def test_every_page_has_the_frame_full_or_empty(example: Example) -> None:
    check_frame(html(example))


@every_example
def test_every_form_proves_where_it_comes_from_and_changes_nothing_by_get(example: Example) -> None:
    found = html(example)
    forms = re.findall(r"<form [^>]*>.*?</form>", found, re.DOTALL)
    assert all('method="post"' in form and 'name="csrf"' in form for form in forms)


@every_example
def test_no_page_names_anybody_in_its_title(example: Example) -> None:
    title = re.search(r"<title>(.*?)</title>", html(example))
    assert title is not None
    assert "EX-2026-041" in title[1]
    assert not {"Ruth", "Dana", "Sam"} & set(re.findall(r"\w+", title[1]))


def test_every_template_is_drawn_by_an_example() -> None:
    drawn = {example.template for example in EXAMPLES}
    assert {path.name for path in TEMPLATES.glob("*.html")} - {"parts.html"} == drawn


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_template_says_at_its_top_what_it_takes(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("-#}")[0]
    assert first.startswith("{#-")
    named = re.findall(r"(server\.working_pages\.\w+)\.(\w+)", first)
    assert all(dataclasses.is_dataclass(getattr(import_module(module), one)) for module, one in named)
    assert path.name == "parts.html" or named


def hostile(value: Any) -> Any:
    """The same values with markup in every text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {"status", "side", "appeal", "act", "mine", "theirs", "view", "to", "styles", "show"}
        changes = {
            one.name: hostile(getattr(value, one.name)) for one in dataclasses.fields(value) if one.name not in kept
        }
        return dataclasses.replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(map(hostile, value))
    return HOSTILE if type(value) is str and value else value


@every_example
def test_nothing_a_page_is_given_is_let_through_as_markup(example: Example) -> None:
    found = html(dataclasses.replace(example, context=example.context | {"page": hostile(example.context["page"])}))
    assert HOSTILE not in found
    assert "alert(" in found


def test_the_key_is_printed_on_the_page_with_a_sample_in_each_style() -> None:
    found = page("section")
    assert [DEFAULT.hands[hand].line for hand in HANDS] == [one.line for one in working_values.key_lines(DEFAULT)]
    for one in working_values.key_lines(DEFAULT):
        assert one.line.replace("'", "&#39;") in found
        assert f'<span class="app-rl {one.styles}">{one.name}</span>' in found


def test_every_view_has_a_link_and_the_present_one_says_so() -> None:
    assert set(get_args(ViewName)) | {"since"} == {one.name for one in working_values.VIEWS}
    assert working_values.VIEW_WORDS.keys() == {one.name for one in working_values.VIEWS}
    links = {link["href"]: link for link in Outline(page("section-ours")).all("a") if "href" in link}
    for one in working_values.VIEWS:
        link = links[f"/plans/5f0c7d0e/working/F?view={one.name}"]
        assert ("true" if one.name == "ours" else None) == link.get("aria-current")


def test_somebody_of_no_side_is_told_whose_proposals_a_view_takes_up() -> None:
    found = page("section-observer")
    said = {link["href"] for link in Outline(found).all("a") if "?view=" in link.get("href", "")}
    assert "/plans/5f0c7d0e/working/F?view=theirs" in said
    assert "/plans/5f0c7d0e/working/F?view=since" not in said
    assert "<title>Council’s: Working document, section F" in found
    assert ">Family’s</a>" in found
    assert "everything the council proposes" in found
    assert "Theirs" not in found


def test_every_status_has_a_word_and_a_colour() -> None:
    assert set(get_args(Status)) == working_values.STATUS_NAMES.keys() == working_values.TAG_COLOURS.keys()


def test_the_browser_code_is_told_where_everything_is() -> None:
    working = next(one for _, one in Outline(page("section")).tags if one.get("id") == "working")
    assert "/api/plans/5f0c7d0e/working/F" == working["data-url"]
    assert ("/live", "/api/live-token", "3") == (working["data-live"], working["data-token"], working["data-schema"])


def test_each_number_in_the_text_leads_to_a_card_and_each_card_to_the_words() -> None:
    outline = Outline(page("section"))
    ids = {one["id"] for _, one in outline.tags if one.get("id")}
    inside = {link["href"] for link in outline.all("a") if (link.get("href") or "").startswith("#")}
    assert {f"#card-{card.number}" for card in CARDS} <= inside
    assert {f"#p-{card.number}" for card in CARDS} <= inside
    assert {link.removeprefix("#") for link in inside if link} <= ids


def test_in_a_reading_as_one_text_a_card_leads_to_the_words_in_the_key_view() -> None:
    assert f'href="/plans/5f0c7d0e/working/F#p-{CARDS[0].number}"' in page("section-ours")


def test_a_decision_is_bound_to_the_wording_it_was_made_on() -> None:
    found = page("decide-group")
    for number, card in enumerate(CARDS[:2], 1):
        assert f'name="key-{number}" value="{card.key}"' in found
        assert f'name="hash-{number}" value="{HASH}"' in found
    assert 'name="count" value="2"' in found


def test_what_cannot_be_decided_now_has_no_button() -> None:
    found = page("decide-refused")
    assert "The wording has changed since you looked." in found
    assert 'action="/plans/5f0c7d0e/working/F/decide"' not in found


def test_nothing_is_issued_while_issued_minus_ordered_is_not_empty() -> None:
    assert 'name="confirmed"' in page("close-check")
    assert 'name="confirmed"' not in page("close-differs")


def test_an_unmarked_change_is_said_in_words_and_not_ticked() -> None:
    found = page("word-review")
    assert '<strong class="app-rl-unmarked">Changed without marking</strong>' in found
    row = next(one for one in Outline(found).all("input") if one.get("id") == "unmarked-1")
    assert "checked" not in row


def test_too_many_pages_is_said_in_words() -> None:
    assert "26 pages, 1 more than the tribunal allows (25)." in page("section-disputed")
    assert 'class="app-rl-pages app-rl-pages--over"' in page("section-disputed")


def test_a_section_in_dispute_cannot_be_unticked_and_is_sent_all_the_same() -> None:
    ticks = [one for one in Outline(page("open-change")).all("input") if one.get("name") == "section-B"]
    assert ["hidden"] == [one["type"] for one in ticks]
    assert "<strong>In dispute now:</strong> B, special educational needs" in page("open-change")
    assert 'action="/plans/5f0c7d0e/working/change"' in page("open-change")


def test_what_stands_in_the_way_of_issuing_is_said_and_nothing_can_be_confirmed() -> None:
    found = page("close-blocked")
    assert "Not decided yet: F-1." in found
    assert 'name="confirmed"' not in found


def test_an_error_is_told_at_the_top_and_at_its_field() -> None:
    found = page("open")
    assert "<title>Error: " in found
    targets = set(re.findall(r'<a href="#([^"]+)">', found))
    ids = {one["id"] for _, one in Outline(found).tags if one.get("id")}
    assert {"sections", "hearing_on-day", "speakers"} <= targets <= ids
