"""Every page a person can come to, by name: who looks at it and how they get there.

One list for every claim about every page; a new page belongs in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import ViewportSize

from tests.browser.house import House
from tests.browser.person import Person

NOBODY = ""


@dataclass(frozen=True)
class Place:
    """A page, the role that looks at it (or nobody), and the way there."""

    name: str
    role: str
    go: Callable[[Person], object]


def _at(path: str) -> Callable[[Person], object]:
    return lambda somebody: somebody.page.goto(path)


def _in_plan(path: str) -> Callable[[Person], object]:
    return lambda somebody: somebody.page.goto(f"{somebody.house.home}{path}")


def _code_page(somebody: Person) -> None:
    page = somebody.page
    page.goto("/sign-in/email")
    page.get_by_role("textbox").fill("nobody.known@example.org")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/sign-in/code/**")


def _email_error(somebody: Person) -> None:
    somebody.page.goto("/sign-in/email")
    somebody.page.locator("main form button[type=submit]").click()
    somebody.page.get_by_role("alert").wait_for()


def _check_invitation(somebody: Person) -> None:
    page = somebody.page
    page.goto(f"{somebody.house.home}/people/invite")
    page.get_by_label("Their e-mail address").fill("new.person@example.org")
    page.get_by_label("Their name").fill("New Person")
    page.get_by_role("radio", name="Observer").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Check before you invite").wait_for()


def _invite_error(somebody: Person) -> None:
    page = somebody.page
    page.goto(f"{somebody.house.home}/people/invite")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").wait_for()


def _end_access(somebody: Person) -> None:
    somebody.page.goto(f"{somebody.house.home}/people")
    somebody.page.get_by_role("link", name="End access of Mina Corrow").click()
    somebody.page.get_by_role("button", name="End this access now").wait_for()


def _write(label: str) -> Callable[[Person], object]:
    return lambda somebody: somebody.open(label)


PLACES = (
    Place("start", NOBODY, _at("/")),
    Place("sign-in", NOBODY, _at("/sign-in")),
    Place("sign-in by e-mail", NOBODY, _at("/sign-in/email")),
    Place("sign-in by e-mail, error", NOBODY, _email_error),
    Place("code", NOBODY, _code_page),
    Place("signed out", NOBODY, _at("/signed-out")),
    Place("help", NOBODY, _at("/help")),
    Place("contacts", NOBODY, _at("/contacts")),
    Place("accessibility", NOBODY, _at("/accessibility")),
    Place("privacy", NOBODY, _at("/privacy")),
    Place("cookies", NOBODY, _at("/cookies")),
    Place("not found", NOBODY, _at("/no-such-page")),
    Place("plans", "case_officer", _at("/plans")),
    Place("new plan", "case_officer", _at("/plans/new")),
    Place("home", "case_officer", _in_plan("")),
    Place("facts", "case_officer", _in_plan("/facts")),
    Place("people", "case_officer", _in_plan("/people")),
    Place("invite", "case_officer", _in_plan("/people/invite")),
    Place("invite, error", "case_officer", _invite_error),
    Place("invite, check", "case_officer", _check_invitation),
    Place("end access", "case_officer", _end_access),
    Place("stage", "case_officer", _in_plan("/stage")),
    Place("stage, confirm", "case_officer", _in_plan("/stage/draft_served")),
    Place("record", "case_officer", _in_plan("/record")),
    Place("rights", "parent", _in_plan("/rights")),
    Place("preference", "parent", _in_plan("/preference")),
    Place("read the plan", "parent", _in_plan("/read")),
    Place("read a section", "parent", _in_plan("/sections/F/read")),
    Place("write needs", "parent", _write("B")),
    Place("write provision", "parent", _write("F")),
    Place("section I, locked", "parent", _in_plan("/sections/I")),
    Place("section, read only", "observer", _in_plan("/sections/B")),
    Place("history of the plan", "observer", _in_plan("/history")),
    Place("history", "observer", _in_plan("/sections/B/history")),
    Place("history, who wrote what", "parent", _in_plan("/sections/F/history?view=hands")),
    Place("history, before anything", "parent", _in_plan("/sections/F/history?at=0&view=now")),
    Place("put back, check", "parent", _in_plan("/sections/F/history/put-back?at=0")),
    Place("refused", "parent", _in_plan("/people/invite")),
    Place("sign out everywhere", "parent", _at("/sign-out/everywhere")),
)


def visitor_of(house: House, place: Place, width: int = 1280, height: int = 900) -> Person:
    """The person who looks at this place, in a window of this size, with the plan known to the house."""
    if not house.plan:
        house.person("case_officer")
    size: ViewportSize = {"width": width, "height": height}
    if place.role == NOBODY:
        return house.visitor(size)
    return house.person(place.role, size)
