"""What a history remembers of people: up to which entry each has seen a section. Nothing of its text."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.columns import utc


class SectionSeen(SQLModel, table=True):
    """Up to which entry somebody has seen a section, and when they last looked at it. Shown to nobody else."""

    __tablename__ = "section_seen"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    seq: int
    at: datetime = utc()
