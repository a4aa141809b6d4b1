"""One person at one browser window: what they do with mouse and keys, and what they see.

Nothing here reaches into the editor's own objects; the page is read as it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, TimeoutError, expect

if TYPE_CHECKING:
    from tests.browser.house import House

# How long anything is waited for. It is only the price of a failure, never of a pass.
PATIENCE_MS = 30_000
SAVED = re.compile(r"^Saved \d\d:\d\d$")

# The lines of the text as written: without carets, labels, buttons and hints.
LINES = """() => {
  const text = document.querySelector("#editor .ProseMirror").cloneNode(true);
  const extras = ".caret, .item-head, .ref, .field-label, .ProseMirror-trailingBreak";
  for (const extra of text.querySelectorAll(extras)) extra.remove();
  for (const br of text.querySelectorAll("br")) br.replaceWith("\\n");
  return [...text.querySelectorAll("p, h3, h4, .field-text")].map((line) => line.textContent);
}"""
CARET_TO_END = """(line) => {
  const end = document.createRange();
  end.selectNodeContents(line);
  end.collapse(false);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(end);
}"""
PASTE = """([html, plain]) => {
  const given = new DataTransfer();
  given.setData("text/html", html);
  given.setData("text/plain", plain);
  const paste = new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true });
  document.querySelector("#editor .ProseMirror").dispatchEvent(paste);
}"""


@dataclass
class Person:
    """A browser context with one page."""

    context: BrowserContext
    page: Page
    house: House
    name: str = ""
    role: str = ""
    mishaps: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", self._mishap)
        self.page.on("console", self._said)

    def _mishap(self, error: Error) -> None:
        self.mishaps.append(f"{self.name}: {error.message}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    # going places

    def open(self, label: str) -> None:
        """Opens a section for writing and waits until it can be written."""
        self.page.goto(self.house.section(label))
        self.editor.wait_for()
        self.wait_until_saved()

    @property
    def editor(self) -> Locator:
        return self.page.locator("#editor .ProseMirror[contenteditable=true]")

    @property
    def save_line(self) -> Locator:
        return self.page.locator("#save-status")

    def item(self, label: str) -> Locator:
        """The need, outcome or provision with this label."""
        named = self.page.locator(".item-label", has_text=re.compile(f"^{label}$"))
        return self.editor.locator(".item").filter(has=named)

    # writing

    def caret_to_end_of(self, line: Locator) -> None:
        line.click()
        line.evaluate(CARET_TO_END)

    def write_after(self, line: Locator, words: str) -> None:
        """Puts the caret at the end of a line and types."""
        self.caret_to_end_of(line)
        self.page.keyboard.type(words)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def paste(self, html: str, plain: str = "") -> None:
        self.page.evaluate(PASTE, [html, plain])

    # seeing

    def lines(self) -> list[str]:
        found: list[str] = self.page.evaluate(LINES)
        return found

    def sees(self, words: str) -> None:
        expect(self.editor).to_contain_text(words)

    def sees_no(self, words: str) -> None:
        expect(self.editor).not_to_contain_text(words)

    def until(self, condition: str, argument: Any = None) -> None:
        """Waits until a function says yes; a window in the background draws nothing, so the clock is asked."""
        self.page.wait_for_function(condition, arg=argument, polling=50)

    def until_lines_are(self, wanted: list[str]) -> None:
        """Waits until the screen shows these lines."""
        try:
            self.until(f"(wanted) => JSON.stringify(({LINES})()) === JSON.stringify(wanted)", wanted)
        except TimeoutError:
            assert wanted == self.lines(), self.name

    def wait_until_saved(self) -> None:
        expect(self.save_line).to_have_text(SAVED)


def all_have_the_same_text(label: str, *people: Person) -> list[str]:
    """Everybody's screen and the server's durable text are equal, line for line; returns the lines."""
    for somebody in people:
        somebody.wait_until_saved()
    durable = people[0].house.durable_blocks(people[0], label)
    for somebody in people:
        somebody.until_lines_are(durable)
    return durable
