"""The API around one sign-in: who am I, keep me signed in, a token for my live connection.

Programs use it with their own token; pages with their cookie. Nothing here says anything about anybody else.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.auth import csrf
from server.auth.dependencies import PersonDep

router = APIRouter(prefix="/api", tags=["session"])


class LiveToken(BaseModel):
    """What a live connection shows in its first message."""

    token: str
    expires_at: datetime = Field(description="Ask for a fresh token before this.")


class Me(BaseModel):
    """The person who is asking."""

    id: str
    name: str
    email: str
    is_staff: bool
    method: str = Field(description="How they signed in: email, oidc, demo or cli.")
    ends_at: datetime = Field(description="The sign-in ends then, unless it is used before.")
    csrf: str = Field(description="Send this as X-CSRF-Token with requests that change something.")


class Kept(BaseModel):
    """The sign-in's new end."""

    ends_at: datetime


@router.post("/live-token")
async def live_token(request: Request, person: PersonDep) -> LiveToken:
    """A short-lived token for `/live`. Send `X-Idle: 1` when nobody is at the keyboard: the idle time then runs on."""
    token, expires_at = request.app.state.sessions.live_token(person)
    return LiveToken(token=token, expires_at=expires_at)


@router.get("/me")
async def me(request: Request, person: PersonDep) -> Me:
    """Who am I, and until when?"""
    return Me(
        id=person.person_id,
        name=person.name,
        email=person.email,
        is_staff=person.is_staff,
        method=person.method,
        ends_at=person.ends_at,
        csrf=csrf.token(request),
    )


@router.post("/session/keep")
async def keep(person: PersonDep) -> Kept:
    """I am still here: the sign-in counts as used."""
    return Kept(ends_at=person.ends_at)
