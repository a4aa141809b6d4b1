"""Cached rights: as good as asking the database for every message, whatever changed in between."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from sections.facts import Actor, PlanFacts
from server.database import Store
from server.settings import Settings
from server.standing import OnPlan, PlanState, Standing, read_plan
from server.tables import Access
from tests.live_serving import Clock, make_plan


@pytest.fixture
def clock() -> Clock:
    return Clock()


def plan(stage: str = "drafting", **changes: object) -> PlanState:
    person = OnPlan(Actor(**{"role": "parent", "party": "family", **changes}), "Ada", 3)  # type: ignore[arg-type]
    return PlanState("p", PlanFacts(stage), {"ada": person})


def standing(clock: Clock, state: PlanState, *, minutes: float = 60, person: str = "ada") -> Standing:
    return Standing(person, "s", "B", state, clock.moment + timedelta(minutes=minutes), clock)


def test_who_is_on_the_plan_reads_and_writes(clock: Clock) -> None:
    found = standing(clock, plan())
    assert found.fresh()
    assert found.write.allowed
    assert (found.mode, found.reason) == ("open", "")


def test_who_is_not_on_the_plan_does_neither(clock: Clock) -> None:
    found = standing(clock, plan(), person="eve")
    assert not found.fresh()
    assert (found.read.code, found.write.code, found.stamp()) == ("not-on-plan", "not-on-plan", None)


def test_a_new_state_of_the_plan_counts_at_once(clock: Clock) -> None:
    found = standing(clock, plan())
    found.settle(plan("draft_served"))
    assert (found.read.allowed, found.write.code, found.mode) == (True, "locked", "locked")
    found.settle(plan(ended=True))
    assert not found.fresh()


def test_access_ends_with_its_last_day(clock: Clock) -> None:
    found = standing(clock, plan(expires_on=date(2026, 11, 22)), minutes=60 * 48)
    clock.move(hours=11, minutes=59, seconds=59)
    assert found.fresh()
    clock.move(seconds=1)
    assert not found.fresh()
    assert found.read.code == "not-on-plan"


def test_rights_end_with_the_token_and_come_back_with_a_fresh_one(clock: Clock) -> None:
    found = standing(clock, plan(), minutes=5)
    clock.move(minutes=5)
    assert not found.fresh()
    assert (found.read.code, found.write.code) == ("signed-out", "signed-out")
    found.renew(clock.moment + timedelta(minutes=5), "t")
    assert found.fresh()
    assert found.session_id == "t"


def test_a_fresh_token_is_asked_for_before_the_old_one_ends(clock: Clock) -> None:
    found = standing(clock, plan(), minutes=8)
    assert clock.now + 6 * 60 == found.ask_at


def test_a_clock_that_steps_back_gives_nobody_more_rights(clock: Clock) -> None:
    found = standing(clock, plan(ended=True))
    clock.move(days=-3)
    assert not found.fresh()


def test_what_others_see_is_written_here(clock: Clock) -> None:
    found = standing(clock, plan()).stamp()
    assert found is not None
    assert '"name":"Ada"' in found
    assert '"role":"Parent' in found


def test_the_newest_access_that_was_not_ended_is_the_one_that_counts(tmp_path: Path, clock: Clock) -> None:
    store = Store.open(Settings(data_dir=tmp_path))
    plan_id, people = store.write_sync(make_plan)
    officer = people["case_officer"]

    def again(session: object) -> None:
        for role, party, ended in (("observer", "observer", None), ("parent", "family", clock.moment)):
            session.add(  # type: ignore[attr-defined]
                Access(
                    plan_id=plan_id,
                    person_id=people["parent"],
                    role=role,
                    party=party,
                    invited_by=officer,
                    invited_at=clock.moment,
                    ended_at=ended,
                )
            )

    store.write_sync(again)
    state = store.read(lambda session: read_plan(session, plan_id))
    assert state is not None
    assert state.people[people["parent"]].actor.role == "observer"
    assert store.read(lambda session: read_plan(session, "0" * 32)) is None
    store.close()
