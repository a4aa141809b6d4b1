"""Writing proposals in a real browser: two windows, one of each side, over a stand-in for the server.

Only the page's own code is under test here; tests of the whole way over the server are elsewhere.
"""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from tests.browser.chromium import open_chromium
from tests.browser.person import PATIENCE_MS
from tests.set_up import NODE_HOME

ROOT = Path(__file__).resolve().parents[2]

PASTE = """() => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", "<ins class='app-rl--agreed'>forged</ins><script>1</script>");
  clipboardData.setData("text/plain", " one\\ntwo");
  const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.querySelector(".ProseMirror").dispatchEvent(paste);
}"""
DELETE = """() => {
  const wish = { inputType: "deleteContentForward", bubbles: true, cancelable: true };
  document.querySelector(".ProseMirror").dispatchEvent(new InputEvent("beforeinput", wish));
}"""
# The caret is moved to the end of its line and, before the browser has told anybody, the act follows.
END_AND_AT_ONCE = """(act) => {
  const text = document.querySelector(".ProseMirror");
  const more = { bubbles: true, cancelable: true };
  getSelection().modify("move", "forward", "lineboundary");
  if (act === "key") text.dispatchEvent(new KeyboardEvent("keydown", { key: "Backspace", keyCode: 8, ...more }));
  else text.dispatchEvent(new InputEvent("beforeinput", { inputType: act, ...more }));
}"""
# Both cards are there, no letter is under one of them, and nothing is wider than the window.
CLEAR = """() => {
  const cards = [...document.querySelectorAll(".app-rl-cards > li")].map((one) => one.getBoundingClientRect());
  if (cards.length !== 2 || document.documentElement.scrollWidth > innerWidth) return false;
  const walker = document.createTreeWalker(document.querySelector(".ProseMirror"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const meet = (one, other) =>
    one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
  while (walker.nextNode()) {
    if (walker.currentNode.parentElement.closest(".govuk-visually-hidden") !== null) continue;
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) if (cards.some((card) => meet(box, card))) return false;
  }
  return true;
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the stand-in page is served."""
    folder = tmp_path_factory.mktemp("standin")
    command = [str(NODE_HOME / "bin" / "node"), str(ROOT / "tests/redline/page/build.mjs"), str(folder)]
    built = subprocess.run(command, cwd=ROOT / "static", capture_output=True, text=True, timeout=60, check=False)
    assert built.returncode == 0, built.stderr
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


class Window:
    """One person's window on the section."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def do(self, script: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(given) => standin.{script}(...given)", list(arguments))

    def at(self, block: str, offset: int) -> Window:
        """Puts the caret there, with the keyboard's focus."""
        self.page.bring_to_front()
        self.do("caretTo", block, offset)
        return self

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)

    def runs(self, block: str) -> str:
        return str(self.do("runs", block))

    def sees(self, block: str, words: str) -> None:
        """Waits until the block reads like this: +added+, -struck-."""
        try:
            self.until("([block, words]) => standin.runs(block) === words", [block, words])
        except TimeoutError:
            assert self.runs(block) == words

    def until(self, condition: str, argument: Any = None) -> None:
        """Waits until this is so; a window in the background draws nothing, so the clock is asked."""
        self.page.wait_for_function(condition, arg=argument, polling=50, timeout=PATIENCE_MS)

    def is_true(self) -> None:
        """What is drawn is what the records say, and nothing went wrong."""
        assert self.do("isTrue") is True
        assert self.errors == []


@pytest.fixture
def windows(address: str, chromium: Browser) -> Iterator[tuple[Window, Window]]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    pair = []
    for side in ("family", "authority"):
        window = Window(context.new_page())
        window.page.goto(f"{address}?side={side}")
        window.page.wait_for_selector("#working[data-ready]")
        pair.append(window)
    yield pair[0], pair[1]
    for window in pair:
        window.is_true()
    context.close()


def test_typing_and_striking_are_one_replacement_and_the_other_side_sees_it(windows: tuple[Window, Window]) -> None:
    family, council = windows
    family.at("prov1.frequency", 9).press("Backspace", 9)
    family.type("Weekly")
    family.sees("prov1.frequency", "+Weekly+-Regularly-, as staff see fit.")
    council.sees("prov1.frequency", "+Weekly+-Regularly-, as staff see fit.")
    assert len(family.do("known")) == 1
    family.press("Control+z")
    council.sees("prov1.frequency", "Regularly, as staff see fit.")
    family.press("Control+y")
    council.sees("prov1.frequency", "+Weekly+-Regularly-, as staff see fit.")


def test_holding_backspace_or_delete_walks_on(windows: tuple[Window, Window]) -> None:
    family, _ = windows
    family.at("last", 10).press("Backspace", 12)
    family.sees("last", "-The school- reviews all of this each term.")
    family.at("last", 0).press("Delete", 18)
    family.sees("last", "-The school reviews- all of this each term.")
    assert family.do("caret")[0] == {"block": "last", "offset": 18}


def test_a_letter_in_the_other_sides_words_opens_an_answer_with_the_letter_in_it(
    windows: tuple[Window, Window],
) -> None:
    family, council = windows
    family.at("prov1.what", 34).type(" weekly")
    council.sees("prov1.what", "Direct speech and language therapy+ weekly+ as required.")
    council.at("prov1.what", 41).press("ArrowLeft", 2)
    council.type("!")
    box = council.page.get_by_role("textbox", name="Your wording")
    expect(box).to_have_value(" week!ly")
    council.type("?")
    expect(box).to_have_value(" week!?ly")
    council.page.get_by_role("button", name="Propose this wording").click()
    family.sees("prov1.what", "Direct speech and language therapy+ weekly++ week!?ly+ as required.")
    answer = council.page.locator(".app-rl-card__answer")
    expect(answer.last).to_contain_text("week")


def test_backspace_passes_over_the_other_sides_words_and_offers_an_answer(windows: tuple[Window, Window]) -> None:
    family, council = windows
    family.at("prov2.who", 2).type("trained ")
    council.sees("prov2.who", "A +trained +teaching assistant.")
    council.at("prov2.who", 10).press("Backspace", 2)
    council.sees("prov2.who", "A- -+trained +teaching assistant.")
    council.page.get_by_role("button", name="Propose other wording").click()
    expect(council.page.get_by_role("textbox", name="Your wording")).to_be_visible()
    council.press("Escape")


@pytest.mark.parametrize("act", ["key", "deleteContentBackward"])
def test_a_key_that_follows_at_once_acts_where_the_caret_was_put(windows: tuple[Window, Window], act: str) -> None:
    family, _ = windows
    family.at("last", 3)
    family.page.evaluate(END_AND_AT_ONCE, act)
    family.sees("last", "The school reviews all of this each term-.-")


def test_the_whole_section_selected_and_deleted_comes_back_with_one_undo(windows: tuple[Window, Window]) -> None:
    family, council = windows
    before = family.do("text")
    family.at("intro", 3).press("Control+a")
    family.press("Delete")
    family.until("() => document.querySelectorAll('.ProseMirror del').length > 5")
    family.press("Control+z")
    family.until("() => document.querySelectorAll('.ProseMirror del').length === 0")
    assert family.do("text") == before
    council.until("() => document.querySelectorAll('.ProseMirror del').length === 0")


def test_pasted_markup_is_plain_words(windows: tuple[Window, Window]) -> None:
    family, _ = windows
    family.at("last", 3)
    family.page.evaluate(PASTE)
    family.sees("last", "The+ one\ntwo+ school reviews all of this each term.")


def test_cutting_strikes(windows: tuple[Window, Window]) -> None:
    family, _ = windows
    family.at("last", 0)
    family.do("select", ["last", 0], ["last", 4])
    family.press("Control+x")
    family.sees("last", "-The -school reviews all of this each term.")


def test_enter_makes_a_paragraph_an_entry_or_a_line(windows: tuple[Window, Window]) -> None:
    family, council = windows
    family.at("last", 42).press("Enter")
    family.type("And a new paragraph.")
    family.at("one.p", 37).press("Enter")
    family.type("A new entry.")
    family.at("intro", 6).press("Enter")
    family.sees(
        "intro", "A will+\n+ have access to speech and language therapy 😀 as required, at school and in the community."
    )
    council.until("(text) => standin.text() === text", family.do("text"))
    assert "And a new paragraph." in council.do("text")
    expect(council.page.locator(".ProseMirror li")).to_have_count(2)


def test_changing_what_is_agreed_asks_first(windows: tuple[Window, Window]) -> None:
    family, council = windows
    family.at("prov2.frequency", 4).type(" single")
    council.sees("prov2.frequency", "Each+ single+ school day.")
    council.page.bring_to_front()
    council.page.locator("[data-deed=agree]").click()
    council.page.get_by_role("button", name="Agree to these words").click()
    tag = family.page.locator(".app-rl-card .govuk-tag")
    expect(tag).to_have_text("Agreed by both")
    family.at("prov2.frequency", 8).type("x")
    expect(family.page.get_by_role("heading", name="This wording is agreed")).to_be_visible()
    family.page.get_by_role("button", name="Keep it").click()
    family.sees("prov2.frequency", "Each+ single+ school day.")
    family.at("prov2.frequency", 8).type("x")
    family.page.get_by_role("button", name="Change it and open it again").click()
    council.sees("prov2.frequency", "Each+ sinxgle+ school day.")
    expect(tag).to_have_text("Open again")


def test_a_composed_word_comes_once_whatever_the_other_side_does_meanwhile(windows: tuple[Window, Window]) -> None:
    family, council = windows
    family.at("last", 10)
    session = family.page.context.new_cdp_session(family.page)
    session.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    council.page.evaluate("() => standin.caretTo('last', 0)")
    council.page.evaluate(DELETE)
    council.sees("last", "-T-he school reviews all of this each term.")
    session.send("Input.imeSetComposition", {"text": "日本", "selectionStart": 2, "selectionEnd": 2})
    session.send("Input.insertText", {"text": "日本"})
    family.sees("last", "-T-he school+日本+ reviews all of this each term.")
    council.sees("last", "-T-he school+日本+ reviews all of this each term.")
    family.type("!")
    council.sees("last", "-T-he school+日本!+ reviews all of this each term.")


def test_the_text_can_be_left_by_the_keyboard_and_changes_are_found_by_it(windows: tuple[Window, Window]) -> None:
    family, _ = windows
    family.at("last", 3).type(" big")
    expect(family.page.locator(".app-rl-card", has_text="big")).to_be_visible()
    family.at("intro", 1).press("Alt+]")
    assert family.do("caret")[0]["block"] == "last"
    family.press("Escape")
    family.press("Tab")
    focused = family.page.evaluate("() => document.activeElement.closest('.app-rl-card') !== null")
    assert focused is True
    family.at("last", 5).press("Alt+/")
    expect(family.page.locator("[aria-live=polite]").first).to_contain_text("big")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_cards_never_stand_over_the_text_and_nothing_is_wider_than_the_window(
    windows: tuple[Window, Window], width: int
) -> None:
    family, council = windows
    family.at("prov1.what", 34).type(" weekly")
    council.at("prov2.what", 8).type(" always")
    family.page.set_viewport_size({"width": width, "height": 900})
    family.page.bring_to_front()
    family.until(CLEAR)
