"""A running server, a browser, and the people of the example who use them.

Each person has a browser context of their own and signs in by the demo page, once; later contexts of the same person
take the cookies over. Tests wait for what a person would see, never for time to pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, StorageState, ViewportSize

from tests.browser.person import PATIENCE_MS, Person
from tests.serving import Serving

NAMES = {
    "parent": "Leila Tarran",
    "advocate": "Bridget Oakmere",
    "case_officer": "Dev Pellow",
    "plan_writer": "Ingrid Vale",
    "signing_officer": "Marcus Thornby",
    "senco": "Joy Larkfield",
    "observer": "Mina Corrow",
}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
BLOCKS = ("paragraph", "heading", "title", "field")


@dataclass
class House:
    """Everything one module of tests shares."""

    server: Serving
    browser: Browser
    plan: str = ""
    reference: str = "EX-2026-041"
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)
    kind: type[Person] = Person
    cookies: dict[str, StorageState] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)

    def person(self, role: str, size: ViewportSize = DESKTOP, **options: Any) -> Person:
        """Somebody of the example in a fresh browser window, signed in."""
        somebody = self.visitor(size, storage_state=self.cookies.get(role), **options)
        somebody.name, somebody.role = self.names[role], role
        if role not in self.cookies:
            self._sign_in(somebody)
            self.cookies[role] = somebody.context.storage_state()
        return somebody

    def visitor(self, size: ViewportSize = DESKTOP, **options: Any) -> Person:
        """A window with nobody signed in, unless cookies are given."""
        context = self.browser.new_context(
            viewport=size, base_url=self.server.url, locale="en-GB", timezone_id="Europe/London", **options
        )
        context.set_default_timeout(PATIENCE_MS)
        somebody = self.kind(context=context, page=context.new_page(), house=self)
        self.people.append(somebody)
        return somebody

    def _sign_in(self, somebody: Person) -> None:
        page = somebody.page
        page.goto("/sign-in")
        page.get_by_role("button", name=f"Sign in as {somebody.name}").click()
        page.get_by_role("link", name=re.compile(self.reference)).first.click()
        page.wait_for_url(re.compile(r"/plans/[0-9a-f]{32}$"))
        self.plan = page.url.rsplit("/", 1)[1]

    @property
    def home(self) -> str:
        return f"/plans/{self.plan}"

    def section(self, label: str) -> str:
        return f"{self.home}/sections/{label}"

    def empty_out(self) -> None:
        """Closes every window that a test opened; what went wrong inside a page fails the test."""
        leaving, self.people = self.people, []
        for somebody in leaving:
            somebody.context.close()
        mishaps = [mishap for somebody in leaving for mishap in somebody.mishaps]
        assert not mishaps, mishaps

    def durable_blocks(self, somebody: Person, label: str) -> list[str]:
        """The text the server has made durable, line by line, by the API."""
        answer = somebody.context.request.get(f"/api{self.section(label)}", headers={"Accept": "application/json"})
        assert answer.ok, answer.text()
        return blocks_of(answer.json()["tree"])


def blocks_of(node: dict[str, Any]) -> list[str]:
    """The lines of a tree, in order."""
    if node["type"] in BLOCKS:
        return ["".join(_inline(child) for child in node.get("children", []))]
    return [line for child in node.get("children", []) for line in blocks_of(child)]


def _inline(node: dict[str, Any]) -> str:
    if "text" in node:
        return str(node["text"])
    return "\n" if node["type"] == "hard_break" else ""
