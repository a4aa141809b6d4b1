"""The views, the key's spans, the worded list and what changed since: all from one set of records."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.keys import DEFAULT, HANDS, PROFILES, find
from sections.redline.baseline import Baseline, freeze
from sections.redline.compose import Shown, compose, texts
from sections.redline.records import Record, records
from sections.redline.register import Status
from sections.redline.views import answered_words, reads_as, since, spans, strike_first, view
from sections.redline.worddiff import word_diff
from sections.redline.worded import worded
from tests.sections.redline.making import WORDS, baselines, honest_layers, paragraph, tree

BASELINE = baselines()[1]
WHAT = "provspeech.what"  # "Direct therapy each week."


def text(start: int, end: int, wording: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "block": WHAT, "from": start, "to": end, "at": end, "wording": wording, **more}


LAYERS: dict[str, dict[str, Any]] = {
    "family": {"a": text(0, 6, "Individual"), "b": text(15, 15, "twice ")},
    "authority": {
        "c": text(0, 6, "Individual, where possible,", counters={"key": "family:a", "hash": "ab" * 32}),
        "d": {"type": "rm", "block": "provspeech.who", "on": 1},
        "e": {
            "type": "new",
            "after": "provspeech",
            "kind": "provision",
            "on": 1,
            "wording": "Group",
            "w_what": "Games",
        },
        "g": {"type": "rm", "block": BASELINE.blocks[0].id, "on": 1},
    },
}
KNOWN = records(BASELINE, LAYERS)
STANDING: dict[str, Status] = {
    "family:a": "countered",
    "family:b": "agreed",
    "authority:c": "proposed",
    "authority:e": "refused",
    "authority:g": "proposed",
}


def what(shown: tuple[Shown, ...]) -> str:
    return next("".join(run.text for run in block.runs or ()) for block in texts(shown) if block.id == WHAT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("original", "Direct therapy each week."),
        ("agreed", "Direct therapy twice each week."),
        ("ours", "Individual therapy twice each week."),
        ("theirs", "Individual, where possible, therapy twice each week."),
    ],
)
def test_each_reading_follows_from_the_same_records(name: Any, expected: str) -> None:
    assert expected == what(view(BASELINE, KNOWN, STANDING, name, "family"))


def test_the_other_side_sees_ours_as_theirs() -> None:
    for mine, theirs in (("ours", "theirs"), ("theirs", "ours")):
        one = view(BASELINE, KNOWN, STANDING, mine, "family")  # type: ignore[arg-type]
        assert one == view(BASELINE, KNOWN, STANDING, theirs, "authority")  # type: ignore[arg-type]


def test_the_key_view_shows_every_proposal_but_what_the_tribunal_refused() -> None:
    shown = view(BASELINE, KNOWN, STANDING, "key", "family")
    assert not [block for block in shown if block.key == "authority:e"]
    full = dict(STANDING) | {"authority:e": "proposed"}
    assert compose(BASELINE, LAYERS) == view(BASELINE, KNOWN, full, "key", "family")


def test_the_disputed_view_has_only_the_blocks_still_open_and_the_names_of_their_items() -> None:
    shown = view(BASELINE, KNOWN, STANDING, "disputed", "family")
    assert [BASELINE.blocks[0].id, "provspeech.title", WHAT] == [block.id for block in texts(shown)]
    settled = dict.fromkeys(KNOWN, "agreed")
    assert () == view(BASELINE, KNOWN, settled, "disputed", "family")  # type: ignore[arg-type]


def test_spans_carry_the_styles_and_letters_of_the_key() -> None:
    shown = next(b for b in texts(view(BASELINE, KNOWN, STANDING, "key", "family")) if b.id == WHAT)
    found = [
        (s.text, s.letters, "".join(sorted(style[0] for style in s.style)))
        for s in spans(shown, STANDING, DEFAULT, KNOWN)
    ]
    assert [
        ("Direct", "CF", "bis"),
        ("Individual, where possible,", "C", "i"),
        ("Individual", "F", "b"),
        (" therapy ", "", ""),
        ("twice ", "A", "u"),
        ("each week.", "", ""),
    ] == found


def test_an_agreed_deletion_is_underlined_and_struck_unless_the_council_prints_it_plain() -> None:
    known = records(BASELINE, {"family": {"a": text(0, 6, "")}})
    shown = next(b for b in texts(view(BASELINE, known, {"family:a": "agreed"}, "key", "family")) if b.id == WHAT)
    plain = find("send23-plain-deletions")
    assert plain is not None
    assert frozenset({"underline", "strike"}) == spans(shown, {"family:a": "agreed"}, DEFAULT, known)[0].style
    assert frozenset({"strike"}) == spans(shown, {"family:a": "agreed"}, plain, known)[0].style


def test_every_profile_tells_all_hands_apart_without_colour() -> None:
    for profile in PROFILES:
        looks = {(profile.style(hand, deleted=False), profile.hands[hand].letter) for hand in HANDS}
        assert len(HANDS) == len(looks)
        assert len(HANDS) == len(profile.lines())
    assert not DEFAULT.colours
    assert find("no such key") is None


def test_an_answer_is_shown_as_words_against_the_words_it_answers() -> None:
    pieces = answered_words(KNOWN, "authority:c")["wording"]
    assert [("same", "Individual"), ("in", ", where possible,")] == [(piece.kind, piece.text) for piece in pieces]
    assert {} == answered_words(KNOWN, "family:a")


def test_a_word_slipped_in_since_we_looked_is_shown_as_such() -> None:
    later = records(
        BASELINE, {"family": {"a": text(0, 6, "Individual may")}, "authority": {"d": {"type": "rm", "block": "x"}}}
    )
    changes = {change.key: change for change in since(KNOWN, later)}
    assert [("same", "Individual"), ("in", " may")] == [(p.kind, p.text) for p in changes["family:a"].words["wording"]]
    assert {"family:a": "changed", "family:b": "withdrawn", "authority:c": "withdrawn"}.items() <= {
        key: change.what for key, change in changes.items()
    }.items()
    assert () == since(KNOWN, KNOWN)


def test_a_strike_that_grew_since_we_looked_is_shown_as_moved() -> None:
    later = records(BASELINE, {**LAYERS, "family": {**LAYERS["family"], "a": text(0, 14, "Individual")}})
    [change] = since(KNOWN, later)
    assert ("family:a", "changed", {}, True) == (change.key, change.what, change.words, change.moved)


def test_in_print_struck_words_stand_before_the_new_ones() -> None:
    layers = {"family": {"a": text(0, 6, "Individual") | {"at": 0}}, "authority": {"b": text(3, 3, "x")}}
    shown = next(b for b in texts(compose(BASELINE, layers)) if b.id == WHAT)
    printed = [run.text for run in strike_first(shown.runs or (), records(BASELINE, layers))]
    assert ["Individual", "Dir", "x", "ect", " therapy each week."] == [run.text for run in shown.runs or ()]
    assert ["Dir", "x", "ect", "Individual", " therapy each week."] == printed


def test_a_yes_shows_how_the_passage_will_read() -> None:
    assert ("Individual therapy twice each week.",) == reads_as(BASELINE, KNOWN, STANDING, "family:a")


def test_every_proposal_is_said_in_a_sentence_in_the_order_of_the_text() -> None:
    lines = [line.sentence for line in worded(BASELINE, KNOWN, {**STANDING, "family:b": "agreed"}, DEFAULT)]
    assert [
        "Council proposes removing F, heading 1 as a whole: “Communication”.",
        "Council proposes replacing “Direct” with “Individual, where possible,” in F1, What, "
        "in answer to the family’s proposal there.",
        "Family proposes replacing “Direct” with “Individual” in F1, What. Answered with other wording.",
        "Family proposes adding “twice” after “Direct therapy” in F1, What. Agreed by both sides.",
        "Council proposes adding a provision after F1: “Group” and “Games”. Refused by the tribunal.",
    ] == lines


def test_a_sentence_that_ends_in_a_whole_quoted_sentence_has_no_further_full_stop() -> None:
    layers = {"family": {"n": {"type": "new", "after": "provspeech", "kind": "provision", "on": 1, "wording": "Swim."}}}
    [line] = worded(BASELINE, records(BASELINE, layers), {}, DEFAULT)
    assert "Family proposes adding a provision after F1: “Swim.”" == line.sentence


def test_words_are_quoted_without_the_blanks_around_them() -> None:
    known = records(BASELINE, {"authority": {"a": text(14, 14, " where possible")}})
    [line] = worded(BASELINE, known, {}, DEFAULT)
    assert "Council proposes adding “where possible” after “Direct therapy” in F1, What." == line.sentence


@given(st.integers(0, 2**32 - 1))
def test_the_worded_list_leaves_no_live_proposal_out(seed: int) -> None:
    known = records(BASELINE, honest_layers(Random(seed), BASELINE, 12))
    lines = worded(BASELINE, known, {}, DEFAULT)
    live = {key for key, record in known.items() if record.live}
    assert live <= {line.key for line in lines}
    assert len(lines) == len({line.key for line in lines})


@given(st.lists(st.sampled_from(WORDS)), st.lists(st.sampled_from(WORDS)))
def test_a_word_diff_holds_both_wordings_whole(one: list[str], other: list[str]) -> None:
    old, new = " ".join(one), " ".join(other)
    pieces = word_diff(old, new)
    assert old == "".join(piece.text for piece in pieces if piece.kind != "in")
    assert new == "".join(piece.text for piece in pieces if piece.kind != "out")


def big() -> tuple[Baseline, dict[str, Any]]:
    """45,000 words in 900 paragraphs, with 500 proposals."""
    words = "He will have direct therapy from a qualified therapist once a week for the whole year "
    baseline = freeze(tree(*(paragraph(f"{n} {words * 3}and so on.") for n in range(900))), "F", 1)
    random = Random(7)
    ids = list(baseline.places)
    layers: dict[str, dict[str, Any]] = {"family": {}, "authority": {}}
    for n in range(500):
        start = random.randint(0, 100)
        record = {
            "type": "text",
            "block": random.choice(ids),
            "from": start,
            "to": start + 9,
            "at": start,
            "wording": "x y",
        }
        layers[random.choice(["family", "authority"])][f"r{n}"] = record
    return baseline, layers


def test_composing_the_largest_plan_takes_a_fraction_of_a_second() -> None:
    baseline, layers = big()
    assert 40_000 < sum(len((block.text or "").split()) for block in baseline.texts())
    started = time.process_time()
    compose(baseline, layers)
    assert time.process_time() - started < 0.5


def test_records_are_told_apart_by_side() -> None:
    both: dict[str, Record] = records(BASELINE, {side: {"a": text(0, 1, "x")} for side in ("family", "authority")})
    assert {"family:a", "authority:a"} == set(both)
