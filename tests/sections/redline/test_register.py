"""Agreement is derived, decisions stand for one hash, and what cannot stand together is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sections.redline.overlap import group_of, origin
from sections.redline.records import Record, records
from sections.redline.register import (
    REFUSALS,
    Act,
    Entry,
    Refused,
    answers_older_words,
    ask_panel,
    confirm,
    disagree,
    may_order,
    observe,
    panel_decided,
    record_hash,
    settled,
    standing,
)
from tests.sections.redline.making import baselines

BASELINE = baselines()[1]
WHAT = "provspeech.what"  # "Direct therapy each week."


def text(start: int, end: int, wording: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "block": WHAT, "from": start, "to": end, "at": end, "wording": wording, **more}


def read(**layers: dict[str, Any]) -> dict[str, Record]:
    return records(BASELINE, layers)


def act(side: str, shown: str, person: str = "one", *, entitled: bool = True) -> Act:
    return Act(person, side, entitled, shown)


def yes(known: dict[str, Record], entries: dict[str, Entry], key: str, *sides: str) -> Entry | Refused:
    """The last outcome of each side confirming what it is shown, kept in ``entries``."""
    outcome: Entry | Refused = Refused("withdrawn")
    for side in sides:
        outcome = confirm(BASELINE, known, entries, key, act(side, record_hash(BASELINE, known[key])))
        if isinstance(outcome, Entry):
            entries[key] = outcome
    return outcome


KNOWN = read(family={"a": text(0, 6, "Individual")})


def test_a_proposal_is_agreed_once_both_sides_confirmed_the_same_words() -> None:
    entries: dict[str, Entry] = {}
    yes(KNOWN, entries, "family:a", "family")
    assert "proposed" == standing(BASELINE, KNOWN, entries)["family:a"]
    yes(KNOWN, entries, "family:a", "authority")
    assert "agreed" == standing(BASELINE, KNOWN, entries)["family:a"]
    assert ("family:a",) == settled(BASELINE, KNOWN, entries)


def test_two_people_of_one_side_are_not_agreement() -> None:
    entries: dict[str, Entry] = {}
    present = record_hash(BASELINE, KNOWN["family:a"])
    for person in ("mother", "advocate"):
        outcome = confirm(BASELINE, KNOWN, entries, "family:a", act("family", present, person))
        assert isinstance(outcome, Entry)
        entries["family:a"] = outcome
    assert "proposed" == standing(BASELINE, KNOWN, entries)["family:a"]


def test_an_edit_reopens_an_agreement_and_typing_the_old_words_back_does_not_restore_it() -> None:
    entries: dict[str, Entry] = {}
    yes(KNOWN, entries, "family:a", "family", "authority")
    edited = read(family={"a": text(0, 6, "Individual may")})
    entries["family:a"], told = observe(entries["family:a"], record_hash(BASELINE, edited["family:a"]))
    assert ("reopened",) == told
    assert "reopened" == standing(BASELINE, edited, entries)["family:a"]
    entries["family:a"], told = observe(entries["family:a"], record_hash(BASELINE, KNOWN["family:a"]))
    assert () == told
    assert "reopened" == standing(BASELINE, KNOWN, entries)["family:a"]
    yes(KNOWN, entries, "family:a", "family", "authority")
    assert "agreed" == standing(BASELINE, KNOWN, entries)["family:a"]


def test_an_entry_the_server_has_not_yet_brought_up_to_date_is_never_agreed() -> None:
    entries: dict[str, Entry] = {}
    yes(KNOWN, entries, "family:a", "family", "authority")
    edited = read(family={"a": text(0, 7, "Individual ")})
    assert "reopened" == standing(BASELINE, edited, entries)["family:a"]
    assert () == settled(BASELINE, edited, entries)


@pytest.mark.parametrize(
    "change",
    [
        {"from": 1},
        {"to": 7},
        {"at": 0},
        {"rank": "W"},
        {"wording": "Individual "},
        {"group": "g"},
        {"moves": "b"},
        {"counters": {"key": "authority:z", "hash": "ab" * 32}},
    ],
)
def test_the_hash_covers_every_part_of_a_record(change: dict[str, Any]) -> None:
    other = read(family={"a": text(0, 6, "Individual") | change})
    assert record_hash(BASELINE, KNOWN["family:a"]) != record_hash(BASELINE, other["family:a"])


def test_the_hash_is_of_what_is_read_so_noise_in_a_layer_changes_nothing() -> None:
    noisy = read(family={"a": text(0, 6, "Individual") | {"author": "forged", "status": "agreed", "rank": "V000"}})
    assert record_hash(BASELINE, KNOWN["family:a"]) == record_hash(BASELINE, noisy["family:a"])


def test_another_version_has_another_hash() -> None:
    later = replace(BASELINE, version=2)
    assert record_hash(BASELINE, KNOWN["family:a"]) != record_hash(later, KNOWN["family:a"])


@pytest.mark.parametrize(
    ("known", "key", "doing", "code"),
    [
        (KNOWN, "family:a", act("family", "00" * 32), "not-current"),
        (KNOWN, "family:a", act("observer", ""), "not-entitled"),
        (KNOWN, "family:a", act("tribunal", ""), "not-entitled"),
        (KNOWN, "family:a", act("family", "", entitled=False), "not-entitled"),
        (KNOWN, "family:gone", act("family", ""), "withdrawn"),
        (read(family={"a": text(3, 3, "")}), "family:a", act("family", ""), "withdrawn"),
    ],
)
def test_a_decision_that_may_not_be_made_is_refused_with_a_sentence(
    known: dict[str, Record], key: str, doing: Act, code: str
) -> None:
    for decide in (confirm, disagree, ask_panel):
        outcome = decide(BASELINE, known, {}, key, doing)
        assert isinstance(outcome, Refused)
        assert code == outcome.code
        assert REFUSALS[code] == outcome.sentence


def test_a_second_overlapping_replacement_cannot_be_agreed() -> None:
    known = read(family={"a": text(0, 6, "Individual")}, authority={"b": text(4, 9, "Group")})
    entries: dict[str, Entry] = {}
    yes(known, entries, "family:a", "family", "authority")
    assert isinstance(yes(known, entries, "authority:b", "authority"), Entry)
    outcome = yes(known, entries, "authority:b", "family")
    assert Refused("overlap", ("family:a",)) == outcome


def test_words_put_inside_an_agreed_deletion_cannot_be_agreed() -> None:
    known = read(family={"a": text(0, 14, "")}, authority={"b": text(6, 6, " daily")})
    entries: dict[str, Entry] = {}
    yes(known, entries, "family:a", "family", "authority")
    assert Refused("overlap", ("family:a",)) == yes(known, entries, "authority:b", "authority", "family")


def test_two_deletions_that_share_words_can_both_be_agreed() -> None:
    known = read(family={"a": text(0, 6, "")}, authority={"b": text(4, 9, "")})
    entries: dict[str, Entry] = {}
    yes(known, entries, "family:a", "family", "authority")
    yes(known, entries, "authority:b", "authority", "family")
    assert {"agreed"} == set(standing(BASELINE, known, entries).values())


def test_in_a_chain_of_answers_only_one_can_be_agreed() -> None:
    known = read(
        family={"a": text(7, 14, "help"), "c": text(20, 20, "z", counters={"key": "authority:b", "hash": ""})},
        authority={"b": text(0, 0, "x", counters={"key": "family:a", "hash": ""})},
    )
    entries: dict[str, Entry] = {}
    assert "countered" == standing(BASELINE, known, entries)["family:a"]
    yes(known, entries, "family:c", "family", "authority")
    assert Refused("answer", ("family:c",)) == yes(known, entries, "family:a", "family", "authority")


def test_words_in_a_passage_that_goes_cannot_be_agreed_beside_its_removal() -> None:
    layers = {
        "family": {
            "a": text(0, 6, "Individual"),
            "n": {"type": "new", "after": WHAT, "kind": "p", "on": 1, "wording": "x"},
        },
        "authority": {"r": {"type": "rm", "block": "provspeech", "on": 1}},
    }
    known = records(BASELINE, layers)
    entries: dict[str, Entry] = {}
    yes(known, entries, "authority:r", "authority", "family")
    assert Refused("removed", ("authority:r",)) == yes(known, entries, "family:a", "family", "authority")
    assert Refused("removed", ("authority:r",)) == yes(known, entries, "family:n", "family", "authority")
    assert ("family:a", "family:n") == may_order(BASELINE, known, ["authority:r", "family:a", "family:n"])


def test_what_a_panel_must_decide_is_pending_and_never_agreed() -> None:
    entries: dict[str, Entry] = {}
    yes(KNOWN, entries, "family:a", "family", "authority")
    present = record_hash(BASELINE, KNOWN["family:a"])
    pending = ask_panel(BASELINE, KNOWN, entries, "family:a", act("authority", present))
    assert isinstance(pending, Entry)
    entries["family:a"] = pending
    assert "pending panel" == standing(BASELINE, KNOWN, entries)["family:a"]
    assert Refused("panel") == yes(KNOWN, entries, "family:a", "family")
    entries["family:a"] = panel_decided(pending, "declined")
    assert "not agreed" == standing(BASELINE, KNOWN, entries)["family:a"]
    entries["family:a"] = panel_decided(pending, "approved")
    assert "agreed" == standing(BASELINE, KNOWN, entries)["family:a"]
    assert Refused("not-entitled") == ask_panel(BASELINE, KNOWN, {}, "family:a", act("family", present))


def test_a_side_that_takes_back_its_yes_reopens_visibly() -> None:
    entries: dict[str, Entry] = {}
    yes(KNOWN, entries, "family:a", "family", "authority")
    no = disagree(BASELINE, KNOWN, entries, "family:a", act("authority", record_hash(BASELINE, KNOWN["family:a"])))
    assert isinstance(no, Entry)
    entries["family:a"] = no
    assert no.reopened
    assert "not agreed" == standing(BASELINE, KNOWN, entries)["family:a"]


def test_an_order_settles_what_it_ordered_and_nothing_that_was_changed_since() -> None:
    present = record_hash(BASELINE, KNOWN["family:a"])
    entries = {"family:a": Entry("family:a", present, order="ordered")}
    assert ("family:a",) == settled(BASELINE, KNOWN, entries)
    assert Refused("closed") == yes(KNOWN, entries, "family:a", "family")
    edited = read(family={"a": text(0, 6, "Some")})
    assert () == settled(BASELINE, edited, entries)
    refused = {"family:a": Entry("family:a", present, order="refused")}
    assert "refused" == standing(BASELINE, KNOWN, refused)["family:a"]


def test_an_answer_says_when_the_words_it_answers_have_changed() -> None:
    answered = record_hash(BASELINE, KNOWN["family:a"])
    answer = {"b": text(0, 6, "Group", counters={"key": "family:a", "hash": answered})}
    now = read(family={"a": text(0, 6, "Individual")}, authority=answer)
    later = read(family={"a": text(0, 6, "Individual and group")}, authority=answer)
    assert not answers_older_words(BASELINE, now, "authority:b")
    assert answers_older_words(BASELINE, later, "authority:b")
    assert answers_older_words(BASELINE, read(authority=answer), "authority:b")
    assert not answers_older_words(BASELINE, now, "family:a")


def test_one_act_is_one_group_of_one_side() -> None:
    known = read(
        family={"a": text(0, 6, "x", group="g"), "b": text(9, 9, "y", group="g"), "c": text(3, 3, "", group="g")},
        authority={"d": text(12, 12, "z", group="g")},
    )
    assert ("family:a", "family:b") == group_of(known, "family:a")
    assert ("family:none",) == group_of(known, "family:none")


def test_a_change_to_a_served_draft_comes_from_the_family_or_answers_it() -> None:
    def counters(key: str) -> dict[str, Any]:
        return {"counters": {"key": key, "hash": ""}}

    known = read(
        family={"a": text(0, 6, "x"), "b": text(0, 6, "y", **counters("authority:d"))},
        authority={
            "c": text(0, 6, "z", **counters("family:a")),
            "d": text(12, 12, "z"),
            "e": text(12, 12, "z", **counters("family:gone")),
        },
    )
    found = {key: origin(known, key) for key in known}
    assert {
        "family:a": "representation",
        "family:b": "representation",
        "authority:c": "answer",
        "authority:d": "own idea",
        "authority:e": "own idea",
    } == found
