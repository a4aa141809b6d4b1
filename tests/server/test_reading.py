"""A section's page and the pages to read: an editor only for whoever may write now, the same text for everybody."""

from __future__ import annotations

import re

import pytest

from crdt.schema import SCHEMA
from sections.catalogue import LABELS, SECTIONS
from sections.rights import ROLES, writes
from server.routes.reading import css_string
from server.tables import Access
from tests.server.site import Site

EDITOR_IDS = (
    "write-bar",
    "save-status",
    "connection-note",
    "toolbar",
    "editor",
    "people-here",
    "linked-items",
    "kept-aside",
)


@pytest.mark.parametrize("stage", ["gathering", "draft_served", "finalising", "final"])
async def test_an_editor_is_mounted_for_exactly_those_who_may_write(site: Site, stage: str) -> None:
    site.stage(stage)
    for role in ("parent", "interpreter", "case_officer", "senco", "social_care", "observer"):
        client = site.program(role)
        for label in LABELS:
            page = (await client.get(f"{site.home}/sections/{label}")).text
            mine = label in writes(role, stage)
            assert mine is ('id="editor"' in page), (role, label)
            assert mine is ("/static/app.js" in page)
            assert mine is not ('id="section-text"' in page)


async def test_the_page_to_write_on_holds_what_the_editor_needs(site: Site) -> None:
    page = (await site.program("parent").get(f"{site.home}/sections/F")).text
    for name in EDITOR_IDS:
        assert 1 == page.count(f'id="{name}"'), name
    told = dict(re.findall(r'data-([a-z-]+)="([^"]*)"', page.split('id="editor"')[1].split(">")[0]))
    assert {
        "plan": site.plan_id,
        "section": "F",
        "document": f"{site.plan_id}/F",
        "item": "provision",
        "name": site.people["parent"].name,
        "role": "Parent or carer",
        "party": "family",
        "schema": str(SCHEMA.version),
        "may-write": "true",
    }.items() <= told.items()
    assert "<noscript>" in page
    assert f"{site.home}/sections/F/read" in page


async def test_a_locked_section_gives_its_reason_and_its_text_without_a_script_for_writing(site: Site) -> None:
    page = (await site.program("interpreter").get(f"{site.home}/sections/B")).text
    assert "Read only" in page
    assert "You are here as: Interpreter" in page
    assert "Understanding what people say" in page
    assert "app.js" not in page


async def test_newer_text_is_asked_for_by_its_etag(site: Site) -> None:
    client = site.program("observer")
    page = (await client.get(f"{site.home}/sections/B")).text
    etag = re.search(r'data-etag="([^"]+)"', page)
    assert etag is not None
    known = etag.group(1).replace("&#34;", '"')
    same = await client.get(f"{site.home}/sections/B/text", headers={"If-None-Match": known})
    assert (304, b"", "false") == (same.status_code, same.content, same.headers["x-may-write"])
    fresh = await client.get(f"{site.home}/sections/B/text")
    assert (200, known) == (fresh.status_code, fresh.headers["etag"])
    assert "<html" not in fresh.text

    def now_a_parent(db) -> None:  # type: ignore[no-untyped-def]
        access = db.get_one(Access, site.access["observer"])
        access.role, access.party = "parent", "family"
        db.add(access)

    site.store.write_sync(now_a_parent)
    other = await client.get(f"{site.home}/sections/B/text", headers={"If-None-Match": known})
    assert (200, "true") == (other.status_code, other.headers["x-may-write"])


async def test_the_whole_plan_reads_on_one_page_with_contents(site: Site) -> None:
    for role in ROLES:
        page = (await site.program(role).get(f"{site.home}/read")).text
        for rule in SECTIONS:
            assert f'href="#section-{rule.label}"' in page
            assert f'id="section-{rule.label}"' in page
        assert "DRAFT" in page
        assert site.plan().reference in page
    assert 'href="#item-' in page


async def test_a_final_plan_is_not_called_a_draft(site: Site) -> None:
    site.stage("final")
    page = (await site.program("parent").get(f"{site.home}/read")).text
    assert "DRAFT" not in page
    assert "Final plan" in page


async def test_every_printed_page_says_which_plan_and_that_it_is_a_draft(site: Site) -> None:
    client = site.program("parent")
    assert f'href="{site.home}/paper.css" media="print"' in (await client.get(f"{site.home}/read")).text
    rules = await client.get(f"{site.home}/paper.css")
    assert "text/css; charset=utf-8" == rules.headers["content-type"]
    assert 'content:"DRAFT \\002013  Drafting together"' in rules.text
    assert 404 == (await site.stranger().get(f"{site.home}/paper.css")).status_code


def test_words_cannot_end_a_css_string() -> None:
    assert '"a\\000022 \\00007d \\00003c b\\00000a  c"' == css_string('a"}<b\n c')


def test_the_space_after_a_comma_stays_in_a_css_string() -> None:
    assert '"Council\\00002c  plan"' == css_string("Council, plan")


async def test_links_between_items_lead_to_their_own_section(site: Site) -> None:
    page = (await site.program("parent").get(f"{site.home}/sections/F/read")).text
    assert re.search(rf'href="{site.home}/sections/B#item-[a-z0-9]{{10}}"', page)


@pytest.mark.parametrize("path", ["/sections/Z", "/sections/b", "/sections/Z/read", "/sections/Z/text", "/sections/"])
async def test_a_section_no_plan_has_is_not_found(site: Site, path: str) -> None:
    assert 404 == (await site.program("parent").get(site.home + path)).status_code


@pytest.mark.parametrize(("stage", "blank"), [("drafting", True), ("draft_served", True), ("final", False)])
async def test_section_i_says_that_it_is_blank_by_law_until_the_plan_is_being_finalised(
    site: Site, stage: str, *, blank: bool
) -> None:
    site.stage(stage)
    client = site.program("parent")
    for path in ("/sections/I", "/sections/I/read", "/sections/I/text", "/read"):
        page = (await client.get(site.home + path)).text
        assert blank is ("Blank, as the law requires at this stage." in page), path
        assert blank is not ("Nothing is written here yet." in page), path
