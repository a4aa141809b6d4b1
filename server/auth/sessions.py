"""Sign-ins: rows on the server, short tokens in the browser, ended here and nowhere else.

Every request asks the row, so ending a sign-in counts at once. ``read_token`` is for live connections and programs,
``resume`` for the browser's cookie. Routes do not use this file directly; they take ``PersonDep``.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from server.auth.keys import Keys
from server.auth.standing import ACCEPTED, Standing, ends_at, judge
from server.auth.tokens import Claims, Refused, TokenUse, read_claims, write_token
from server.database import Store, StoreFailed
from server.settings import Settings
from server.tables import AuditEvent, Person, SignInSession
from server.together import Together

Clock = Callable[[], datetime]
Method = Literal["email", "oidc", "demo", "cli"]
OnEnd = Callable[[str], Awaitable[object]]
Look = tuple[Standing, "SignedIn | None"]

_MOST_AT_ONCE = 200


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who has signed in. Its repr holds no name and no address, so that it may be logged."""

    person_id: str
    session_id: str
    is_staff: bool
    method: str
    use: TokenUse
    token_expires_at: datetime  # ask for a fresh token before this
    ends_at: datetime  # the sign-in is over then, unless it is used
    colour: int = 0
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Resumed:
    """A cookie that counts; ``fresh`` is the token to set in its place, when it is time for one."""

    signed_in: SignedIn
    fresh: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A new sign-in and its first token."""

    session_id: str
    token: str
    expires_at: datetime


class Sessions:
    """All sign-ins of this installation."""

    def __init__(self, store: Store, settings: Settings, keys: Keys, *, clock: Clock = utc_now) -> None:
        self._store = store
        self._settings = settings
        self._key = keys.key("session")
        self._clock = clock
        self._looks: Together[tuple[Claims, datetime], Look] = Together(store, self._look, _MOST_AT_ONCE)
        self.on_end: OnEnd | None = None  # told of every ended sign-in, so that its live connections close

    async def begin(self, person_id: str, method: Method, *, instead_of: str | None = None) -> Begun:
        """Start a sign-in; the one this browser had before (``instead_of``) ends."""
        begun = await self._store.write(lambda db: self.begin_in(db, person_id, method))
        if instead_of is not None:
            await self.end(instead_of, "signed-in-again")
        return begun

    def begin_in(self, db: Session, person_id: str, method: Method) -> Begun:
        """The same, inside a transaction of the caller's (the command line has no loop)."""
        now = self._clock()
        life = (
            timedelta(hours=self._settings.cli_token_hours)
            if method == "cli"
            else timedelta(days=self._settings.session_days)
        )
        row = SignInSession(
            id=uuid.uuid4().hex,
            person_id=person_id,
            method=method,
            created_at=now,
            seen_at=now,
            expires_at=now + life,
            current_jti=uuid.uuid4().hex,
        )
        db.add(row)
        _note(db, now, "signed-in", row)
        token, expires_at = self._token(row, TokenUse.CLI if method == "cli" else TokenUse.SESSION, now)
        return Begun(row.id, token, expires_at)

    async def resume(self, token: str, *, in_use: bool = True) -> Resumed | Refused:
        """What the browser's cookie is worth. One indexed read; a write only when something is due.

        ``in_use=False`` is for a page that renews its token with nobody at the keyboard: the idle time runs on.
        """
        now = self._clock()
        claims = read_claims(token, self._key, now)
        if isinstance(claims, Refused):
            return claims
        if claims.use is not TokenUse.SESSION:
            return Refused("signed-out", "wrong-use")
        standing, signed_in = await self._looks.ask((claims, now))
        if signed_in is not None and (standing is Standing.GOOD or (standing is Standing.TOUCH and not in_use)):
            return Resumed(signed_in, None)
        if standing not in ACCEPTED and standing is not Standing.STOLEN:
            return Refused("signed-out", standing.name.lower())
        try:
            verdict = await self._store.write(lambda db: self._settle(db, claims, now, in_use=in_use))
        except StoreFailed:
            # The disk is full or gone: reading goes on, with the token as it is.
            if signed_in is not None and not claims.expired(now):
                return Resumed(signed_in, None)
            return Refused("signed-out", "store-failed")
        if isinstance(verdict, Refused) and verdict.why == "stolen":
            await self._tell(claims.session_id)
        return verdict

    async def read_token(self, token: str) -> SignedIn | Refused:
        """What a token shown by a live connection or a program is worth. Never renews anything."""
        now = self._clock()
        claims = read_claims(token, self._key, now)
        if isinstance(claims, Refused):
            return claims
        if claims.expired(now):
            return Refused("signed-out", "expired")
        standing, signed_in = await self._looks.ask((claims, now))
        if signed_in is None:
            return Refused("signed-out", standing.name.lower())
        return signed_in

    def live_token(self, signed_in: SignedIn) -> tuple[str, datetime]:
        """A token with which this person's page opens its live connection, and when that token is over."""
        now = self._clock()
        expires_at = min(now + timedelta(minutes=self._settings.live_token_minutes), signed_in.ends_at)
        claims = Claims(
            person_id=signed_in.person_id,
            session_id=signed_in.session_id,
            token_id=uuid.uuid4().hex,
            use=TokenUse.LIVE,
            issued_at=now,
            expires_at=max(expires_at, now + timedelta(seconds=1)),
        )
        return write_token(claims, self._key), claims.expires_at

    async def end(self, session_id: str, why: str) -> bool:
        """End one sign-in and its live connections; False when it was over already."""
        now = self._clock()
        ended = await self._store.write(lambda db: _end(db, session_id, why, now))
        if ended:
            await self._tell(session_id)
        return ended

    async def end_all(self, person_id: str, why: str) -> tuple[str, ...]:
        """End every sign-in of one person, programs' tokens included."""
        now = self._clock()
        ended = await self._store.write(lambda db: self.end_all_in(db, person_id, why, now))
        for session_id in ended:
            await self._tell(session_id)
        return ended

    def end_all_in(self, db: Session, person_id: str, why: str, now: datetime) -> tuple[str, ...]:
        """The same inside a transaction; the caller tells the live connections."""
        rows = db.exec(
            select(SignInSession.id).where(
                SignInSession.person_id == person_id, col(SignInSession.revoked_at).is_(None)
            )
        ).all()
        return tuple(session_id for session_id in rows if _end(db, session_id, why, now))

    async def over(self, session_ids: Iterable[str]) -> frozenset[str]:
        """Which of these sign-ins have ended: for whoever keeps connections open longer than a request."""
        asked = tuple(session_ids)
        now = self._clock()

        def look(db: Session) -> frozenset[str]:
            rows = db.exec(
                select(SignInSession, Person)
                .join(Person, col(Person.id) == SignInSession.person_id)
                .where(col(SignInSession.id).in_(asked))
            ).all()
            alive = {
                row.id
                for row, person in rows
                if row.revoked_at is None and person.disabled_at is None and now < ends_at(row, self._settings)
            }
            return frozenset(asked) - alive

        return await self._store.aread(look)

    def _look(self, db: Session, asked: Sequence[tuple[Claims, datetime]]) -> list[Look]:
        rows = db.exec(
            select(SignInSession, Person)
            .join(Person, col(Person.id) == SignInSession.person_id)
            .where(col(SignInSession.id).in_({claims.session_id for claims, _ in asked}))
        ).all()
        known = {row.id: (row, person) for row, person in rows}
        return [self._judged(claims, now, *known.get(claims.session_id, (None, None))) for claims, now in asked]

    def _judged(self, claims: Claims, now: datetime, row: SignInSession | None, person: Person | None) -> Look:
        standing = judge(claims, row, person, self._settings, now)
        if standing not in ACCEPTED or row is None or person is None:
            return standing, None
        return standing, self._signed_in(row, person, claims.use, claims.expires_at)

    def _settle(self, db: Session, claims: Claims, now: datetime, *, in_use: bool) -> Resumed | Refused:
        """Judge again inside the write transaction, and do what the verdict asks for."""
        row = db.get(SignInSession, claims.session_id)
        person = db.get(Person, claims.person_id)
        standing = judge(claims, row, person, self._settings, now)
        if row is None or person is None:
            return Refused("signed-out", standing.name.lower())
        if standing is Standing.STOLEN:
            _end(db, row.id, "old-token-came-back", now)
            return Refused("signed-out", "stolen")
        if standing not in ACCEPTED:
            return Refused("signed-out", standing.name.lower())
        expires_at, fresh = claims.expires_at, None
        if in_use:
            row.seen_at = now
        if standing is Standing.ROTATE:
            row.previous_jti, row.current_jti, row.rotated_at = row.current_jti, uuid.uuid4().hex, None
        if standing is Standing.ARRIVED:
            row.rotated_at = now
        if standing in (Standing.ROTATE, Standing.REISSUE):
            fresh, expires_at = self._token(row, TokenUse.SESSION, now)
        db.add(row)
        return Resumed(self._signed_in(row, person, claims.use, expires_at), fresh)

    def _signed_in(self, row: SignInSession, person: Person, use: TokenUse, token_expires_at: datetime) -> SignedIn:
        return SignedIn(
            person_id=person.id,
            session_id=row.id,
            is_staff=person.is_staff,
            method=row.method,
            use=use,
            token_expires_at=token_expires_at,
            ends_at=ends_at(row, self._settings),
            colour=person.colour,
            name=person.name,
            email=person.email,
        )

    def _token(self, row: SignInSession, use: TokenUse, now: datetime) -> tuple[str, datetime]:
        life = row.expires_at - now if use is TokenUse.CLI else timedelta(minutes=self._settings.session_minutes)
        expires_at = min(now + life, row.expires_at)
        claims = Claims(row.person_id, row.id, row.current_jti or "", use, now, expires_at)
        return write_token(claims, self._key), expires_at

    async def _tell(self, session_id: str) -> None:
        if self.on_end is not None:
            await self.on_end(session_id)


def _end(db: Session, session_id: str, why: str, now: datetime) -> bool:
    row = db.get(SignInSession, session_id)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now
    db.add(row)
    _note(db, now, "signed-out", row, why=why)
    return True


def _note(db: Session, now: datetime, act: str, row: SignInSession, **detail: str) -> None:
    db.add(
        AuditEvent(at=now, act=act, person_id=row.person_id, detail={"method": row.method, "session": row.id, **detail})
    )
