"""Pages that are the same for everybody: the start page, help, contacts, accessibility, privacy, cookies, the icon."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from sections import stages
from sections.catalogue import SECTIONS
from sections.rights import ROLES
from server.auth.cookies import cookie_name
from server.pages import render, web_root

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start_page(request: Request) -> Response:
    """What this is, and the way in."""
    return render(request, "info/start.html", sections=SECTIONS)


@router.get("/help")
async def help_page(request: Request) -> Response:
    """How to use it, and what the words mean."""
    return render(request, "info/help.html", sections=SECTIONS, stages=stages.STAGES, roles=ROLES)


@router.get("/contacts")
async def contacts(request: Request) -> Response:
    """Independent advice, and the council."""
    return render(request, "info/contacts.html")


@router.get("/accessibility")
async def accessibility(request: Request) -> Response:
    """The accessibility statement."""
    return render(request, "info/accessibility.html")


@router.get("/privacy")
async def privacy(request: Request) -> Response:
    """What is kept, why and how long."""
    return render(request, "info/privacy.html")


@router.get("/cookies")
async def cookies(request: Request) -> Response:
    """The two cookies, and what stays on this device."""
    settings = request.app.state.settings
    return render(
        request,
        "info/cookies.html",
        settings=settings,
        session_cookie=cookie_name("session", settings),
        form_cookie=cookie_name("form", settings),
        council_cookie=cookie_name("council", settings) if settings.oidc_issuer else "",
    )


@router.get("/favicon.svg")
@router.get("/favicon.ico")
async def favicon() -> Response:
    """The icon of the browser's tab."""
    body = (web_root() / "templates" / "favicon.svg").read_bytes()
    return Response(body, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})
