"""Every page: its frame, its headers, its words for each role, and what it never does."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from sections.rights import ROLES
from server.pages import count_words, day_words
from server.settings import Settings
from tests.server.site import Site, form_token

INFO = ("/", "/help", "/contacts", "/accessibility", "/privacy", "/cookies")
PLAN = ("", "/read", "/rights", "/stage", "/people", "/sections/B", "/sections/I", "/sections/F/read")


class Outline(HTMLParser):
    """What a page is made of, as far as these tests ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def check_frame(page: str) -> None:
    """What must hold on every page."""
    outline = Outline(page)
    assert "en-GB" == outline.all("html")[0]["lang"]
    assert 1 == outline.headings.count(1)
    levels = outline.headings
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert any("#main-content" == link.get("href") for link in outline.all("a"))
    assert 1 == len(outline.all("main"))
    ids = [attributes["id"] for _, attributes in outline.tags if attributes.get("id")]
    assert sorted(set(ids)) == sorted(ids), "an id is used twice"
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "href"):
            target = attributes.get(name)
            if tag in ("script", "link", "img") and target is not None:
                assert target.startswith("/"), (tag, target)
    assert all("src" in script for script in outline.all("script"))
    assert not outline.all("style")
    assert not re.search("gov.uk logo|crown|GDS Transport", page, re.IGNORECASE)
    named = {attributes.get("for") for attributes in outline.all("label")}
    for field in outline.all("input") + outline.all("select") + outline.all("textarea"):
        assert field.get("type") == "hidden" or field.get("id") in named, field


@pytest.mark.parametrize("path", INFO)
async def test_a_page_for_everybody_has_the_frame(site: Site, path: str) -> None:
    answer = await site.visitor().get(path)
    assert 200 == answer.status_code
    check_frame(answer.text)


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_every_page_of_a_plan_has_the_frame_for_every_role(site: Site, role: str) -> None:
    client = site.program(role)
    for path in PLAN:
        answer = await client.get(site.home + path)
        assert 200 == answer.status_code, path
        check_frame(answer.text)
    check_frame((await client.get("/plans")).text)


async def test_a_title_and_an_address_never_hold_the_childs_name(site: Site) -> None:
    child = site.plan().child
    client = site.program("case_officer")
    for path in (*PLAN, "/facts", "/people/invite", "/stage/draft_served", "/preference"):
        answer = await client.get(site.home + path)
        title = re.search("<title>(.*)</title>", answer.text)
        assert title is not None
        assert child not in title.group(1)
        assert not [link["href"] for link in Outline(answer.text).all("a") if child in (link.get("href") or "")]


async def test_every_answer_carries_the_safe_headers(site: Site) -> None:
    for path in ("/", "/nothing-here", "/api/plans", "/favicon.svg"):
        headers = (await site.visitor().get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "nosniff" == headers["x-content-type-options"]
        assert "same-origin" == headers["referrer-policy"]
        assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert "no-store" == (await site.program("parent").get(site.home)).headers["cache-control"]


async def test_a_request_id_from_outside_is_kept_only_when_it_is_harmless(site: Site) -> None:
    client = site.visitor()
    assert "trace-1234" == (await client.get("/", headers={"X-Request-ID": "trace-1234"})).headers["x-request-id"]
    odd = (await client.get("/", headers={"X-Request-ID": "a b<script>"})).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", odd)


async def test_a_missing_page_says_so_in_the_same_look(site: Site) -> None:
    answer = await site.visitor().get("/nothing-here")
    assert 404 == answer.status_code
    check_frame(answer.text)
    assert "There is nothing at this address" in answer.text


async def test_a_body_over_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    client = site.program("case_officer")
    too_big = b"reference=" + b"x" * Settings().request_bytes
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/plans/new", content=too_big, headers=form)
    assert 413 == answer.status_code
    check_frame(answer.text)

    async def unannounced():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"x" * 65_536

    answer = await client.post("/api/plans", content=unannounced(), headers={"Content-Type": "application/json"})
    assert 413 == answer.status_code
    assert "too-big" == answer.json()["code"]


async def test_a_bug_gives_a_page_with_the_request_id_and_nothing_else(site: Site) -> None:
    async def broken(_plan: str, _section: str) -> None:
        raise RuntimeError("secret words")

    client = site.program("parent")
    site.app.state.live.tree = broken
    answer = await client.get(site.home)
    assert 500 == answer.status_code
    assert "secret words" not in answer.text
    assert answer.text.count("Something went wrong") >= 2
    problem = await client.get(f"{site.api}/sections")
    assert "unexpected" == problem.json()["code"]


async def test_somebody_signed_out_is_sent_to_sign_in_and_back(site: Site) -> None:
    answer = await site.visitor().get(site.home)
    assert 303 == answer.status_code
    assert f"/sign-in?next={site.home}" == answer.headers["location"]


async def test_a_form_without_its_token_is_refused(site: Site) -> None:
    browser = await site.browser("parent")
    wish = {"wish": "A school", "why": "Because"}
    answer = await browser.post(f"{site.home}/preference", data=wish, headers={"Origin": "http://127.0.0.1:8000"})
    assert 403 == answer.status_code
    token = form_token((await browser.get(f"{site.home}/preference")).text)
    foreign = {"Origin": "https://elsewhere.example"}
    answer = await browser.post(f"{site.home}/preference", data=wish | {"csrf": token}, headers=foreign)
    assert 403 == answer.status_code
    own = {"Origin": "http://127.0.0.1:8000"}
    answer = await browser.post(f"{site.home}/preference", data=wish | {"csrf": token}, headers=own)
    assert 303 == answer.status_code


def test_words_for_days_and_counts() -> None:
    assert "Not known yet" == day_words(None)
    assert "1 person" == count_words(1, "person", "people")
    assert "3 people" == count_words(3, "person", "people")


async def test_a_head_request_answers_like_a_get_without_its_body(site: Site) -> None:
    answer = await site.visitor().head("/")
    assert 200 == answer.status_code
    assert "content-security-policy" in answer.headers
