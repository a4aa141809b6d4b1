"""What holds for rights whatever a database, an invitation or a clock may say."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sections.catalogue import LABELS
from sections.clock import deadlines, what_next, where_are_we
from sections.rights import ACTIONS, PARTIES, ROLES, Actor, Decision, PlanFacts, may
from sections.stages import STAGE_KEYS, moves, outstanding

TODAY = date(2026, 11, 22)
CODES = {"", "locked", "not-allowed", "not-on-plan", "unknown-document"}

any_word = st.text(max_size=12)
roles = st.sampled_from(list(ROLES)) | any_word
parties = st.sampled_from(list(PARTIES)) | any_word
stage_keys = st.sampled_from(STAGE_KEYS) | any_word
labels = st.none() | st.sampled_from(LABELS) | any_word
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
maybe_days = st.none() | days
actors = st.builds(
    Actor, role=roles, party=parties, ended=st.booleans(), expires_on=maybe_days, acts_for=st.none() | any_word
)
plans = st.builds(
    PlanFacts,
    stage=stage_keys,
    request_received_on=maybe_days,
    meeting_on=maybe_days,
    draft_served_on=maybe_days,
    finalised_on=maybe_days,
)


def every_write() -> list[tuple[Actor, str, str, Decision]]:
    """Every role, party, person acted for, stage and section there is."""
    found = []
    for role, party, acts_for, stage, section in product(ROLES, PARTIES, (None, "x"), STAGE_KEYS, LABELS):
        actor = Actor(role, party, acts_for=acts_for)
        found.append((actor, stage, section, may(actor, "write", PlanFacts(stage), section, today=TODAY)))
    return found


EVERY_WRITE = every_write()


def test_nobody_at_all_writes_section_i_before_finalising() -> None:
    assert [] == [
        (actor, stage)
        for actor, stage, section, decision in EVERY_WRITE
        if section == "I" and decision.allowed and stage != "finalising"
    ]


def test_only_the_council_ever_writes_section_i() -> None:
    assert {"authority"} == {
        actor.party for actor, _, section, decision in EVERY_WRITE if section == "I" and decision.allowed
    }


def test_nobody_writes_a_sent_draft_or_a_final_plan() -> None:
    assert not any(decision.allowed for _, stage, _, decision in EVERY_WRITE if stage in ("draft_served", "final"))


def test_readers_never_write() -> None:
    readers = {"interpreter", "panel_member", "observer"}
    assert not any(decision.allowed for actor, _, _, decision in EVERY_WRITE if actor.role in readers)


def test_nobody_writes_under_a_party_that_is_not_theirs() -> None:
    assert all(actor.party in ROLES[actor.role].parties for actor, _, _, decision in EVERY_WRITE if decision.allowed)


def test_the_family_and_the_council_write_the_same_sections_until_the_draft_is_sent() -> None:
    def written(role: str) -> set[tuple[str, str]]:
        return {
            (stage, section)
            for actor, stage, section, decision in EVERY_WRITE
            if actor.role == role and decision.allowed and stage in ("gathering", "drafting")
        }

    assert written("parent") == written("young_person") == written("advocate") == written("case_officer")


def test_every_answer_has_a_known_code_and_a_sentence() -> None:
    for _, _, _, decision in EVERY_WRITE:
        assert decision.code in CODES
        assert decision.allowed == (decision.code == "")
        assert decision.sentence.endswith(".")


@given(
    actor=st.none() | actors,
    action=st.sampled_from(ACTIONS) | any_word,
    plan=plans,
    section=labels,
    to=labels,
    today=days,
)
def test_any_question_gets_an_answer(
    actor: Actor | None, action: str, plan: PlanFacts, section: str | None, to: str | None, today: date
) -> None:
    decision = may(actor, action, plan, section, today=today, to=to)
    assert decision.code in CODES
    assert decision.allowed == (decision.code == "")
    assert decision.sentence
    known = (
        actor is not None
        and actor.role in ROLES
        and actor.party in ROLES[actor.role].parties
        and plan.stage in STAGE_KEYS
        and action in ACTIONS
        and (section is None or section in LABELS)
    )
    assert known or not decision.allowed


@given(actor=actors, action=st.sampled_from(ACTIONS), plan=plans, section=labels, today=days)
def test_ended_and_expired_access_is_refused_everything(
    actor: Actor, action: str, plan: PlanFacts, section: str | None, today: date
) -> None:
    over = actor.ended or (actor.expires_on is not None and actor.expires_on < today)
    decision = may(actor, action, plan, section, today=today, to="drafting")
    assert over == (decision.code == "not-on-plan")


@given(plan=plans, today=days)
def test_any_dates_give_a_panel_and_a_next_sentence(plan: PlanFacts, today: date) -> None:
    for one in deadlines(plan, today):
        assert "{" not in one.sentence
        assert (one.state == "coming") == (one.due >= today) or one.state in ("met", "late")
    states = [step.state for step in where_are_we(plan, today)]
    assert sorted(states, key=["done", "current", "next", "later"].index) == states
    assert what_next(plan, today).endswith(".")


@given(
    stage=st.sampled_from(STAGE_KEYS),
    served=maybe_days,
    today=days,
    section_i_empty=st.booleans(),
    early_reason=any_word,
    eotas_reason=any_word,
)
def test_a_final_plan_never_leaves_section_i_blank_without_a_reason(
    stage: str, served: date | None, today: date, section_i_empty: bool, early_reason: str, eotas_reason: str
) -> None:
    for move in moves(stage):
        missing = outstanding(
            move,
            today=today,
            draft_served_on=served,
            section_i_empty=section_i_empty,
            early_reason=early_reason,
            eotas_reason=eotas_reason,
        )
        if move.to == "final" and section_i_empty and not eotas_reason.strip():
            assert missing
        if move.to == "finalising" and not early_reason.strip():
            assert bool(missing) == (served is None or today < served + timedelta(days=15))
        if move.to == "drafting" and not section_i_empty and stage == "finalising":
            assert missing
