"""Rights, checked against a table written out here by hand: every role, stage and section."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sections import rights
from sections.catalogue import LABELS, BadRules
from sections.rights import (
    PARTIES,
    ROLES,
    Actor,
    PlanFacts,
    check_standing,
    may,
    may_start_plan,
    party_label,
    rights_table,
    role_label,
    writes,
)
from sections.stages import STAGE_KEYS, Mode
from tests.sections.test_catalogue import rows_of

TODAY = date(2026, 11, 22)
ALL_BUT_I = "A B C D E F G H1 H2 J K"
WRITERS = {
    "parent": ("family", ALL_BUT_I, ""),
    "young_person": ("family", ALL_BUT_I, ""),
    "advocate": ("family", ALL_BUT_I, ""),
    "interpreter": ("family", "", ""),
    "case_officer": ("authority", ALL_BUT_I, "I"),
    "plan_writer": ("authority", ALL_BUT_I, "I"),
    "signing_officer": ("authority", ALL_BUT_I, "I"),
    "panel_member": ("authority", "", ""),
    "senco": ("professional", "A B E F K", ""),
    "educational_psychologist": ("professional", "A B E F K", ""),
    "health": ("professional", "A B C E F G K", ""),
    "social_care": ("professional", "A D E F H1 H2 K", ""),
    "observer": ("observer", "", ""),
}
EVERYONE = set(WRITERS)
OFFICERS = {"case_officer", "signing_officer"}
FAMILY_VOICE = {"parent", "young_person", "advocate"}
ACTIONS = {
    "read": EVERYONE,
    "see_presence": EVERYONE,
    "show_presence": EVERYONE,
    "see_people": EVERYONE,
    "invite": OFFICERS,
    "end_access": OFFICERS,
    "edit_facts": OFFICERS,
    "see_audit": OFFICERS,
    "state_preference": FAMILY_VOICE,
    "see_preference": {role for role, (party, _, _) in WRITERS.items() if party in ("family", "authority")},
}
MOVES = {
    ("gathering", "drafting"): OFFICERS,
    ("drafting", "gathering"): OFFICERS,
    ("drafting", "draft_served"): OFFICERS,
    ("draft_served", "drafting"): OFFICERS,
    ("draft_served", "finalising"): {"signing_officer"},
    ("finalising", "drafting"): {"signing_officer"},
    ("finalising", "final"): {"signing_officer"},
}


def standing(role: str) -> Actor:
    return Actor(role, WRITERS[role][0], acts_for="someone" if role == "advocate" else None)


@pytest.mark.parametrize("stage", STAGE_KEYS)
@pytest.mark.parametrize("role", WRITERS)
def test_a_role_writes_exactly_these_sections(role: str, stage: str) -> None:
    _, writing, placement = WRITERS[role]
    expected = {"gathering": writing, "drafting": writing, "finalising": placement}.get(stage, "").split()
    plan = PlanFacts(stage)
    allowed = [label for label in LABELS if may(standing(role), "write", plan, label, today=TODAY).allowed]
    assert expected == allowed
    assert tuple(expected) == writes(role, stage)


@pytest.mark.parametrize("stage", STAGE_KEYS)
@pytest.mark.parametrize("role", WRITERS)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_belongs_to_exactly_these_roles(action: str, role: str, stage: str) -> None:
    expected = role in ACTIONS[action] and not (action == "state_preference" and stage == "final")
    decision = may(standing(role), action, PlanFacts(stage), today=TODAY)
    assert expected == decision.allowed
    assert decision.sentence.endswith(".")


@pytest.mark.parametrize("origin", STAGE_KEYS)
@pytest.mark.parametrize("role", WRITERS)
def test_a_stage_is_moved_only_by_those_entitled(role: str, origin: str) -> None:
    for to in STAGE_KEYS:
        expected = role in MOVES.get((origin, to), set())
        assert expected == may(standing(role), "move_stage", PlanFacts(origin), today=TODAY, to=to).allowed
    finalise = may(standing(role), "finalise", PlanFacts(origin), today=TODAY)
    assert (role == "signing_officer" and origin == "draft_served") == finalise.allowed


def test_a_refused_move_says_who_may() -> None:
    decision = may(standing("parent"), "move_stage", PlanFacts("drafting"), today=TODAY, to="draft_served")
    assert ("not-allowed", "This step is taken by: case officer or signing officer.") == (
        decision.code,
        decision.sentence,
    )
    assert not may(standing("case_officer"), "move_stage", PlanFacts("drafting"), today=TODAY).allowed


def test_a_locked_section_answers_with_the_law_whoever_asks() -> None:
    for role in WRITERS:
        decision = may(standing(role), "write", PlanFacts("drafting"), "I", today=TODAY)
        assert decision.code == "locked"
        assert "section 38(5)" in decision.sentence


@pytest.mark.parametrize(
    ("role", "stage", "section", "words"),
    [
        ("senco", "drafting", "C", "You can read section C but not write in it."),
        ("observer", "drafting", "C", "You can read the plan but not write in it."),
        ("parent", "finalising", "I", "Section I is written by the council."),
    ],
)
def test_a_refusal_says_what_the_person_can_do(role: str, stage: str, section: str, words: str) -> None:
    decision = may(standing(role), "write", PlanFacts(stage), section, today=TODAY)
    assert decision.code == "not-allowed"
    assert words in decision.sentence


@pytest.mark.parametrize("action", rights.ACTIONS)
@pytest.mark.parametrize(
    "actor",
    [
        None,
        Actor("parent", "family", ended=True),
        Actor("signing_officer", "authority", ended=True, expires_on=TODAY),
        Actor("parent", "family", expires_on=TODAY - timedelta(days=1)),
    ],
    ids=["nobody", "ended", "ended-officer", "expired"],
)
def test_without_access_everything_is_refused(actor: Actor | None, action: str) -> None:
    decision = may(actor, action, PlanFacts("drafting"), "B", today=TODAY, to="draft_served")
    assert (False, "not-on-plan") == (decision.allowed, decision.code)
    assert "ask the case officer" in decision.sentence.lower()


def test_access_holds_through_its_last_day() -> None:
    actor = Actor("parent", "family", expires_on=TODAY)
    assert may(actor, "write", PlanFacts("drafting"), "B", today=TODAY).allowed
    later = may(actor, "write", PlanFacts("drafting"), "B", today=TODAY + timedelta(days=1))
    assert not later.allowed
    assert "22 November 2026" in later.sentence


@pytest.mark.parametrize("acts_for", [None, ""])
def test_an_advocate_who_acts_for_nobody_only_reads(acts_for: str | None) -> None:
    actor = Actor("advocate", "family", acts_for=acts_for)
    plan = PlanFacts("drafting")
    assert may(actor, "read", plan, today=TODAY).allowed
    for action in ("write", "state_preference"):
        decision = may(actor, action, plan, "B", today=TODAY)
        assert (False, "not-allowed") == (decision.allowed, decision.code)
        assert "for whom" in decision.sentence


@pytest.mark.parametrize("role", WRITERS)
@pytest.mark.parametrize("party", [*PARTIES, "", "council", "Family"])
def test_a_party_that_does_not_fit_the_role_is_refused_everything(role: str, party: str) -> None:
    actor = Actor(role, party, acts_for="someone")
    fits = party == WRITERS[role][0]
    assert fits == check_standing(role, party, "someone").allowed
    if not fits:
        for action in rights.ACTIONS:
            decision = may(actor, action, PlanFacts("drafting"), "A", today=TODAY, to="draft_served")
            assert (False, "not-allowed") == (decision.allowed, decision.code)


@pytest.mark.parametrize(
    ("role", "stage", "section", "code"),
    [
        ("wizard", "drafting", "A", "not-allowed"),
        ("parent", "drafting", "Z", "unknown-document"),
        ("parent", "drafting", "", "unknown-document"),
        ("parent", "drafting", None, "unknown-document"),
        ("parent", "published", "A", "locked"),
    ],
)
def test_what_nobody_has_heard_of_is_refused_with_a_code(role: str, stage: str, section: str | None, code: str) -> None:
    decision = may(Actor(role, "family"), "write", PlanFacts(stage), section, today=TODAY)
    assert (False, code) == (decision.allowed, decision.code)


def test_an_unknown_action_and_starting_from_inside_a_plan_are_refused() -> None:
    for action in ("delete", "start_plan"):
        assert not may(standing("signing_officer"), action, PlanFacts("drafting"), today=TODAY).allowed


def test_only_council_staff_start_a_plan() -> None:
    assert may_start_plan(is_staff=True).allowed
    assert may_start_plan(is_staff=False).code == "not-allowed"


def test_an_invitation_is_checked_before_it_is_sent() -> None:
    assert check_standing("advocate", "family", "someone").allowed
    assert "acts for" in check_standing("advocate", "family").sentence
    assert "not known" in check_standing("wizard", "family").sentence
    assert check_standing("parent", "authority").sentence == "Parent or carer cannot belong to: Council."


def test_roles_and_parties_have_plain_labels() -> None:
    assert set(WRITERS) == set(ROLES)
    assert {"family", "authority", "professional", "observer"} == set(PARTIES)
    assert ("SENCO or setting", "Someone") == (role_label("senco"), role_label("wizard"))
    assert ("Council", "nobody known") == (party_label("authority"), party_label("x"))
    assert {"interpreter", "panel_member", "observer"} == {key for key, role in ROLES.items() if role.reads_only}
    assert () == writes("wizard", "drafting") == writes("parent", "published")


@pytest.mark.parametrize("stage", STAGE_KEYS)
def test_the_plans_table_says_what_the_server_does(stage: str) -> None:
    rows = rights_table(stage)
    assert LABELS == tuple(row.section for row in rows)
    for row in rows:
        writers = tuple(
            role for role in ROLES if may(standing(role), "write", PlanFacts(stage), row.section, today=TODAY).allowed
        )
        assert writers == row.roles
        assert tuple(role_label(role) for role in writers) == row.writers
        assert (row.mode is Mode.LOCKED) == (writers == ()) == (row.reason != "")


def test_rules_that_write_where_the_stage_is_locked_are_refused() -> None:
    row = {"label": "X", "about": "X.", "parties": ["family"], "writes": {"g": ["I"]}}
    with pytest.raises(BadRules, match="locks"):
        rights._role("x", row, {"g": ["drafting"]})
    with pytest.raises(BadRules, match="does not exist"):
        rights._role("x", {**row, "writes": {"g": ["Z"]}}, {"g": ["drafting"]})


def test_the_rules_say_from_when_they_hold() -> None:
    assert date(2014, 9, 1) == rights.EDITION.starts


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.key)
def test_the_page_for_people_lists_the_role_and_what_it_writes(role: rights.RoleRule) -> None:
    rows = [row for row in rows_of("The people") if row[1] == role.key]
    party, writing, placement = WRITERS[role.key]
    said = {"": "nothing", ALL_BUT_I: "all but I"}.get(writing, writing.replace(" ", ", "))
    expected = [role.label, role.key, PARTIES[party], said, placement or "nothing"]
    assert [expected] == [[*row[:3], row[3].split(", acting")[0], row[4]] for row in rows]


@pytest.mark.parametrize("action", rights.ACTIONS)
def test_the_page_for_people_lists_every_action(action: str) -> None:
    assert any(action in row[1].replace("`", "").split(", ") for row in rows_of("The people") if len(row) == 3)
