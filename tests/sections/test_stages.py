"""Stages: what each opens and locks, the reasons in plain words, and the moves between them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sections import stages
from sections.catalogue import LABELS, BadRules
from sections.rights import ROLES
from sections.stages import NEEDS, STAGES, Mode, find_move, last_day_for_family, mode, moves, outstanding, reason
from tests.sections.test_catalogue import rows_of

ALL_BUT_I = tuple(label for label in LABELS if label != "I")
SERVED = date(2026, 4, 27)


@pytest.mark.parametrize(
    ("stage", "open_sections"),
    [
        ("gathering", ALL_BUT_I),
        ("drafting", ALL_BUT_I),
        ("draft_served", ()),
        ("finalising", ("I",)),
        ("final", ()),
    ],
)
def test_a_stage_opens_exactly_these_sections(stage: str, open_sections: tuple[str, ...]) -> None:
    assert open_sections == tuple(label for label in LABELS if mode(stage, label) is Mode.OPEN)


@pytest.mark.parametrize("stage", ["gathering", "drafting", "draft_served"])
def test_section_i_is_locked_by_the_act_before_finalising(stage: str) -> None:
    assert mode(stage, "I") is Mode.LOCKED
    assert "Children and Families Act 2014, section 38(5)" in reason(stage, "I")
    assert "school or college" in reason(stage, "I")


@pytest.mark.parametrize("label", ALL_BUT_I)
def test_a_sent_draft_says_what_a_change_would_need(label: str) -> None:
    assert "15 days" in reason("draft_served", label)
    assert "sending the draft again" in reason("draft_served", label)


@pytest.mark.parametrize("rule", STAGES, ids=lambda rule: rule.key)
def test_every_locked_section_has_a_reason_and_every_open_one_has_none(rule: stages.StageRule) -> None:
    for label in LABELS:
        assert (mode(rule.key, label) is Mode.OPEN) == (reason(rule.key, label) == "")


@pytest.mark.parametrize(("stage", "section"), [("published", "A"), ("drafting", "Z"), ("", ""), ("drafting", "i")])
def test_what_nobody_has_heard_of_is_locked(stage: str, section: str) -> None:
    assert mode(stage, section) is Mode.LOCKED
    assert stages.UNKNOWN_REASON == reason(stage, section)


def test_the_moves_are_these_and_no_others() -> None:
    officers = ("case_officer", "signing_officer")
    expected = {
        ("gathering", "drafting"): (officers, ()),
        ("drafting", "gathering"): (officers, ()),
        ("drafting", "draft_served"): (officers, ()),
        ("draft_served", "drafting"): (officers, ()),
        ("draft_served", "finalising"): (("signing_officer",), ("early_reason",)),
        ("finalising", "drafting"): (("signing_officer",), ("section_i_empty",)),
        ("finalising", "final"): (("signing_officer",), ("section_i_lawful",)),
    }
    assert expected == {(move.origin, move.to): (move.roles, move.needs) for rule in STAGES for move in rule.moves}


def test_a_final_plan_does_not_move_and_neither_does_an_unknown_stage() -> None:
    assert () == moves("final")
    assert () == moves("published")
    assert find_move("final", "drafting") is None
    assert find_move("gathering", "final") is None


@pytest.mark.parametrize("move", [move for rule in STAGES for move in rule.moves], ids=lambda m: f"{m.origin}-{m.to}")
def test_a_move_says_what_it_does_in_full_sentences(move: stages.Move) -> None:
    assert move.next.endswith(".")
    assert move.warning.endswith(".")
    assert move.confirm.startswith("Yes")
    assert set(move.roles) <= set(ROLES)


@pytest.mark.parametrize("origin", ["draft_served", "finalising"])
def test_going_back_to_drafting_means_the_draft_is_sent_again(origin: str) -> None:
    move = find_move(origin, "drafting")
    assert move is not None
    assert "draft_served_on" in move.clears
    assert "sent again" in move.warning
    assert "20 weeks keep running" in move.warning


def test_dated_acts_name_the_facts_they_set() -> None:
    sets = {(move.origin, move.to): move.sets for rule in STAGES for move in rule.moves if move.sets}
    assert {
        ("drafting", "draft_served"): ("draft_served_on",),
        ("draft_served", "finalising"): ("finalised_on", "finalised_by"),
        ("finalising", "final"): ("finalised_on", "finalised_by"),
    } == sets


def test_the_day_of_service_is_day_one_of_fifteen() -> None:
    assert date(2026, 5, 11) == last_day_for_family(SERVED)


@pytest.mark.parametrize(
    ("today", "early_reason", "missing"),
    [
        (SERVED, "", ["early_reason"]),
        (SERVED + timedelta(days=14), "", ["early_reason"]),
        (SERVED + timedelta(days=14), "   ", ["early_reason"]),
        (SERVED + timedelta(days=14), "The family asked us to, in writing.", []),
        (SERVED + timedelta(days=15), "", []),
    ],
)
def test_finalising_before_the_fifteen_days_are_over_needs_a_reason(
    today: date, early_reason: str, missing: list[str]
) -> None:
    move = find_move("draft_served", "finalising")
    assert move is not None
    needs = outstanding(move, today=today, draft_served_on=SERVED, section_i_empty=True, early_reason=early_reason)
    assert missing == [need.key for need in needs]


def test_without_a_day_of_service_the_familys_time_is_not_over() -> None:
    move = find_move("draft_served", "finalising")
    assert move is not None
    needs = outstanding(move, today=date(2030, 1, 1), draft_served_on=None, section_i_empty=True)
    assert ["early_reason"] == [need.key for need in needs]


@pytest.mark.parametrize(
    ("to", "empty", "eotas", "missing"),
    [
        ("final", True, "", ["section_i_lawful"]),
        ("final", True, " \n", ["section_i_lawful"]),
        ("final", True, "Education is at home.", []),
        ("final", False, "", []),
        ("drafting", True, "", []),
        ("drafting", False, "", ["section_i_empty"]),
    ],
)
def test_leaving_finalising_looks_at_section_i(to: str, empty: bool, eotas: str, missing: list[str]) -> None:
    move = find_move("finalising", to)
    assert move is not None
    needs = outstanding(move, today=SERVED, draft_served_on=SERVED, section_i_empty=empty, eotas_reason=eotas)
    assert missing == [need.key for need in needs]
    assert all(need.title and need.sentence.endswith(".") for need in needs)


def test_every_need_is_asked_for_by_a_move_and_known_to_the_check() -> None:
    assert set(NEEDS) == {need for rule in STAGES for move in rule.moves for need in move.needs}


def test_stages_are_found_by_key() -> None:
    assert stages.FIRST_STAGE == "gathering"
    assert stages.stage("final") is stages.find("final")
    assert stages.find("published") is None
    assert stages.EDITION.starts == date(2014, 9, 1)


def test_a_stage_that_forgets_a_section_is_refused() -> None:
    row = {"key": "x", "title": "X", "sentence": "X.", "open": ["A"]}
    with pytest.raises(BadRules, match="every section exactly once"):
        stages._stage(row, {})


def test_a_stage_key_twice_or_a_move_to_nowhere_is_refused() -> None:
    with pytest.raises(BadRules, match="one key"):
        stages._checked((STAGES[0], STAGES[0]), NEEDS)
    with pytest.raises(BadRules, match="unknown"):
        stages._checked((STAGES[0],), NEEDS)
    with pytest.raises(BadRules, match="unknown"):
        stages._checked(STAGES, {})


def test_the_page_for_people_lists_every_stage_and_move() -> None:
    rows = rows_of("The stages")
    listed = {(row[0], row[1]) for row in rows}
    titles = {rule.key: rule.title for rule in STAGES}
    for rule in STAGES:
        assert (rule.title, rule.key) in listed
        for move in rule.moves:
            who = ", ".join(ROLES[role].label.lower() for role in move.roles)
            assert [titles[move.origin], titles[move.to], who] in [row[:3] for row in rows]
