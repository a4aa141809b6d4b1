"""The dispute schedule shows every exchange once, in its place, with the words each side wants."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sections.redline.apply import resolved
from sections.redline.baseline import freeze
from sections.redline.overlap import chain_of
from sections.redline.records import Text, records
from sections.redline.register import SETTLED, Status
from sections.redline.schedule import STATUS_WORDS, TAKEN_OUT, ScheduleRow, schedule
from tests.sections.redline.making import baselines, honest_layers, paragraph, tree

SEEDS = st.integers(0, 2**32 - 1)
BASELINE = baselines()[1]
WHAT = "provspeech.what"  # "Direct therapy each week."
HASH = "ab" * 32


def text(start: int, end: int, wording: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "block": WHAT, "from": start, "to": end, "at": end, "wording": wording, **more}


LAYERS: dict[str, dict[str, Any]] = {
    "family": {
        "a": text(0, 6, "Individual"),
        "b": text(20, 24, "day"),
        "d": {
            "type": "new",
            "after": "provspeech",
            "kind": "provision",
            "on": 1,
            "wording": "Group",
            "w_what": "Games",
        },
        "gone": text(3, 3, ""),
    },
    "authority": {
        "c": text(0, 14, "Therapy", counters={"key": "family:a", "hash": HASH}),
        "e": {"type": "rm", "block": "provspeech.who", "on": 1},
        "f": {"type": "rm", "block": BASELINE.blocks[0].id, "on": 1},
    },
}
KNOWN = records(BASELINE, LAYERS)
STANDING: dict[str, Status] = {"family:a": "countered", "family:b": "agreed", "authority:f": "not agreed"}
NUMBERS = {"family:a": "F-2", "authority:c": "F-10", "family:b": "F-1", "family:d": "F-11", "authority:f": "F-3"}
CITED = {
    "family:a": ("Smith, EP, 28 February 2026, p. 1, para. 5",),
    "authority:c": ("Jones, SENCO, 1 March 2026, p. 2",),
}


def rows(which: Any = "open") -> dict[str, ScheduleRow]:
    return {row.number: row for row in schedule(BASELINE, KNOWN, STANDING, NUMBERS, CITED, which=which)}


def test_a_proposal_and_its_answer_stand_side_by_side_as_whole_sentences() -> None:
    row = rows()["F-2, F-10"]
    assert "Direct therapy each week." == row.original
    assert "Individual therapy each week." == row.family
    assert "Therapy each week." == row.authority
    assert ("F1, What", "Each side has its own wording", "order") == (row.place, row.status_words, row.outcome)
    assert (
        "F-2: Smith, EP, 28 February 2026, p. 1, para. 5",
        "F-10: Jones, SENCO, 1 March 2026, p. 2",
    ) == row.evidence


def test_rows_go_by_number_and_leave_out_what_is_agreed_unless_all_is_asked_for() -> None:
    assert ["F-2, F-10", "F-3", "F-11"] == list(rows())
    assert ["F-1", "F-2, F-10", "F-3", "F-11"] == list(rows("all"))
    assert "Agreed by both sides" == rows("all")["F-1"].status_words


def test_what_is_added_or_taken_out_as_a_whole_is_said_in_words() -> None:
    added, removed = rows()["F-11"], rows()["F-3"]
    assert ("", "Group\nWhat: Games", "") == (added.original, added.family, added.authority)
    assert ("Communication", TAKEN_OUT, "") == (removed.original, removed.authority, removed.family)
    assert "Not agreed: for the tribunal to decide" == removed.status_words


def test_only_the_sentence_that_changes_is_shown() -> None:
    three = freeze(tree(paragraph("He reads. He has help each week. He swims.")), "C", 1)
    block = three.blocks[0].id

    def shown(start: int, end: int, wording: str) -> tuple[str, str, str]:
        record = {"type": "text", "block": block, "from": start, "to": end, "at": end, "wording": wording}
        known = records(three, {"family": {"a": record}})
        [row] = schedule(three, known, {}, {"family:a": "C-1"}, {})
        return row.original, row.family, row.outcome

    assert ("He has help each week.", "He has daily help each week.", "recommendation") == shown(17, 17, "daily ")
    assert ("He has help each week.", "He has help each day.", "recommendation") == shown(27, 31, "day")
    assert ("", "He writes.", "recommendation") == shown(33, 33, "He writes. ")
    assert ("He swims.", "He swims. He writes.", "recommendation") == shown(42, 42, " He writes.")
    assert ("He has help each week.", TAKEN_OUT, "recommendation") == shown(10, 33, "")


def test_a_side_that_answered_twice_has_both_wordings_with_their_numbers() -> None:
    layers = {
        "family": {
            "a": text(0, 6, "Individual"),
            "z": text(0, 6, "Personal", counters={"key": "authority:c", "hash": HASH}),
        },
        "authority": {"c": text(0, 6, "Group", counters={"key": "family:a", "hash": HASH})},
    }
    numbers = {"family:a": "F-1", "authority:c": "F-2", "family:z": "F-3"}
    known = records(BASELINE, layers)
    [row] = schedule(BASELINE, known, {}, numbers, {})
    [settled] = schedule(BASELINE, known, {"family:z": "agreed"}, numbers, {}, which="all")
    assert "Agreed by both sides: F-3" == settled.status_words
    assert "F-1: Individual therapy each week.\nF-3: Personal therapy each week." == row.family
    assert "Group therapy each week." == row.authority


def test_every_status_has_words() -> None:
    assert all(STATUS_WORDS.values())
    assert SETTLED < set(STATUS_WORDS)


@given(SEEDS)
def test_every_live_proposal_is_in_exactly_one_row_with_what_it_answers(seed: int) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, honest_layers(random, baseline, random.randint(0, 12)))
        standing: dict[str, Status] = {key: random.choice(list(STATUS_WORDS)) for key in known}
        numbers = {key: f"F-{place}" for place, key in enumerate(known, 1) if random.random() < 0.9}
        found = schedule(baseline, known, standing, numbers, {}, which="all")
        shown = [one.key for row in found for one in row.wordings]
        assert sorted(shown) == sorted(key for key, record in known.items() if record.live)
        for row in found:
            chain = chain_of(known, row.wordings[0].key)
            assert {one.key for one in row.wordings} == {key for key in chain if known[key].live}
            assert row.place
            assert all(one.words for one in row.wordings)
        first = [min((int(n[2:]) for n in row.number.split(", ") if n), default=10**9) for row in found]
        assert sorted(first) == first
        still_open = schedule(baseline, known, standing, numbers, {})
        assert [row for row in found if row.status not in (*SETTLED, "refused", "withdrawn")] == list(still_open)


@given(SEEDS)
def test_the_wording_shown_is_what_the_text_would_say(seed: int) -> None:
    random = Random(seed)
    for baseline in baselines():
        known = records(baseline, honest_layers(random, baseline, random.randint(1, 8)))
        for row in schedule(baseline, known, {}, {}, {}, which="all"):
            record = known[row.wordings[0].key]
            if len(row.wordings) > 1 or not isinstance(record, Text):
                continue
            assert row.original in (baseline.places[record.block].block.text or "")
            after = "\n".join(block.text or "" for block in resolved(baseline, known, [record.key]).texts())
            assert row.wordings[0].words == TAKEN_OUT or row.wordings[0].words in after
