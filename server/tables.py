"""The database, as SQLModel tables. The update log is the only source of truth for text.

Times are UTC and informational: order within a document comes from ``seq``, never from a clock.
No table holds rendered plan text; nothing here is named after a child.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.columns import utc


class Person(SQLModel, table=True):
    """Somebody who can sign in. ``email`` is lower case."""

    __tablename__ = "person"
    id: str = Field(primary_key=True, max_length=32)
    email: str = Field(unique=True, index=True, max_length=254)
    name: str = Field(max_length=120)
    is_staff: bool = Field(default=False, description="council staff: may start plans")
    oidc_subject: str | None = Field(default=None, unique=True, max_length=255)
    colour: int = Field(default=0, description="index into the caret palette")
    created_at: datetime = utc()
    disabled_at: datetime | None = utc(nullable=True)


class Plan(SQLModel, table=True):
    """One EHC plan. ``child`` is initials or a chosen name, as the family wishes; never in a URL, log or title."""

    __tablename__ = "plan"
    id: str = Field(primary_key=True, max_length=32)
    reference: str = Field(unique=True, max_length=40)
    child: str = Field(max_length=60)
    stage: str = Field(max_length=20, index=True)
    stage_since: datetime = utc()
    request_received_on: date | None = None
    meeting_on: date | None = None
    draft_served_on: date | None = None
    finalised_on: date | None = None
    finalised_by: str | None = Field(default=None, foreign_key="person.id")
    is_example: bool = False
    created_by: str = Field(foreign_key="person.id")
    created_at: datetime = utc()


class Access(SQLModel, table=True):
    """One person's standing on one plan: role, party, until when, on whose behalf. Rows are ended, never deleted."""

    __tablename__ = "access"
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    role: str = Field(max_length=30)
    party: str = Field(max_length=20)
    acts_for: str | None = Field(
        default=None, foreign_key="person.id", description="for an advocate: the person they act for"
    )
    expires_on: date | None = Field(default=None, description="last day of access")
    invited_by: str = Field(foreign_key="person.id")
    invited_at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)
    ended_by: str | None = Field(default=None, foreign_key="person.id")


class Document(SQLModel, table=True):
    """The head row of one document's log: ``seq`` is the last committed entry.

    ``section`` is a label, or names a layer of an appeal: ``F@family#3``, ``F@family-draft#3.7`` (``server.layers``).
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("plan_id", "section"),)
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    section: str
    seq: int = Field(default=0)


class LogEntry(SQLModel, table=True):
    """One entry of a section's append-only log. ``kind``: ``update`` (Yjs update v1) or ``mode`` (JSON)."""

    __tablename__ = "log_entry"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str = Field(max_length=8)
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    author: str = Field(max_length=32, description="person id, or 'system'")
    at: datetime = utc()


class Snapshot(SQLModel, table=True):
    """A state built from the log up to ``seq``. Only a verified one is ever loaded."""

    __tablename__ = "snapshot"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    seq: int = Field(primary_key=True)
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    ledger: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content_hash: str = Field(max_length=64)
    built_at: datetime = utc()
    verified_at: datetime | None = utc(nullable=True)


class Preference(SQLModel, table=True):
    """The family's wish for a school or college, and why. Stored apart from section I, always (CFA 2014 s.38(5))."""

    __tablename__ = "preference"
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    person_id: str = Field(foreign_key="person.id")
    wish: str = Field(max_length=300, description="a type, or a name")
    why: str = Field(max_length=4000)
    at: datetime = utc()


class StageMove(SQLModel, table=True):
    """One move of a plan to another stage, with the reason in the words of whoever gave it, where one was due."""

    __tablename__ = "stage_move"
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    origin: str = Field(max_length=20)
    to: str = Field(max_length=20)
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
    early_reason: str = Field(default="", max_length=2000, description="why before the family's 15 days were over")
    eotas_reason: str = Field(default="", max_length=2000, description="why section I stays blank")


class AuditEvent(SQLModel, table=True):
    """Who did what, when, to which plan. Never plan text, never a name, never words somebody typed."""

    __tablename__ = "audit_event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = utc(index=True)
    act: str = Field(max_length=60)
    plan_id: str | None = Field(default=None, index=True, max_length=32)
    person_id: str | None = Field(default=None, index=True, max_length=32)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SignInSession(SQLModel, table=True):
    """A sign-in on one device. Its JWTs are short; this row is what revocation acts on."""

    __tablename__ = "sign_in_session"
    id: str = Field(primary_key=True, max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True)
    method: str = Field(max_length=20, description="email, oidc, demo or cli")
    created_at: datetime = utc()
    seen_at: datetime = utc()
    expires_at: datetime = utc()
    revoked_at: datetime | None = utc(nullable=True)
    current_jti: str | None = Field(default=None, max_length=32, description="newest rotated token")
    previous_jti: str | None = Field(default=None, max_length=32)
    rotated_at: datetime | None = utc(nullable=True)


class SignInCode(SQLModel, table=True):
    """A single-use six-digit code sent by e-mail, stored hashed."""

    __tablename__ = "sign_in_code"
    id: str = Field(primary_key=True, max_length=32, description="random, in the link")
    email: str = Field(index=True, max_length=254)
    code_hash: str = Field(max_length=128)
    created_at: datetime = utc()
    expires_at: datetime = utc()
    attempts: int = Field(default=0)
    used_at: datetime | None = utc(nullable=True)


class Change(SQLModel, table=True):
    """Grows whenever something of its kind changed about a plan (``rights``, ``register``) or people (no plan).

    Written by the database's own triggers (revision 0004), read by every process: so none goes on by what was.
    """

    __tablename__ = "change"
    plan_id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(primary_key=True, max_length=10)
    number: int = Field(sa_type=BigInteger)


class StoreKey(SQLModel, table=True):
    """The database's own name, made with its tables: processes that serve it find each other by it."""

    __tablename__ = "store"
    id: int = Field(primary_key=True)
    key: str = Field(max_length=32)


class Pulse(SQLModel, table=True):
    """One row that the readiness check writes anew: a store that takes it takes edits."""

    __tablename__ = "pulse"
    id: int = Field(primary_key=True)
    at: datetime = utc()


from server.history import tables as histories  # noqa: E402 - their foreign keys name the tables above
from server.redline import tables as appeals  # noqa: E402

__all__ = [
    "Access",
    "AuditEvent",
    "Change",
    "Document",
    "LogEntry",
    "Person",
    "Plan",
    "Preference",
    "Pulse",
    "SignInCode",
    "SignInSession",
    "Snapshot",
    "StageMove",
    "StoreKey",
    "appeals",
    "histories",
]
