"""What a history keeps: up to which entry each person has seen a section, and who wrote when. Nothing of its text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from server.columns import utc


class SectionSeen(SQLModel, table=True):
    """Up to which entry somebody has seen a section, and when they last looked at it. Shown to nobody else."""

    __tablename__ = "section_seen"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    seq: int
    at: datetime = utc()


class KeptStory(SQLModel, table=True):
    """Who wrote when in a section up to entry ``seq``, as ``server/history/kept.py`` worked it out from the log."""

    __tablename__ = "story"
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    seq: int
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
