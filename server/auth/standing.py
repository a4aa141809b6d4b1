"""What one token is worth against the row of its sign-in: a judgement on plain values, with no database and no clock.

Rotation survives poor networks: the old token dies only after its successor has been seen in use, so an answer
lost on the way signs nobody out; but once the successor is in use, the old one is a copy in the wrong hands.
Imported by ``sessions`` only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from server.auth.tokens import Claims, TokenUse
from server.settings import Settings
from server.tables import Person, SignInSession

GRACE = timedelta(seconds=60)  # requests already on their way when a token was rotated
SEEN_EVERY = timedelta(seconds=60)  # how often "last used" is written down


class Standing(Enum):
    """The verdict; each name says what has to be done."""

    GOOD = auto()  # accept
    TOUCH = auto()  # accept, and note that the sign-in is in use
    ROTATE = auto()  # accept, and hand out a successor
    ARRIVED = auto()  # accept: the successor's first use, from now on the old token is suspect
    REISSUE = auto()  # accept the old token: its successor was never seen, so hand that out again
    STOLEN = auto()  # an old token came back after its successor was in use: end the sign-in
    ENDED = auto()  # signed out or revoked
    EXPIRED = auto()  # too long unused, too old, or the token itself is over
    UNKNOWN = auto()  # no such sign-in, or not this person's, or not one of its tokens
    DISABLED = auto()  # the person may no longer sign in


ACCEPTED = frozenset({Standing.GOOD, Standing.TOUCH, Standing.ROTATE, Standing.ARRIVED, Standing.REISSUE})


def judge(
    claims: Claims, row: SignInSession | None, person: Person | None, settings: Settings, now: datetime
) -> Standing:
    """What a genuine token is worth now."""
    if row is None or person is None or row.person_id != claims.person_id or person.id != row.person_id:
        return Standing.UNKNOWN
    if row.revoked_at is not None:
        return Standing.ENDED
    if person.disabled_at is not None:
        return Standing.DISABLED
    if now >= ends_at(row, settings):
        return Standing.EXPIRED
    if claims.use is TokenUse.SESSION:
        return _judge_cookie(claims, row, settings, now)
    if claims.use is TokenUse.CLI and (row.method != "cli" or claims.token_id != row.current_jti):
        return Standing.UNKNOWN
    return Standing.EXPIRED if claims.expired(now) else Standing.GOOD


def _judge_cookie(claims: Claims, row: SignInSession, settings: Settings, now: datetime) -> Standing:
    if row.method == "cli":
        return Standing.UNKNOWN
    if claims.token_id == row.current_jti:
        return _judge_newest(claims, row, settings, now)
    if claims.token_id != row.previous_jti:
        # Two or more rotations old: those ended long ago, whoever holds one has kept a copy.
        return Standing.STOLEN
    if row.rotated_at is None:
        return Standing.REISSUE
    return Standing.GOOD if now < row.rotated_at + GRACE else Standing.STOLEN


def _judge_newest(claims: Claims, row: SignInSession, settings: Settings, now: datetime) -> Standing:
    if row.previous_jti is not None and row.rotated_at is None:
        return Standing.ARRIVED
    half_life = timedelta(minutes=settings.session_minutes) / 2
    if now >= claims.issued_at + half_life:
        return Standing.ROTATE
    return Standing.TOUCH if now >= row.seen_at + SEEN_EVERY else Standing.GOOD


def ends_at(row: SignInSession, settings: Settings) -> datetime:
    """When this sign-in is over unless it is used: its absolute end, or its idle end if that comes first."""
    if row.method == "cli":
        return row.expires_at
    return min(row.expires_at, row.seen_at + timedelta(minutes=settings.session_idle_minutes))
