"""Signing in and out: the page that offers the ways in, the demo's people, and the ways out.

E-mail and council sign-in have files of their own and are part of this router. A bare GET never signs anybody in.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from sections.rights import role_label
from server.auth.answers import signed_in_answer, signed_out_answer
from server.auth.demo import demo_people, demo_person
from server.auth.dependencies import PersonDep, VisitorDep, safe_next
from server.pages import render
from server.routes import sign_in_council, sign_in_email

TOGETHER = ("parent", "advocate", "case_officer")  # whom the demo suggests for a first try of either plan

router = APIRouter(include_in_schema=False)
router.include_router(sign_in_email.router)
router.include_router(sign_in_council.router)


@router.get("/sign-in")
async def choose(request: Request, visitor: VisitorDep, next: str | None = None) -> Response:
    """How would you like to sign in?"""
    if visitor is not None:
        return RedirectResponse(safe_next(next), status_code=303)
    settings = request.app.state.settings
    people = await demo_people(request.app.state.store) if settings.demo else ()
    return render(
        request,
        "sign_in/choose.html",
        next=safe_next(next),
        council_label=settings.oidc_label if settings.oidc_issuer else None,
        people=people,
        together=[one for role in TOGETHER for one in people if one.role == role_label(role) and one.story],
        opposite=[one for role in TOGETHER for one in people if one.role == role_label(role) and one.in_appeal],
    )


@router.post("/sign-in/demo")
async def as_demo_person(
    request: Request, person: Annotated[str, Form(max_length=32)], next: Annotated[str | None, Form()] = None
) -> Response:
    """Sign in as one of the example's people. There is no such address unless demo mode is on."""
    if not request.app.state.settings.demo:
        raise HTTPException(404)
    known = await demo_person(request.app.state.store, person)
    if known is None:
        raise HTTPException(404)
    return await signed_in_answer(request, known, "demo", next)


@router.post("/sign-out")
async def out(request: Request, visitor: VisitorDep) -> Response:
    """End this sign-in, on this device only."""
    if visitor is not None:
        await request.app.state.sessions.end(visitor.session_id, "signed-out")
    return signed_out_answer(request)


@router.get("/sign-out/everywhere")
async def ask_out_everywhere(request: Request, person: PersonDep) -> Response:
    """Ask before ending the sign-ins on all devices."""
    return render(request, "sign_in/everywhere.html")


@router.post("/sign-out/everywhere")
async def out_everywhere(request: Request, person: PersonDep) -> Response:
    """End every sign-in of this person, on all devices, and their programs' tokens."""
    await request.app.state.sessions.end_all(person.person_id, "signed-out-everywhere")
    return signed_out_answer(request)


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """You are signed out."""
    return render(request, "sign_in/signed_out.html")
