"""The working document as HTML: nothing left out, nothing let through, and meaning never in a style alone."""

from __future__ import annotations

from html.parser import HTMLParser
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.keys import DEFAULT, PROFILES
from sections.redline.baseline import Baseline, freeze
from sections.redline.compose import compose_records
from sections.redline.records import Record, records
from sections.redline.register import Status
from sections.redline.views import ViewName, answered_words, since, view
from sections.redline.worded import places
from server.documents.changes_html import answer, compared, render_changes
from server.documents.redline_html import render
from tests.sections.redline.making import baselines, honest_layers, hostile_layers, paragraph, revived, tree

PLAIN, RICH = baselines()
STATUSES: tuple[Status, ...] = get_args(Status)
VIEWS: tuple[ViewName, ...] = get_args(ViewName)
HASH = "ab" * 32
NOT_ORIGINAL = frozenset({"govuk-visually-hidden", "app-rl-label", "app-rl-ref", "app-rl-split", "app-rl-unwritten"})


class Reading(HTMLParser):
    """What a page says, taken apart: original words by block, ids, tags, links, and what each mark says."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.original: dict[str, str] = {}
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.marks: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "a":
            self.links.append(known["href"])
        if tag == "br":
            self.handle_data("\n")
            return
        self._open.append((tag, known))
        if "data-block" in known:
            self.original[known["data-block"]] = ""
        if tag in ("ins", "del"):
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        holders = [known for _, known in self._open]
        classes = {name for known in holders for name in known.get("class", "").split()}
        inside = {tag for tag, _ in self._open}
        if inside & {"ins", "del"}:
            self.marks[-1] += data
        block = next((known["data-block"] for known in reversed(holders) if "data-block" in known), None)
        if block is not None and not classes & NOT_ORIGINAL and "ins" not in inside:
            self.original[block] += data


def text(block: str, start: int, end: int, wording: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "block": block, "from": start, "to": end, "at": end, "wording": wording, **more}


def page(baseline: Baseline, layers: Any, standing: dict[str, Status] | None = None, name: ViewName = "key") -> str:
    known = records(baseline, layers)
    return html_of(baseline, known, standing or dict.fromkeys(known, "proposed"), name)


def html_of(baseline: Baseline, known: dict[str, Record], standing: dict[str, Status], name: ViewName) -> str:
    numbers = {key: f"{key[0].upper()}-{count}" for count, key in enumerate(sorted(known), 1)}
    shown = view(baseline, known, standing, name, "family")
    return str(render(shown, known, standing, DEFAULT, numbers, places=places(baseline)))


def random_standing(random: Random, known: dict[str, Record]) -> dict[str, Status]:
    """Any status for what is live; nothing else can be but withdrawn, as ``register.standing`` holds."""
    return {key: random.choice(STATUSES) if record.live else "withdrawn" for key, record in known.items()}


@given(st.integers(0, 100_000), st.booleans(), st.sampled_from([PLAIN, RICH]))
def test_every_character_of_the_original_is_in_the_key_view(seed: int, hostile: bool, baseline: Baseline) -> None:
    random = Random(seed)
    layers = revived(hostile_layers(random, baseline, 8)) if hostile else honest_layers(random, baseline, 8)
    known = records(baseline, layers)
    reading = Reading(html_of(baseline, known, random_standing(random, known), "key"))
    expected = {block.id: block.text for block in baseline.texts() if block.text}
    assert expected == {name: words for name, words in reading.original.items() if name in expected}


@given(st.integers(0, 100_000), st.sampled_from(VIEWS), st.sampled_from([PLAIN, RICH]))
def test_every_view_is_well_formed_and_every_number_is_a_place_to_go_to_once(
    seed: int, name: ViewName, baseline: Baseline
) -> None:
    random = Random(seed)
    known = records(baseline, honest_layers(random, baseline, 8))
    reading = Reading(html_of(baseline, known, random_standing(random, known), name))
    assert len(set(reading.ids)) == len(reading.ids)
    assert {f"#card-{one.removeprefix('p-')}" for one in reading.ids} == set(reading.links)


@given(st.integers(0, 100_000))
def test_every_mark_starts_with_the_words_for_what_its_style_means(seed: int) -> None:
    random = Random(seed)
    known = records(RICH, honest_layers(random, RICH, 8))
    for words in Reading(html_of(RICH, known, random_standing(random, known), "key")).marks:
        said = words.partition(":")[0]
        assert any(verb in said for verb in ("propose", "Agreed", "orders"))
        assert any(deed in said for deed in ("adding", "added", "deleting", "deleted"))


@pytest.mark.parametrize("name", ["ours", "theirs", "agreed", "original"])
def test_a_reading_as_one_text_has_no_marks(name: ViewName) -> None:
    reading = Reading(page(RICH, honest_layers(Random(7), RICH, 8), name=name))
    assert not {"ins", "del"} & reading.tags
    assert [] == reading.ids


def test_the_original_view_is_the_original_and_nothing_else() -> None:
    reading = Reading(page(RICH, honest_layers(Random(3), RICH, 8), name="original"))
    assert {block.id: block.text for block in RICH.texts() if block.text} == reading.original


EVIL = "<script>alert(1)</script>\"&'<img src=x onerror=y>"


def test_nothing_anybody_wrote_is_let_through_as_markup() -> None:
    baseline = freeze(tree(paragraph(EVIL)), "F", 1)
    block = next(iter(baseline.texts())).id
    item = {"type": "new", "after": "^", "kind": "provision", "on": 1, "wording": EVIL, "w_what": EVIL}
    layers = {
        "family": {"a": text(block, 0, 3, EVIL), "b": item},
        "authority": {"c": {"type": "new", "after": block, "kind": "tr", "on": 1, "wording": EVIL}},
    }
    html = page(baseline, layers)
    assert not {"script", "img"} & Reading(html).tags
    assert "<script" not in html
    assert html.count("&lt;img") >= 4


def test_an_id_from_outside_cannot_end_an_attribute() -> None:
    shown = compose_records(freeze(tree(paragraph("Words.")), "F", 1, {"0": 'x" onclick="y'}), {})
    assert ' onclick="' not in render(shown, {}, {}, DEFAULT, {}, places={})


def test_emphasis_of_the_original_is_flattened() -> None:
    html = page(RICH, {})
    assert not {"strong", "em", "b", "i", "u"} & Reading(html).tags
    assert "He may join in." in html


def words_of(layers: Any, standing: dict[str, Status]) -> list[str]:
    return Reading(page(PLAIN, layers, standing)).marks


def test_each_hand_and_status_is_said_in_words() -> None:
    block = next(iter(PLAIN.texts())).id
    one = {"family": {"a": text(block, 0, 1, "")}}
    assert ["Family proposes deleting: A"] == words_of(one, {"family:a": "proposed"})
    assert ["Agreed, deleted: A"] == words_of(one, {"family:a": "agreed"})
    assert ["Family proposes deleting, not agreed: A"] == words_of(one, {"family:a": "not agreed"})
    both = one | {"authority": {"b": text(block, 0, 1, "B")}}
    assert ["Family and Council propose deleting: A", "Council proposes adding: B"] == words_of(
        both, {"family:a": "proposed", "authority:b": "proposed"}
    )
    tribunal = {"tribunal": {"t": text(block, 0, 0, "T")}}
    assert ["Tribunal orders adding: T"] == words_of(tribunal, {"tribunal:t": "ordered"})


def test_the_letters_of_the_hands_stand_in_the_margin() -> None:
    block = next(iter(PLAIN.texts())).id
    html = page(PLAIN, {"family": {"a": text(block, 0, 1, "")}, "authority": {"b": text(block, 3, 3, "x")}})
    assert 'data-letters="F C"' in html


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_type_styles_follow_the_profile(profile: Any) -> None:
    block = next(iter(PLAIN.texts())).id
    known = records(PLAIN, {"family": {"a": text(block, 0, 1, "")}})
    html = str(render(compose_records(PLAIN, known), known, {"family:a": "agreed"}, profile, {}, places={}))
    assert profile.agreed_deletion_underlined == ("app-rl-underline" in html)
    assert "app-rl-strike" in html


def test_colour_is_an_extra_layer_that_is_off_unless_asked_for() -> None:
    shown = compose_records(PLAIN, {})
    assert "app-rl-colour" not in render(shown, {}, {}, DEFAULT, {}, places={})
    assert "app-rl-colour" in render(shown, {}, {}, DEFAULT, {}, places={}, colour=True)


def test_a_proposed_new_paragraph_is_said_and_a_line_break_of_the_original_is_not() -> None:
    baseline = freeze(tree(paragraph("One\ntwo")), "F", 1)
    block = next(iter(baseline.texts())).id
    assert "new paragraph" not in page(baseline, {})
    assert "new paragraph" in page(baseline, {"family": {"a": text(block, 3, 3, "x\ny")}})


def test_a_table_names_the_scope_of_its_headers_and_a_field_its_label() -> None:
    html = page(RICH, {})
    assert 'scope="col"' in html
    assert "Who delivers it" in html
    assert 'aria-label="F, table 1"' in html
    assert '<span class="app-rl-label">F1 </span>' in html


def test_a_slipped_in_word_is_marked_and_said() -> None:
    html = compared("She will have support each week.", "She may have support each week.")
    assert '<ins class="app-rl-in"><span class="govuk-visually-hidden">put in: </span>may</ins>' in html
    assert '<del class="app-rl-out"><span class="govuk-visually-hidden">taken out: </span>will</del>' in html


def test_what_changed_since_somebody_looked_says_who_where_and_which_words() -> None:
    what = "provspeech.what"
    before = records(RICH, {"family": {"a": text(what, 0, 6, "Individual"), "b": text(what, 7, 7, "x")}})
    after = records(
        RICH,
        {
            "family": {"a": text(what, 0, 6, "Individual, where possible,"), "b": text(what, 7, 7, "")},
            "authority": {"c": {"type": "new", "after": "provspeech", "kind": "p", "on": 1, "wording": EVIL}},
        },
    )
    html = render_changes(since(before, after), RICH, before, after, DEFAULT, {"family:a": "F-1"})
    assert '<a class="govuk-link" href="#card-F-1">F-1</a>, F1, What</strong>. Family changed the wording' in html
    assert "put in: </span>, where possible,</ins>" in html
    assert "Family withdrew this" in html
    assert "Council proposed this" in html
    assert "<script" not in html
    assert render_changes((), RICH, before, after, DEFAULT, {}) == ""


def test_words_of_the_plan_that_somebody_now_strikes_are_written_out() -> None:
    after = records(RICH, {"authority": {"d": text("provspeech.what", 0, 7, "")}})
    struck = '<del class="app-rl-out"><span class="govuk-visually-hidden">taken out: </span>Direct </del>'
    new = render_changes(since({}, after), RICH, {}, after, DEFAULT, {})
    assert f"Takes out of the plan: </span>{struck}" in new
    gone = render_changes(since(after, {}), RICH, after, {}, DEFAULT, {})
    assert f"Would have taken out of the plan: </span>{struck}" in gone
    wider = records(RICH, {"authority": {"d": text("provspeech.what", 0, 14, "")}})
    moved = render_changes(since(after, wider), RICH, after, wider, DEFAULT, {"authority:d": "C-1"}, there="/there")
    assert "Direct therapy</del>" in moved
    assert 'href="/there#card-C-1"' in moved


def test_an_answer_reads_as_a_change_of_the_words_it_answers() -> None:
    what = "provspeech.what"
    known = records(
        RICH,
        {
            "family": {"a": text(what, 0, 6, "Individual")},
            "authority": {"c": text(what, 0, 6, "Group", counters={"key": "family:a", "hash": HASH})},
        },
    )
    html = answer(answered_words(known, "authority:c"))
    assert "taken out: </span>Individual</del>" in html
    assert "put in: </span>Group</ins>" in html
