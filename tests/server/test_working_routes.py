"""The pages of the working document: what each person sees and may do, decisions by forms, and what stays private."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest

from tests.server.appeal import NUMBER, AppealSite
from tests.server.site import ORIGIN, Site, form_token
from tests.server.test_pages import Outline, check_frame

READERS = ("parent", "case_officer", "observer", "senco", "interpreter", "panel_member")
PAGES = (
    "",
    "/F",
    "/F?view=ours",
    "/F?view=theirs&colour=on",
    "/F?view=agreed",
    "/F?view=disputed",
    "/F?view=original",
    "/F?view=since",
    "/F?view=nonsense",
    "/F/list",
    "/F/list?show=open",
    "/B",
)
SOME = ("", "/F", "/F?view=since", "/F/list")


@pytest.fixture
async def appeal(site: Site) -> AppealSite:
    found = AppealSite(site)
    await found.open(filing_on="2100-01-18", hearing_on="2100-02-01")
    return found


async def blocks_of(appeal: AppealSite, section: str) -> list[str]:
    """Texts of blocks that no other block repeats."""
    texts = [block.text for block in (await appeal.baseline(section)).texts() if block.text]
    return [text for text in texts if sum(text in other for other in texts) == 1]


async def page(appeal: AppealSite, role: str, path: str) -> str:
    """The page as this person gets it."""
    answer = await appeal.site.program(role).get(f"{appeal.site.home}/working{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


def card(text: str, number: str) -> str:
    """The part of a page that is one proposal's card."""
    found = re.search(rf'<article[^>]* id="card-{number}".*?</article>', text, re.DOTALL)
    assert found is not None, number
    return found.group(0)


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the page's own form, its token among them."""
    form = re.search(r'<form method="post" action="[^"]*/working/[^"]*".*?</form>', text, re.DOTALL)
    assert form is not None, text
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form.group(0)))


async def send(browser: httpx.AsyncClient, address: str, fields: Mapping[str, str]) -> httpx.Response:
    return await browser.post(address, data=dict(fields), headers={"Origin": ORIGIN})


async def test_everybody_on_the_plan_reads_every_page_and_nobody_else_does(appeal: AppealSite) -> None:
    first, second = (await blocks_of(appeal, "F"))[:2]
    await appeal.propose("parent", "F", "one", first, "30 minutes each week")
    await appeal.propose("case_officer", "F", "two", second, "up to 30 minutes")
    site, child = appeal.site, appeal.site.plan().child
    for role in READERS:
        client = site.program(role)
        for path in PAGES if role in ("parent", "observer") else SOME:
            answer = await client.get(f"{site.home}/working{path}")
            assert answer.status_code == 200, (role, path, answer.text)
            check_frame(answer.text)
            title = re.search("<title>(.*)</title>", answer.text)
            assert title is not None
            assert child not in title.group(1)
            assert not [link["href"] for link in Outline(answer.text).all("a") if child in (link.get("href") or "")]
    stranger = site.stranger()
    for path in (*PAGES, "/turn", "/F/decide?act=agree&key=family:one", "/F/evidence", "/F/reason"):
        assert (await stranger.get(f"{site.home}/working{path}")).status_code == 404, path
    assert (await site.visitor().get(f"{site.home}/working")).status_code == 303
    assert "/working" not in str([path for path in site.app.openapi()["paths"] if path.startswith("/plans")])


async def test_the_pages_say_what_is_proposed_where_it_stands_and_what_is_next(appeal: AppealSite) -> None:
    words = (await blocks_of(appeal, "F"))[0]
    await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    glance = await page(appeal, "case_officer", "")
    assert NUMBER in glance
    assert "tribunal working days" in glance
    assert "1 proposed" in glance
    assert "say yes or no to 1 proposal of the other side" in glance
    assert "1 proposal of your own side waits for your yes as well" in await page(appeal, "parent", "")
    assert "1 proposal waits" in await page(appeal, "observer", "")
    text = await page(appeal, "case_officer", "/F")
    mine = card(text, "F-1")
    assert "30 minutes each week" in mine
    assert "the family and the council each say yes or no" in mine
    assert 'id="p-F-1"' in text
    assert "Working document 1 (draft)" in text
    assert "act=agree" in mine
    assert "act=withdraw" not in mine
    assert "act=withdraw" in card(await page(appeal, "parent", "/F"), "F-1")
    for role in ("observer", "senco", "interpreter"):
        assert "act=" not in card(await page(appeal, role, "/F/list"), "F-1"), role


async def test_each_view_shows_its_own_words(appeal: AppealSite) -> None:
    first, second = (await blocks_of(appeal, "F"))[:2]
    await appeal.propose("parent", "F", "one", first, "WORDS-OF-THE-FAMILY")
    await appeal.propose("case_officer", "F", "two", second, "WORDS-OF-THE-COUNCIL")

    async def text(role: str, view: str) -> str:
        whole = await page(appeal, role, f"/F?view={view}")
        found = re.search(r'<div class="app-working__text">(.*?)<div class="app-working__side">', whole, re.DOTALL)
        assert found is not None
        return found.group(1)

    for role, mine, other in (("parent", "FAMILY", "COUNCIL"), ("case_officer", "COUNCIL", "FAMILY")):
        ours, theirs = await text(role, "ours"), await text(role, "theirs")
        assert mine in ours
        assert other not in ours
        assert other in theirs
        assert mine not in theirs
        for view in ("original", "agreed"):
            assert "WORDS-OF" not in await text(role, view)
        for view in ("key", "disputed", "since"):
            assert {mine, other} <= set(re.findall("WORDS-OF-THE-([A-Z]+)", await text(role, view)))


async def test_looking_is_kept_for_a_side_and_is_that_sides_own(appeal: AppealSite) -> None:
    words = (await blocks_of(appeal, "F"))[0]
    await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    browser = await appeal.site.browser("case_officer")
    since = f"{appeal.site.home}/working/F?view=since"
    before = (await browser.get(since)).text
    assert "Family proposed this." in before
    answer = await send(browser, f"{appeal.site.home}/working/F/seen", {"csrf": form_token(before)})
    assert (answer.status_code, answer.headers["location"]) == (303, since)
    assert "Nothing has changed since your side last looked" in (await browser.get(since)).text
    assert "Family proposed this." in await page(appeal, "parent", "/F?view=since")
    await appeal.propose("parent", "F", "one", words, "60 minutes each week")
    assert "Family changed the wording." in (await browser.get(since)).text
    assert "We have looked at this" not in await page(appeal, "observer", "/F?view=since")
    refused = await appeal.site.program("observer").post(f"{appeal.site.home}/working/F/seen")
    assert refused.status_code == 403


async def test_two_people_agree_by_forms_and_a_later_edit_undoes_it(appeal: AppealSite) -> None:
    words = (await blocks_of(appeal, "F"))[0]
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    address = f"{appeal.site.home}/working/F/decide"
    for role, after in (("parent", "proposed"), ("case_officer", "agreed")):
        browser = await appeal.site.browser(role)
        asked = (await browser.get(address, params={"act": "agree", "key": key})).text
        check_frame(asked)
        assert "30 minutes each week" in asked
        assert words in asked
        assert "Who has to say yes" in asked
        answer = await send(browser, address, hidden(asked))
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"{appeal.site.home}/working/F#card-F-1"
        assert await appeal.status("F", key) == after
        again = (await browser.get(address, params={"act": "agree", "key": key})).text
        assert "You have said yes to these words already." in again
        assert "<form" not in again.partition("<main")[2].partition("</main")[0]
    mine = card(await page(appeal, "parent", "/F"), "F-1")
    assert "Said yes" in mine
    assert "app-rl-card--settled" in mine
    assert 'href="' + f"{appeal.site.home}/working/F#p-F-1" not in await page(appeal, "parent", "/F/list?show=open")
    await appeal.propose("advocate", "F", "one", words, "30 minutes each week or so")
    assert "No longer agreed" in card(await page(appeal, "parent", "/F"), "F-1")


async def test_nothing_is_decided_on_words_that_have_changed_or_without_the_forms_token(appeal: AppealSite) -> None:
    words = (await blocks_of(appeal, "F"))[0]
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    address = f"{appeal.site.home}/working/F/decide"
    browser = await appeal.site.browser("case_officer")
    fields = hidden((await browser.get(address, params={"act": "agree", "key": key})).text)
    stripped = {name: value for name, value in fields.items() if name != "csrf"}
    assert (await send(browser, address, stripped)).status_code == 403
    await appeal.propose("parent", "F", "one", words, "60 minutes each week")
    stale = await send(browser, address, fields)
    assert stale.status_code == 409
    assert "The wording has changed since you looked" in stale.text
    look = (await appeal.look("observer", "F"))["proposals"][key]
    assert look["confirmations"] == []
    for wrong in ({"act": "nonsense"}, {"key-1": "family:nobody"}, {"key-1": ""}):
        answer = await send(browser, address, fields | wrong)
        assert answer.status_code in (400, 404, 409, 422), wrong
    for role in ("observer", "senco", "plan_writer"):
        if role in appeal.site.people:
            asked = await page(appeal, role, f"/F/decide?act=agree&key={key}")
            assert "Not possible now." in asked
            now = (await appeal.look("observer", "F"))["proposals"][key]["hash"]
            answer = await appeal.site.program(role).post(
                address, data={"act": "agree", "key-1": key, "hash-1": now}, headers={"Origin": ORIGIN}
            )
            assert answer.status_code == 403, role


async def test_what_was_made_together_is_shown_and_decided_together(appeal: AppealSite) -> None:
    first, second, third = (await blocks_of(appeal, "F"))[:3]
    group = {"group": "g1"}
    await appeal.write(
        "parent",
        "F",
        {
            "one": await appeal.replacing("F", first, "30 minutes each week") | group,
            "two": await appeal.replacing("F", second, "45 minutes each week") | group,
            "three": await appeal.replacing("F", third, "60 minutes each week"),
        },
    )
    address = f"{appeal.site.home}/working/F/decide"
    browser = await appeal.site.browser("parent")
    asked = (await browser.get(address, params={"act": "agree", "key": "family:one"})).text
    fields = hidden(asked)
    assert {fields["key-1"], fields["key-2"]} == {"family:one", "family:two"}
    assert "60 minutes" not in asked
    half = {name: value for name, value in fields.items() if not name.endswith("-2")}
    assert (await send(browser, address, half)).status_code == 409
    assert (await send(browser, address, fields)).status_code == 303
    seen = (await appeal.look("observer", "F"))["proposals"]
    assert [len(seen[f"family:{name}"]["confirmations"]) for name in ("one", "two", "three")] == [1, 1, 0]
    several = (await browser.get(address, params={"act": "agree", "key": ["family:three", "family:one"]})).text
    assert several.count('<article class="app-rl-card') == 3
    taken = hidden((await browser.get(address, params={"act": "withdraw", "key": "family:two"})).text)
    assert (await send(browser, address, taken)).status_code == 303
    assert await appeal.status("F", "family:one") == "withdrawn"
    assert await appeal.status("F", "family:two") == "withdrawn"


async def test_a_no_needs_its_reason_and_the_panel_its_answer(appeal: AppealSite) -> None:
    first, second = (await blocks_of(appeal, "F"))[:2]
    key = await appeal.propose("parent", "F", "one", first, "30 minutes each week")
    other = await appeal.propose("parent", "F", "two", second, "45 minutes each week")
    address = f"{appeal.site.home}/working/F/decide"
    browser = await appeal.site.browser("case_officer")
    fields = hidden((await browser.get(address, params={"act": "disagree", "key": key})).text)
    empty = await send(browser, address, fields | {"reason": " "})
    assert empty.status_code == 422
    assert "Write why your side does not agree" in empty.text
    check_frame(empty.text)
    assert (await send(browser, address, fields | {"reason": "The therapist advises less."})).status_code == 303
    told = card(await page(appeal, "parent", "/F"), "F-1")
    assert "Do not agree" in told
    assert "The therapist advises less." in told
    fields = hidden((await browser.get(address, params={"act": "panel", "key": other})).text)
    assert (await send(browser, address, fields)).status_code == 303
    assert "the council’s panel decides" in card(await page(appeal, "parent", "/F"), "F-2")
    panel = await appeal.site.browser("panel_member")
    assert "say what the panel decided about 1 proposal" in (await panel.get(f"{appeal.site.home}/working")).text
    fields = hidden((await panel.get(address, params={"act": "panel-declined", "key": other})).text)
    assert (await send(panel, address, fields)).status_code == 303
    assert await appeal.status("F", other) == "not agreed"


async def test_evidence_and_reasons_are_given_by_forms_for_ones_own_proposals(appeal: AppealSite) -> None:
    words = (await blocks_of(appeal, "F"))[0]
    key = await appeal.propose("parent", "F", "one", words, "30 minutes each week")
    base = f"{appeal.site.home}/working/F"
    browser = await appeal.site.browser("parent")
    fields = hidden((await browser.get(f"{base}/evidence", params={"key": key})).text)
    wrong = await send(browser, f"{base}/evidence", fields | {"document": "Report", "dated-day": "40"})
    assert wrong.status_code == 422
    check_frame(wrong.text)
    source = {"document": "Speech report", "author": "Alder", "role": "therapist", "page": "4", "paragraph": "2"}
    date = {"dated-day": "28", "dated-month": "2", "dated-year": "2026"}
    given = await send(browser, f"{base}/evidence", fields | source | date)
    assert given.status_code == 303, given.text
    assert "Alder, therapist, 28 February 2026, p. 4, para. 2" in card(await page(appeal, "observer", "/F"), "F-1")
    shown = (await browser.get(f"{base}/evidence", params={"key": key})).text
    number = re.search(r'name="id" value="(\d+)"', shown)
    assert number is not None
    taken = await send(browser, f"{base}/evidence/remove", fields | {"id": number.group(1)})
    assert taken.status_code == 303
    assert "Alder" not in card(await page(appeal, "observer", "/F"), "F-1")
    fields = hidden((await browser.get(f"{base}/reason", params={"key": key})).text)
    assert (await send(browser, f"{base}/reason", fields | {"reason": "The report asks for it."})).status_code == 303
    assert "The report asks for it." in card(await page(appeal, "observer", "/F"), "F-1")
    for role, expected in (("case_officer", 403), ("observer", 403)):
        for path in ("evidence", "reason"):
            answer = await appeal.site.program(role).get(f"{base}/{path}", params={"key": key})
            assert answer.status_code == expected, (role, path)
    assert (await browser.get(f"{base}/reason", params={"key": "family:none"})).status_code in (404, 409)


async def test_a_private_draft_is_on_no_page_of_anybody_else_and_is_shown_whole_before_it_is_sent(
    appeal: AppealSite,
) -> None:
    first, second = (await blocks_of(appeal, "F"))[:2]
    await appeal.propose("parent", "F", "one", first, "30 minutes each week")
    turn = f"{appeal.site.home}/working/turn"
    browser = await appeal.site.browser("parent")
    asked = (await browser.get(turn)).text
    check_frame(asked)
    assert (await send(browser, turn, hidden(asked))).status_code == 303
    await appeal.propose_draft("parent", "F", "one", first, "77 minutes each week")
    await appeal.propose_draft("advocate", "F", "two", second, "88 minutes each week")
    for role in (*READERS, "advocate"):
        client = appeal.site.program(role)
        for path in (*SOME, "/turn", "/F/decide?act=agree&key=family:one"):
            answer = await client.get(f"{appeal.site.home}/working{path}")
            if path == "/turn" and role in ("parent", "advocate"):
                assert "77 minutes" in answer.text.replace("</ins>", "").replace("<ins", "")
                assert "88 minutes each week" in answer.text
                assert "B," not in answer.text.partition("exactly what")[2].partition("<form")[0]
                continue
            assert "77 minutes" not in answer.text, (role, path)
            assert "88 minutes" not in answer.text, (role, path)
            if role not in ("parent", "advocate", "interpreter"):
                assert "drafts in private" not in answer.text, (role, path)
    assert "Your side drafts in private" in await page(appeal, "parent", "/F")
    assert (await appeal.site.program("observer").get(turn)).status_code == 403
    sending = (await browser.get(turn)).text
    assert hidden(sending)["to"] == "send"
    assert (await send(browser, turn, hidden(sending))).status_code == 303
    assert "77 minutes each week" in await page(appeal, "case_officer", "/F")
    assert (await send(browser, turn, hidden(sending))).status_code == 409
    assert (await send(browser, turn, hidden(sending) | {"to": "live"})).status_code in (400, 422)


async def test_sections_that_are_not_in_dispute_and_plans_without_an_appeal_have_no_such_pages(site: Site) -> None:
    for path in ("", "/F", "/F/list", "/turn"):
        answer = await site.program("case_officer").get(f"{site.home}/working{path}")
        assert answer.status_code in (404, 409), path
        assert "working document" in answer.text, path
    appeal = AppealSite(site)
    await appeal.open(sections=("B", "F"))
    for path in ("/I", "/I/list", "/X", "/I/decide?act=agree&key=family:one"):
        assert (await site.program("parent").get(f"{site.home}/working{path}")).status_code == 404, path


async def test_the_plan_says_that_an_appeal_is_open_and_which_sections_are_in_dispute(appeal: AppealSite) -> None:
    site = appeal.site
    home = (await site.program("observer").get(site.home)).text
    check_frame(home)
    assert "An appeal is open." in home
    assert "Sections B, F and I are in dispute." in home
    assert home.count("In dispute") == 3
    assert f'href="{site.home}/working"' in home
    closed = (await site.program("parent").get(f"{site.home}/sections/F")).text
    assert f'href="{site.home}/working/F"' in closed
    assert "In dispute" in closed
    other = (await site.program("parent").get(f"{site.home}/sections/D")).text
    assert "/working" not in other
    assert "In dispute" not in other


async def test_many_proposals_cost_no_more_queries_than_few(appeal: AppealSite) -> None:
    site, client = appeal.site, appeal.site.program("parent")
    blocks = await blocks_of(appeal, "F")
    paths = ("", "/F", "/F?view=since", "/F/list", "/F/decide?act=agree&key=family:r0")

    async def asked() -> dict[str, int]:
        found: dict[str, int] = {}
        for path in (*paths, *paths):  # the register may be written in the background meanwhile
            with site.counting() as said:
                assert (await client.get(f"{site.home}/working{path}")).status_code == 200
            found[path] = min(len(said), found.get(path, len(said)))
        return found

    await appeal.propose("parent", "F", "r0", blocks[0], "new words")
    await asked()
    few = await asked()
    records = {f"r{n}": await appeal.replacing("F", words, f"new words {n}") for n, words in enumerate(blocks[:12])}
    await appeal.write("parent", "F", records)
    await appeal.look("observer", "F")
    many = await asked()
    assert few == many
    assert max(few.values()) <= 60, few
