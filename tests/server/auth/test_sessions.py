"""Sign-ins: rotation, ends, revocation, and what happens to tokens that should not count."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from jose import jwt
from sqlmodel import Session, select

from server.auth.sessions import Begun, Resumed, Sessions, SignedIn
from server.auth.tokens import Refused
from server.database import Store
from server.settings import Settings
from server.tables import AuditEvent, Person, SignInSession
from tests.server.auth.conftest import Clock, FakeLive, add_person


def row(store: Store, session_id: str) -> SignInSession:
    found = store.read(lambda db: db.get(SignInSession, session_id))
    assert found is not None
    return found


def acts(store: Store) -> list[str]:
    return store.read(lambda db: [event.act for event in db.exec(select(AuditEvent).order_by(AuditEvent.id)).all()])


async def accepted(sessions: Sessions, token: str) -> Resumed:
    verdict = await sessions.resume(token)
    assert isinstance(verdict, Resumed), verdict
    return verdict


async def rotated(sessions: Sessions, clock: Clock, token: str) -> str:
    clock.forward(minutes=8)
    fresh = (await accepted(sessions, token)).fresh
    assert fresh is not None
    return fresh


@pytest.fixture
async def begun(sessions: Sessions, leila: str) -> Begun:
    return await sessions.begin(leila, "email")


async def test_a_new_sign_in_counts_at_once_and_is_audited(
    sessions: Sessions, begun: Begun, leila: str, store: Store
) -> None:
    verdict = await accepted(sessions, begun.token)
    assert leila == verdict.signed_in.person_id
    assert begun.session_id == verdict.signed_in.session_id
    assert verdict.fresh is None
    assert acts(store) == ["signed-in"]


async def test_a_token_is_renewed_after_half_its_life(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    clock.forward(minutes=7)
    assert (await accepted(sessions, begun.token)).fresh is None
    clock.forward(minutes=1)
    fresh = (await accepted(sessions, begun.token)).fresh
    assert fresh is not None
    assert fresh != begun.token
    assert (await accepted(sessions, fresh)).fresh is None


async def test_requests_already_on_their_way_still_count_for_a_minute(
    sessions: Sessions, begun: Begun, clock: Clock
) -> None:
    fresh = await rotated(sessions, clock, begun.token)
    await accepted(sessions, fresh)
    clock.forward(seconds=59)
    assert (await accepted(sessions, begun.token)).fresh is None


async def test_an_old_token_that_comes_back_ends_the_sign_in_for_thief_and_owner(
    sessions: Sessions, begun: Begun, clock: Clock, store: Store, app_live: FakeLive
) -> None:
    fresh = await rotated(sessions, clock, begun.token)
    await accepted(sessions, fresh)
    clock.forward(seconds=61)
    assert await sessions.resume(begun.token) == Refused("signed-out", "stolen")
    assert await sessions.resume(fresh) == Refused("signed-out", "ended")
    assert [begun.session_id] == app_live.ended
    assert acts(store) == ["signed-in", "signed-out"]


async def test_a_token_two_renewals_old_ends_the_sign_in(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    second = await rotated(sessions, clock, begun.token)
    await accepted(sessions, second)
    third = await rotated(sessions, clock, second)
    assert await sessions.resume(begun.token) == Refused("signed-out", "stolen")
    assert isinstance(await sessions.resume(third), Refused)


async def test_an_answer_lost_on_the_way_signs_nobody_out(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    await rotated(sessions, clock, begun.token)  # the browser never got it
    clock.forward(minutes=5)
    again = (await accepted(sessions, begun.token)).fresh
    assert again is not None
    assert isinstance(await sessions.resume(again), Resumed)


async def test_many_requests_at_once_agree_on_one_successor(
    sessions: Sessions, begun: Begun, clock: Clock, store: Store
) -> None:
    clock.forward(minutes=8)
    verdicts = await asyncio.gather(*(sessions.resume(begun.token) for _ in range(20)))
    fresh = {jwt.get_unverified_claims(v.fresh)["jti"] for v in verdicts if isinstance(v, Resumed) and v.fresh}
    assert len(fresh) == 1
    assert {row(store, begun.session_id).current_jti} == fresh
    assert all(isinstance(verdict, Resumed) for verdict in verdicts)


async def test_a_closed_laptop_comes_back_signed_in(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    clock.forward(minutes=119)  # far past the token's own life, within the idle time
    fresh = (await accepted(sessions, begun.token)).fresh
    assert fresh is not None


async def test_a_sign_in_not_used_for_two_hours_is_over(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    clock.forward(minutes=120)
    assert await sessions.resume(begun.token) == Refused("signed-out", "expired")


async def test_a_page_with_nobody_at_the_keyboard_does_not_keep_the_sign_in_alive(
    sessions: Sessions, begun: Begun, clock: Clock
) -> None:
    token = begun.token
    for _ in range(14):
        clock.forward(minutes=8)
        verdict = await sessions.resume(token, in_use=False)
        assert isinstance(verdict, Resumed)
        token = verdict.fresh or token
    clock.forward(minutes=8)
    assert isinstance(await sessions.resume(token, in_use=False), Refused)


async def test_a_sign_in_ends_after_seven_days_however_busy(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    token = begun.token
    for _ in range(7 * 24 - 1):
        clock.forward(hours=1)
        token = (await accepted(sessions, token)).fresh or token
    clock.forward(hours=1)
    assert await sessions.resume(token) == Refused("signed-out", "expired")


async def test_signing_out_counts_at_once_and_closes_live_connections(
    sessions: Sessions, begun: Begun, app_live: FakeLive
) -> None:
    signed_in = (await accepted(sessions, begun.token)).signed_in
    live, _ = sessions.live_token(signed_in)
    assert isinstance(await sessions.read_token(live), SignedIn)
    assert await sessions.end(begun.session_id, "signed-out")
    assert await sessions.resume(begun.token) == Refused("signed-out", "ended")
    assert await sessions.read_token(live) == Refused("signed-out", "ended")
    assert [begun.session_id] == app_live.ended
    assert not await sessions.end(begun.session_id, "signed-out")


async def test_signing_out_everywhere_ends_every_sign_in_of_that_person_only(
    sessions: Sessions, begun: Begun, leila: str, store: Store, clock: Clock
) -> None:
    from tests.server.auth.conftest import add_person

    other = await sessions.begin(add_person(store, clock, "dev@example.org"), "oidc")
    program = await sessions.begin(leila, "cli")
    assert {begun.session_id, program.session_id} == set(await sessions.end_all(leila, "signed-out-everywhere"))
    assert isinstance(await sessions.read_token(program.token), Refused)
    assert isinstance(await sessions.resume(other.token), Resumed)
    assert {begun.session_id, "no-such"} == await sessions.over([begun.session_id, other.session_id, "no-such"])


async def test_a_person_who_was_switched_off_is_signed_out(
    sessions: Sessions, begun: Begun, leila: str, store: Store, clock: Clock
) -> None:
    def switch_off(db: Session) -> None:
        person = db.get(Person, leila)
        assert person is not None
        person.disabled_at = clock()
        db.add(person)

    store.write_sync(switch_off)
    assert await sessions.resume(begun.token) == Refused("signed-out", "disabled")


async def test_a_live_token_is_no_cookie_and_a_program_token_is_no_cookie(
    sessions: Sessions, begun: Begun, leila: str
) -> None:
    live, _ = sessions.live_token((await accepted(sessions, begun.token)).signed_in)
    program = await sessions.begin(leila, "cli")
    assert await sessions.resume(live) == Refused("signed-out", "wrong-use")
    assert await sessions.resume(program.token) == Refused("signed-out", "wrong-use")


async def test_a_live_token_is_over_after_five_minutes(sessions: Sessions, begun: Begun, clock: Clock) -> None:
    live, expires_at = sessions.live_token((await accepted(sessions, begun.token)).signed_in)
    clock.forward(minutes=5)
    assert expires_at == clock()
    assert await sessions.read_token(live) == Refused("signed-out", "expired")


async def test_a_program_token_lasts_twelve_hours_without_an_idle_end(
    sessions: Sessions, leila: str, clock: Clock
) -> None:
    program = await sessions.begin(leila, "cli")
    clock.forward(hours=11, minutes=59)
    assert isinstance(await sessions.read_token(program.token), SignedIn)
    clock.forward(minutes=1)
    assert await sessions.read_token(program.token) == Refused("signed-out", "expired")


async def test_a_sign_in_may_be_logged_without_a_name(sessions: Sessions, begun: Begun) -> None:
    signed_in = (await accepted(sessions, begun.token)).signed_in
    assert signed_in.name == "Leila Tarran"
    assert "Leila" not in repr(signed_in)
    assert "example.org" not in repr(signed_in)


async def test_reading_goes_on_when_nothing_can_be_written(
    sessions: Sessions, begun: Begun, clock: Clock, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.database import StoreFailed

    async def full(_fn: object) -> None:
        raise StoreFailed("disk full")

    monkeypatch.setattr(store, "write", full)
    clock.forward(minutes=8)
    assert (await accepted(sessions, begun.token)).fresh is None


def test_settings_give_a_session_fifteen_minutes(settings: Settings) -> None:
    assert (settings.session_minutes, settings.session_idle_minutes, settings.session_days) == (15, 120, 7)


async def test_all_who_come_back_at_once_are_looked_up_together_and_each_is_who_they_are(
    sessions: Sessions, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [add_person(store, clock, f"p{number}@example.org") for number in range(20)]
    tokens = [(await sessions.begin(person, "cli")).token for person in people]
    gone = await sessions.begin(people[3], "cli")
    await sessions.end(gone.session_id, "signed-out")
    reads = []
    read = store.read

    def counted(fn: Callable[[Session], object]) -> object:
        reads.append(fn)
        return read(fn)

    monkeypatch.setattr(store, "read", counted)
    found = await asyncio.gather(*(sessions.read_token(token) for token in [*tokens, gone.token]))
    assert people == [one.person_id for one in found if isinstance(one, SignedIn)]
    assert Refused("signed-out", "ended") == found[-1]
    assert 1 == len(reads)


async def test_a_sign_in_that_ends_while_others_are_looked_up_is_refused_by_the_next_look(
    sessions: Sessions, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = await sessions.begin(add_person(store, clock, "stays@example.org"), "cli")
    goes = await sessions.begin(add_person(store, clock, "goes@example.org"), "cli")
    seen, go_on = threading.Event(), threading.Event()
    read = store.read

    def slow(fn: Callable[[Session], object]) -> object:
        found = read(fn)
        seen.set()
        assert go_on.wait(10)
        return found

    monkeypatch.setattr(store, "read", slow)
    first = asyncio.ensure_future(sessions.read_token(stays.token))
    await asyncio.to_thread(seen.wait)
    await sessions.end(goes.session_id, "signed-out")
    second = asyncio.ensure_future(sessions.read_token(goes.token))
    await asyncio.sleep(0)
    go_on.set()
    assert isinstance(await first, SignedIn)
    assert Refused("signed-out", "ended") == await second
