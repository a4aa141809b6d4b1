"""Rights over proposals in an appeal, checked against a plain restatement over everything there is."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sections.addresses import SIDES, Address, parse
from sections.catalogue import LABELS
from sections.facts import Actor, PlanFacts
from sections.rights import PARTIES, ROLES, Decision, may, may_layer, rights_table
from sections.stages import DISPUTED_REASON, STAGE_KEYS, Mode, section_mode, section_reason
from sections.stages import mode as stage_mode
from sections.stages import reason as stage_reason

TODAY = date(2026, 11, 22)
Doing = Literal["read", "write"]
BOTH: tuple[Doing, ...] = ("read", "write")
PROPOSE = {
    "family": {"parent", "young_person", "advocate"},
    "authority": {"case_officer", "plan_writer", "signing_officer"},
}
EVERYONE = set(ROLES)
OFFICERS = {"case_officer", "signing_officer"}
WRITERS = PROPOSE["family"] | PROPOSE["authority"]
ACTIONS = {
    "open_appeal": OFFICERS,
    "edit_appeal": OFFICERS,
    "close_appeal": {"signing_officer"},
    "freeze_version": WRITERS,
    "file_version": WRITERS - {"plan_writer"},
    "take_turns": WRITERS,
    "take_word": WRITERS,
    "export_working": EVERYONE,
    "see_working": EVERYONE,
    "give_evidence": WRITERS,
    "decide": WRITERS - {"plan_writer"},
    "ask_panel": PROPOSE["authority"],
    "panel_decides": {"panel_member", "signing_officer"},
}
TURNS = [frozenset(), frozenset({"family"}), frozenset({"authority"}), frozenset(SIDES)]
OPEN = PlanFacts("final", disputed=("B", "F"))


def expected(actor: Actor, facts: PlanFacts, address: Address, action: str) -> str:
    """The code of the answer, as one would say the rule aloud; empty for yes."""
    if actor.role not in ROLES or actor.party not in ROLES[actor.role].parties:
        return "not-allowed"
    if facts.stage != "final" or address.section not in facts.disputed:
        return "unknown-document" if action == "read" else "locked"
    ours = actor.party == address.layer
    speaks = actor.role != "advocate" or bool(actor.acts_for)
    if action == "read":
        return "" if not address.private or (ours and speaks) else "not-allowed"
    if not ours or actor.role not in PROPOSE[address.layer]:
        return "not-allowed"
    if address.private != (address.layer in facts.private_turns):
        return "locked"
    return "" if speaks else "not-allowed"


def every_question() -> list[tuple[Actor, PlanFacts, Address, Doing, Decision]]:
    """Every role, party, person acted for, stage, dispute, turn, layer and action there is."""
    found = []
    for role, party, acts_for, stage in product(ROLES, PARTIES, (None, "x"), STAGE_KEYS):
        for disputed, turns, side, private in product(((), ("F",), ("B", "F")), TURNS, SIDES, (False, True)):
            actor, facts = (
                Actor(role, party, acts_for=acts_for),
                PlanFacts(stage, disputed=disputed, private_turns=turns),
            )
            for section, action in product(("B", "F"), BOTH):
                address = Address(section, side, private)
                found.append((actor, facts, address, action, may_layer(actor, facts, address, action, today=TODAY)))
    return found


EVERY_QUESTION = every_question()


def test_the_table_agrees_with_the_rule_said_aloud() -> None:
    assert [] == [
        (actor, facts, str(address), action, decision)
        for actor, facts, address, action, decision in EVERY_QUESTION
        if decision.code != expected(actor, facts, address, action)
    ]


def test_every_answer_has_a_sentence_with_nothing_left_to_fill_in() -> None:
    for decision in {decision for *_, decision in EVERY_QUESTION}:
        assert decision.allowed == (decision.code == "")
        assert decision.sentence.endswith(".")
        assert "{" not in decision.sentence


def test_nobody_outside_a_party_ever_reads_or_writes_its_draft() -> None:
    assert {True} == {
        actor.party == address.layer
        for actor, _, address, _, decision in EVERY_QUESTION
        if address.private and decision.allowed
    }


def test_a_draft_and_what_is_shared_are_never_open_for_writing_at_once() -> None:
    written = {
        (actor, facts, str(address))
        for actor, facts, address, action, d in EVERY_QUESTION
        if d.allowed and action == "write"
    }
    assert [] == [one for one in written if (one[0], one[1], f"{one[2]}-draft") in written]


@pytest.mark.parametrize(
    ("role", "party", "text", "action", "turns", "code", "words"),
    [
        ("parent", "family", "F@family", "write", "", "", "propose changes to section F for the family"),
        ("parent", "family", "F@family", "write", "family", "locked", "Write in the private draft"),
        ("parent", "family", "F@family-draft", "write", "family", "", "draft in private for the family"),
        ("parent", "family", "F@family-draft", "write", "", "locked", "start a private turn first"),
        ("parent", "family", "F@authority", "write", "", "not-allowed", "propose them for your own side"),
        ("parent", "family", "F@authority", "read", "authority", "", "what the council proposes"),
        ("parent", "family", "C@family", "write", "", "locked", "not in dispute"),
        ("parent", "family", "C@authority", "read", "", "unknown-document", "no proposals to read"),
        ("case_officer", "authority", "F@family-draft", "read", "family", "not-allowed", "when the family sends it"),
        ("interpreter", "family", "F@family-draft", "read", "family", "", "drafts in private"),
        ("interpreter", "family", "F@family", "write", "", "not-allowed", "read your side’s proposals"),
        ("panel_member", "authority", "F@authority", "write", "", "not-allowed", "You are here as: Panel member."),
        ("senco", "professional", "F@family-draft", "read", "family", "not-allowed", "drafted in private"),
        ("observer", "observer", "F@family", "read", "", "", "what the family proposes"),
        ("health", "professional", "F@authority", "write", "", "not-allowed", "tell the case officer"),
        ("parent", "authority", "F@family", "read", "", "not-allowed", "not set up properly"),
    ],
)
def test_a_refusal_is_a_plain_sentence(
    role: str, party: str, text: str, action: Doing, turns: str, code: str, words: str
) -> None:
    facts = PlanFacts("final", disputed=("F",), private_turns=frozenset(turns.split()))
    address = parse(text)
    assert address is not None
    decision = may_layer(Actor(role, party), facts, address, action, today=TODAY)
    assert decision.code == code
    assert words in decision.sentence


@pytest.mark.parametrize("acts_for", [None, ""])
def test_an_advocate_who_acts_for_nobody_reads_what_is_shared_and_no_more(acts_for: str | None) -> None:
    actor = Actor("advocate", "family", acts_for=acts_for)
    facts = PlanFacts("final", disputed=("F",))
    assert may_layer(actor, facts, Address("F", "family"), "read", today=TODAY).allowed
    refused: list[tuple[Address, Doing]] = [
        (Address("F", "family"), "write"),
        (Address("F", "family", private=True), "read"),
    ]
    for address, action in refused:
        assert "for whom" in may_layer(actor, facts, address, action, today=TODAY).sentence


@pytest.mark.parametrize(
    "actor",
    [None, Actor("parent", "family", ended=True), Actor("parent", "family", expires_on=TODAY - timedelta(days=1))],
    ids=["nobody", "ended", "expired"],
)
@pytest.mark.parametrize("text", ["F", "F@family", "F@family-draft"])
@pytest.mark.parametrize("action", ["read", "write"])
def test_without_access_every_document_is_refused(actor: Actor | None, text: str, action: Doing) -> None:
    address = parse(text)
    assert address is not None
    assert "not-on-plan" == may_layer(actor, OPEN, address, action, today=TODAY).code


@pytest.mark.parametrize("section", LABELS)
@pytest.mark.parametrize("stage", STAGE_KEYS)
def test_a_section_itself_is_asked_about_as_ever(section: str, stage: str) -> None:
    facts = PlanFacts(stage, disputed=("F",))
    for role, rule in ROLES.items():
        actor = Actor(role, rule.parties[0], acts_for="x")
        for action in BOTH:
            asked = may_layer(actor, facts, Address(section), action, today=TODAY)
            assert may(actor, action, facts, section, today=TODAY) == asked
        assert not (stage == "final" and may(actor, "write", facts, section, today=TODAY).allowed)


@given(
    role=st.sampled_from(list(ROLES)) | st.text(max_size=8),
    party=st.sampled_from(list(PARTIES)) | st.text(max_size=8),
    stage=st.sampled_from(STAGE_KEYS) | st.text(max_size=8),
    disputed=st.lists(st.sampled_from(LABELS) | st.text(max_size=3), max_size=4).map(tuple),
    turns=st.frozensets(st.sampled_from(SIDES) | st.text(max_size=8), max_size=3),
    address=st.builds(
        Address,
        st.sampled_from(LABELS) | st.text(max_size=3),
        st.sampled_from(SIDES) | st.text(min_size=1, max_size=8),
        st.booleans(),
    ),
    action=st.sampled_from(["read", "write"]),
)
def test_any_question_is_answered_and_what_nobody_has_heard_of_is_refused(
    role: str,
    party: str,
    stage: str,
    disputed: tuple[str, ...],
    turns: frozenset[str],
    address: Address,
    action: Doing,
) -> None:
    actor = Actor(role, party, acts_for="x")
    facts = PlanFacts(stage, disputed=disputed, private_turns=turns)
    decision = may_layer(actor, facts, address, action, today=TODAY)
    assert decision.sentence.endswith(".")
    if address.section in LABELS and address.layer in SIDES:
        assert decision.code == expected(actor, facts, address, action)
    else:
        assert decision.code in ("not-allowed", "unknown-document")


@pytest.mark.parametrize("stage", STAGE_KEYS)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_an_action_of_an_appeal_belongs_to_these_roles_once_the_plan_is_final(
    role: str, action: str, stage: str
) -> None:
    actor = Actor(role, ROLES[role].parties[0], acts_for="x")
    decision = may(actor, action, PlanFacts(stage), today=TODAY)
    assert decision.allowed == (role in ACTIONS[action] and stage == "final")
    if role in ACTIONS[action] and not decision.allowed:
        assert decision.code == "locked"
        assert "final" in decision.sentence


def test_a_section_in_dispute_is_redline_and_says_where_changes_go() -> None:
    for stage, label in product(STAGE_KEYS, LABELS):
        facts = PlanFacts(stage, disputed=("B", "F"))
        if stage == "final" and label in ("B", "F"):
            assert (Mode.REDLINE, DISPUTED_REASON) == (section_mode(facts, label), section_reason(facts, label))
        else:
            assert stage_mode(stage, label) == section_mode(facts, label)
            assert stage_reason(stage, label) == section_reason(facts, label)
    assert Mode.LOCKED == section_mode(PlanFacts("final", disputed=("Z",)), "Z")


def test_the_plans_table_shows_which_sections_are_in_dispute() -> None:
    rows = {row.section: row for row in rights_table("final", ("F",))}
    assert (Mode.REDLINE, (), DISPUTED_REASON) == (rows["F"].mode, rows["F"].writers, rows["F"].reason)
    assert Mode.LOCKED == rows["E"].mode
    assert rights_table("final") == rights_table("final", ())
