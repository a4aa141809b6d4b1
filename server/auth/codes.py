"""Sign-in by e-mail: six digits that work once, for a short time, and die after a few wrong tries.

Known and unknown addresses are treated alike in every step: the same row is written, the same message is made, only
it is not sent. The code is stored as a keyed hash. Only the sign-in routes import this.
"""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.auth.keys import Keys
from server.auth.sessions import Clock, utc_now
from server.database import Store
from server.settings import Settings
from server.tables import AuditEvent, Person, SignInCode

DIGITS = 6
KEPT = timedelta(days=1)  # rows older than this are swept when new ones are made

Trouble = Literal["wrong", "over"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A code was made. ``deliver`` says whether anybody is to get it; no answer may depend on it."""

    code_id: str
    email: str
    code: str
    expires_at: datetime
    deliver: bool


@dataclass(frozen=True, slots=True)
class Right:
    """The code was right: this person signs in."""

    person_id: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """``wrong``: try again. ``over``: this code is used, too old, tried too often or was never there."""

    trouble: Trouble


def normal_address(typed: str) -> str | None:
    """The address as it is stored, or None when it cannot be one."""
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def normal_code(typed: str) -> str | None:
    """Six digits, however they were typed or pasted: with spaces, dashes, or another script's digits."""
    read = [unicodedata.decimal(character, None) for character in typed]
    digits = "".join(str(digit) for digit in read if digit is not None)
    others = {character for character, digit in zip(typed, read, strict=True) if digit is None}
    return digits if len(digits) == DIGITS and all(one.isspace() or one in "-–." for one in others) else None


class Codes:
    """Makes and checks codes."""

    def __init__(self, store: Store, settings: Settings, keys: Keys, *, clock: Clock = utc_now) -> None:
        self._store = store
        self._settings = settings
        self._keys = keys
        self._clock = clock

    async def ask(self, email: str) -> Asked:
        """Make a code for a normal address, whether or not anybody has it."""
        now = self._clock()
        code_id, code = uuid.uuid4().hex, f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        expires_at = now + timedelta(minutes=self._settings.code_minutes)
        row = SignInCode(
            id=code_id,
            email=email,
            code_hash=self._keys.sign("code", code_id, code),
            created_at=now,
            expires_at=expires_at,
        )

        def write(db: Session) -> bool:
            db.execute(delete(SignInCode).where(col(SignInCode.created_at) < now - KEPT))
            db.add(row)
            person = db.exec(select(Person).where(Person.email == email)).first()
            db.add(
                AuditEvent(at=now, act="code-asked", person_id=person.id if person else None, detail={"code": code_id})
            )
            return person is not None and person.disabled_at is None

        return Asked(code_id, email, code, expires_at, deliver=await self._store.write(write))

    async def check(self, code_id: str, code: str) -> Right | Wrong:
        """Try a code. Every try counts, and a right one counts once."""
        now = self._clock()
        signature = self._keys.sign("code", code_id, code)
        return await self._store.write(lambda db: self._check(db, code_id, signature, now))

    async def open_for(self, code_id: str) -> bool:
        """May this code still be tried? True for addresses nobody has, too."""
        now = self._clock()
        row = await self._store.aread(lambda db: db.get(SignInCode, code_id))
        return row is not None and self._open(row, now)

    def _open(self, row: SignInCode, now: datetime) -> bool:
        return row.used_at is None and now < row.expires_at and row.attempts < self._settings.code_attempts

    def _check(self, db: Session, code_id: str, signature: str, now: datetime) -> Right | Wrong:
        row = db.get(SignInCode, code_id)
        if row is None:
            db.add(AuditEvent(at=now, act="code-refused", detail={"reason": "unknown"}))
            return Wrong("over")
        person = db.exec(select(Person).where(Person.email == row.email)).first()
        who = person.id if person is not None else None
        if not self._open(row, now):
            db.add(AuditEvent(at=now, act="code-refused", person_id=who, detail={"code": code_id, "reason": "over"}))
            return Wrong("over")
        row.attempts += 1
        db.add(row)
        right = secrets.compare_digest(row.code_hash, signature)
        if not right or person is None or person.disabled_at is not None:
            db.add(AuditEvent(at=now, act="code-refused", person_id=who, detail={"code": code_id, "reason": "wrong"}))
            return Wrong("wrong" if row.attempts < self._settings.code_attempts else "over")
        row.used_at = now
        return Right(person.id)
