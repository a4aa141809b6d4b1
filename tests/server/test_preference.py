"""The family's preferred school or college: who says it, who sees it, and that it is never section I."""

from __future__ import annotations

import pytest

from crdt.blocks import is_empty
from sections.rights import ROLES
from tests.server.site import Site

SEES = (
    "parent",
    "young_person",
    "advocate",
    "interpreter",
    "case_officer",
    "plan_writer",
    "signing_officer",
    "panel_member",
)
SAYS = ("parent", "young_person", "advocate")
WISH = {"wish": "Harbour View School <b>", "why": "It is near.\nIt is quiet."}


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_who_sees_and_who_says_what_the_family_would_like(site: Site, role: str) -> None:
    client = site.program(role)
    page = await client.get(f"{site.home}/preference")
    assert (200 if role in SEES else 403) == page.status_code
    assert (role in SAYS) is ('name="wish"' in page.text)
    said = await client.post(f"{site.home}/preference", data=WISH)
    assert (303 if role in SAYS else 403) == said.status_code
    assert (role in SEES) is (f"{site.home}/preference" in (await client.get(site.home)).text)


async def test_what_was_said_stands_beside_section_i_and_never_in_it(site: Site) -> None:
    parent = site.program("parent")
    assert 303 == (await parent.post(f"{site.home}/preference", data=WISH)).status_code
    beside = (await site.program("case_officer").get(f"{site.home}/sections/I")).text
    assert "Harbour View School &lt;b&gt;" in beside
    assert "section 38(5)" in beside
    hidden = (await site.program("senco").get(f"{site.home}/sections/I")).text
    assert "Harbour View" not in hidden
    assert is_empty(await site.app.state.live.tree(site.plan_id, "I"))
    assert "Harbour View" not in (await parent.get(f"{site.home}/read")).text
    assert "Harbour View" not in (await parent.get(f"{site.home}/sections/I/text")).text


async def test_earlier_statements_stay_and_the_newest_comes_first(site: Site) -> None:
    parent = site.program("parent")
    await parent.post(f"{site.home}/preference", data=WISH)
    await parent.post(f"{site.home}/preference", data=WISH | {"wish": "A mainstream school"})
    page = (await parent.get(f"{site.home}/preference")).text
    assert page.index("A mainstream school") < page.index("Harbour View School")
    assert ["preference-stated", "preference-stated"] == [act for act, _ in site.acts()[-2:]]
    assert "Harbour" not in str(site.acts())


async def test_a_wish_needs_words_and_a_reason(site: Site) -> None:
    parent = site.program("parent")
    answer = await parent.post(f"{site.home}/preference", data={"wish": "  ", "why": "x" * 4001})
    assert 422 == answer.status_code
    assert "Enter a school or college, or a type" in answer.text
    assert "Your reasons must be 4000 characters or fewer" in answer.text


async def test_a_final_plan_takes_no_new_wish(site: Site) -> None:
    site.stage("final")
    parent = site.program("parent")
    assert 409 == (await parent.post(f"{site.home}/preference", data=WISH)).status_code
    page = (await parent.get(f"{site.home}/preference")).text
    assert 'name="wish"' not in page
    assert "right to mediation and to appeal" in page
