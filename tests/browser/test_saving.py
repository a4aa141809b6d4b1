"""The save line tells the truth: through a lost network, a killed server and a closed page, every word once."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Route, WebSocket, WebSocketRoute, expect

from tests.browser.house import House
from tests.browser.person import SAVED, Person, all_have_the_same_text
from tests.serving import serving

BACK_WITHIN_SECONDS = 3.0

# Is the bar with the save line what is seen at the save line's middle?
ON_TOP = """(line) => {
  const box = line.getBoundingClientRect();
  const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return document.getElementById("write-bar").contains(seen);
}"""


def kept_words(number: int) -> re.Pattern[str]:
    return re.compile(rf"^Not connected: {number} words? kept on this device$")


# Where the caret is drawn: looked at once what has just changed is on the screen.
CARET_TOP = """() => new Promise((tell) => requestAnimationFrame(() => setTimeout(() => {
  const range = getSelection().getRangeAt(0).cloneRange();
  range.setStart(range.startContainer, range.startOffset - 1);
  tell(range.getBoundingClientRect().top);
})))"""


def not_connected(somebody: Person) -> None:
    expect(somebody.save_line).to_contain_text("Not connected")


def test_words_typed_without_network_are_counted_kept_and_merged_within_three_seconds(
    parent: Person, officer: Person
) -> None:
    parent.open("B")
    officer.open("B")
    parent.caret_to_end_of(parent.item("B1").locator("p").first)
    parent.context.set_offline(True)
    parent.type(" He looks at faces first.")
    expect(parent.save_line).to_have_text(kept_words(5))
    expect(parent.page.locator("#connection-note")).to_contain_text("Keep typing")
    parent.type(" Always so.")
    expect(parent.save_line).to_have_text(kept_words(7))
    officer.write_after(officer.item("B1").locator("p").nth(1), " Written meanwhile.")
    officer.wait_until_saved()
    officer.sees_no("faces first")

    back = time.monotonic()
    parent.context.set_offline(False)
    expect(parent.save_line).to_have_text(SAVED, timeout=BACK_WITHIN_SECONDS * 1000)
    assert time.monotonic() - back <= BACK_WITHIN_SECONDS
    officer.sees("He looks at faces first. Always so.")
    parent.sees("Written meanwhile.")
    everything = "\n".join(all_have_the_same_text("B", parent, officer))
    assert 1 == everything.count("He looks at faces first. Always so.")
    assert 1 == everything.count("Written meanwhile.")


def test_a_killed_server_loses_nothing_and_every_word_arrives_once(parent: Person, officer: Person) -> None:
    house = parent.house
    parent.open("D")
    officer.open("D")
    parent.write_after(parent.editor.locator("> p").first, " Saved before.")
    parent.wait_until_saved()
    officer.caret_to_end_of(officer.item("D1").locator("p").first)
    house.server.kill()
    not_connected(parent)
    parent.type(" Typed while the server was down.")
    expect(parent.save_line).to_have_text(kept_words(6))
    not_connected(officer)
    officer.type(" Both went on.")
    expect(officer.save_line).to_have_text(kept_words(3))
    house.server.start()
    for writer in (parent, officer):
        expect(writer.save_line).to_have_text(SAVED)
        writer.sees("Typed while the server was down.")
        writer.sees("Both went on.")
    everything = "\n".join(all_have_the_same_text("D", parent, officer))
    for words in ("Saved before.", "Typed while the server was down.", "Both went on."):
        assert 1 == everything.count(words)


def test_leaving_with_unsent_words_warns_and_without_them_does_not(parent: Person) -> None:
    parent.open("C")
    page = parent.page
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    parent.context.set_offline(True)
    parent.type(" Not sent yet.")
    not_connected(parent)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert ["beforeunload"] == asked
    parent.context.set_offline(False)
    expect(parent.save_line).to_have_text(SAVED)
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert ["beforeunload"] == asked


def test_words_of_a_page_thrown_away_unsent_are_offered_again(parent: Person) -> None:
    parent.open("E")
    page = parent.page
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    parent.house.server.kill()
    not_connected(parent)
    parent.type(" Thrown away too early.")
    expect(parent.save_line).to_have_text(kept_words(4))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    parent.house.server.start()
    parent.open("E")
    aside = page.locator("#kept-aside")
    expect(aside).to_contain_text("Thrown away too early.")
    aside.get_by_role("button", name="Put them back").click()
    parent.sees("Thrown away too early.")
    expect(aside).to_be_hidden()
    assert 1 == "\n".join(all_have_the_same_text("E", parent)).count("Thrown away too early.")


@pytest.mark.parametrize("width", [390, 320])
def test_the_save_line_stays_in_sight_on_a_phone(house: House, width: int) -> None:
    somebody = house.person("parent", {"width": width, "height": 640})
    somebody.open("B")
    page = somebody.page
    for place in ("0", "document.documentElement.scrollHeight / 2", "document.documentElement.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        expect(somebody.save_line).to_be_in_viewport(ratio=1)
    somebody.item("B5").locator("p").first.click()
    somebody.type("On a phone. ")
    expect(somebody.save_line).to_be_in_viewport(ratio=1)
    somebody.wait_until_saved()
    assert somebody.save_line.evaluate(ON_TOP), "something lies over the save line"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [390, 320])
def test_the_line_being_written_stays_in_its_place_on_a_phone_when_the_network_goes(house: House, width: int) -> None:
    somebody = house.person("parent", {"width": width, "height": 640})
    somebody.open("B")
    page = somebody.page
    somebody.write_after(somebody.item("B3").locator("p").first, " Here")
    somebody.wait_until_saved()
    before: float = page.evaluate(CARET_TOP)
    somebody.context.set_offline(True)
    not_connected(somebody)
    expect(page.locator("#connection-note")).to_contain_text("Keep typing")
    assert abs(page.evaluate(CARET_TOP) - before) <= 1
    note = page.locator("#connection-note")
    assert note.evaluate("(note) => note.offsetHeight < 2 * parseFloat(getComputedStyle(note).fontSize)")
    somebody.context.set_offline(False)
    somebody.wait_until_saved()
    assert abs(page.evaluate(CARET_TOP) - before) <= 1


def test_a_quiet_page_asks_whether_its_text_is_the_servers_text_and_it_is(parent: Person) -> None:
    page = parent.page
    with page.expect_websocket() as opened:
        parent.open("K")
    parent.write_after(parent.editor.locator("> p").first, " 😀 é")
    socket = opened.value
    with socket.expect_event("framereceived", lambda frame: b'"checked"' in bytes(frame)) as answer:
        parent.wait_until_saved()
    assert b'"same": true' in bytes(answer.value)


def test_a_text_that_is_not_the_servers_is_quietly_replaced_and_writing_goes_on(parent: Person) -> None:
    """The server's answers are changed on their way, as if the two texts were different."""

    def spoil(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(
            lambda frame: route.send(
                frame.replace(b'"same": true', b'"same":false') if isinstance(frame, bytes) else frame
            )
        )

    page = parent.page
    page.route_web_socket(re.compile(r"/live\?"), spoil)
    parent.open("J")
    parent.write_after(parent.editor.locator("> p").first, " Before.")
    parent.editor.evaluate("(text) => text.dataset.first = 'yes'")
    height = page.evaluate("window.scrollY")
    expect(parent.editor).not_to_have_attribute("data-first", "yes")
    assert height == page.evaluate("window.scrollY")
    expect(parent.editor).to_be_focused()
    parent.type(" After.")
    parent.sees("Before. After.")
    expect(page.locator("#people-here li")).to_have_count(1)
    expect(page.locator("#kept-aside")).to_be_hidden()
    all_have_the_same_text("J", parent)


def test_what_is_too_large_to_send_is_kept_aside_and_everything_after_it_is_saved(house: House, tmp_path: Path) -> None:
    with serving(tmp_path / "data", ALONGSIDE_FRAME_BYTES="65536") as server:
        small = House(server=server, browser=house.browser)
        parent = small.person("parent")
        parent.open("J")
        sockets: list[WebSocket] = []
        parent.page.on("websocket", lambda socket: sockets.append(socket))
        parent.caret_to_end_of(parent.editor.locator("> p").first)
        parent.paste("", "enormous " * 10_000)
        aside = parent.page.locator("#kept-aside")
        expect(aside).to_contain_text("That was too much at once.")
        expect(aside).to_contain_text("smaller parts")
        expect(aside).to_contain_text("enormous enormous")
        parent.wait_until_saved()
        parent.write_after(parent.editor.locator("> p").first, " Small again.")
        parent.sees("Small again.")
        lines = all_have_the_same_text("J", parent)
        assert "Small again." in lines[0]
        assert "enormous" not in "\n".join(lines)
        assert len(sockets) <= 2, "it connects again for ever"
        small.empty_out()


def test_a_paste_too_large_to_be_saved_is_refused_before_it_happens(parent: Person) -> None:
    parent.open("J")
    before = parent.lines()
    parent.caret_to_end_of(parent.editor.locator("> p").first)
    parent.paste("", "enormous " * 20_000)
    box = parent.page.get_by_role("dialog")
    expect(box).to_contain_text("Paste it in smaller parts")
    box.get_by_role("button", name="Close").click()
    assert before == parent.lines()
    parent.paste("", " A small one.")
    parent.sees("A small one.")
    all_have_the_same_text("J", parent)


def test_a_page_nobody_touches_gives_two_minutes_notice_and_offers_to_stay_or_to_save_and_sign_out(
    parent: Person,
) -> None:
    """A sign-in that ends after three minutes without use; the page's clock is moved on by hand."""
    page = parent.page
    left = [180]
    kept: list[str] = []

    def me(route: Route) -> None:
        now = datetime.now(UTC)
        ends_at = (now + timedelta(seconds=left[0])).isoformat()
        date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        route.fulfill(json={"ends_at": ends_at}, headers={"Date": date})

    def keep(route: Route) -> None:
        kept.append(route.request.method)
        left[0] = 180
        route.fulfill(json={"ends_at": ""})

    page.route("**/api/me", me)
    page.route("**/api/session/keep", keep)
    page.clock.install()
    with page.expect_response("**/api/me"):
        parent.open("B")
    box = page.get_by_role("dialog")
    expect(box).to_be_hidden()
    left[0] = 119
    page.clock.fast_forward(61_000)
    expect(box).to_contain_text("You will be signed out in about 2 minutes.")
    expect(box.get_by_role("button", name="Save and sign out")).to_be_visible()
    assert [] == kept
    with page.expect_response("**/api/session/keep"):
        box.get_by_role("button", name="Stay signed in").click()
    expect(box).to_be_hidden()
    assert ["POST"] == kept
    with page.expect_response("**/api/me"):
        page.clock.fast_forward(6_000)
    left[0] = 119
    page.clock.fast_forward(121_000)
    box.get_by_role("button", name="Save and sign out").click()
    page.wait_for_url("**/signed-out")
    # That ended this person's sign-in for every window: the next one signs in again.
    parent.house.cookies.pop(parent.role)
