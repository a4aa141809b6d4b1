"""The tables of an appeal: issued versions, the register of proposals, turns, and frozen working documents.

What was issued, decided or filed is only ever added to; an end is a time in the row. Proposals themselves stand in the
layers' logs. Whoever opens a store imports this through ``server.tables``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.columns import utc


def _json() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


class IssuedVersion(SQLModel, table=True):
    """A plan as it was issued: the final plan, or an amended final plan. ``hash`` covers every section."""

    __tablename__ = "issued_version"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    number: int
    kind: str = Field(max_length=10, description="final or amended")
    on: date
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
    hash: str = Field(max_length=64)


class IssuedSection(SQLModel, table=True):
    """One section of an issued version, as the baseline that proposals stand on. Never changed."""

    __tablename__ = "issued_section"
    version_id: int = Field(foreign_key="issued_version.id", primary_key=True)
    section: str = Field(primary_key=True, max_length=4)
    value: dict[str, Any] = _json()
    hash: str = Field(max_length=64)


class Appeal(SQLModel, table=True):
    """One appeal against an issued version. Open while ``closed_at`` is empty; at most one of a plan is."""

    __tablename__ = "appeal"
    id: int | None = Field(default=None, primary_key=True)
    plan_id: str = Field(foreign_key="plan.id", index=True)
    number: str = Field(max_length=20, description="the tribunal's number")
    version_id: int = Field(foreign_key="issued_version.id")
    sections: list[str] = _json()
    sent_on: date | None = Field(default=None, description="the day the appeal was sent to the authority")
    hearing_on: date | None = None
    filing_on: date | None = Field(default=None, description="last day to file the working document")
    opened_on: date
    opened_by: str = Field(foreign_key="person.id")
    opened_at: datetime = utc()
    closed_on: date | None = None
    closed_by: str | None = Field(default=None, foreign_key="person.id")
    closed_at: datetime | None = utc(nullable=True)
    outcome: str = Field(default="", max_length=20, description="order, consent, withdrawn; empty while open")
    order_on: date | None = None
    issued_id: int | None = Field(default=None, foreign_key="issued_version.id", description="the amended final plan")


class Speaker(SQLModel, table=True):
    """Somebody who speaks for a side in an appeal: may confirm, refuse and file. Rows are ended, never deleted."""

    __tablename__ = "speaker"
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    person_id: str = Field(foreign_key="person.id")
    side: str = Field(max_length=10)
    added_by: str = Field(foreign_key="person.id")
    added_at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)


class AppealTurn(SQLModel, table=True):
    """A time in which one side drafts in private. The newest one without ``sent_at`` is under way."""

    __tablename__ = "appeal_turn"
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    side: str = Field(max_length=10)
    begun_by: str = Field(foreign_key="person.id")
    begun_at: datetime = utc()
    sent_by: str | None = Field(default=None, foreign_key="person.id")
    sent_at: datetime | None = utc(nullable=True)


class Proposal(SQLModel, table=True):
    """One line of the register. ``hash`` is the wording last seen; decisions stand for that wording only."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("appeal_id", "section", "side", "record_id"),
        UniqueConstraint("appeal_id", "section", "number"),
    )
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    section: str = Field(max_length=4)
    side: str = Field(max_length=10)
    record_id: str = Field(max_length=64)
    number: int
    hash: str = Field(max_length=64)
    reopened: bool = False
    not_agreed: list[str] = _json()
    panel: str = Field(default="", max_length=10)
    ordered: str = Field(default="", max_length=10)
    reason: str = Field(default="", max_length=4000)
    first_by: str = Field(max_length=32)
    first_at: datetime = utc()
    last_by: str = Field(max_length=32)
    last_at: datetime = utc()

    @property
    def key(self) -> str:
        return f"{self.side}:{self.record_id}"

    @property
    def label(self) -> str:
        """The number people use: ``F-12``."""
        return f"{self.section}-{self.number}"


class ProposalConfirmation(SQLModel, table=True):
    """One entitled person's yes to one wording, with the text as it was shown. Ended when it no longer stands."""

    __tablename__ = "proposal_confirmation"
    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True)
    side: str = Field(max_length=10)
    person_id: str = Field(foreign_key="person.id")
    hash: str = Field(max_length=64)
    reads_as: list[str] = _json()
    at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)


class ProposalEvent(SQLModel, table=True):
    """One change of state of a proposal: who, when, what, and why in their words."""

    __tablename__ = "proposal_event"
    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True)
    act: str = Field(max_length=20)
    by: str = Field(max_length=32)
    side: str = Field(max_length=10)
    at: datetime = utc()
    words: str = Field(default="", max_length=4000)
    hash: str = Field(default="", max_length=64)


class Evidence(SQLModel, table=True):
    """What a proposal rests on: a document, its author, and where in it. Taken away, it stays in the record."""

    __tablename__ = "evidence"
    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True)
    document: str = Field(max_length=200)
    author: str = Field(max_length=120)
    role: str = Field(max_length=120)
    dated: date | None = None
    page: str = Field(default="", max_length=20)
    paragraph: str = Field(default="", max_length=20)
    side: str = Field(max_length=10)
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
    removed_at: datetime | None = utc(nullable=True)
    removed_by: str | None = Field(default=None, foreign_key="person.id")


class LayerSeen(SQLModel, table=True):
    """Up to which entry of a layer's log the register has been written."""

    __tablename__ = "layer_seen"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    seq: int = Field(default=0)


class WorkingVersion(SQLModel, table=True):
    """A frozen working document, WD1, WD2 and so on: its exact bytes and their hash. Never changed."""

    __tablename__ = "working_version"
    __table_args__ = (UniqueConstraint("appeal_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    number: int
    on: date
    side: str = Field(max_length=10)
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
    hash: str = Field(max_length=64)
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    pages: int | None = Field(default=None, description="pages of A4, once they have been counted")
    filed_on: date | None = None
    filed_by: str | None = Field(default=None, foreign_key="person.id")


class WordUpload(SQLModel, table=True):
    """A Word file that came back, kept so that what was read from it can be read again when it is confirmed.

    ``data`` is emptied as soon as it was taken up, or when another file came after it.
    """

    __tablename__ = "word_upload"
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    side: str = Field(max_length=10)
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
    name: str = Field(max_length=200, description="what the file was called; never logged")
    hash: str = Field(max_length=64)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    taken_at: datetime | None = utc(nullable=True)


class TribunalWording(SQLModel, table=True):
    """The tribunal's own words for one place, as the order gives them."""

    __tablename__ = "tribunal_wording"
    id: int | None = Field(default=None, primary_key=True)
    appeal_id: int = Field(foreign_key="appeal.id", index=True)
    section: str = Field(max_length=4)
    record_id: str = Field(max_length=64)
    value: dict[str, Any] = _json()
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()


class LastLook(SQLModel, table=True):
    """What a side had in front of it when it last said that it had looked."""

    __tablename__ = "last_look"
    appeal_id: int = Field(foreign_key="appeal.id", primary_key=True)
    section: str = Field(primary_key=True, max_length=4)
    side: str = Field(primary_key=True, max_length=10)
    records: dict[str, Any] = _json()
    by: str = Field(foreign_key="person.id")
    at: datetime = utc()
