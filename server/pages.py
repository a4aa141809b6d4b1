"""HTML pages: one Jinja2 environment, the GOV.UK macros, and ``render``.

Our own templates are strict: a missing name is a bug and raises. The GOV.UK macros test for absent
options all the time, so they live in a lenient environment of their own and come in as globals.
Pages never carry inline script or inline style: the content security policy forbids both.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from sections.words import mid_sentence
from server.auth import csrf
from server.day import london as london
from server.day import today as today
from server.settings import Settings

SERVICE = "Education, health and care plans"
COMPONENTS = (
    "back-link",
    "breadcrumbs",
    "button",
    "checkboxes",
    "date-input",
    "details",
    "error-summary",
    "fieldset",
    "inset-text",
    "input",
    "notification-banner",
    "panel",
    "phase-banner",
    "radios",
    "select",
    "skip-link",
    "summary-list",
    "table",
    "tag",
    "task-list",
    "textarea",
    "warning-text",
)


def web_root() -> Path:
    """Where templates and built browser code are: inside the installed package, or beside it in a work tree."""
    packaged = Path(__file__).parent / "_web"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent


def day_words(day: date | datetime | None) -> str:
    """``22 November 2026``; ``Not known yet`` when there is no date."""
    if day is None:
        return "Not known yet"
    if isinstance(day, datetime):
        day = london(day).date()
    return f"{day.day} {day:%B %Y}"


def time_words(moment: datetime) -> str:
    """``10:42 on 22 November 2026``."""
    return f"{london(moment):%H:%M} on {day_words(moment)}"


def count_words(number: int, one: str, many: str) -> str:
    """``1 person``, ``3 people``."""
    return f"{number} {one if number == 1 else many}"


def error_for(errors: dict[str, str], field: str) -> dict[str, str] | None:
    """What a GOV.UK field macro wants as its ``errorMessage``."""
    return {"text": errors[field]} if field in errors else None


def error_list(errors: dict[str, str]) -> list[dict[str, str]]:
    """The error summary's lines, each a link to its field."""
    return [{"text": text, "href": f"#{field}"} for field, text in errors.items()]


class Pages:
    """The pages of one application: its council's name, and where its built files are."""

    def __init__(self, settings: Settings) -> None:
        self.dist = web_root() / "static" / "dist"
        self._hashes: dict[str, tuple[int, str]] = {}
        self._own = {"council": settings.council, "demo": settings.demo, "asset": self.asset}

    def asset(self, name: str) -> str:
        """The address of a built file, with a piece of its content hash so that it can be cached for good."""
        path = self.dist / name
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            return f"/static/{quote(name)}"
        known = self._hashes.get(name)
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
            self._hashes[name] = known
        return f"/static/{quote(name)}?v={known[1]}"

    def html(self, request: Request, template: str, context: dict[str, Any]) -> str:
        """The finished page as text."""
        token = csrf.token(request)
        shared: dict[str, Any] = self._own | {
            "request": request,
            "me": getattr(request.state, "signed_in", None),
            "errors": {},
            "csrf_token": token,
            "csrf_field": Markup('<input type="hidden" name="csrf" value="{}">').format(token),
        }
        return _environment().get_template(template).render(shared | context)


@cache
def _environment() -> Environment:
    """Our templates, read and compiled once a process however many applications it makes."""
    environment = Environment(
        loader=FileSystemLoader(web_root() / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = {"service": SERVICE, "error_for": error_for, "error_list": error_list, "count_words": count_words}
    environment.globals |= _govuk_macros() | words
    environment.filters |= {"day": day_words, "moment": time_words, "mid": mid_sentence}
    return environment


def _govuk_macros() -> dict[str, Any]:
    """``govukButton`` and the rest, from the macros' own lenient environment."""
    lenient = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        undefined=ChainableUndefined,
        autoescape=True,
    )
    macros: dict[str, Any] = {}
    for component in COMPONENTS:
        name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
        template = lenient.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
        macros[name] = getattr(template.module, name)
    return macros


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page. ``errors`` (field id -> sentence) also puts "Error:" before the title."""
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.html(request, template, context), status_code=status)
