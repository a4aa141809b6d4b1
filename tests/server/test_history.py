"""A section's history: who may see it, what it says, and an earlier wording put back as an edit of today."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from crdt.blocks import Tree, plain_text
from server.layers import layer_name
from server.log import UPDATE, Entry, append_within
from server.rooms import make_document
from server.tables import Access, Document
from tests.server.site import HTML, Site, form_token
from tests.server.written import add, drop, moved, replace, wrote

DAY = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
DOC = {"type": "doc"}
JSON = {"Accept": "application/json"}
WORDS = "He uses gesture and drawing to get his meaning across."


@dataclass
class Told:
    """A site whose section B has a small history, and the numbers of its moments."""

    site: Site
    seed: int
    parent: int
    officer: int
    move: int
    writer: int

    @property
    def page(self) -> str:
        return f"{self.site.home}/sections/B/history"

    @property
    def api(self) -> str:
        return f"{self.site.api}/sections/B/history"


@pytest.fixture
async def told(site: Site) -> AsyncIterator[Told]:
    """A parent adds words, an officer strikes some, the plan moves, a plan writer takes a paragraph out."""
    store, plan = site.store, site.plan_id
    who = {role: site.people[role].id for role in ("parent", "case_officer", "plan_writer")}
    parent = wrote(
        store, plan, "B", who["parent"], DAY, replace(WORDS, WORDS + " He also sings."), add("Our words."), client=101
    )
    officer = wrote(
        store, plan, "B", who["case_officer"], DAY + timedelta(hours=1), replace("gesture and ", ""), client=102
    )
    move = moved(store, plan, "B", "drafting", DAY + timedelta(hours=2))
    writer = wrote(store, plan, "B", who["plan_writer"], DAY + timedelta(days=1), drop("In short:"), client=103)
    return Told(site, 1, parent, officer, move, writer)


async def section_text(site: Site) -> str:
    return plain_text((await site.program("parent").get(f"{site.api}/sections/B", headers=JSON)).json()["tree"])


async def test_the_time_line_tells_who_wrote_when_with_their_roles_and_the_moves_between(told: Told) -> None:
    page = (await told.site.program("observer").get(told.page)).text
    line = re.sub(r"<[^>]+>|\s+", " ", page.split('id="line-title"')[1])
    order = ["23 November 2026 at 10:42", "Drafting together", "22 November 2026 at 11:42", "22 November 2026 at 10:42"]
    assert sorted(order, key=line.index) == order
    assert "Dev Pellow, case officer" in line
    assert "Leila Tarran, parent or carer" in line


async def test_the_plans_history_leads_to_every_section_and_says_where_others_wrote(told: Told) -> None:
    site = told.site
    client = site.program("parent")
    await client.get(f"{site.home}/sections/B")
    assert "Changed since you last looked" not in (await client.get(f"{site.home}/history")).text
    wrote(site.store, site.plan_id, "B", site.people["senco"].id, DAY + timedelta(days=3), add("More."), client=107)
    page = (await client.get(f"{site.home}/history")).text
    rows = {row.split("</a>")[0][-40:]: row for row in page.split("<tr")[2:]}
    (row,) = [row for row in rows.values() if f'href="{told.page}"' in row]
    assert "25 November 2026 at 10:42" in row
    assert site.people["senco"].name in row
    assert 1 == page.count("Changed since you last looked")
    assert f'href="{site.home}/history"' in (await client.get(site.home)).text
    assert 404 == (await site.stranger().get(f"{site.home}/history")).status_code


async def test_a_moment_shows_its_text_with_what_changed_marked_and_said(told: Told) -> None:
    page = (await told.site.program("parent").get(f"{told.page}?at={told.parent}")).text
    assert "2 words added outside the numbered parts; 3 added in B2" in page
    assert re.search(r'<ins class="app-hist-in"[^>]*><span class="govuk-visually-hidden">added: </span>', page)
    later = (await told.site.program("parent").get(f"{told.page}?at={told.officer}")).text
    assert re.search(r"<del [^>]*><span [^>]*>removed: </span>gesture and </del>", later)
    assert f"at={told.parent}" in re.search(r'<a [^>]*rel="prev"', later)[0]  # type: ignore[index]
    assert f"at={told.move}" in re.search(r'<a [^>]*rel="next"', later)[0]  # type: ignore[index]


async def test_a_role_is_the_one_somebody_had_when_they_wrote(told: Told) -> None:
    def other_role_since(db: Session) -> None:
        old = db.get_one(Access, told.site.access["plan_writer"])
        old.ended_at = DAY + timedelta(days=2)
        later = {"role": "observer", "party": "authority", "invited_at": DAY + timedelta(days=2)}
        kept = {"plan_id": old.plan_id, "person_id": old.person_id, "invited_by": old.invited_by}
        old.invited_at = DAY - timedelta(days=9)
        db.add(old)
        db.add(Access(**later, **kept))

    told.site.store.write_sync(other_role_since)
    found = (await told.site.program("parent").get(told.api, headers=JSON)).json()
    assert ["Plan writer"] == [one["role"] for one in found["steps"][0]["people"]]


async def test_the_api_gives_the_time_line_in_pages_and_any_moment(told: Told) -> None:
    client = told.site.program("observer")
    first = (await client.get(f"{told.api}?limit=2", headers=JSON)).json()
    assert (told.writer, [told.writer, told.move]) == (first["seq"], [one["last"] for one in first["steps"]])
    rest = (await client.get(f"{told.api}?before={first['before']}", headers=JSON)).json()
    assert [told.officer, told.parent, told.seed] == [one["last"] for one in rest["steps"]]
    assert rest["before"] is None
    moment = (await client.get(f"{told.api}/{told.officer}", headers=JSON)).json()
    assert [{"place": "B2", "added": 0, "removed": 2}] == moment["changes"]
    assert "He uses drawing to get his meaning across. He also sings." in plain_text(moment["tree"])
    passage = next(one for one in moment["passages"] if any("sings" in part["text"] for part in one))
    assert ["system", told.site.people["parent"].id] == [part["by"]["person_id"] for part in passage[:2]]
    assert 404 == (await client.get(f"{told.api}/999999", headers=JSON)).status_code


async def test_who_wrote_what_is_told_under_every_passage(told: Told) -> None:
    page = (await told.site.program("parent").get(f"{told.page}?view=hands")).text
    assert 'data-by="Leila Tarran, parent or carer, 22 November 2026 at 10:42">Our words.' in page
    assert '<q dir="auto">He also sings.</q>' in page


async def test_words_somebody_moved_are_told_with_who_wrote_them_and_who_moved_them(told: Told) -> None:
    site, words = told.site, "Given ten seconds and a first sound, he finds 7 in 10 lost words."

    def parted(tree: Tree) -> None:
        need = [one for one in tree["children"] if one["type"] == "need"][1]
        place = next(
            at for at, one in enumerate(need["children"]) if "Given ten" in plain_text({"children": [one]} | DOC)
        )
        run = need["children"][place]["children"][-1]
        run["text"], second = run["text"].split(words)[0], words + run["text"].split(words)[1]
        need["children"].insert(place + 1, {"type": "paragraph", "children": [{"text": second}]})

    wrote(site.store, site.plan_id, "B", site.people["case_officer"].id, DAY + timedelta(days=2), parted, client=109)
    page = (await site.program("parent").get(f"{told.page}?view=hands")).text
    assert re.search(
        r"The service</span>, [^<]*; moved here by Dev Pellow, 24 November 2026 at 10:42", page.split(words)[1][:600]
    )


async def test_nobody_else_learns_of_a_history(told: Told) -> None:
    site = told.site
    ended, stranger, parent = site.program("senco"), site.stranger(), site.program("parent")

    def end(db: Session) -> None:
        access = db.get_one(Access, site.access["senco"])
        access.ended_at = DAY
        db.add(access)

    site.store.write_sync(end)
    for path in ("", "/moment", "/put-back?at=1"):
        for client in (stranger, ended):
            assert 404 == (await client.get(f"{told.page}{path}")).status_code
        for other in ("Z", "B@family", "B@family-draft", "B%40family%231", "b"):
            assert 404 == (await parent.get(f"{site.home}/sections/{other}/history{path}")).status_code
            assert 404 == (await parent.get(f"{site.api}/sections/{other}/history", headers=JSON)).status_code
    assert 404 == (await stranger.get(told.api, headers=JSON)).status_code
    assert 404 == (await ended.get(f"{told.api}/1", headers=JSON)).status_code


async def test_a_layer_beside_a_section_is_never_in_its_history(told: Told) -> None:
    site = told.site

    def write(db: Session) -> None:
        for name in (layer_name("B", "family", 1), "B@family-draft#1.1"):
            document = make_document(db, site.plan_id, name)
            append_within(db, document, 0, [Entry(UPDATE, b"\x00\x00", site.people["advocate"].id)], DAY)

    site.store.write_sync(write)
    assert 2 == len(site.store.read(lambda db: db.exec(select(Document).where(Document.section.contains("@"))).all()))  # type: ignore[attr-defined]
    found = (await site.program("parent").get(told.api, headers=JSON)).json()
    assert site.people["advocate"].id not in {who["person_id"] for step in found["steps"] for who in step["people"]}


# Putting back


async def asked(told: Told, role: str, query: str) -> tuple[str, dict[str, str]]:
    """The page that asks, and what its form would send."""
    page = (await told.site.program(role).get(f"{told.page}/put-back?{query}")).text
    return page, dict(re.findall(r'name="(at|passage|here)" value="([^"]*)"', page))


async def passage_link(told: Told, words: str) -> str:
    page = (await told.site.program("parent").get(f"{told.page}?at={told.parent}&view=now")).text
    before = page[: page.index(words)] if words in page else page
    start = len(before)
    found = re.search(r"put-back\?([^\"]+passage=[^\"]+)\"", page[start:])
    assert found is not None
    return found[1].replace("&amp;", "&")


async def test_a_passage_is_put_back_as_todays_edit_of_whoever_asks_and_the_rest_stays(told: Told) -> None:
    site = told.site
    query = await passage_link(told, "In short:")
    page, form = await asked(told, "parent", query)
    assert "In short: Sami" in page
    assert "words added" in page
    before = await section_text(site)
    assert "In short:" not in before
    done = await site.program("parent").post(f"{told.page}/put-back", data=form)
    assert 303 == done.status_code
    after = await section_text(site)
    assert "In short:" in after
    assert [line for line in after.split("\n") if not line.startswith("In short:")] == before.split("\n")
    assert "In short:" == after.split("\n")[1][:9]
    assert ("wording-put-back", {"section": "B", "entry": told.parent, "part": True}) == site.acts()[-1]
    line = (await site.program("parent").get(told.api, headers=JSON)).json()["steps"]
    assert [site.people["parent"].id] == [who["person_id"] for who in line[0]["people"]]
    assert told.writer + 1 == line[0]["last"]
    record = (await site.program("case_officer").get(f"{site.home}/record")).text
    assert "Put an earlier wording back in section B." in record


async def test_the_whole_section_is_put_back_and_the_former_is_put_back_again(told: Told) -> None:
    site = told.site
    now = await section_text(site)
    _, form = await asked(told, "parent", f"at={told.seed}")
    assert 303 == (await site.program("parent").post(f"{told.page}/put-back", data=form)).status_code
    assert "Our words." not in await section_text(site)
    _, form = await asked(told, "case_officer", f"at={told.writer}")
    assert 303 == (await site.program("case_officer").post(f"{told.page}/put-back", data=form)).status_code
    assert now == await section_text(site)


async def test_nothing_is_put_back_over_what_somebody_changed_meanwhile(told: Told) -> None:
    site = told.site
    _, form = await asked(told, "parent", f"at={told.parent}")
    _, other = await asked(told, "case_officer", f"at={told.seed}")
    assert 303 == (await site.program("case_officer").post(f"{told.page}/put-back", data=other)).status_code
    kept = await section_text(site)
    answer = await site.program("parent").post(f"{told.page}/put-back", data=form)
    assert 409 == answer.status_code
    assert "Somebody has changed this part since you looked" in answer.text
    assert form["here"] != re.search(r'name="here" value="([^"]*)"', answer.text)[1]  # type: ignore[index]
    assert kept == await section_text(site)


async def test_whoever_may_not_write_now_puts_nothing_back_and_is_offered_no_way(told: Told) -> None:
    site = told.site
    _, form = await asked(told, "parent", f"at={told.seed}")
    page = (await site.program("observer").get(f"{told.page}?at={told.parent}&view=now")).text
    assert "put-back" not in page
    assert 403 == (await site.program("observer").post(f"{told.page}/put-back", data=form)).status_code
    kept = await section_text(site)
    site.stage("draft_served")
    await site.app.state.live.plan_changed(site.plan_id)
    locked = await site.program("case_officer").post(f"{told.page}/put-back", data=form)
    assert locked.status_code in (403, 409)
    assert kept == await section_text(site)


async def test_putting_back_needs_the_pages_own_token(told: Told) -> None:
    browser = await told.site.browser("parent")
    page = (await browser.get(f"{told.page}/put-back?at={told.seed}")).text
    sent = {"at": str(told.seed), "passage": "", "here": "x", "csrf": "wrong"}
    assert 403 == (await browser.post(f"{told.page}/put-back", data=sent)).status_code
    sent["csrf"] = form_token(page)
    assert 409 == (await browser.post(f"{told.page}/put-back", data=sent, headers=HTML)).status_code


async def test_a_passage_that_never_was_is_not_put_back(told: Told) -> None:
    client = told.site.program("parent")
    for passage in ("1.1", "nonsense", "9" * 40, "0.0"):
        answer = await client.get(f"{told.page}/put-back?at={told.seed}&passage={passage}")
        assert (404, True) == (answer.status_code, "Nothing was changed" in answer.text), passage


# Since one last looked


async def test_somebody_who_comes_back_is_told_once_what_others_changed(told: Told) -> None:
    site = told.site
    parent = site.program("parent")
    assert "Changed since you last looked" not in (await parent.get(f"{site.home}/sections/B")).text
    assert "Changed since you last looked" not in (await parent.get(f"{site.home}/sections/B")).text
    officer = site.program("case_officer")
    _, form = await asked(told, "case_officer", f"at={told.seed}")
    await officer.post(f"{told.page}/put-back", data=form)
    page = (await parent.get(f"{site.home}/sections/B")).text
    words = re.sub(r"\s+", " ", page.split('id="since-last">')[1].split("</p>")[0])
    assert re.match(r"Changed since you last looked, on \d+ \w+ \d{4}, by Dev Pellow: .*words? .* in B2", words), words
    link = re.search(r'href="([^"]+)">See what changed', words)
    assert link is not None
    seen = (await parent.get(link[1].replace("&amp;", "&"))).text
    assert "Since you last looked" in seen
    assert "Dev Pellow, case officer" in seen
    assert "Changed since you last looked" not in (await parent.get(f"{site.home}/sections/B")).text
    assert "Changed since you last looked" not in (await officer.get(f"{site.home}/sections/B")).text


async def test_what_others_wrote_before_a_page_was_left_is_no_news(told: Told) -> None:
    site = told.site
    parent = site.program("parent")
    await parent.get(f"{site.home}/sections/B")
    _, form = await asked(told, "case_officer", f"at={told.seed}")
    await site.program("case_officer").post(f"{told.page}/put-back", data=form)
    assert 204 == (await parent.post(f"{site.home}/sections/B/looked")).status_code
    assert "Changed since you last looked" not in (await parent.get(f"{site.home}/sections/B")).text
    assert 404 == (await site.stranger().post(f"{site.home}/sections/B/looked")).status_code
